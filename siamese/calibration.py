"""Distance → how likely two pictures show one person, at a stated base rate.

A distance is no probability. Its meaning is learnt from pairs whose answer is known, and it hangs
on how many pairs of one person there are to begin with: at a door where hardly anybody tries to
cheat, the same distance says more than in a search through a million strangers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

STEPS = 50  # of Newton's method, which needs about ten
SMALL = 1e-10  # a step below it is none


@dataclass(frozen=True)
class Calibration:
    """log odds of 'one person' = offset + slope · distance, where both kinds of pairs are equally
    frequent. The slope is never above 0: farther is never likelier."""

    slope: float
    offset: float

    def probability(self, distance: ArrayLike, base_rate: float = 0.5) -> Floats:
        """Chance in (0, 1) that pairs at these distances show one person.

        `base_rate` is the share of pairs of one person among all that are asked about, before
        anybody looks; by Bayes' rule it is one more term in the log odds. ValueError unless it is
        between 0 and 1.
        """
        if not 0 < base_rate < 1:
            raise ValueError(f"The base rate is {base_rate}; it has to be between 0 and 1.")
        known = np.log(base_rate / (1 - base_rate))
        odds = self.offset + self.slope * np.asarray(distance, np.float64) + known
        return np.asarray(logistic(odds))


def calibrate(same: ArrayLike, different: ArrayLike, even: float | None = None) -> Calibration:
    """The logistic curve through distances of one person (S,) and of two (D,); where it is named,
    it is even odds at the distance `even`, such as a threshold, and has its slope alone to fit.

    Platt 1999, 'Probabilistic outputs for support vector machines', with his softened targets, so
    that two kinds which do not overlap at all give no certainty; fitted by Newton's method, as Lin,
    Lin and Weng did in 2007. Both kinds weigh the same, however many pairs there are of each: their
    frequency is told by the base rate alone. ValueError where a kind is missing.
    """
    near, far = np.asarray(same, np.float64), np.asarray(different, np.float64)
    if not len(near) or not len(far):
        raise ValueError("Needs at least one pair of the same person and one pair of two people.")
    distance = np.concatenate([near, far])
    middle = float(distance.mean()) if even is None else even
    width = float(distance.std()) or 1.0
    counts = np.repeat([len(near), len(far)], [len(near), len(far)])  # of a pair's own kind
    is_same = np.arange(len(distance)) < len(near)
    target = np.where(is_same, (counts + 1) / (counts + 2), 1 / (counts + 2))
    x = (distance - middle) / width
    terms = x[:, None] if even is not None else np.column_stack([x, np.ones_like(x)])
    slope, offset = (*_fitted(terms, target, 1 / (2 * counts)), 0.0)[:2]
    if slope > 0:  # worse than chance: the distance says nothing
        return Calibration(0.0, 0.0)
    return Calibration(slope / width, offset - slope * middle / width)


def _fitted(terms: Floats, target: Floats, weight: Floats) -> Floats:
    """What the terms (N, K) count for, (K,), in the logistic curve with the least cross-entropy."""
    values = np.zeros(terms.shape[1])
    loss = _cross_entropy(terms @ values, target, weight)
    for _ in range(STEPS):
        chance = logistic(terms @ values)
        gradient = terms.T @ (weight * (chance - target))
        curvature = (terms * (weight * chance * (1 - chance))[:, None]).T @ terms
        step = np.linalg.solve(curvature + SMALL * np.eye(len(values)), gradient)
        while (after := _cross_entropy(terms @ (values - step), target, weight)) > loss + SMALL:
            step = step / 2
        values, loss = values - step, after
        if np.abs(step).max() < SMALL:
            break
    return values


def _cross_entropy(odds: Floats, target: Floats, weight: Floats) -> float:
    return float((weight * (np.logaddexp(0, odds) - target * odds)).sum())


def logistic(odds: Floats) -> Floats:
    """1 / (1 + exp(−odds)), without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0, -odds)))
