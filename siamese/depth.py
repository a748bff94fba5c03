"""Samples of more than eight bits → eight, by the white that they were written for."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEPTHS = (8, 10, 12, 14, 16)  # bits of cameras and scanners; files of 16 bits hold them all
BRIGHTEST = 99.9  # percentile of floats that counts as their largest: a lamp is no white wall


def white(largest: float) -> float:
    """The value that white has among whole numbers of which this is the largest: that of the
    fewest bits that hold it, and beyond 16 bits the largest itself."""
    return next((full for bits in DEPTHS if largest <= (full := 2.0**bits - 1)), largest)


def eight_bits(values: NDArray[np.generic], full: float | None = None) -> NDArray[np.uint8]:
    """Grey or colour by its full range, 0..`full`, which is told from the values where it is None.

    The range of floats is 0..1; what lies beyond stretches it, and so does what is negative. What
    is no number is black, what is infinite white.
    """
    if full is None and values.dtype.kind == "f":
        low, full = _range_of_floats(values)
    else:
        low = min(0.0, float(values.min()))
        full = white(float(values.max()) - low) if full is None else full
    return _scaled(values, low, full)


def _range_of_floats(values: NDArray[np.generic]) -> tuple[float, float]:
    """The black and the length of the range up to white."""
    numbers = np.asarray(values, np.float32)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return 0.0, 1.0
    low = min(0.0, float(finite.min()))
    return low, max(1.0, float(np.percentile(finite, BRIGHTEST))) - low


def _scaled(values: ArrayLike, low: float, full: float) -> NDArray[np.uint8]:
    shares = (np.asarray(values, np.float32) - np.float32(low)) * np.float32(255 / full) + 0.5
    whole = np.clip(np.nan_to_num(shares, nan=0.0, posinf=255), 0, 255)
    return np.asarray(whole.astype(np.uint8))
