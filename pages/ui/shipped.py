"""The nets that ship with the lab, both made by our own command: *small*, trained on the built-in
people, and *starter*, trained on photos of thousands of real ones."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.session import session
from pages.ui.start.twins import Photo, Reading
from siamese.sharing import Once, digest

if TYPE_CHECKING:  # torch takes seconds to import, and the page is to stand before
    from siamese.checkpoints import Checkpoint
    from siamese.explanation import Occlusion
    from siamese.judges import Judge

BINS = 48
ABOUT = {
    "small": "Small, trained for minutes on the built-in people; it comes with the lab.",
    "starter": "Trained on photos of thousands of real people (LFW); it comes with the lab. Its "
    "distances are relative to how near strangers come to either face.",
}
TITLES = {"small": "Shipped net", "starter": "Starter net"}


def read(judge: Judge, pictures: NDArray[np.uint8]) -> Reading:
    """Two pictures (2, H, W, 3) → their embeddings and the distance between them."""
    e = judge.embed(pictures)  # (2, D)
    distance = float(judge.matrix(e[:1], e[1:]).item())
    reach = float(
        np.ceil(2 * max(judge.same.max(initial=0.1), judge.different.max(initial=0), distance)) / 2
    )
    return Reading(
        a=e[0].numpy(),
        b=e[1].numpy(),
        distance=distance,
        threshold=judge.threshold,
        same=np.histogram(judge.same, BINS, (0, reach))[0],
        different=np.histogram(judge.different, BINS, (0, reach))[0],
        reach=reach,
    )


def occluded(judge: Judge, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Occlusion:
    """Which places of two faces (H, W, 3) carry their distance. The pictures may be personal, so it
    is kept for this visitor alone."""
    from siamese.explanation import occlusion

    def cover() -> Occlusion:
        with st.spinner("Covering place after place …"):
            return occlusion(judge, a, b)

    return session().recall("occlusion", (judge, digest(a), digest(b)), cover)


def net(name: str = "small") -> Judge:
    """A shipped net, fetched once for this server. The first call imports torch: some seconds."""
    return _fetched(name)


@Once
def _fetched(name: str) -> Judge:
    from siamese.judges import of_checkpoint

    return of_checkpoint(file(name), TITLES[name], ABOUT[name])


@Once
def file(name: str = "small") -> Checkpoint:
    """All that the model file of a shipped net holds."""
    from siamese.checkpoints import load, shipped

    return load(shipped(name))


def ready() -> bool:
    """True once `net` answers at once: torch is here."""
    return len(_fetched) > 0


def tell(judge: Judge, reading: Reading, a: Photo, b: Photo, unseen: Collection[str]) -> list[str]:
    """The reading in words: where the distance falls, what is true, how often that goes wrong."""
    right = reading.below == (a.person == b.person)
    if a == b:
        truth = f"one picture of {a.name}, twice"
    elif a.person == b.person:
        truth = f"two pictures of {a.name}"
    else:
        truth = f"{a.name} and {b.name}"
    counts = "one person" if reading.below else "two people"
    side = "below" if reading.below else "above"
    nearer, farther = judge.passed(reading.distance), judge.missed(reading.distance)
    passed, missed = judge.passed(judge.threshold), judge.missed(judge.threshold)
    words = [
        f"{reading.distance:.2f} is {side} the threshold of {judge.threshold:.2f}, so it counts as "
        f"{counts}.",
        f"That is {'right' if right else 'wrong'}: these are {truth}.",
        f"Among people whom the net had never seen, {share(farther)} of the pairs of one person "
        f"lie farther apart than this, and {share(nearer)} of the pairs of two people lie closer.",
        f"With this threshold, {share(passed)} of the pairs of two people pass for one person, and "
        f"{share(missed)} of the pairs of one person for two.",
    ]
    met = sorted({photo.name for photo in (a, b) if not photo.among(unseen)})
    if met:
        words[1] += (
            f" But the net was trained with pictures of {' and '.join(met)}: such a pair proves "
            "nothing about people who are new to it."
        )
    return words


def share(part: float) -> str:
    """0.034 → '3.4 %', 0.34 → '34 %', 0.979 → '97.9 %': rare errors and rare hits are told finer.
    As `percent` in pairslider.js."""
    if part in (0, 1):
        return "none" if part == 0 else "all"
    if part < 0.001:
        return "less than 0.1 %"
    if part > 0.999:
        return "more than 99.9 %"
    return f"{100 * part:.1f} %" if part < 0.0995 or part > 0.9005 else f"{100 * part:.0f} %"
