"""Chances and what was true → do the chances hold?

A calibrated chance of 80 % is one that comes true in 80 of 100 cases. That can be counted, on
people who had no part in the calibration: pairs are put into bins by their chance, and for each bin
the share of pairs of one person is held against it. Murphy and Winkler 1977, 'Reliability of
subjective probability forecasts of precipitation and temperature'.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siamese.calibration import calibrate
from siamese.verification import curve, equal_error

Floats = NDArray[np.float64]

BINS = 10
ENOUGH = 10  # pairs in a bin from which its share says anything
LEVEL = 0.95  # of the intervals


@dataclass(frozen=True)
class Bin:
    """Pairs with nearly the same chance, and what became of them."""

    chance: float  # that was said of them, on average
    share: float  # of them that show one person
    pairs: int
    low: float  # between which the share lies that many more pairs would have, at `LEVEL`
    high: float

    @property
    def enough(self) -> bool:
        """Are there pairs enough to say anything?"""
        return self.pairs >= ENOUGH

    @property
    def holds(self) -> bool:
        """Does the chance lie where the share may lie?"""
        return self.low <= self.chance <= self.high


@dataclass(frozen=True)
class Reliability:
    """How far chances can be believed."""

    bins: tuple[Bin, ...]  # rising, those with pairs in them
    brier: float  # mean square of chance − truth: 0 is best, .25 is 'one half' said of everything
    pairs: int


def unseen_chances(same: ArrayLike, different: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Distances of pairs of one person (2, S) and of two (2, D), each of two halves of the people →
    the chance of each pair by a calibration of the other half, and whether it shows one person.

    Threshold and curve are found as for a verifier. As many pairs of one kind as of the other are
    counted, the first ones, so that half of them show one person. ValueError where a half has no
    pair of a kind.
    """
    near, far = np.asarray(same, np.float64), np.asarray(different, np.float64)
    chances, truths = [], []
    for half in (0, 1):
        distance = np.concatenate([near[1 - half], far[1 - half]])
        points = curve(distance, np.arange(len(distance)) < near.shape[1])
        found = calibrate(near[1 - half], far[1 - half], equal_error(points)[1])
        count = min(near.shape[1], far.shape[1])
        asked = np.concatenate([near[half, :count], far[half, :count]])
        chances.append(found.probability(asked))
        truths.append(np.arange(len(asked)) < count)
    return np.concatenate(chances), np.concatenate(truths)


def reliability(chance: ArrayLike, is_same: ArrayLike, bins: int = BINS) -> Reliability:
    """Chances in [0, 1] of independent pairs (N,) and whether they show one person, in bins of
    equal width. ValueError where there are none."""
    said, true = np.asarray(chance, np.float64), np.asarray(is_same, bool)
    if not len(said):
        raise ValueError("Without pairs nothing can be said of their chances.")
    place = np.minimum((said * bins).astype(int), bins - 1)
    found = [_bin(said[place == each], true[place == each]) for each in np.unique(place)]
    return Reliability(tuple(found), float(np.mean((said - true) ** 2)), len(said))


def _bin(said: Floats, true: NDArray[np.bool_]) -> Bin:
    from scipy.stats import binomtest

    interval = binomtest(int(true.sum()), len(true)).proportion_ci(LEVEL)  # Clopper and Pearson
    share = float(true.mean())
    return Bin(float(said.mean()), share, len(true), float(interval.low), float(interval.high))
