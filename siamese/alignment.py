"""Five landmarks → a crop in which they lie where a net expects them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from siamese.yunet import Face, Floats

# Where eyes, nose and corners of the mouth go, as shares of the crop's side, left as seen.
CLOSE = np.array(  # forehead to chin, as tight as the crops of LFW that the starter net learnt from
    [[0.308, 0.420], [0.692, 0.420], [0.500, 0.625], [0.343, 0.795], [0.657, 0.795]]
)
PORTRAIT = np.array(  # the whole head, as the built-in people are photographed
    [[0.356, 0.490], [0.644, 0.490], [0.500, 0.640], [0.382, 0.768], [0.618, 0.768]]
)


def roll(face: Face) -> float:
    """How far a head is turned in the picture: -180 … 180 degrees, with the clock, by its eyes."""
    right, down = face.landmarks[1] - face.landmarks[0]
    return float(np.degrees(np.arctan2(down, right)))


def align(
    picture: Image.Image | NDArray[np.uint8],
    face: Face,
    size: int = 112,
    landmarks: Floats = CLOSE,
) -> NDArray[np.uint8]:
    """The face upright and with its landmarks (5, 2) where asked for: (size, size, 3)."""
    matrix = similarity(face.landmarks, landmarks * size)  # picture → crop
    return warped(np.asarray(picture), matrix, size)


def portrait(
    picture: Image.Image | NDArray[np.uint8], face: Face, size: int = 112
) -> NDArray[np.uint8]:
    """The head, upright, framed as the built-in people are: (size, size, 3)."""
    return align(picture, face, size, PORTRAIT)


def warped(pixels: NDArray[Any], matrix: Floats, size: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3), turned, scaled and shifted by `matrix` (2, 3): (size, size, 3)."""
    import cv2

    shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if shrink < 0.5:  # each pixel of the crop stands for many: average them first
        factor = 2 * shrink
        shape = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
        pixels = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([1 / factor, 1 / factor, 1])
    crop = cv2.warpAffine(
        pixels, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def similarity(source: ArrayLike, target: ArrayLike) -> Floats:
    """The turn, scale and shift (2, 3) that brings points (N, 2) closest to others (N, 2).

    By least squares: Umeyama 1991, 'Least-squares estimation of transformation parameters between
    two point patterns'.
    """
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    mean_a, mean_b = a.mean(0), b.mean(0)
    left, stretch, right = np.linalg.svd((b - mean_b).T @ (a - mean_a) / len(a))
    mirror = np.array([1.0, np.sign(np.linalg.det(left @ right))])  # turns, never mirrors
    turn = left @ np.diag(mirror) @ right
    scale = (stretch * mirror).sum() / (a - mean_a).var(0).sum()
    shift = mean_b - scale * turn @ mean_a
    return np.column_stack([scale * turn, shift])
