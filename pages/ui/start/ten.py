"""Ten pairs to guess, and what the net and plain pixels say of the very same ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from secrets import randbelow
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages.ui import shipped
from pages.ui.photo import Photo
from pages.ui.session import sample_faces
from siamese.faces import FaceSet, split_by_person
from siamese.sharing import Once

if TYPE_CHECKING:  # torch takes seconds to import, and the page is to stand before
    from siamese.pairs import Pairs
    from siamese.verifiers import Verifier

KINDS, PARTS = 2, 5  # one pair of each fifth, from the easiest to the hardest, of both kinds
TEN = KINDS * PARTS
SEEDS = 2**31  # games there are
TRIES = 50  # games that are looked at for one without a pair that was played before

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Judge:
    """Somebody who measures: a pair below the threshold is one person."""

    name: str  # as on the screen
    distance: NDArray[np.float64]  # (P,) of each pair
    threshold: float

    @property
    def says_same(self) -> NDArray[np.bool_]:
        """Of each pair (P,), whether it counts as one person."""
        below: NDArray[np.bool_] = self.distance < self.threshold
        return below


@dataclass(frozen=True, eq=False)
class Deck:
    """All pairs of people whom the net has never met, and what is measured of them."""

    faces: FaceSet  # these people alone
    pairs: Pairs  # by rising distance under the net; `a` and `b` are pictures of `faces`
    judges: Sequence[Judge]  # the net, plain pixels

    def people(self, pairs: Ints) -> Ints:
        """Labels of the two people of pairs (N,), (N, 2)."""
        return self.faces.labels[np.stack([self.pairs.a[pairs], self.pairs.b[pairs]], 1)]

    def photos(self, pair: int) -> tuple[Photo, Photo]:
        a, b = self.pairs.a[pair], self.pairs.b[pair]
        return Photo.at(self.faces, int(a)), Photo.at(self.faces, int(b))

    def right(self, judge: Judge) -> NDArray[np.bool_]:
        """Of each pair (P,), whether a judge tells what it is."""
        right: NDArray[np.bool_] = judge.says_same == self.pairs.is_same
        return right

    def accuracy(self, judge: Judge) -> float:
        """Share of verdicts that are right, 0 … 1, pairs of one person and of two counting half
        each, as they do in a game."""
        right = self.right(judge)
        return float(right[self.pairs.same].mean() + right[self.pairs.different].mean()) / KINDS


@Once
def deck() -> Deck:
    """The deck of the built-in people, for all visitors. Pixels have their threshold of equal
    errors from the people who are not in the deck."""
    from siamese.evaluation import evaluate_pixels
    from siamese.pairs import all_pairs
    from siamese.verifiers import of_pixels

    split = split_by_person(sample_faces())
    new, others = split.unseen, split.seen
    net, pixels = shipped.net(), of_pixels(evaluate_pixels(others.pictures, others.labels))
    pairs = all_pairs(_matrix(net, new), new.labels)
    judges = [
        Judge(name, _matrix(verifier, new)[pairs.a, pairs.b], verifier.threshold)
        for name, verifier in {"The net": net, "Pixels": pixels}.items()
    ]
    return Deck(new, pairs, judges)


def _matrix(verifier: Verifier, faces: FaceSet) -> NDArray[np.float64]:
    embedding = verifier.embed(faces.pictures)  # (N, D)
    return verifier.matrix(embedding, embedding)


def draw(deck: Deck, seed: int) -> Ints:
    """The ten pairs of a game, (10,): of either kind one of each fifth, from the nearest to the
    farthest under the net, and nobody twice, in any order.

    A fifth is as likely as in a draw of any pair, so no judge gains or loses by it.
    """
    chance = np.random.default_rng(seed)
    kinds = deck.pairs.same, deck.pairs.different
    parts = [part for kind in kinds for part in np.array_split(kind, PARTS)]
    ten = None
    while ten is None:
        ten = _one_of_each(deck, [parts[i] for i in chance.permutation(TEN)], chance)
    return np.array(ten)


def _one_of_each(
    deck: Deck, parts: Sequence[Ints], chance: np.random.Generator
) -> list[int] | None:
    """A pair of each part, no two with a person in common; None where chance has left no such."""
    ten: list[int] = []
    for part in parts:
        met = deck.people(np.array(ten, int))
        free = part[~np.isin(deck.people(part), met).any(1)]
        if not len(free):
            return None
        ten.append(int(chance.choice(free)))
    return ten


def another(deck: Deck, before: Collection[int]) -> int:
    """Seed of a game by chance; of many, one that shows no pair of the games `before` again."""
    played = {pair for seed in before for pair in draw(deck, seed).tolist()}
    for _ in range(TRIES):
        seed = randbelow(SEEDS)
        if played.isdisjoint(draw(deck, seed).tolist()):
            break
    return seed
