"""Two embeddings and their difference, number by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.charts import kept, plot
from pages.ui.reading import Reading
from siamese.plots import ACCENT, DIFFERENT

if TYPE_CHECKING:
    from numpy.typing import NDArray


def embeddings(reading: Reading) -> None:
    """Both embeddings and their difference, number by number."""
    gap = reading.a - reading.b
    half = concentrated(gap)
    rows = {"Photo A": reading.a, "Photo B": reading.b, "Difference": gap}
    plot(kept(strips, rows), key="photos_strips", width="stretch")
    told = (
        f"Half of the squared difference lies in {half} of the {len(gap):,} numbers."
        if half
        else f"All {len(gap):,} numbers are equal."
    )
    st.caption(
        f"Each face is {len(gap):,} numbers. Violet is above zero, orange below; the stronger, the "
        f"larger. {told}"
    )


def concentrated(gap: NDArray[np.floating[Any]]) -> int:
    """How many of the differences (D,), the largest first, make half of their sum of squares."""
    squares = np.sort(np.square(gap.astype(np.float64)))[::-1]
    total = squares.sum()
    return int(np.searchsorted(np.cumsum(squares), total / 2) + 1) if total > 0 else 0


def strips(rows: dict[str, NDArray[np.floating[Any]]]) -> alt.Chart:
    """Rows of numbers as rows of coloured cells, all on one scale."""
    most = max(float(np.abs(values).max()) for values in rows.values()) or 1.0
    table = pd.concat(
        pd.DataFrame(
            {
                "row": name,
                "number": np.arange(len(values)) + 1,
                "end": np.arange(len(values)) + 2,
                "value": values.astype(float).round(4),
                "size": np.abs(values).astype(float) / most,
                "sign": np.where(values < 0, "below zero", "above zero"),
            }
        )
        for name, values in rows.items()
    )
    last = int(table["end"].max())
    cells: alt.Chart = (
        alt.Chart(table)
        .mark_rect()
        .encode(
            alt.X(
                "number:Q",
                title="number",
                scale=alt.Scale(domain=[1, last], nice=False),
                axis=alt.Axis(grid=False, tickMinStep=1, tickCount=6, ticks=False, domain=False),
            ),
            x2="end:Q",
            y=alt.Y(
                "row:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, offset=4)
            ),
            color=alt.Color(
                "sign:N",
                legend=None,
                scale=alt.Scale(domain=["above zero", "below zero"], range=[ACCENT, DIFFERENT]),
            ),
            opacity=alt.Opacity(
                "size:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1])
            ),
            tooltip=["row:N", "number:Q", "value:Q"],
        )
        .properties(height=150)
    )
    return cells
