"""Damage does what its name says, and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from siamese.damage import LIMITS, Damage, damage
from siamese.datasets import load


@pytest.fixture(scope="module")
def face() -> NDArray[np.uint8]:
    return load("sample_faces").pictures[17]


def test_nothing_is_nothing(face: NDArray[np.uint8]) -> None:
    assert Damage().nothing
    assert not Damage(mirror=True).nothing
    np.testing.assert_array_equal(damage(face, Damage()), face)


def test_the_mirror_twice_is_no_mirror(face: NDArray[np.uint8]) -> None:
    once = damage(face, Damage(mirror=True))
    np.testing.assert_array_equal(once, face[:, ::-1])
    np.testing.assert_array_equal(damage(once, Damage(mirror=True)), face)


def test_grey_is_pillows_grey(face: NDArray[np.uint8]) -> None:
    full = damage(face, Damage(grey=1))
    assert (full == full[..., :1]).all()
    theirs = np.asarray(Image.fromarray(face).convert("L"), int)
    assert np.abs(full[..., 0] - theirs).max() <= 1
    half = damage(face, Damage(grey=0.5)).astype(int)
    assert np.abs(half - (face.astype(int) + full) / 2).max() <= 1


@pytest.mark.parametrize("sigma", [1.0, 3.0])
def test_blur_is_a_gaussian(face: NDArray[np.uint8], sigma: float) -> None:
    inside = (slice(25, -25), slice(25, -25))
    theirs = gaussian_filter(face.astype(float), (sigma, sigma, 0))[inside]
    ours = damage(face, Damage(blur=sigma))[inside]
    assert np.abs(ours - theirs).mean() < 2  # Pillow's is made of boxes


def test_crop_enlarges_the_middle() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[25:75, 25:75] = 200  # the middle half
    assert (damage(picture, Damage(crop=0.5))[2:-2, 2:-2] == 200).all()
    assert damage(picture, Damage(crop=0.3)).mean() > picture.mean()


@pytest.mark.parametrize("stops", [-2.0, -1.0, 1.0, 2.0])
def test_a_stop_doubles(face: NDArray[np.uint8], stops: float) -> None:
    expected = np.minimum(face * 2.0**stops, 255)
    assert np.abs(damage(face, Damage(light=stops)) - expected).max() <= 0.5


@pytest.mark.parametrize("name", list(LIMITS))
def test_more_is_worse(face: NDArray[np.uint8], name: str) -> None:
    top = LIMITS[name][1]
    change = [
        np.abs(damage(face, Damage(**{name: step * top})).astype(float) - face).mean()
        for step in (0.0, 0.25, 0.5, 1.0)
    ]
    assert change == sorted(change)
    assert change[-1] > 1


@pytest.mark.parametrize("name", list(LIMITS))
def test_beyond_the_limits_is_refused(name: str) -> None:
    for value in (LIMITS[name][0] - 0.1, LIMITS[name][1] + 0.1, float("nan")):
        with pytest.raises(ValueError, match=name):
            Damage(**{name: value})


def test_all_at_once_keeps_shape_and_kind(face: NDArray[np.uint8]) -> None:
    spoilt = damage(face, Damage(0.5, 2, 0.3, -1, True))
    assert spoilt.shape == face.shape
    assert spoilt.dtype == np.uint8
