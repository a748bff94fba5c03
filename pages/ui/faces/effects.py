"""Which nuisance moves a net most."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import altair as alt
import pandas as pd
import streamlit as st

from pages.ui.charts import kept, layered, plot
from pages.ui.faces.sweep import LABELS
from pages.ui.text import plain
from siamese import studio
from siamese.plots import ACCENT, DIFFERENT, NEUTRAL
from siamese.sharing import Turns

if TYPE_CHECKING:
    from siamese.verifiers import Verifier

PALE = "rgba(91, 91, 214, 0.38)"  # reads on light and dark
NEAR, FAR = "as far as in the built-in photos", "to the ends of the slider"
Effects = dict[str, tuple[float, float]]  # by label: as far as is usual, and to the ends
_measured: WeakKeyDictionary[Verifier, Effects] = WeakKeyDictionary()  # replaced, never changed
_turns = Turns()  # for one net, one visitor measures at a time, and all see it


def effects(verifier: Verifier) -> None:
    """A bar for each nuisance, mean over four made-up people who are none of the built-in ones. One
    is measured at a time: no slider above has to wait for all of them."""
    waits = len(_measured.get(verifier, {})) < len(LABELS)
    st.fragment(_effects, run_every=0.2 if waits else None)(verifier, waits)


def _effects(verifier: Verifier, waits: bool) -> None:
    done = _measured.get(verifier, {})
    table = pd.DataFrame(
        [(label, *both) for label, both in done.items()], columns=["nuisance", NEAR, FAR]
    )
    apart = studio.between(verifier)
    complete = len(done) == len(LABELS)
    told = rank(table, apart, verifier) if complete else f"{len(done)} of {len(LABELS)} measured …"
    plot(kept(bars, table, apart), key="faces_effects", alt=told)
    st.caption(told)
    if not complete:  # the next one, for the next run: what is drawn stays bright meanwhile
        _measure(verifier, known=len(done))
    elif waits:
        st.rerun()  # without the clock


def _measure(verifier: Verifier, known: int) -> None:
    """One nuisance more than the visitor knows of, unless somebody else has measured it
    meanwhile."""
    with _turns.of(verifier):
        done = _measured.get(verifier, {})
        if len(done) == known:
            missing = next(one for one in studio.NUISANCES if one.label not in done)
            _measured[verifier] = done | {missing.label: studio.effect(verifier, missing)}


def rank(table: pd.DataFrame, apart: float, verifier: Verifier) -> str:
    """The bars in words."""
    most, least = table.loc[table[FAR].idxmax()], table.loc[table[FAR].idxmin()]
    usual = table.loc[table[NEAR].idxmax()]
    return (
        f"Under *{plain(verifier.name)}*, moved to the ends of its slider, "
        f"{most['nuisance'].lower()} "
        f"carries a photo furthest ({most[FAR]:.2f} thresholds) and {least['nuisance'].lower()} "
        f"least ({least[FAR]:.2f}). Within what the built-in photos show it is "
        f"{usual['nuisance'].lower()} ({usual[NEAR]:.2f}). Two different people are "
        f"{apart:.2f} apart. Means over {len(studio.PANEL)} people and both ends."
    )


def bars(table: pd.DataFrame, apart: float) -> alt.LayerChart:
    order = table.sort_values(FAR, ascending=False)["nuisance"].tolist()
    long = table.melt("nuisance", [FAR, NEAR], "range", "distance")
    top = 1.1 * max(1.0, apart, float(table[[FAR, NEAR]].to_numpy(float).max(initial=0.0)))
    base = alt.Chart(long).encode(
        alt.Y("nuisance:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False)),
        alt.X(
            "distance:Q",
            title="distance that it makes, in thresholds",
            stack=None,
            scale=alt.Scale(domain=[0, top], nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        tooltip=["nuisance:N", "range:N", alt.Tooltip("distance:Q", format=".2f")],
    )
    colour = alt.Color(
        "range:N",
        scale=alt.Scale(domain=[NEAR, FAR], range=[ACCENT, PALE]),
        legend=alt.Legend(orient="top", title=None, offset=4, columns=1, labelLimit=300),
    )
    pale, dark = (
        base.transform_filter(alt.datum.range == name)
        .mark_bar(cornerRadiusEnd=3, height={"band": band})
        .encode(color=colour)
        for name, band in ((FAR, 0.7), (NEAR, 0.34))
    )
    marks = pd.DataFrame({"distance": [1.0, apart], "name": ["threshold", "another person"]})
    rule = (
        alt.Chart(marks)
        .mark_rule(strokeDash=[5, 4], strokeWidth=1.5)
        .encode(
            x="distance:Q",
            stroke=alt.condition(
                "datum.name == 'threshold'", alt.value(NEUTRAL), alt.value(DIFFERENT)
            ),
        )
    )
    word = (
        alt.Chart(marks)
        .mark_text(align="right", dx=-5, fontSize=12, color=NEUTRAL)
        .encode(x="distance:Q", y=alt.value("height"), text="name:N")
    )
    return layered(pale, dark, rule, word).properties(height=30 * len(LABELS) + 20)
