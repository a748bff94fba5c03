"""Error rates against scikit-learn, brute force, and what must not change them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from siamese import verification
from siamese.verification import curve, equal_error, rank1, rates, score, tar_at

Pairs = tuple[NDArray[np.float64], NDArray[np.bool_]]


def overlapping(seed: int, levels: int | None = None, count: int = 300) -> Pairs:
    """Pairs whose two kinds overlap; with few `levels`, most distances are tied."""
    rng = np.random.default_rng(seed)
    same = rng.random(count) < rng.uniform(0.1, 0.9)
    same[:2] = True, False
    distance = rng.normal(1.0, 0.4, count) - rng.uniform(0, 1.5) * same
    return (np.round(distance * levels) / levels if levels else distance), same


CASES = [(seed, levels) for seed in range(6) for levels in (None, 20, 2)]
DATA = pytest.mark.parametrize(("seed", "levels"), CASES)


def matrix_of(seed: int, people: int = 8, pictures: int = 5) -> tuple[NDArray, NDArray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), pictures)
    points = rng.normal(size=(people, 3))[labels] + 0.7 * rng.normal(size=(len(labels), 3))
    return np.linalg.norm(points[:, None] - points[None], axis=-1), labels


# ---- scikit-learn -------------------------------------------------------------------------------


@DATA
def test_curve_as_in_scikit_learn(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    points = curve(distance, same)
    far, tar, _ = metrics.roc_curve(same, -distance, drop_intermediate=False)
    assert points.far == pytest.approx(far, abs=1e-9)
    assert 1 - points.frr == pytest.approx(tar, abs=1e-9)


@DATA
def test_area_as_in_scikit_learn(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    expected = metrics.roc_auc_score(same, -distance)
    assert verification.area(curve(distance, same)) == pytest.approx(expected, abs=1e-9)


@DATA
def test_det_as_in_scikit_learn(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    points = curve(distance, same)
    ours = {(round(a, 9), round(r, 9)) for a, r in zip(points.far, points.frr, strict=True)}
    far, frr, _ = metrics.det_curve(same, -distance)
    assert {(round(a, 9), round(r, 9)) for a, r in zip(far, frr, strict=True)} <= ours


@DATA
def test_precision_and_recall_as_in_scikit_learn(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    for threshold in (-9.0, 0.3, 0.5, 0.8, 1.0, 9.0):
        ours, accepted = rates(distance, same, threshold), distance < threshold
        expected = metrics.precision_score(same, accepted, zero_division=1.0)
        assert ours.precision == pytest.approx(expected, abs=1e-9)
        assert ours.recall == pytest.approx(metrics.recall_score(same, accepted), abs=1e-9)
        assert ours.accuracy == pytest.approx(metrics.accuracy_score(same, accepted), abs=1e-9)


# ---- brute force --------------------------------------------------------------------------------


@DATA
def test_every_point_of_the_curve_is_what_its_threshold_does(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    points = curve(distance, same)
    assert (np.diff(points.threshold) > 0).all()
    for threshold, far, frr in zip(points.threshold, points.far, points.frr, strict=True):
        at = rates(distance, same, threshold)
        assert (at.far, at.frr) == (pytest.approx(far, abs=1e-12), pytest.approx(frr, abs=1e-12))


def test_thresholds_stand_between_neighbouring_floats() -> None:
    low = 0.3
    for high in (np.nextafter(low, 1), np.nextafter(low, 1) + 1e-300, 0.30000001):
        points = curve([low, high], [True, False])
        assert [rates([low, high], [True, False], t).far for t in points.threshold] == [0, 0, 1]
    huge = curve([1e300, 2e300], [True, False])
    assert rates([1e300, 2e300], [True, False], huge.threshold[-1]).far == 1


@DATA
def test_equal_error_by_brute_force(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    rate, threshold = equal_error(curve(distance, same))
    edges = [-np.inf, *np.unique(distance), np.inf]
    # FAR and FRR of all thresholds: the rate lies between the last pair below and the first above.
    both = [rates(distance, same, edge) for edge in edges]
    below = [at for at in both if at.far <= at.frr]
    above = [at for at in both if at.far >= at.frr]
    assert max(at.far for at in below) - 1e-12 <= rate <= min(at.far for at in above) + 1e-12
    assert min(at.frr for at in above) - 1e-12 <= rate + 1e-12
    assert rate <= min(at.frr for at in below) + 1e-12
    # Of all thresholds, the one told has its two rates closest to each other (or is next to that).
    told = rates(distance, same, threshold)
    closest = min(abs(at.far - at.frr) for at in both)
    step = max(1 / same.sum(), 1 / (~same).sum()) * (1 if levels is None else 300)
    assert abs(told.far - told.frr) <= closest + step


def test_equal_error_by_hand() -> None:
    # Same pairs at 1, 2, 3, 6; strangers at 4, 5, 7, 8: at 4.5 one of four is wrong on both sides.
    distance, same = [1, 2, 3, 6, 4, 5, 7, 8], [1, 1, 1, 1, 0, 0, 0, 0]
    rate, threshold = equal_error(curve(distance, same))
    assert rate == pytest.approx(0.25)
    assert 4 < threshold <= 5


@pytest.mark.parametrize("seed", range(4))
def test_rank1_by_loops(seed: int) -> None:
    matrix, labels = matrix_of(seed)
    labels = labels.copy()
    labels[0] = 99  # has no other picture: is not asked, but can be somebody's nearest
    right = asked = 0
    for i in range(len(labels)):
        others = [j for j in range(len(labels)) if j != i]
        if any(labels[j] == labels[i] for j in others):
            asked += 1
            right += labels[min(others, key=lambda j: matrix[i, j])] == labels[i]
    assert rank1(matrix, labels) == pytest.approx(right / asked)


def test_a_tie_is_no_hit() -> None:
    """Otherwise a collapsed net would name everybody right."""
    assert rank1(np.zeros((4, 4)), [0, 0, 1, 1]) == 0


@DATA
def test_tar_by_brute_force(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    for far in (0.0, 0.01, 0.1, 0.5, 1.0):
        allowed = [rates(distance, same, t) for t in [*np.unique(distance), np.inf]]
        best = max(at.recall for at in allowed if at.far <= far)
        assert tar_at(curve(distance, same), far) == pytest.approx(best, abs=1e-12)


# ---- what must hold -----------------------------------------------------------------------------


@pytest.mark.parametrize("stretch", [lambda d: 3 * d + 7, np.exp, np.cbrt, lambda d: d**3])
def test_only_the_order_of_distances_counts(stretch) -> None:
    for seed in range(4):
        matrix, labels = matrix_of(seed)
        plain, stretched = score(matrix, labels), score(stretch(matrix), labels)
        assert stretched.eer == pytest.approx(plain.eer, abs=1e-12)
        assert stretched.auc == pytest.approx(plain.auc, abs=1e-12)
        assert replace(stretched, eer=0, auc=0, threshold=0) == replace(
            plain, eer=0, auc=0, threshold=0
        )


def test_perfect_reversed_and_useless() -> None:
    same = np.array([True] * 20 + [False] * 30)
    rng = np.random.default_rng(0)
    apart = np.where(same, rng.uniform(0, 1, 50), rng.uniform(2, 3, 50))
    for distance, eer, auc in ((apart, 0, 1), (-apart, 1, 0), (np.ones(50), 0.5, 0.5)):
        points = curve(distance, same)
        assert equal_error(points)[0] == pytest.approx(eer)
        assert verification.area(points) == pytest.approx(auc)
    assert 1 <= equal_error(curve(apart, same))[1] <= 2  # the threshold lies in the gap
    assert tar_at(curve(apart, same), 0.0) == 1


def test_a_verdict_is_less_than_the_threshold() -> None:
    at = rates([0.4, 0.5, 0.5], [True, True, False], 0.5)
    assert (at.recall, at.far) == (0.5, 0)  # the distance 0.5 itself is 'different'
    nobody = rates([0.4, 0.5], [True, False], 0.0)
    assert (nobody.far, nobody.frr, nobody.precision) == (0, 1, 1)


@pytest.mark.parametrize("seed", range(3))
def test_scores_hang_together(seed: int) -> None:
    matrix, labels = matrix_of(seed, people=20)
    found = score(matrix, labels)
    distance, same = verification.pairs_of(matrix, labels)
    assert (found.pairs_same, found.pairs_different) == (20 * 10, 100 * 99 // 2 - 200)
    assert found.people == 20
    assert (found.pairs_same, found.pairs_different) == (same.sum(), (~same).sum())
    at = rates(distance, same, found.threshold)
    assert (found.precision, found.recall) == (at.precision, at.recall)
    assert abs(1 - at.recall - found.eer) < 0.03
    assert found.as_dict()["tar_at_far"] == found.tar_at_far


def test_only_what_enough_pairs_can_tell() -> None:
    """One false accept in a thousand cannot be seen in a hundred pairs of strangers."""
    for people, expected in ((3, set()), (5, {"0.1"}), (20, {"0.1", "0.01"})):
        matrix, labels = matrix_of(0, people, pictures=4)
        strangers = people * (people - 1) // 2 * 16
        found = set(score(matrix, labels).tar_at_far)
        assert found == expected, strangers
        assert found == {f for f in ("0.1", "0.01", "0.001") if float(f) * strangers >= 10}


@pytest.mark.parametrize("same", [[True, True], [False, False], []])
def test_needs_both_kinds_of_pairs(same: list[bool]) -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        curve([0.1] * len(same), same)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_needs_numbers(bad: float) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        curve([0.1, bad], [True, False])


def test_rank1_needs_somebody_with_two_pictures() -> None:
    with pytest.raises(ValueError, match="two pictures"):
        rank1(np.zeros((2, 2)), [0, 1])


def test_pairs_are_the_upper_half() -> None:
    matrix = np.arange(9.0).reshape(3, 3)
    distance, same = verification.pairs_of(matrix, [4, 4, 5])
    assert distance.tolist() == [1, 2, 5]
    assert same.tolist() == [True, False, False]


# ---- accuracies ---------------------------------------------------------------------------------


@DATA
def test_balanced_accuracy_is_the_best_of_all_thresholds(seed: int, levels: int | None) -> None:
    distance, same = overlapping(seed, levels)
    candidates = [-np.inf, *np.unique(distance) + 1e-9]
    expected = max(metrics.balanced_accuracy_score(same, distance < at) for at in candidates)
    found = verification.balanced_accuracy(curve(distance, same))
    assert found == pytest.approx(expected, abs=1e-9)


def test_accuracy_10fold_by_loops() -> None:
    """Each fold's threshold is found without it: told apart by hand, pair by pair."""
    matrix, labels = matrix_of(3, people=23, pictures=3)
    rng = np.random.default_rng(0)
    lot = rng.permutation(23)
    folds = [set(lot[number::10].tolist()) for number in range(10)]

    def pairs(fold: set[int]) -> list[tuple[float, bool]]:
        inside = [i for i, person in enumerate(labels) if person in fold]
        return [(matrix[i, j], labels[i] == labels[j]) for i in inside for j in inside if i < j]

    def right(part: list[tuple[float, bool]], at: float) -> float:
        kinds = [[(d < at) == same for d, same in part if same == kind] for kind in (True, False)]
        return (np.mean(kinds[0]) + np.mean(kinds[1])) / 2

    accuracies = []
    for test in folds:
        rest = [pair for fold in folds if fold is not test for pair in pairs(fold)]
        points = curve(*zip(*rest, strict=True))
        accuracies.append(right(pairs(test), max(points.threshold, key=lambda at: right(rest, at))))
    mean, error = verification.accuracy_10fold(matrix, labels)
    assert mean == pytest.approx(np.mean(accuracies))
    assert error == pytest.approx(np.std(accuracies, ddof=1) / math.sqrt(10))


def test_accuracy_10fold_needs_people_and_others_do_without_it() -> None:
    matrix, labels = matrix_of(0, people=19)
    with pytest.raises(ValueError, match="at least 20 people"):
        verification.accuracy_10fold(matrix, labels)
    assert verification.accuracies(matrix, labels).keys() == {"balanced_accuracy"}


def test_accuracy_10fold_flatters_nobody() -> None:
    """Where labels mean nothing, the best threshold finds something and ten folds find nothing."""
    rng = np.random.default_rng(1)
    points, labels = rng.normal(size=(80, 4)), np.repeat(np.arange(20), 4)
    matrix = np.linalg.norm(points[:, None] - points[None], axis=-1)
    told = verification.accuracies(matrix, labels)
    assert told["balanced_accuracy"] > 0.5
    assert told["accuracy_10fold"] == pytest.approx(0.5, abs=3 * told["accuracy_10fold_error"])
