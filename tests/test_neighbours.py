"""Neighbours, scores and places against scikit-learn, brute force and other people's code."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.neighbors import NearestNeighbors

from siamese import neighbours, verification

Floats = NDArray[np.float64]


def crowd(seed: int, people: int = 9, pictures: int = 6, size: int = 12) -> tuple[Floats, NDArray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), pictures)
    e = rng.normal(size=(people, size))[labels] + 0.8 * rng.normal(size=(len(labels), size))
    return e, labels


def distances(e: Floats) -> Floats:
    return np.linalg.norm(e[:, None] - e[None], axis=-1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 5, 20])
def test_nearest_equals_brute_force(seed: int, count: int) -> None:
    e, _ = crowd(seed)
    matrix = distances(e)
    _, theirs = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(e).kneighbors(e)
    for i, row in enumerate(matrix):
        found = neighbours.nearest(row, count, i)
        assert found.tolist() == theirs[i, 1:].tolist()
        by_hand = sorted((d, j) for j, d in enumerate(row) if j != i)[:count]
        assert found.tolist() == [j for _, j in by_hand]


def test_nearest_with_ties_and_few_others() -> None:
    assert neighbours.nearest([0, 2, 1, 1, 2], 3, 0).tolist() == [2, 3, 1]
    assert neighbours.nearest([0, 2], 9, 0).tolist() == [1]
    assert neighbours.nearest([0.5, 0.1], 1).tolist() == [1]
    twin = np.array([0.0, 0.0, 1.0])  # a copy at distance 0 is a neighbour, itself is none
    assert neighbours.nearest(twin, 2, 1).tolist() == [0, 2]


@pytest.mark.parametrize("seed", range(3))
def test_silhouettes_by_their_definition(seed: int) -> None:
    e, labels = crowd(seed, pictures=4)
    matrix = distances(e)
    found = neighbours.silhouettes(matrix + np.eye(len(e)), labels)  # the diagonal does not count
    for i in range(len(e)):
        means = {
            int(p): matrix[i, (labels == p) & (np.arange(len(e)) != i)].mean() for p in set(labels)
        }
        a = means.pop(int(labels[i]))
        b = min(means.values())
        assert found[i] == pytest.approx((b - a) / max(a, b))


def loop_map_at_r(matrix: Floats, labels: NDArray) -> float:
    values = []
    for i, row in enumerate(matrix):
        others = [j for j in range(len(row)) if j != i]
        count = sum(labels[j] == labels[i] for j in others)
        if not count:
            continue
        ranked = sorted(others, key=lambda j: (row[j], j))
        total, hits = 0.0, 0
        for place in range(1, count + 1):
            if labels[ranked[place - 1]] == labels[i]:
                hits += 1
                total += hits / place
        values.append(total / count)
    return float(np.mean(values))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [None, 6])
def test_map_at_r_by_a_loop(seed: int, levels: int | None) -> None:
    e, labels = crowd(seed)
    rng = np.random.default_rng(seed)
    labels = labels[rng.permutation(len(labels))[: rng.integers(20, 54)]]  # uneven, some alone
    matrix = distances(e[: len(labels)])
    matrix = np.round(matrix * levels) / levels if levels else matrix
    assert verification.map_at_r(matrix, labels) == pytest.approx(loop_map_at_r(matrix, labels))


@pytest.mark.parametrize("seed", range(3))
def test_map_at_r_as_the_authors_compute_it(seed: int) -> None:
    calculator = pytest.importorskip("pytorch_metric_learning.utils.accuracy_calculator")
    import torch
    from pytorch_metric_learning.distances import LpDistance
    from pytorch_metric_learning.utils.inference import CustomKNN

    e, labels = crowd(seed)
    theirs = calculator.AccuracyCalculator(
        include=("mean_average_precision_at_r", "precision_at_1"),
        k="max_bin_count",
        device=torch.device("cpu"),
        knn_func=CustomKNN(LpDistance(normalize_embeddings=False)),
    ).get_accuracy(torch.tensor(e), torch.tensor(labels))
    matrix = distances(e)
    assert verification.map_at_r(matrix, labels) == pytest.approx(
        theirs["mean_average_precision_at_r"], abs=1e-6
    )
    assert verification.rank1(matrix, labels) == pytest.approx(theirs["precision_at_1"], abs=1e-6)


def test_map_at_r_at_its_ends() -> None:
    labels = np.repeat([0, 1], 3)
    apart = np.where(labels[:, None] == labels[None], 1.0, 2.0)
    assert verification.map_at_r(apart, labels) == 1
    assert verification.map_at_r(-apart, labels) == 0
    with pytest.raises(ValueError, match="two pictures"):
        verification.map_at_r(distances(np.eye(3)), [0, 1, 2])


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_the_field(seed: int) -> None:
    e, labels = crowd(seed)
    matrix = distances(e)
    found = neighbours.scores(matrix, labels)
    known = verification.score(matrix, labels)
    assert (found.eer, found.auc, found.rank1) == (known.eer, known.auc, known.rank1)
    assert found.silhouette == pytest.approx(metrics.silhouette_score(e, labels))
    same = labels[:, None] == labels[None]
    assert found.same == pytest.approx(matrix[same & ~np.eye(len(e), dtype=bool)].mean())
    assert found.different == pytest.approx(matrix[~same].mean())


def test_whole_people_are_drawn() -> None:
    labels = np.repeat(np.arange(40), np.arange(40) % 5 + 1)
    rows = neighbours.whole_people(labels, 50)
    assert 45 <= len(rows) <= 50
    assert (np.diff(rows) > 0).all()
    for person in set(labels[rows]):
        assert (labels[rows] == person).sum() == (labels == person).sum()
    assert neighbours.whole_people(labels, 50, seed=1).tolist() != rows.tolist()
    assert neighbours.whole_people(labels, 1000).tolist() == list(range(len(labels)))
    assert len(neighbours.whole_people(np.zeros(30, int), 7)) == 7


def test_a_newcomer_stands_among_its_neighbours() -> None:
    placed = np.array([[0, 0], [1, 0], [0, 1], [50, 50], [60, 60], [70, 70]], np.float32)
    x, y = neighbours.between_neighbours([0.1, 0.11, 0.12, 3, 3, 3], placed, 3)
    assert 0 < x < 1
    assert 0 < y < 1
    nearer, _ = neighbours.between_neighbours([0.12, 0.1, 0.12, 3, 3, 3], placed, 3)
    assert nearer > x
    assert neighbours.between_neighbours([1, 1, 0, 1, 1, 1], placed).tolist() == [0, 1]
    middle = neighbours.between_neighbours([1, 1, 1, 9, 9, 9], placed, 3)
    assert middle == pytest.approx(placed[:3].mean(0))
    assert neighbours.between_neighbours([1, 2], placed[:2, :1]).shape == (1,)


@pytest.mark.parametrize("seed", range(3))
def test_a_newcomer_lands_at_home(seed: int) -> None:
    """A held-out picture of somebody stands nearer to its own person than to anybody else."""
    e, labels = crowd(seed, people=6, pictures=8)
    e = e[:, :2] + 6 * np.eye(6)[labels][:, :2] + 12 * np.eye(6)[labels][:, 2:4]
    held = np.arange(len(labels)) % 8 == 0
    matrix = distances(np.where(held[:, None], e, e))
    placed = e[~held].astype(np.float32)  # the space itself, as its own map
    for i in np.flatnonzero(held):
        found = neighbours.between_neighbours(matrix[i, ~held], placed)
        near = neighbours.nearest(matrix[i, ~held], neighbours.PLACED_BY)
        box = placed[near]
        assert (found >= box.min(0) - 1e-5).all()
        assert (found <= box.max(0) + 1e-5).all()


def test_a_sketch_of_the_space_itself_is_perfect() -> None:
    e, labels = crowd(0, size=2)
    found = neighbours.sketch(distances(e), e.astype(np.float32), labels)
    assert found.trustworthiness == pytest.approx(1)
    assert found.correlation == pytest.approx(1)
    assert found.on_map * np.ptp(e, axis=0).max() == pytest.approx(found.in_space, abs=1e-4)


def test_a_sketch_of_chance_is_poor_and_its_pairs_are_those_of_the_space() -> None:
    from scipy.stats import spearmanr
    from sklearn.manifold import trustworthiness

    e, labels = crowd(1)
    placed = np.random.default_rng(0).normal(size=(len(e), 2)).astype(np.float32)
    found = neighbours.sketch(distances(e), placed, labels, neighbours=5, most=200)
    assert found.trustworthiness == pytest.approx(trustworthiness(e, placed, n_neighbors=5))
    assert found.trustworthiness < 0.7
    assert abs(found.correlation) < 0.3
    assert found.correlation == pytest.approx(spearmanr(found.in_space, found.on_map).statistic)
    assert found.is_same.sum() == 100
    assert len(found.is_same) == 200
    known = {round(float(d), 9) for d in distances(e).ravel()}
    assert {round(float(d), 9) for d in found.in_space} <= known


def test_a_sketch_of_a_heap_or_of_three_points() -> None:
    e, labels = crowd(0, people=2, pictures=2)
    heap = neighbours.sketch(distances(e), np.zeros((4, 2), np.float32), labels)
    assert heap.correlation == 0
    assert heap.neighbours == 1


@pytest.mark.parametrize("levels", [None, 4])
def test_rank_correlation_as_in_scipy(levels: int | None) -> None:
    from scipy.stats import spearmanr

    a, b = np.random.default_rng(0).normal(size=(2, 200))
    a = np.round(a * levels) if levels else a
    assert neighbours.spearman(a, a + b) == pytest.approx(spearmanr(a, a + b).statistic)
