"""A run so far → where its settings moved, and what is wrong with how it goes."""

from dataclasses import dataclass, replace

import numpy as np

from siamese.training import TrainingState, learning_rate


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
    found = []
    for row in np.flatnonzero(np.diff(values)).tolist():
        before, after = (_set(state, name, first + it, float(values[it])) for it in (row, row + 1))
        if abs(after - before) > 1e-4 * abs(before):  # the history has seven digits
            found.append(Move(first + row + 1, name, before, after))
    return found


def _set(state: TrainingState, name: str, step: int, value: float) -> float:
    """What a setting was set to, by its value at a step."""
    if name == "lr":
        value /= learning_rate(replace(state.config, lr=1.0), step)
    return float(f"{value:.4g}")
