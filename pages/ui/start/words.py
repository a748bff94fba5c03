"""What a pair shows, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pages.ui.photo import Photo
from pages.ui.text import counted, percent, share

if TYPE_CHECKING:
    from pages.ui.reading import Reading
    from pages.ui.start.ten import Deck, Judge
    from siamese.verifiers import Verifier


def tell(
    verifier: Verifier, reading: Reading, a: Photo, b: Photo, unseen: Collection[str]
) -> list[str]:
    """The reading in words: where the distance falls, what is true, how often that goes wrong."""
    right = reading.below == (a.person == b.person)
    counts = "one person" if reading.below else "two people"
    side = "below" if reading.below else "above"
    nearer, farther = verifier.far(reading.distance), verifier.frr(reading.distance)
    far, frr = verifier.far(verifier.threshold), verifier.frr(verifier.threshold)
    words = [
        f"{reading.distance:.2f} is {side} the threshold of {verifier.threshold:.2f}, so it counts "
        f"as {counts}.",
        f"That is {'right' if right else 'wrong'}: these are {truth(a, b)}.",
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


def truth(a: Photo, b: Photo) -> str:
    """Who is on the two photos."""
    if a == b:
        return f"one picture of {a.name}, twice"
    return f"two pictures of {a.name}" if a.person == b.person else f"{a.name} and {b.name}"


def verdict(judge: Judge, pair: int) -> str:
    """What a judge measures of a pair, and what that counts as."""
    distance, one = judge.distance[pair], judge.says_same[pair]
    side, counts = ("below", "one person") if one else ("above", "two people")
    return f"{distance:.2f} is {side} {judge.threshold:.2f}: {counts}"


def closing(deck: Deck, right: int, of: int) -> str:
    """What it means to be right in so many pairs of a game: little."""
    from scipy.stats import binomtest

    fits = binomtest(right, of).proportion_ci()  # of Clopper and Pearson, 95 %
    net, pixels = (percent(deck.accuracy(judge), 0) for judge in deck.judges)
    words = (
        f"{counted(of, 'pair')} are few: {right} right ones fit anybody who is right between "
        f"{percent(fits.low, 0)} and {percent(fits.high, 0)} of the time, and a coin gets "
        f"{of // 2}. Over all {len(deck.pairs):,} pairs of these {len(deck.faces.people)} people, "
        f"whom the net had never seen, it is right in {net} and pixels in {pixels}."
    )
    return words.replace(" %", "\N{NO-BREAK SPACE}%")
