"""Pairs by distance, wishes and trials: against scikit-learn, loops, and what must hold."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn import metrics

from siamese import pairs as library
from siamese.config import preset
from siamese.pairs import (
    Pairs,
    all_pairs,
    by_coordinate,
    differences,
    furthest_same,
    nearest,
    nearest_different,
    trial,
    wish,
)
from siamese.rendering import Scene, random_identity, random_scene
from siamese.training import start
from siamese.verification import area, rates
from siamese.verifiers import of_pixels, of_state

Matrix = tuple[NDArray[np.float64], NDArray[np.int64]]
CASES = [(seed, levels) for seed in range(4) for levels in (None, 12, 2)]
DATA = pytest.mark.parametrize(("seed", "levels"), CASES)


def matrix_of(seed: int, levels: int | None = None, people: int = 8, pictures: int = 5) -> Matrix:
    """People as clouds that overlap; with few `levels`, most distances are tied."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), pictures)
    points = rng.normal(size=(people, 3))[labels] + 0.7 * rng.normal(size=(len(labels), 3))
    matrix = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return (np.round(matrix * levels / 4) / levels if levels else matrix), labels


def pairs(seed: int, levels: int | None = None) -> Pairs:
    return all_pairs(*matrix_of(seed, levels))


@DATA
def test_each_pair_is_there_once_and_sorted(seed: int, levels: int | None) -> None:
    matrix, labels = matrix_of(seed, levels)
    told = all_pairs(matrix, labels)
    assert sorted(zip(told.a.tolist(), told.b.tolist(), strict=True)) == [
        (i, j) for i in range(len(labels)) for j in range(i + 1, len(labels))
    ]
    assert (np.diff(told.distance) >= 0).all()
    np.testing.assert_array_equal(told.distance, matrix[told.a, told.b])
    np.testing.assert_array_equal(told.is_same, labels[told.a] == labels[told.b])


# ---- scikit-learn --------------------------------------------------------------------------------


@DATA
def test_curves_as_in_scikit_learn(seed: int, levels: int | None) -> None:
    told = pairs(seed, levels)
    far, tar, _ = metrics.roc_curve(told.is_same, -told.distance, drop_intermediate=False)
    np.testing.assert_allclose(told.points.far, far, atol=1e-9)
    np.testing.assert_allclose(1 - told.points.frr, tar, atol=1e-9)
    expected = metrics.roc_auc_score(told.is_same, -told.distance)
    assert area(told.points) == pytest.approx(expected, abs=1e-9)


@DATA
def test_the_det_curve_is_scikit_learns(seed: int, levels: int | None) -> None:
    """It drops the parts of the curve where one of the errors stays at its end; the rest is equal,
    point for point."""
    told = pairs(seed, levels)
    far, frr, _ = metrics.det_curve(told.is_same, -told.distance)
    ours = np.stack([told.points.far, told.points.frr], 1)
    theirs = np.stack([far, frr], 1)[::-1] if far[0] > far[-1] else np.stack([far, frr], 1)
    first = int(np.abs(ours - theirs[0]).sum(1).argmin())
    np.testing.assert_allclose(ours[first : first + len(theirs)], theirs, atol=1e-9)


@DATA
def test_precision_and_recall_at_every_threshold(seed: int, levels: int | None) -> None:
    told = pairs(seed, levels)
    precision, recall, levels_there = metrics.precision_recall_curve(told.is_same, -told.distance)
    for expected, share, level in zip(precision, recall, levels_there, strict=False):
        at = told.rates(float(np.nextafter(-level, np.inf)))  # theirs counts equality in
        assert at.precision == pytest.approx(expected, abs=1e-9)
        assert at.recall == pytest.approx(share, abs=1e-9)


@DATA
def test_the_tally_is_the_confusion_matrix(seed: int, levels: int | None) -> None:
    told = pairs(seed, levels)
    for threshold in (-1.0, 0.2, float(told.distance[100]), 1.1, 99.0):
        tally, at = told.tally(threshold), told.rates(threshold)
        accepted = told.distance < threshold
        (tn, fp), (fn, tp) = metrics.confusion_matrix(told.is_same, accepted, labels=[False, True])
        assert (tally.accepted_same, tally.accepted_different) == (tp, fp)
        assert (tally.rejected_same, tally.rejected_different) == (fn, tn)
        assert at.far == pytest.approx(fp / (fp + tn), abs=1e-12)
        assert at.frr == pytest.approx(fn / (fn + tp), abs=1e-12)
        assert at.accuracy == pytest.approx((tp + tn) / len(told), abs=1e-12)
        assert tally.accepted + tally.rejected == len(told)


# ---- pairs at a distance -------------------------------------------------------------------------


@DATA
def test_nearest_by_loops(seed: int, levels: int | None) -> None:
    told = pairs(seed, levels)
    for values in told.distances:
        for at in (0.0, 0.31, float(values[50]), 1.7, 50.0):
            found = nearest(values, at, 4)
            gaps = sorted(abs(value - at) for value in values)
            assert np.abs(values[found] - at) == pytest.approx(gaps[:4], abs=1e-12)
            assert len(set(found.tolist())) == 4
    assert nearest(values[:2], 0.0, 4).tolist() == [0, 1]


def test_closer_are_shares() -> None:
    told = pairs(0)
    for at in (0.0, 0.7, 1.9, 99.0):
        same, different = told.closer(at)
        assert same == pytest.approx((told.distance[told.same] < at).mean())
        assert different == pytest.approx((told.distance[told.different] < at).mean())


