"""Small live charts: Altair, which Streamlit updates in place (a Plotly chart is built anew)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts import KINDS, layered, upright
from pages.ui.text import percent
from siamese.plots import ACCENT, DIFFERENT, NEUTRAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.evaluation import Evaluation
    from siamese.verification import Scores

POINTS = 240  # of a curve: more cannot be seen
BINS = 44


def loss_curve(
    steps: NDArray[np.int64], loss: NDArray[np.float32], collapse: float
) -> alt.LayerChart:
    """Loss against step, smoothed over a few steps, with the loss of a net that has collapsed."""
    window = max(1, len(loss) // 60)
    smooth = pd.Series(loss).rolling(window, min_periods=1).mean().to_numpy()
    keep = np.unique(np.linspace(0, len(loss) - 1, min(POINTS, len(loss))).astype(int))
    top = (
        max(collapse * 1.25, float(np.nanquantile(smooth, 0.98)) * 1.05) if len(loss) else collapse
    )
    curve = pd.DataFrame({"step": steps[keep], "loss": smooth[keep]})
    line = (
        alt.Chart(curve)
        .mark_line(color=ACCENT, strokeWidth=2.5, clip=True)
        .encode(
            alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, tickCount=5, grid=False)),
            alt.Y(
                "loss:Q", title=None, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=4)
            ),
        )
    )
    level = pd.DataFrame({"loss": [collapse], "name": ["loss of a collapsed net"]})
    rule = alt.Chart(level).mark_rule(color=DIFFERENT, strokeDash=[5, 4]).encode(y="loss:Q")
    word = (
        alt.Chart(level)
        .mark_text(align="left", dx=6, dy=-8, color=DIFFERENT, fontSize=12)
        .encode(y="loss:Q", x=alt.value(0), text="name:N")
    )
    return layered(line, rule, word).properties(height=200)


def distances(evaluation: Evaluation, reach: float) -> alt.LayerChart:
    """Histograms of distances within and between unseen people, with the threshold between them."""
    edges = np.linspace(0, reach, BINS + 1)
    parts = []
    for kind, values in (("same person", evaluation.same), ("two people", evaluation.different)):
        counts, _ = np.histogram(np.clip(values, 0, reach), edges)
        share = np.append(counts, 0) / max(1, counts.max())
        parts.append(pd.DataFrame({"from": edges, "share": share, "pairs": kind}))
    areas = (
        alt.Chart(pd.concat(parts))
        .mark_area(opacity=0.55, interpolate="step-after")
        .encode(
            alt.X(
                "from:Q",
                title="distance",
                scale=alt.Scale(domain=[0, reach], nice=False),
                axis=alt.Axis(grid=False, tickCount=5),
            ),
            alt.Y("share:Q", title=None, axis=None, stack=None, scale=alt.Scale(domain=[0, 1.12])),
            color=alt.Color(
                "pairs:N",
                scale=KINDS,
                legend=alt.Legend(orient="top", title=None, offset=0),
            ),
        )
    )
    threshold = upright(evaluation.scores.threshold, "threshold", reach, solid=True)
    room = {"left": 0, "right": 10, "top": 0, "bottom": 0}  # for half of the axis's last number
    return layered(areas, *threshold).properties(height=200, padding=room)


def errors(scores: dict[str, Scores]) -> alt.LayerChart:
    """Equal error rates as bars under one another, the last one ours; the end of the axis is
    tossing a coin. The words stand above their bar: beside it they need not find room."""
    table = pd.DataFrame({"who": list(scores), "rate": [score.eer for score in scores.values()]})
    table["word"] = [
        f"{who}: {percent(score.eer)}, AUC {score.auc:.3f}" for who, score in scores.items()
    ]
    table["ours"] = table["who"] == table["who"].iloc[-1]
    base = alt.Chart(table).encode(alt.Y("who:N", sort=None, title=None, axis=None))
    bars = base.mark_bar(cornerRadiusEnd=4, height=12, yOffset=8).encode(
        alt.X("rate:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 0.5], clamp=True)),
        color=alt.condition("datum.ours", alt.value(ACCENT), alt.value(NEUTRAL)),
    )
    words = base.mark_text(align="left", dy=-8, fontSize=12, color=NEUTRAL).encode(
        x=alt.value(0), text="word:N"
    )
    return layered(bars, words).properties(height=44 * len(table))
