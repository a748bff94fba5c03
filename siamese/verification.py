"""Distances, is_same → how well two people are told from one.

Two errors are weighed against each other: letting a stranger in (false accept rate, FAR) and
shutting the right person out (false reject rate, FRR). The verdict is `distance < threshold`,
everywhere.
"""

import contextlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FARS = (0.1, 0.01, 0.001)
ENOUGH = 10  # false accepts that one has to expect before a rate is worth telling


@dataclass(frozen=True, eq=False)
class Curve:
    """FAR and FRR at every threshold that makes a difference, thresholds rising.

    From 'nobody is let in' (FAR 0, FRR 1) to 'everybody is' (FAR 1, FRR 0). Drawn as 1 − FRR over
    FAR it is the ROC curve, as FRR over FAR the DET curve.
    """

    threshold: Floats  # (T,)
    far: Floats  # (T,) share of pairs of two people that are accepted
    frr: Floats  # (T,) share of pairs of one person that are rejected


def curve(distance: ArrayLike, is_same: ArrayLike) -> Curve:
    """All operating points of distances (pairs,). Equal distances are accepted together.

    Raises ValueError unless there is at least one pair of each kind and every distance is finite.
    """
    distance, same = np.asarray(distance, np.float64), np.asarray(is_same, bool)
    if not np.isfinite(distance).all():
        raise ValueError("Some distances are no numbers; there is nothing to judge.")
    if same.all() or not same.any():
        raise ValueError("Needs at least one pair of the same person and one pair of two people.")
    order = np.argsort(distance, kind="stable")
    distance, same = distance[order], same[order]
    last = np.flatnonzero(np.diff(distance, append=np.inf))  # last pair of each distinct distance
    accepted_same, accepted = np.cumsum(same)[last], last + 1
    levels = distance[last]
    # Thresholds lie between distances, and above the lower one even where floats stand close.
    between = (levels + np.append(levels[1:], levels[-1] + 1)) / 2
    between = np.maximum(between, np.nextafter(levels, np.inf))
    return Curve(
        threshold=np.append(levels[0], between),
        far=np.append(0, accepted - accepted_same) / (~same).sum(),
        frr=1 - np.append(0, accepted_same) / same.sum(),
    )


def equal_error(points: Curve) -> tuple[float, float]:
    """Equal error rate and its threshold, where FAR and FRR cross (straight between two points)."""
    gap = points.far - points.frr  # rises from −1 to 1
    after = int(np.argmax(gap >= 0))
    before = after - 1
    share = -gap[before] / (gap[after] - gap[before])
    rate = points.far[before] + share * (points.far[after] - points.far[before])
    nearer = after if share > 0.5 else before
    return float(rate), float(points.threshold[nearer])


def area(points: Curve) -> float:
    """Area under the ROC curve: the chance that a random pair of one person is closer than a random
    pair of two people, ties counting half."""
    return float(np.trapezoid(1 - points.frr, points.far))


def tar_at(points: Curve, far: float) -> float:
    """Share of pairs of one person accepted while at most `far` of those of two people are."""
    return float(1 - points.frr[points.far <= far].min())


def balanced_accuracy(points: Curve) -> float:
    """Share of right verdicts at the best threshold, both kinds of pairs counting half. It is
    chosen on the pairs that it is measured on, so it flatters a little; see `accuracy_10fold`."""
    return float(1 - (points.far + points.frr).min() / 2)


def accuracy_10fold(
    matrix: ArrayLike, labels: ArrayLike, folds: int = 10, seed: int = 0
) -> tuple[float, float]:
    """Share of right verdicts with a threshold from people who take no part in the test: its mean
    over the folds, and its standard error.

    The convention of Labeled Faces in the Wild (Huang et al. 2007, 'unrestricted' protocol): people
    are dealt into ten folds, and the threshold that is best on nine is applied to the tenth. Only
    pairs within a fold count. There, each fold has as many pairs of one person as of two; here all
    pairs are used and both kinds count half. Raises ValueError with fewer than 20 people, or
    fewer than ten of two pictures.
    """
    matrix, labels = np.asarray(matrix, np.float64), np.asarray(labels)
    people, person, counts = np.unique(labels, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts > 1)
    if len(several) < folds or len(people) < 2 * folds:  # a fold needs pairs of both kinds
        raise ValueError(f"Needs at least {2 * folds} people, {folds} of them with two pictures.")
    rng = np.random.default_rng(seed)
    lot = np.concatenate([rng.permutation(several), rng.permutation(np.flatnonzero(counts == 1))])
    fold_of = np.empty(len(people), int)
    fold_of[lot] = np.arange(len(lot)) % folds
    fold = fold_of[person]  # (N,)
    parts = []
    for number in range(folds):
        inside = np.flatnonzero(fold == number)
        parts.append(pairs_of(matrix[np.ix_(inside, inside)], labels[inside]))
    accuracies = []
    for number, (distance, is_same) in enumerate(parts):
        rest = [part for other, part in enumerate(parts) if other != number]
        points = curve(*(np.concatenate(values) for values in zip(*rest, strict=True)))
        threshold = float(points.threshold[(points.far + points.frr).argmin()])
        at = rates(distance, is_same, threshold)
        accuracies.append(1 - (at.far + at.frr) / 2)
    return float(np.mean(accuracies)), float(np.std(accuracies, ddof=1) / np.sqrt(folds))


