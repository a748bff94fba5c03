"""What a pair shows, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pages.ui.photo import Photo
from pages.ui.text import share

if TYPE_CHECKING:
    from pages.ui.reading import Reading
    from siamese.verifiers import Verifier


def tell(
    verifier: Verifier, reading: Reading, a: Photo, b: Photo, unseen: Collection[str]
) -> list[str]:
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
    nearer, farther = verifier.far(reading.distance), verifier.frr(reading.distance)
    far, frr = verifier.far(verifier.threshold), verifier.frr(verifier.threshold)
    words = [
        f"{reading.distance:.2f} is {side} the threshold of {verifier.threshold:.2f}, so it counts "
        f"as {counts}.",
        f"That is {'right' if right else 'wrong'}: these are {truth}.",
        f"Among people whom the net had never seen, {share(farther)} of the pairs of one person "
        f"lie farther apart than this, and {share(nearer)} of the pairs of two people lie closer.",
        f"With this threshold, {share(far)} of the pairs of two people pass for one person, and "
        f"{share(frr)} of the pairs of one person for two.",
    ]
    trained_on = sorted({photo.name for photo in (a, b) if not photo.among(unseen)})
    if trained_on:
        words[1] += (
            f" But the net was trained with pictures of {' and '.join(trained_on)}: such a pair "
            "proves nothing about people who are new to it."
        )
    return words
