"""A run so far → where its settings moved, and what is wrong with how it goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from siamese.history import Snapshot
from siamese.training import TrainingState, is_collapsed, learning_rate

AGREEING = 3  # looks one after the other that have to say that it gets worse
WORSE, WORSE_BY = 0.01, 0.1  # of the error rate, in itself and of the best: more than noise
PATIENCE = 400  # steps without a change of the settings, before a run can be said to stand still
ENOUGH = 4  # looks in each half of these
BETTER = 0.98  # of the lowest rate of the first half: what is below it is progress

Kind = Literal["collapsed", "worse", "still"]


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a run."""

    kind: Kind
    step: int  # since when
    eer: float  # the lowest equal error rate until then


def trouble(state: TrainingState, looks: Sequence[Snapshot]) -> Trouble | None:
    """What is wrong with a run at a state, by the looks at it so far in the order of their steps;
    None where all is well. The first of these that holds:

    'collapsed': as `training.is_collapsed` says.

    'worse': in three looks in a row the equal error rate lies above the lowest one by .01 and by a
    tenth of it. From look to look it moves by .0004 to .003 at rates of .02 to .2; the lowest of
    many is low by chance, too, and the thresholds leave room for both.

    'still': in the second half of its steps it has come no lower than .98 of what it had reached in
    the first. Errors fall ever more slowly, so what is asked for is a share of the time so far. Of
    steps before a setting moved nothing is asked, nor of fewer than 400: some nets take half of
    these to get going.
    """
    if not looks:
        return None
    if is_collapsed(state):
        return Trouble("collapsed", state.step, min(look.scores.eer for look in looks))
    return _worse(looks) or _still(state, looks)


def _worse(looks: Sequence[Snapshot]) -> Trouble | None:
    best = min(looks, key=lambda look: look.scores.eer)
    low = best.scores.eer
    last = [look.scores.eer for look in looks[-AGREEING:]]
    is_worse = len(last) == AGREEING and min(last) > low + max(WORSE, WORSE_BY * low)
    return Trouble("worse", best.step, low) if is_worse else None


def _still(state: TrainingState, looks: Sequence[Snapshot]) -> Trouble | None:
    begin = max([looks[0].step, *(move.step for move in moves(state))])
    end = looks[-1].step
    half = (begin + end) / 2
    first = [look.scores.eer for look in looks if begin <= look.step <= half]
    second = [look.scores.eer for look in looks if look.step > half]
    if end - begin < PATIENCE or min(len(first), len(second)) < ENOUGH:
        return None
    stands = min(second) > BETTER * min(first)
    return Trouble("still", round(half), min(first + second)) if stands else None


@dataclass(frozen=True)
class Move:
    """A setting that was given another value while the run trained."""

    step: int  # the last one with the value before
    name: str  # 'margin' or 'lr'
    before: float
    after: float


def moves(state: TrainingState) -> list[Move]:
    """Where margin and learning rate were moved, in the order of their steps, as far back as the
    state's history goes. What the schedule does to the learning rate by itself is no move."""
    found = [*_moves(state, "margin"), *_moves(state, "lr")]
    return sorted(found, key=lambda move: move.step)


def _moves(state: TrainingState, name: str) -> list[Move]:
    values = state.column(name)  # (steps,)
    first = state.step - len(values)  # steps that the history does not tell of
    whole = replace(state.config, lr=1.0)

    def was_set(row: int) -> float:
        share = learning_rate(whole, first + row) if name == "lr" else 1.0  # of what it was set to
        return float(f"{values[row] / share:.4g}")

    found = []
    for row in np.flatnonzero(np.diff(values)).tolist():
        before, after = was_set(row), was_set(row + 1)
        if abs(after - before) > 1e-4 * abs(before):  # the history has seven digits
            found.append(Move(first + row + 1, name, before, after))
    return found
