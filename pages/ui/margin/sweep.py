"""The same with the real net: the stored sweep of margins, drawn beside the points that move."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

from pages.ui.charts import kept, layered, plot, upright
from pages.ui.frame import page_link
from pages.ui.link import TRAIN_LOSS, train_margin
from pages.ui.text import percent
from siamese.losses import LOSSES
from siamese.playground import Playground
from siamese.plots import ACCENT, DIFFERENT, SAME

TABLE = Path(__file__).with_name("margin_sweep.csv")
KINDS = {"same": "same person", "different": "two people"}


@cache
def sweep(loss: str) -> pd.DataFrame:
    """One row a run: margin, seed, steps, same, different, gap, eer; by rising margin."""
    table = pd.read_csv(TABLE)
    table = table[table["loss"] == loss].assign(gap=table["different"] - table["same"])
    return table.sort_values(["margin", "seed"], ignore_index=True)


def panel(playground: Playground) -> None:
    """Two charts, a sentence that reads them, and the way to a run of one's own."""
    table = sweep(playground.loss)
    left, right = st.columns([7, 5], gap="large")
    with left:
        st.markdown("**How far apart unseen photos lie, against the margin**")
        plot(kept(distances, table, playground.margin), key="margin_distances", alt=read(table))
    with right:
        st.markdown("**How often it errs**")
        plot(kept(errors, table, playground.margin), key="margin_errors", alt=read(table))
    st.caption(
        f"{read(table)} Lines: means of {table['seed'].nunique()} seeds, each with other people "
        f"unseen; bands: from the lowest to the highest. {unit(playground.loss)} The net *small*, "
        f"{table['steps'].max()} steps on the built-in people, by `benchmarks/margin_sweep.py`."
    )
    word = f"{LOSSES[playground.loss].label}, margin {margin_there(playground):g}"
    # A link, as `st.switch_page` cannot leave a page whose address is bound to its controls.
    page_link(
        "pages/train/train.py",
        f"Run this live: {word}",
        icon=":material/model_training:",
        query_params=to_train(playground),
    )


def to_train(playground: Playground) -> dict[str, str]:
    """The controls of the Train page, as they stand in its address, and that it shall begin."""
    return {
        TRAIN_LOSS: LOSSES[playground.loss].label,
        train_margin(playground.loss): f"{margin_there(playground):g}",
        "run": "1",
    }


def margin_there(playground: Playground) -> float:
    """The margin, as far as the slider of the Train page goes."""
    low, high = LOSSES[playground.loss].margins
    return min(max(playground.margin, low), high)


def read(table: pd.DataFrame) -> str:
    """What one reads off, in figures."""
    means = table.groupby("margin")[["gap", "eer"]].mean()
    low, high, widest = means.index[0], means.index[-1], means["gap"].idxmax()
    best, worst = means["eer"].idxmin(), means["eer"].idxmax()
    return (
        f"The gap between the two means is {means.gap[low]:.2f} at a margin of {low:g} and "
        f"{means.gap[high]:.2f} at {high:g}, and widest at {widest:g}. The equal error rate is "
        f"lowest at {best:g} ({percent(means.eer[best])}) and highest at {worst:g} "
        f"({percent(means.eer[worst])})."
    )


def unit(loss: str) -> str:
    return "Distances are 1 − cosine." if loss == "circle" else "No two are more than 2 apart."


def distances(table: pd.DataFrame, margin: float) -> alt.LayerChart:
    long = table.melt(["margin", "seed"], list(KINDS), "kind", "distance")
    long["pairs"] = long["kind"].map(KINDS)
    colour = alt.Color(
        "pairs:N",
        scale=alt.Scale(domain=list(KINDS.values()), range=[SAME, DIFFERENT]),
        legend=alt.Legend(orient="top", title=None, offset=0),
    )
    means = table.groupby("margin", as_index=False)[["same", "different", "gap"]].mean()
    gap = (
        alt.Chart(means)
        .mark_area(color=ACCENT, opacity=0.12)
        .encode(alt.X("margin:Q"), alt.Y("same:Q"), alt.Y2("different:Q"))
    )
    widest = means.loc[[means["gap"].idxmax()]].assign(
        middle=lambda row: (row["same"] + row["different"]) / 2,
        word=lambda row: row["gap"].map("gap {:.2f}".format),
    )
    word = (
        alt.Chart(widest)
        .mark_text(color=ACCENT, fontSize=13, fontWeight=600)
        .encode(alt.X("margin:Q"), alt.Y("middle:Q"), text="word:N")
    )
    base = alt.Chart(long).encode(_across(table), color=colour)
    band = base.mark_area(opacity=0.3).encode(
        alt.Y("min(distance):Q", title="mean distance"), alt.Y2("max(distance):Q")
    )
    line = base.mark_line(strokeWidth=2.5, point=True).encode(
        alt.Y(
            "mean(distance):Q",
            title="mean distance",
            axis=alt.Axis(tickCount=5),
            scale=alt.Scale(domain=[0, 1.15 * float(table["different"].max())]),
        )
    )
    return layered(gap, band, line, word, *_mark(table, margin)).properties(height=260)


def errors(table: pd.DataFrame, margin: float) -> alt.LayerChart:
    base = alt.Chart(table).encode(_across(table))
    band = base.mark_area(opacity=0.25, color=ACCENT).encode(
        alt.Y("min(eer):Q", title="equal error rate"), alt.Y2("max(eer):Q")
    )
    line = base.mark_line(strokeWidth=2.5, point={"color": ACCENT}, color=ACCENT).encode(
        alt.Y(
            "mean(eer):Q",
            title="equal error rate",
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domainMin=0),
        )
    )
    return layered(band, line, *_mark(table, margin)).properties(height=260)


def _across(table: pd.DataFrame) -> alt.X:
    return alt.X(
        "margin:Q",
        title="margin",
        scale=alt.Scale(domain=[0, float(table["margin"].max())], nice=False),
        axis=alt.Axis(grid=False, tickCount=6),
    )


def _mark(table: pd.DataFrame, margin: float) -> list[alt.Chart]:
    """A line at the margin of the lab above, if the sweep went so far."""
    if margin > table["margin"].max():
        return []
    return upright(margin, "margin above", float(table["margin"].max()))
