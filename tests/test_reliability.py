"""Chances are held against what was true: right ones hold, others do not."""

import numpy as np
import pytest
from scipy.stats import beta
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from siamese import real_people
from siamese.calibration import logistic
from siamese.reliability import BINS, ENOUGH, reliability, unseen_chances


def pairs(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Chances, and truths that come by them."""
    rng = np.random.default_rng(seed)
    chance = rng.random(count)
    return chance, rng.random(count) < chance


def test_bins_and_score_are_those_of_scikit_learn() -> None:
    chance, true = pairs(3000)
    found = reliability(chance, true)
    share, said = calibration_curve(true, chance, n_bins=BINS)
    np.testing.assert_allclose([each.share for each in found.bins], share)
    np.testing.assert_allclose([each.chance for each in found.bins], said)
    assert found.brier == pytest.approx(brier_score_loss(true, chance))
    assert sum(each.pairs for each in found.bins) == found.pairs == 3000


def test_intervals_are_those_of_clopper_and_pearson() -> None:
    (only,) = reliability(np.full(40, 0.55), np.arange(40) < 9).bins
    assert only.low == pytest.approx(beta.ppf(0.025, 9, 32))
    assert only.high == pytest.approx(beta.ppf(0.975, 10, 31))
    assert not only.holds


def test_true_chances_hold_and_boasting_ones_do_not() -> None:
    held = [each.holds for seed in range(20) for each in reliability(*pairs(500, seed)).bins]
    assert np.mean(held) > 0.92  # 95 % at least, but for chance
    chance, true = pairs(2000)
    boasting = logistic(3 * np.log(chance / (1 - chance)))
    wrong = [each for each in reliability(boasting, true).bins if not each.holds]
    assert len(wrong) > BINS / 2
    assert reliability(boasting, true).brier > reliability(chance, true).brier


def test_a_sure_chance_and_an_empty_bin_are_no_trouble() -> None:
    found = reliability([0.0, 1.0, 1.0], [False, True, True])
    assert [(each.chance, each.share, each.pairs) for each in found.bins] == [(0, 0, 1), (1, 1, 2)]
    assert all(each.holds and not each.enough for each in found.bins)
    assert found.brier == 0
    with pytest.raises(ValueError, match="Without pairs"):
        reliability([], [])


def test_one_half_s_chances_hang_on_the_other_half_alone() -> None:
    rng = np.random.default_rng(1)
    same, different = rng.normal(1, 0.3, (2, 80)), rng.normal(2, 0.3, (2, 40))
    chance, true = unseen_chances(same, different)
    assert len(chance) == 160
    assert true.sum() == 80  # as many of one kind as of the other
    moved = same.copy()
    moved[0] += 0.5
    other, _ = unseen_chances(moved, different)
    first = true & (np.arange(160) < 80)  # pairs of the first half: the curve is of the second
    last = ~true & (np.arange(160) < 80)
    assert (other[first] < chance[first]).all()  # they are farther apart under the same curve
    np.testing.assert_array_equal(other[last], chance[last])
    assert (other[80:] != chance[80:]).all()


@pytest.mark.parametrize("net", real_people.NETS)
def test_the_chances_on_the_page_hold_on_people_unseen(net: str) -> None:
    """No net does worse than to say one half; of a trained net's bins with pairs enough, all hold
    but one at most. An untrained one's distances do not follow the curve so well."""
    known = real_people.measured(net)
    found = reliability(*unseen_chances(known.single_same, known.single_different))
    enough = [each for each in found.bins if each.enough]
    assert ENOUGH * len(enough) <= found.pairs
    if net not in ("pixels", "untrained"):
        assert sum(not each.holds for each in enough) <= 1
    assert found.brier < 0.25
