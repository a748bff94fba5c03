"""A distance as a probability: against scikit-learn, and against pairs whose answer is known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from siamese.calibration import Calibration, calibrate, logistic
from siamese.checkpoints import load, shipped

Floats = NDArray[np.float64]


def pairs(seed: int, same: int = 400, different: int = 900) -> tuple[Floats, Floats]:
    """Two bells of one width: the case in which a logistic curve is exactly right."""
    chance = np.random.default_rng(seed)
    return chance.normal(0.6, 0.2, same), chance.normal(1.1, 0.2, different)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1.0, 37.0])
def test_it_is_the_curve_of_scikit_learn(seed: int, scale: float) -> None:
    near, far = pairs(seed)
    near, far = scale * near, scale * far
    ours = calibrate(near, far)
    distance = np.concatenate([near, far])
    soft = np.r_[np.full(400, 401 / 402), np.full(900, 1 / 902)]  # Platt's targets
    weight = np.r_[np.full(400, 1 / 800), np.full(900, 1 / 1800)]
    # scikit-learn knows no soft targets: each pair stands there twice, as either kind, by weight.
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.concatenate([distance, distance])[:, None] / scale,
        np.repeat([1, 0], len(distance)),
        sample_weight=1000 * np.concatenate([weight * soft, weight * (1 - soft)]),
    )
    assert ours.slope * scale == pytest.approx(theirs.coef_[0, 0], rel=1e-3)
    assert ours.offset == pytest.approx(theirs.intercept_[0], rel=1e-3)


def test_for_two_bells_it_is_bayes_rule() -> None:
    near, far = pairs(0, 40_000, 40_000)
    found = calibrate(near, far)
    slope = (0.6 - 1.1) / 0.2**2
    assert found.slope == pytest.approx(slope, rel=0.05)
    assert -found.offset / found.slope == pytest.approx(0.85, abs=0.01)  # even odds half-way


@pytest.mark.parametrize("base_rate", [0.5, 0.1, 0.9])
def test_of_those_told_70_percent_70_percent_are_so(base_rate: float) -> None:
    found = calibrate(*pairs(1, 10_000, 10_000))
    count = 60_000
    near, far = pairs(2, round(count * base_rate), round(count * (1 - base_rate)))
    distance = np.concatenate([near, far])
    is_same = np.arange(len(distance)) < len(near)
    told = found.probability(distance, base_rate)
    for low in np.arange(0.05, 0.95, 0.1):
        chosen = (told >= low) & (told < low + 0.1)
        assert is_same[chosen].mean() == pytest.approx(told[chosen].mean(), abs=0.05)


def test_it_holds_on_pairs_that_it_was_not_fitted_on() -> None:
    """The shipped net's own distances, every other one to fit, the rest to test."""
    file = load(shipped())
    found = calibrate(file.same[::2], file.different[::2])
    told = np.r_[found.probability(file.same[1::2]), found.probability(file.different[1::2])]
    is_same = np.arange(len(told)) < len(file.same[1::2])
    weight = np.where(is_same, 0.5 / is_same.sum(), 0.5 / (~is_same).sum())
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        chosen = (told >= low) & (told < low + 0.1)
        share = weight[chosen].sum()
        if share:
            true = (weight * is_same)[chosen].sum() / share
            error += share * abs(true - (weight * told)[chosen].sum() / share)
    assert error < 0.03  # expected calibration error


def test_farther_is_never_likelier() -> None:
    found = calibrate(*pairs(3))
    told = found.probability(np.linspace(0, 3, 200))
    assert (np.diff(told) <= 0).all()
    assert ((told >= 0) & (told <= 1)).all()


def test_a_base_rate_is_one_more_piece_of_evidence() -> None:
    found = calibrate(*pairs(4))
    for rate in (0.01, 0.3, 0.99):
        told = found.probability([0.7, 0.9], rate)
        np.testing.assert_allclose(logit(told), logit(found.probability([0.7, 0.9])) + logit(rate))
    assert calibrate([1, 2], [1, 2]).probability(1.5, 0.2) == pytest.approx(0.2)


def test_how_many_pairs_of_a_kind_there_are_says_nothing() -> None:
    few, many = pairs(5, 4000, 4000), pairs(5, 4000, 4000)
    thin = few[0], np.sort(many[1])[::20]
    assert calibrate(*thin).probability(0.85) == pytest.approx(
        calibrate(*few).probability(0.85), abs=0.02
    )


def test_no_overlap_is_no_certainty() -> None:
    found = calibrate(np.full(20, 0.2), np.full(20, 1.0))
    assert found.probability(0.2) == pytest.approx(21 / 22, abs=1e-4)
    assert found.probability(1.0) == pytest.approx(1 / 22, abs=1e-4)


def test_worse_than_chance_says_nothing() -> None:
    far, near = pairs(6)
    assert calibrate(near, far) == Calibration(0.0, 0.0)


@pytest.mark.parametrize("values", [[1.0], [0.5, 0.5, 0.5]])
def test_equal_distances_are_survived(values: list[float]) -> None:
    assert calibrate(values, values).probability(1.0) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("rate", [0, 1, -0.1, 2])
def test_a_base_rate_that_means_nothing(rate: float) -> None:
    with pytest.raises(ValueError, match="base rate"):
        Calibration(-1, 1).probability(0.5, rate)


def test_one_kind_alone_cannot_be_calibrated() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        calibrate([], [1.0])


def test_extreme_odds_do_not_overflow() -> None:
    odds = np.array([-1e4, -30.0, 0.0, 30.0, 1e4])
    np.testing.assert_allclose(logistic(odds), expit(odds))


@pytest.mark.parametrize("seed", range(5))
def test_at_an_even_distance_the_odds_are_even_and_the_slope_is_the_best(seed: int) -> None:
    near, far = pairs(seed)
    found = calibrate(near, far, 0.8)
    assert found.probability(0.8) == pytest.approx(0.5)
    distance = np.concatenate([near, far])
    target = np.r_[np.full(400, 401 / 402), np.full(900, 1 / 902)]
    weight = np.r_[np.full(400, 1 / 800), np.full(900, 1 / 1800)]

    def loss(slope: float) -> float:
        odds = slope * (distance - 0.8)
        return float((weight * (np.logaddexp(0, odds) - target * odds)).sum())

    assert loss(found.slope) < min(loss(0.99 * found.slope), loss(1.01 * found.slope))


def test_even_odds_far_from_the_pairs_or_for_a_judge_worse_than_chance_are_no_certainty() -> None:
    near, far = pairs(0)
    assert calibrate(far, near, 0.8) == Calibration(0.0, 0.0)
    assert calibrate(near, far, 3.0).probability(3.0) == pytest.approx(0.5)
