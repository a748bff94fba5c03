"""The race of the runs, how far apart the unseen photos lie, and the loss: drawn by the browser,
which follows the run without asking the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pages.ui import runs
from pages.ui.component import component
from pages.ui.session import Session
from pages.ui.train import race
from pages.ui.wire import wire
from siamese.plots import ACCENT, DIFFERENT, LINES, NEUTRAL, SAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.evaluation import Evaluation
    from siamese.jobs import Run
    from siamese.training import TrainingState

POINTS = 240  # of a curve: more cannot be seen
BINS = 44
COLOURS = {
    "accent": ACCENT,
    "same": SAME,
    "different": DIFFERENT,
    "neutral": NEUTRAL,
    "lines": LINES,
}


def draw(visitor: Session, feed: wire.Feed, axis: str) -> None:
    """The three of them as they are now; what the run that is fed brings moves with the looks to
    come. The race is drawn against 'steps' or 'seconds'."""
    run = feed.run
    data = {
        "look": wire.as_text(feed.look()),
        "colours": COLOURS,
        "axis": axis,
        "line": runs.line(visitor, run),
        "others": race.others(visitor, run),
        "notes": [race.left_out(visitor, run), race.later(visitor, run)],
        "pixels": run.experiment.pixels.scores.eer,
    }
    component(__file__, wire.READER)(key="train-curves", data=data)


def histogram(distances: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """Shares of the fullest of so many bins (BINS,) from 0 to `reach`; what is further counts in
    the last one."""
    counts, _ = np.histogram(np.clip(distances, 0, reach), BINS, (0, reach))
    return np.asarray(counts / max(1, counts.max()), np.float32)


def reach(run: Run, evaluation: Evaluation) -> float:
    """Right end of the axis of distances: fixed where there is a largest distance."""
    if run.config.distance == "learned":
        return 1.0
    if run.config.normalise or run.config.distance == "cosine":
        return 2.0
    furthest = float(np.quantile(evaluation.different, 0.99))
    return float(2 ** np.ceil(np.log2(max(furthest, 1e-3))))


def loss(state: TrainingState) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Steps and the loss at them, smoothed over a few steps, at most `POINTS` of them."""
    values = state.column("loss")
    window = max(1, len(values) // 60)
    smooth = pd.Series(values).rolling(window, min_periods=1).mean().to_numpy(np.float32)
    kept = np.unique(np.linspace(0, len(values) - 1, min(POINTS, len(values))).astype(int))
    steps = state.step - len(values) + 1 + np.arange(len(values))
    return steps[kept], smooth[kept]


def finite(value: float) -> float | None:
    """A number for the browser, which knows no NaN."""
    return float(value) if np.isfinite(value) else None