@dataclass(frozen=True)
class Rates:
    """What one threshold does to the pairs at hand."""

    threshold: float
    far: float
    frr: float
    precision: float  # of the accepted pairs, the share of the same person; 1 if none is accepted
    recall: float  # of the pairs of one person, the share accepted
    accuracy: float


def rates(distance: ArrayLike, is_same: ArrayLike, threshold: float) -> Rates:
    """Errors of the verdict `distance < threshold` on pairs (pairs,)."""
    same = np.asarray(is_same, bool)
    accepted = np.asarray(distance) < threshold
    right = int((accepted & same).sum())
    return Rates(
        threshold=threshold,
        far=float(accepted[~same].mean()),
        frr=float((~accepted[same]).mean()),
        precision=right / int(accepted.sum()) if accepted.any() else 1.0,
        recall=float(accepted[same].mean()),
        accuracy=float((accepted == same).mean()),
    )


def pairs_of(matrix: ArrayLike, labels: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Distance matrix (N, N), labels (N,) → distance and is_same of each pair once, (N(N−1)/2,)."""
    matrix, labels = np.asarray(matrix, np.float64), np.asarray(labels)
    i, j = np.triu_indices(len(labels), 1)
    return matrix[i, j], labels[i] == labels[j]


def rank1(matrix: ArrayLike, labels: ArrayLike) -> float:
    """Share of pictures whose nearest other picture shows the same person, among the pictures that
    have another one of their person. Ties count as wrong."""
    matrix, labels = np.array(matrix, np.float64), np.asarray(labels)
    same = labels[:, None] == labels[None]
    np.fill_diagonal(same, False)
    np.fill_diagonal(matrix, np.inf)
    has_other = same.any(1)
    if not has_other.any():
        raise ValueError("Needs a person with at least two pictures.")
    to_same = np.where(same, matrix, np.inf).min(1)
    to_different = np.where(same, np.inf, matrix).min(1)
    return float((to_same < to_different)[has_other].mean())


def map_at_r(matrix: ArrayLike, labels: ArrayLike) -> float:
    """Mean average precision at R, 0 … 1: are the R nearest pictures those of the person?

    Musgrave, Belongie, Lim 2020, 'A metric learning reality check', section 4.1. For a picture
    whose person has R other pictures, MAP@R = 1/R Σ_{i=1..R} P(i), where P(i) is the precision
    among the i nearest if the i-th is of the person, and 0 if not. The mean is over the pictures
    that have another one of their person. Equal distances are taken in the order of the pictures.
    """
    matrix, labels = np.array(matrix, np.float64), np.asarray(labels)
    np.fill_diagonal(matrix, np.inf)  # itself comes last, and nobody has that many others
    others = (labels[:, None] == labels[None]).sum(1) - 1  # (N,) R of each picture
    if not others.any():
        raise ValueError("Needs a person with at least two pictures.")
    nearest = np.argsort(matrix, axis=1, kind="stable")[:, : others.max()]  # (N, R_max)
    right = labels[nearest] == labels[:, None]
    place = np.arange(1, others.max() + 1)
    counted = right & (place <= others[:, None])
    precision = np.where(counted, right.cumsum(1) / place, 0).sum(1)  # (N,)
    asked = others > 0
    return float((precision[asked] / others[asked]).mean())


@dataclass(frozen=True)
class Scores:
    """How a distance does on a set of people."""

    eer: float  # equal error rate, 0 … 1
    auc: float  # area under the ROC curve, 0.5 … 1 for anything better than chance
    rank1: float  # share of pictures whose nearest neighbour is the same person
    threshold: float  # the distance at the equal error rate
    precision: float  # at that threshold
    recall: float  # at that threshold
    pairs_same: int
    pairs_different: int
    people: int
    tar_at_far: dict[str, float] = field(default_factory=dict)  # only where pairs suffice

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def score(matrix: ArrayLike, labels: ArrayLike) -> Scores:
    """All scores of a distance matrix (N, N) for pictures of people `labels` (N,).

    Raises ValueError where there are not both kinds of pairs.
    """
    distance, is_same = pairs_of(matrix, labels)
    points = curve(distance, is_same)
    eer, threshold = equal_error(points)
    at_threshold = rates(distance, is_same, threshold)
    different = int((~is_same).sum())
    return Scores(
        eer=eer,
        auc=area(points),
        rank1=rank1(matrix, labels),
        threshold=threshold,
        precision=at_threshold.precision,
        recall=at_threshold.recall,
        pairs_same=int(is_same.sum()),
        pairs_different=different,
        people=len(np.unique(np.asarray(labels))),
        tar_at_far={f"{far:g}": tar_at(points, far) for far in FARS if different * far >= ENOUGH},
    )


def accuracies(matrix: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """Shares of right verdicts by name: `balanced_accuracy`, and where there are people enough
    `accuracy_10fold` with its standard error."""
    told = {"balanced_accuracy": balanced_accuracy(curve(*pairs_of(matrix, labels)))}
    with contextlib.suppress(ValueError):  # too few people
        told["accuracy_10fold"], told["accuracy_10fold_error"] = accuracy_10fold(matrix, labels)
    return told