@DATA
def test_the_worst_by_loops(seed: int, levels: int | None) -> None:
    matrix, labels = matrix_of(seed, levels)
    told = all_pairs(matrix, labels)
    strangers = nearest_different(told, labels, 6)
    couples = {
        (i, j): matrix[np.ix_(labels == i, labels == j)].min()
        for i in range(8)
        for j in range(i + 1, 8)
    }
    assert told.distance[strangers] == pytest.approx(sorted(couples.values())[:6])
    selves = furthest_same(told, labels, 6)
    own = {i: matrix[np.ix_(labels == i, labels == i)].max() for i in range(8)}
    assert told.distance[selves] == pytest.approx(sorted(own.values(), reverse=True)[:6])
    assert len({labels[told.a[pair]] for pair in selves}) == 6
    assert not told.is_same[strangers].any()
    assert told.is_same[selves].all()


# ---- wishes --------------------------------------------------------------------------------------


@DATA
@pytest.mark.parametrize("far", [0.0, 0.001, 0.01, 0.1, 1.0])
def test_a_wish_is_kept_and_no_looser_threshold_keeps_it(
    seed: int, levels: int | None, far: float
) -> None:
    told = pairs(seed, levels)
    made = wish(told, far)
    at = told.rates(made.threshold)
    assert at.far <= far
    assert made.let_in == pytest.approx(at.far * made.different)
    assert made.recall == pytest.approx(at.recall)
    beyond = told.distance[told.distance >= made.threshold]
    if len(beyond):  # the next distance that there is would already be too many
        assert told.rates(float(np.nextafter(beyond.min(), np.inf))).far > far


@pytest.mark.parametrize(
    ("people", "far", "possible", "known"),
    [
        (3, 0.001, False, False),
        (8, 0.01, True, False),
        (20, 0.01, True, True),
        (3, 0.1, True, False),
    ],
)
def test_whether_there_are_pairs_enough(
    people: int, far: float, possible: bool, known: bool
) -> None:
    made = wish(all_pairs(*matrix_of(0, people=people)), far)
    assert made.different == people * (people - 1) // 2 * 25
    assert (made.possible, made.known) == (possible, known)
    assert made.allowed == pytest.approx(far * made.different)


def test_the_rule_of_three_holds_by_simulation() -> None:
    """With a rate of 3/n, about one in twenty samples of n shows nothing at all."""
    rng = np.random.default_rng(0)
    assert np.mean(rng.binomial(300, library.rule_of_three(300), 20_000) == 0) == pytest.approx(
        0.05, abs=0.005
    )
    assert library.rule_of_three(2) == library.rule_of_three(0) == 1


def test_a_trial_uses_no_one_twice() -> None:
    matrix, labels = matrix_of(0, people=9)
    told = trial(matrix, labels, 0.1, seed=3)
    assert told.people == (5, 4)
    people = np.random.default_rng(3).permutation(9)
    for half, at in ((people[:5], told.hoped), (people[5:], told.got)):
        rows = np.flatnonzero(np.isin(labels, half))
        distance = [(matrix[i, j], labels[i] == labels[j]) for i in rows for j in rows if i < j]
        assert at == rates(*zip(*distance, strict=True), told.threshold)
    assert told.hoped.far <= 0.1
    assert trial(matrix, labels, 0.1, seed=4) != told


def test_a_trial_needs_both_kinds_on_both_sides() -> None:
    with pytest.raises(ValueError, match="Each half"):
        trial(*matrix_of(0, people=3), 0.1, 0)


# ---- why -----------------------------------------------------------------------------------------


def two(seed: int = 0) -> torch.Tensor:
    return torch.randn(2, 64, generator=torch.Generator().manual_seed(seed))


def test_coordinates_add_up_to_the_distance() -> None:
    a, b = two()
    verifier = of_pixels()
    assert by_coordinate(verifier, a, b).sum() == pytest.approx(
        verifier.matrix(a[None], b[None]).item() ** 2, rel=1e-5
    )
    circle = of_state(start(preset("circle")), None, "", "")
    assert by_coordinate(circle, a, b).sum() == pytest.approx(
        circle.matrix(a[None], b[None]).item(), rel=1e-5
    )
    bce = of_state(start(preset("bce")), None, "", "")
    assert bce.head is not None
    logit = by_coordinate(bce, a, b).sum() - bce.head.bias.item()
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(bce.matrix(a[None], b[None]).item(), rel=1e-5)


def test_what_was_changed_most_comes_first() -> None:
    a = random_scene(3)
    told = differences(a, Scene(**{**vars(a), "yaw": a.yaw - 12, "smile": a.smile + 0.1}))
    assert [one.label for one in told[:2]] == ["Turn, left to right", "Smile"]
    assert (told[0].a, told[0].b) == (a.yaw, a.yaw - 12)
    assert told[0].size == pytest.approx(
        12 / np.std([random_scene(seed).yaw for seed in range(200)])
    )
    assert all(one.size == 0 for one in told[2:])


def test_another_choice_is_a_difference() -> None:
    a, b = random_identity(1), random_identity(2)
    hair = next(one for one in differences(a, b) if one.label == "Hairstyle")
    assert (hair.a, hair.b) == (a.hairstyle, b.hairstyle)
    assert (hair.size > 0) == (a.hairstyle != b.hairstyle)
    assert differences(a, a)[0].size == 0
