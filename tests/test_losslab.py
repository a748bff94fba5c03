"""Curves and planes of the loss page against loops, hand-made slopes and finite differences."""

import math

import numpy as np
import pytest

from siamese import losslab
from siamese.losslab import plane, value_and_slopes

PLACES = np.linspace(0.01, 1.99, 41)


def circle_by_hand(sn: float, sp: float, m: float, g: float) -> tuple[float, float, float]:
    """Sun et al. 2020, eq. 6 for one pair of each kind; weights without gradient."""
    an, ap = max(sn + m, 0.0), max(1 + m - sp, 0.0)
    z = g * an * (sn - m) - g * ap * (sp - (1 - m))
    sigma = 1 / (1 + math.exp(-z)) if z > -700 else 0.0
    return math.log1p(math.exp(-abs(z))) + max(z, 0), g * an * sigma, -g * ap * sigma


@pytest.mark.parametrize("margin", [0.3, 1.0, 2.4])
def test_contrastive_curves(margin: float) -> None:
    same, (slope_same,) = value_and_slopes(losslab.contrastive(True, margin), PLACES)
    np.testing.assert_allclose(same, PLACES**2, atol=1e-12)
    np.testing.assert_allclose(slope_same, 2 * PLACES, atol=1e-12)
    different, (slope,) = value_and_slopes(losslab.contrastive(False, margin), PLACES)
    for place, value, steep in zip(PLACES, different, slope, strict=True):
        assert value == pytest.approx(max(margin - place, 0) ** 2, abs=1e-12)
        assert steep == pytest.approx(-2 * max(margin - place, 0), abs=1e-12)


@pytest.mark.parametrize("margin", [0.1, 0.5, 1.5])
def test_triplet_plane(margin: float) -> None:
    seen = plane(losslab.triplet(margin), 0, 2, 9)
    for x, y, value, dx, dy in zip(
        seen.x, seen.y, seen.value, seen.along_x, seen.along_y, strict=True
    ):
        assert value == pytest.approx(max(x - y + margin, 0), abs=1e-12)
        if abs(x - y + margin) > 1e-9:
            active = x - y + margin > 0
            assert (dx, dy) == ((1, -1) if active else (0, 0))
    for x, y in ((0.2, 1.9), (0.5, 0.5), (1.0, 0.4), (0.5, 0.5 + margin / 2), (0.5, 0.5 + margin)):
        kind = losslab.kind_of_triplet(x, y, margin)
        loss = max(x - y + margin, 0)
        assert (kind == "easy") == (loss < 1e-9)
        assert (kind == "hard") == (loss > margin - 1e-9)


def test_soft_triplet_never_rests() -> None:
    seen = plane(losslab.triplet(None), 0, 2, 9)
    expected = [math.log1p(math.exp(x - y)) for x, y in zip(seen.x, seen.y, strict=True)]
    np.testing.assert_allclose(seen.value, expected, atol=1e-12)
    assert (seen.value > 0).all()
    assert (seen.along_x > 0).all()
    assert (seen.along_y < 0).all()


@pytest.mark.parametrize("margin", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("gamma", [1, 16, 64])
def test_circle_plane(margin: float, gamma: float) -> None:
    seen = plane(losslab.circle(margin, gamma), -0.5, 1, 13)
    for row in zip(seen.x, seen.y, seen.value, seen.along_x, seen.along_y, strict=True):
        expected = circle_by_hand(row[0], row[1], margin, gamma)
        assert row[2:] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("margin", [0.1, 0.25, 0.4])
def test_the_circle_is_where_the_loss_is_ln_2(margin: float) -> None:
    angle = np.linspace(math.pi / 2 + 0.1, math.pi - 0.1, 7)
    # s_n² + (s_p − 1)² = 2m², in the corner where both weights are above zero
    sn = math.sqrt(2) * margin * np.sin(angle) * 0.9
    sp = 1 - np.sqrt(2 * margin**2 - sn**2)
    value, _ = value_and_slopes(losslab.circle(margin, 64), sn, sp)
    np.testing.assert_allclose(value, math.log(2), atol=1e-5)


def test_cross_entropy_curves() -> None:
    logits = np.linspace(-6, 6, 25)
    for same in (True, False):
        value, (slope,) = value_and_slopes(losslab.cross_entropy(same), logits)
        for z, loss, steep in zip(logits, value, slope, strict=True):
            chance = 1 / (1 + math.exp(-z))
            assert loss == pytest.approx(-math.log(chance if same else 1 - chance), abs=1e-9)
            assert steep == pytest.approx(chance - same, abs=1e-9)


@pytest.mark.parametrize(
    "loss",
    [losslab.triplet(0.4), losslab.triplet(None)],
)
def test_slopes_are_those_of_small_steps(loss: object) -> None:
    x, y, step = np.array([0.31, 1.2]), np.array([0.52, 0.9]), 1e-6
    value, (dx, dy) = value_and_slopes(loss, x, y)  # type: ignore[arg-type]
    further, _ = value_and_slopes(loss, x + step, y)  # type: ignore[arg-type]
    higher, _ = value_and_slopes(loss, x, y + step)  # type: ignore[arg-type]
    np.testing.assert_allclose((further - value) / step, dx, atol=1e-5)
    np.testing.assert_allclose((higher - value) / step, dy, atol=1e-5)


def test_the_root_at_zero() -> None:
    assert math.isnan(losslab.slope_at_zero(guarded=False))
    assert losslab.slope_at_zero(guarded=True) == 0


@pytest.mark.parametrize(("margin", "least"), [(1.0, 0.0), (2.0, 0.0), (2.5, 0.25), (3.0, 1.0)])
def test_a_margin_above_two_cannot_be_met_on_the_sphere(margin: float, least: float) -> None:
    assert losslab.least_push(margin) == pytest.approx(least)
