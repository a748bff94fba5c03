"""Embeddings → who is near whom, in the space itself: a map only sketches it.

Everything here takes distances or embeddings, never places on a map, save `between_neighbours`,
which puts a newcomer on a map that is there already.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siamese.verification import area, curve, equal_error, map_at_r, pairs_of, rank1

Floats = NDArray[np.float64]
PLACED_BY = 5  # neighbours that say where on the map a newcomer stands


def nearest(distance: ArrayLike, count: int, itself: int | None = None) -> NDArray[np.int64]:
    """Indices of the `count` smallest of distances (N,), nearest first, without the picture
    `itself`. By brute force; equal distances are taken in the order of the pictures."""
    distance = np.array(distance, np.float64)
    others = len(distance)
    if itself is not None:
        distance[itself] = np.inf
        others -= 1
    return np.argsort(distance, kind="stable")[: min(count, others)]


def silhouettes(matrix: ArrayLike, labels: ArrayLike) -> Floats:
    """How well each picture sits with its own person, (N,) in [−1, 1] (Rousseeuw 1987).

    (b − a) / max(a, b), where a is its mean distance to the others of its person and b that to the
    nearest other person; 0 where it is the only picture. By scikit-learn. ValueError unless there
    are at least two people and fewer than pictures.
    """
    from sklearn.metrics import silhouette_samples

    distance = np.array(matrix, np.float64)
    np.fill_diagonal(distance, 0)  # a learned distance is not 0 there
    return np.asarray(silhouette_samples(distance, np.asarray(labels), metric="precomputed"))


@dataclass(frozen=True)
class Space:
    """Scores of an embedding space, from all pairs of the pictures at hand."""

    eer: float  # equal error rate, 0 … 1
    auc: float  # area under the ROC curve
    rank1: float  # share of pictures whose nearest other one is of the same person
    map_at_r: float  # mean average precision at R, 0 … 1
    silhouette: float  # mean over the pictures, −1 … 1
    same: float  # mean distance of two pictures of one person
    different: float  # mean distance of pictures of two people


def scores(matrix: ArrayLike, labels: ArrayLike) -> Space:
    """Scores of distances (N, N) between pictures of people `labels` (N,).

    Raises ValueError where there are not both kinds of pairs.
    """
    distance, is_same = pairs_of(matrix, labels)
    points = curve(distance, is_same)
    return Space(
        eer=equal_error(points)[0],
        auc=area(points),
        rank1=rank1(matrix, labels),
        map_at_r=map_at_r(matrix, labels),
        silhouette=float(silhouettes(matrix, labels).mean()),
        same=float(distance[is_same].mean()),
        different=float(distance[~is_same].mean()),
    )


def whole_people(labels: ArrayLike, most: int, seed: int = 0) -> NDArray[np.int64]:
    """Rows (M,), rising, of at most `most` pictures: all pictures of people drawn by chance.

    One person with more than `most` pictures is cut short.
    """
    labels = np.asarray(labels)
    if len(labels) <= most:
        return np.arange(len(labels))
    people, counts = np.unique(labels, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(people))
    fitting = order[np.cumsum(counts[order]) <= most]
    if not len(fitting):
        return np.flatnonzero(labels == people[order[0]])[:most]
    return np.flatnonzero(np.isin(labels, people[fitting]))


def between_neighbours(
    distance: ArrayLike, placed: NDArray[np.float32], count: int = PLACED_BY
) -> NDArray[np.float32]:
    """Where a newcomer stands on a map (N, d) by its distances (N,) to the points: (d,).

    The mean of its nearest neighbours' places, the nearer the heavier: weight exp(−(d − d₁)/s) with
    s the mean of the excess over the nearest distance d₁, as UMAP weighs its neighbours. Exactly on
    a point it stands there.
    """
    distance = np.asarray(distance, np.float64)
    near = nearest(distance, count)
    excess = distance[near] - distance[near[0]]
    if distance[near[0]] == 0:
        return np.asarray(placed[near[0]], np.float32)
    weight = np.exp(-excess / max(float(excess.mean()), 1e-12))
    return np.asarray(weight @ placed[near] / weight.sum(), np.float32)


@dataclass(frozen=True, eq=False)
class Sketch:
    """How faithful a map is to the space, seen on some of its pairs."""

    in_space: Floats  # (P,) distances in the space
    on_map: Floats  # (P,) of the same pairs on the map, as shares of the map's width
    is_same: NDArray[np.bool_]  # (P,)
    trustworthiness: float  # 0.5 … 1 or so, at `neighbours`
    correlation: float  # Spearman's, of the two distances over these pairs
    neighbours: int


def sketch(
    matrix: ArrayLike,
    placed: NDArray[np.float32],
    labels: ArrayLike,
    neighbours: int = 8,
    most: int = 1500,
    seed: int = 0,
) -> Sketch:
    """Compare a map (N, d) with the distances (N, N) that it draws.

    Trustworthiness (Venna and Kaski 2001) is 1 where nobody is a neighbour on the map who is none
    in the space. At most `most` pairs are kept, half of them of one person where there are so many.
    """
    from sklearn.manifold import trustworthiness

    distance = np.array(matrix, np.float64)
    np.fill_diagonal(distance, 0)
    labels = np.asarray(labels)
    i, j = np.triu_indices(len(labels), 1)
    is_same = labels[i] == labels[j]
    rng = np.random.default_rng(seed)
    kinds = [rng.permutation(np.flatnonzero(kind))[: most // 2] for kind in (is_same, ~is_same)]
    kept = np.sort(np.concatenate(kinds))
    i, j = i[kept], j[kept]
    width = max(float(np.ptp(placed, axis=0).max()), 1e-12)
    on_map = np.linalg.norm(placed[i].astype(np.float64) - placed[j], axis=1) / width
    within = min(neighbours, max(1, (len(labels) - 1) // 2))  # it is defined below half of N
    varied = np.ptp(on_map) > 0 and np.ptp(distance[i, j]) > 0
    return Sketch(
        in_space=distance[i, j],
        on_map=on_map,
        is_same=is_same[kept],
        trustworthiness=float(
            trustworthiness(distance, placed, n_neighbors=within, metric="precomputed")
        ),
        correlation=spearman(distance[i, j], on_map) if varied else 0.0,
        neighbours=within,
    )


def spearman(a: Floats, b: Floats) -> float:
    """Spearman's rank correlation (1904) of two rows of numbers, neither of them constant."""
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(values: Floats) -> Floats:
    """Places in rising order; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return np.asarray((last - (counts - 1) / 2)[which])
