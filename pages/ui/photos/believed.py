"""Can the chance be believed? It is counted, on people who had no part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import streamlit as st

from pages.ui import nets
from pages.ui.charts import kept, layered, plot
from pages.ui.inputs import one_of
from pages.ui.text import counted, plain
from siamese.plots import ACCENT, NEUTRAL
from siamese.sharing import Once

if TYPE_CHECKING:
    from siamese.reliability import Reliability


def believed() -> None:
    """The reliability diagram of one of the nets that are always there, on real people."""
    known = {name: net for name, net in nets.MEASURED.items() if name in nets.names()}
    st.markdown(
        "Of the pairs that get a chance of 80 %, eight in ten should show one person. That can "
        "be counted. The people on whom a net was measured are dealt into two halves; the "
        "curve from distance to chance is fitted to one half and checked on **the other, which "
        "had no part in it**."
    )
    name = one_of("Whose chances", list(known), key="photos_believed")
    found = checked(known[name])
    plot(kept(diagram, table(found)), key="photos_reliability", width="stretch")
    st.caption(told(name, found))


@Once
def checked(net: str) -> Reliability:
    """The chances of a net of `real_people`, each by a calibration on others."""
    from siamese.real_people import measured
    from siamese.reliability import reliability, unseen_chances

    known = measured(net)
    return reliability(*unseen_chances(known.single_same, known.single_different))


def table(found: Reliability) -> pd.DataFrame:
    """The bins, a row each."""
    rows = [
        (each.chance, each.share, each.low, each.high, each.pairs, word(each.enough))
        for each in found.bins
    ]
    return pd.DataFrame(rows, columns=["chance", "share", "low", "high", "pairs", "enough"])


def word(enough: bool) -> str:
    return "pairs enough" if enough else "too few pairs to know"


def diagram(bins: pd.DataFrame) -> alt.LayerChart:
    """The share of one person over the chance that was said, with intervals; on the diagonal both
    are equal."""
    axis = alt.Axis(format="%", tickCount=5)
    scale = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(bins).encode(
        alt.X("chance:Q", title="chance that was said", scale=scale, axis=axis)
    )
    colour = alt.Color(
        "enough:N",
        title=None,
        scale=alt.Scale(domain=[word(True), word(False)], range=[ACCENT, NEUTRAL]),
        legend=alt.Legend(orient="top"),
    )
    y = alt.Y("share:Q", title="share that shows one person", scale=scale, axis=axis)
    tooltip = ["pairs:Q", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("chance", "share"))]
    bar = base.mark_rule(strokeWidth=2).encode(
        alt.Y("low:Q", scale=scale), y2="high:Q", color=colour
    )
    point = base.mark_point(size=70, filled=True, opacity=1).encode(
        y=y, color=colour, tooltip=tooltip
    )
    ends = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]}))
    line = ends.mark_line(strokeDash=[5, 4], color=NEUTRAL, strokeWidth=1.5).encode(
        alt.X("x:Q", scale=scale), alt.Y("y:Q", scale=scale)
    )
    return layered(line, bar, point).properties(height=340)


def told(name: str, found: Reliability) -> str:
    """What the diagram shows, in words."""
    enough = [each for each in found.bins if each.enough]
    holds, few = sum(each.holds for each in enough), sum(not each.enough for each in found.bins)
    left = (
        f" {counted(few, 'bin has', 'bins have')} fewer than ten pairs: too few to know."
        if few
        else ""
    )
    return (
        f"{plain(name)}, {counted(found.pairs, 'pair')} of people, half of them of one person. In "
        f"{holds} of {counted(len(enough), 'bin')} with ten pairs and more, the chance lies within "
        f"the interval (95 %) of the share.{left} The Brier score, the mean square of chance minus "
        f"truth, is {found.brier:.3f}: 0 would be perfect, .250 is to say one half of every pair."
    )
