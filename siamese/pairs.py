"""All pairs of a set of faces, from twins to strangers.

`verification` knows the error rates; here are the pairs themselves: which ones lie at a distance,
which go wrong worst, what threshold a wish asks for, and whether there are enough pairs to say so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siamese.rendering import Identity, Scene, controls, random_identity, random_scene
from siamese.verification import ENOUGH, Curve, Rates, curve, equal_error, pairs_of, rates

if TYPE_CHECKING:  # torch takes seconds to import
    from torch import Tensor

    from siamese.verifiers import Verifier

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CROWD = 200  # people or scenes that tell how much a parameter usually varies
OTHER_CHOICE = 3.0  # what another choice (glasses, hair) counts for, in usual differences


@dataclass(frozen=True)
class Tally:
    """Verdicts of one threshold, counted."""

    accepted_same: int  # rightly
    accepted_different: int  # wrongly: false accepts
    rejected_same: int  # wrongly: false rejects
    rejected_different: int  # rightly

    @property
    def accepted(self) -> int:
        return self.accepted_same + self.accepted_different

    @property
    def rejected(self) -> int:
        return self.rejected_same + self.rejected_different


@dataclass(frozen=True, eq=False)
class Pairs:
    """Each pair of pictures once, by rising distance; all arrays are (P,)."""

    a: Ints  # number of the one picture
    b: Ints  # number of the other, always the larger number
    distance: Floats
    is_same: Bools  # do both show one person?

    def __len__(self) -> int:
        return len(self.distance)

    @cached_property
    def same(self) -> Ints:
        """Which pairs show one person, by rising distance."""
        return np.flatnonzero(self.is_same)

    @cached_property
    def different(self) -> Ints:
        """Which pairs show two people, by rising distance."""
        return np.flatnonzero(~self.is_same)

    @cached_property
    def points(self) -> Curve:
        """All operating points. ValueError where there are not both kinds of pairs."""
        return curve(self.distance, self.is_same)

    @cached_property
    def equal_error(self) -> tuple[float, float]:
        """Equal error rate, 0 … 1, and its threshold."""
        return equal_error(self.points)

    def rates(self, threshold: float) -> Rates:
        return rates(self.distance, self.is_same, threshold)

    @cached_property
    def distances(self) -> tuple[Floats, Floats]:
        """Distances of the pairs of one person, and of those of two, both rising."""
        return self.distance[self.same], self.distance[self.different]

    def below(self, thresholds: ArrayLike) -> tuple[Ints, Ints]:
        """How many pairs of one person, and how many of two, each threshold (T,) accepts."""
        same, different = (
            np.searchsorted(values, thresholds, "left").astype(np.int64)
            for values in self.distances
        )
        return same, different

    def tally(self, threshold: float) -> Tally:
        same, different = (int(count) for count in self.below(threshold))
        return Tally(same, different, len(self.same) - same, len(self.different) - different)

    def closer(self, distance: float) -> tuple[float, float]:
        """Shares, 0 … 1, of the pairs of one person and of two people that are closer than this."""
        same, different = self.below(distance)
        return float(same) / len(self.same), float(different) / len(self.different)


def nearest(values: Floats, at: float, count: int) -> Ints:
    """The places in rising values (V,) that are nearest to `at`, the nearest first."""
    place = int(np.searchsorted(values, at))
    around = np.arange(max(0, place - count), min(len(values), place + count))
    return around[np.argsort(np.abs(values[around] - at), kind="stable")[:count]]


def all_pairs(matrix: ArrayLike, labels: ArrayLike) -> Pairs:
    """Distance matrix (N, N), labels (N,) → its N(N−1)/2 pairs. Equal distances keep the order of
    the pictures."""
    a, b = np.triu_indices(len(np.asarray(labels)), 1)
    distance, is_same = pairs_of(matrix, labels)
    order = np.argsort(distance, kind="stable")
    return Pairs(a[order], b[order], distance[order], is_same[order])


def nearest_different(pairs: Pairs, labels: ArrayLike, count: int) -> Ints:
    """The pairs of two people that lie closest, the worst first, one for each couple of people."""
    return _one_each(pairs, pairs.different, labels, count)


def furthest_same(pairs: Pairs, labels: ArrayLike, count: int) -> Ints:
    """The pairs of one person that lie farthest apart, the worst first, one for each person."""
    return _one_each(pairs, pairs.same[::-1], labels, count)


def _one_each(pairs: Pairs, kind: Ints, labels: ArrayLike, count: int) -> Ints:
    who = np.asarray(labels)
    couples = np.sort(np.stack([who[pairs.a[kind]], who[pairs.b[kind]]], 1), 1)  # (P, 2)
    _, first = np.unique(couples, axis=0, return_index=True)
    return kind[np.sort(first)[:count]]


@dataclass(frozen=True)
class Wish:
    """'At most this share of pairs of two people may get in', and what these pairs say to it."""

    far: float  # the share asked for
    threshold: float  # the largest at which no more of these pairs of two people are accepted
    let_in: int  # pairs of two people that it accepts
    different: int  # pairs of two people there are
    recall: float  # share of the pairs of one person that it accepts

    @property
    def allowed(self) -> float:
        """False accepts that the wish allows among these pairs."""
        return self.far * self.different

    @property
    def known(self) -> bool:
        """True where the wish allows enough false accepts for their number to mean something."""
        return self.allowed >= ENOUGH

    @property
    def possible(self) -> bool:
        """False where a single false accept would already be too many."""
        return self.allowed >= 1


def wish(pairs: Pairs, far: float) -> Wish:
    """The loosest threshold that accepts at most `far` of the pairs of two people."""
    points = pairs.points
    place = int(np.flatnonzero(points.far <= far)[-1])
    threshold = float(points.threshold[place])
    same, different = pairs.below(threshold)
    return Wish(
        far=far,
        threshold=threshold,
        let_in=int(different),
        different=len(pairs.different),
        recall=float(same) / len(pairs.same),
    )


def rule_of_three(pairs: int) -> float:
    """Where nothing happened in so many independent trials, how often it may still happen: 3/n, at
    95 % confidence. Hanley and Lippman-Hand 1983, 'If nothing goes wrong, is everything all right?'
    """
    return min(1.0, 3 / pairs) if pairs else 1.0


@dataclass(frozen=True)
class Trial:
    """A threshold chosen on some people and applied to others."""

    threshold: float
    hoped: Rates  # on the people that it was chosen on
    got: Rates  # on the others
    people: tuple[int, int]  # how many were chosen on, and applied to


def trial(matrix: ArrayLike, labels: ArrayLike, far: float, seed: int) -> Trial:
    """Choose the threshold for `far` on a random half of the people, apply it to the other half.

    Distance matrix (N, N), labels (N,). ValueError where a half lacks a kind of pair.
    """
    matrix, labels = np.asarray(matrix), np.asarray(labels)
    people = np.random.default_rng(seed).permutation(np.unique(labels))
    first = np.isin(labels, people[: (len(people) + 1) // 2])
    chosen, applied = (
        all_pairs(matrix[np.ix_(half, half)], labels[half]) for half in (first, ~first)
    )
    for half in (chosen, applied):
        if not len(half.same) or not len(half.different):
            raise ValueError("Each half needs two people, and somebody with two pictures.")
    threshold = wish(chosen, far).threshold
    return Trial(
        threshold=threshold,
        hoped=chosen.rates(threshold),
        got=applied.rates(threshold),
        people=((len(people) + 1) // 2, len(people) // 2),
    )


def by_coordinate(verifier: Verifier, a: Tensor, b: Tensor) -> Floats:
    """What each coordinate of two embeddings (D,), (D,) adds to how different they are, (D,).

    Euclidean: (a − b)², which add up to the squared distance. Cosine: the same of embeddings of
    length 1, halved, which add up to the distance before a cohort scales it. Learned: −w·|a − b|,
    which with −b add up to the logit of 'two people'; a coordinate may speak for one person there,
    below 0.
    """
    from torch.nn.functional import normalize

    if verifier.distance == "learned" and verifier.head is not None:
        values = -(verifier.head.weight.detach() * (a - b).abs())
    elif verifier.distance == "cosine":
        values = (normalize(a, dim=-1) - normalize(b, dim=-1)).square() / 2
    else:
        values = (a - b).square()
    return values.numpy().astype(np.float64)


@dataclass(frozen=True)
class Difference:
    """One parameter of two drawn pictures."""

    label: str
    group: str
    a: float | str
    b: float | str
    unit: str
    size: float  # of the difference, in standard deviations among people or scenes drawn by chance


def differences(a: Identity | Scene, b: Identity | Scene) -> list[Difference]:
    """All parameters of two scenes, or of two identities, the most different first."""
    kind: Any = type(a)
    usual = _usual(kind)
    told = []
    for name, control in controls(kind).items():
        one, other = getattr(a, name), getattr(b, name)
        size = OTHER_CHOICE * (one != other) if control.choices else abs(one - other) / usual[name]
        told.append(Difference(control.label, control.group, one, other, control.unit, float(size)))
    return sorted(told, key=lambda difference: -difference.size)


@cache
def _usual(kind: Any) -> dict[str, float]:
    """Standard deviation of each number among people or scenes drawn by chance."""
    draw: Any = random_scene if kind is Scene else random_identity
    crowd = [draw(seed) for seed in range(CROWD)]
    names = [field.name for field in fields(kind) if field.name in controls(kind)]
    return {
        name: float(np.std([getattr(one, name) for one in crowd])) or 1.0
        for name in names
        if not controls(kind)[name].choices
    }
