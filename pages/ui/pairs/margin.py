"""The margin of the loss and the threshold of the verdict on one axis."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.charts import kept, plot
from pages.ui.pairs import charts, pairset
from pages.ui.pairs.pairset import PairSet
from pages.ui.text import plain

TABLE = Path(__file__).with_name("threshold_of_margin.csv")


def margin_and_threshold(pair_set: PairSet, threshold: float) -> None:
    """Both on one axis: for this net, and for nets of seven margins."""
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        st.markdown(
            "The **margin** is what the *loss* asks for while the net learns. The **threshold** is "
            "where *we* draw the line afterwards, and each use may draw it elsewhere."
        )
        st.markdown(f"**{plain(pair_set.verifier.name)}**: {margin_in_words(pair_set, threshold)}")
    if not _on_this_axis(pair_set, "contrastive"):
        note = "Margins of contrastive loss only: it alone measures its margin on this axis."
    else:
        note = ""
    rows, marks = margin_rows(pair_set, threshold)
    stored = sweep()
    words = (
        f"While the margin grows from {stored['margin'].iloc[0]:g} to "
        f"{stored['margin'].iloc[-1]:g}, the threshold moves from "
        f"{stored['threshold'].iloc[0]:.2f} to {stored['threshold'].iloc[-1]:.2f}."
    )
    with right:
        plot(kept(charts.margins, rows, marks), key="pairs_margins", alt=words)
        st.caption(
            f"{words} Bars: nine in ten pairs of people new to the net. The lower rows are nets "
            "trained for this picture: `benchmarks/threshold_of_margin.py`, contrastive loss, "
            f"{stored['steps'].iloc[0]} steps. {note}"
        )


def margin_in_words(pair_set: PairSet, threshold: float) -> str:
    """What the margin of this net means on the axis of distances, if it has one."""
    config = pairset.config_of(pair_set.verifier.name)
    if config is None:
        return "has not been trained, so it has a threshold and no margin."
    line = f"the threshold is {pair_set.said(threshold)}."
    if config.loss == "contrastive":
        return f"the loss pushes strangers until they are {config.margin:g} apart; {line}"
    if config.loss == "triplet":
        return (
            f"a stranger has to be {config.margin:g} *further away than* another photo of the "
            f"person. Such a margin is a difference of two distances, not a place on the axis; "
            f"{line}"
        )
    if pair_set.verifier.cohort is not None:
        return (
            f"the loss measured its margin of {config.margin:g} on plain distances. Here they are "
            f"relative to how near strangers come, so the margin has no place on the axis; {line}"
        )
    if config.loss == "circle":
        return (
            f"the margin of {config.margin:g} asks for distances (1 − cosine) below "
            f"{config.margin:g} within a person and above {1 - config.margin:g} between people; "
            f"{line}"
        )
    return f"the loss *{config.loss}* has no margin; {line}"


def margin_rows(pair_set: PairSet, threshold: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bands and marks of this net and of the stored ones."""
    bands, marks = [], []
    pairs, name = pair_set.pairs, pair_set.verifier.name
    for kind, which in (("one person", pairs.same), ("two people", pairs.different)):
        low, high = np.quantile(pairs.distance[which], (0.05, 0.95))
        bands.append((name, kind, low, high))
    marks.append((name, "threshold", threshold))
    config = pairset.config_of(name)
    if config and _on_this_axis(pair_set, "contrastive"):
        marks.append((name, "margin", config.margin))
    if config and _on_this_axis(pair_set, "circle"):
        marks += [(name, "margin", config.margin), (name, "margin", 1 - config.margin)]
    if _beside_the_stored(pair_set):
        for row in sweep().itertuples():
            net = f"margin {row.margin:g}"
            bands.append((net, "one person", row.same_low, row.same_high))
            bands.append((net, "two people", row.different_low, row.different_high))
            marks += [(net, "threshold", row.threshold), (net, "margin", row.margin)]
    return (
        pd.DataFrame(bands, columns=["net", "kind", "low", "high"]),
        pd.DataFrame(marks, columns=["net", "what", "distance"]),
    )


def _on_this_axis(pair_set: PairSet, loss: str) -> bool:
    """Was the net trained with this loss, and are its margins distances like those of the pairs?"""
    config = pairset.config_of(pair_set.verifier.name)
    return config is not None and config.loss == loss and pair_set.verifier.cohort is None


def _beside_the_stored(pair_set: PairSet) -> bool:
    """Are its distances of the kind that the stored nets have: straight, on the sphere?"""
    verifier, config = pair_set.verifier, pairset.config_of(pair_set.verifier.name)
    return (
        verifier.distance == "euclidean"
        and verifier.cohort is None
        and (config is None or config.normalise)
        and float(pair_set.pairs.distance[-1]) < 3  # pixels have a scale of their own
    )


@cache
def sweep() -> pd.DataFrame:
    """One row a margin: thresholds and bands of nets that were trained for this."""
    return pd.read_csv(TABLE)
