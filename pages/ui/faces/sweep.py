"""One nuisance moved from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.ui import nets
from pages.ui.charts import kept, layered, plot
from pages.ui.faces.verdicts import jpeg
from pages.ui.session import session
from pages.ui.text import plain
from siamese import studio
from siamese.plots import ACCENT, DIFFERENT, LINES, NEUTRAL, SAME

if TYPE_CHECKING:
    from siamese.studio import Nuisance, Shot, Sweep
    from siamese.verifiers import Verifier

STYLE = Path(__file__).with_suffix(".css")
LABELS = [nuisance.label for nuisance in studio.NUISANCES]
FIRST = "Exposure"  # what differs most between the built-in photos, to pixels
COUNT = 13  # places of a sweep
SHOWN = 5  # of them with a picture
LIKE_UNTRAINED = LINES[5]


@st.fragment
def panel(reference: Shot, verifier: Verifier) -> None:
    """Distance against a nuisance, for pixels, the untrained net and the chosen one, and strangers
    who differ as much in pixels."""
    st.markdown(
        "One thing about the photo moves from end to end, the rest stays as in the reference. "
        "Beside it: other people in the *same* scene who differ from the reference by **just as "
        "many grey levels**. To pixels the two are one and the same. To a net they must not be. "
        "Distances are in thresholds; that of the pixels is so wide that most strangers lie below "
        "it, too."
    )
    label: str = st.selectbox(
        "What moves", LABELS, LABELS.index(FIRST), key="faces_nuisance", bind="query-params"
    )
    nuisance = studio.NUISANCES[LABELS.index(label)]
    with st.spinner("Strangers are looked for …"):
        found = swept(reference, nuisance, verifier, nets.verifier(nets.PIXELS), _untrained())
    told = tell(found, nuisance, verifier)
    plot(kept(chart, found, nuisance, verifier), key="faces_sweep", alt=told)
    st.html(strips(found, nuisance))
    st.caption(told)


def _untrained() -> Verifier:
    return nets.verifier(nets.UNTRAINED)


def swept(reference: Shot, nuisance: Nuisance, verifier: Verifier, *before: Verifier) -> Sweep:
    """The last few are kept for this visitor, and shared while somebody else has them."""
    asked = [*(other for other in before if other.name != verifier.name), verifier]
    key = reference, nuisance, *asked

    def sweep() -> Sweep:
        return studio.sweep(reference, nuisance, asked, COUNT)

    return session().recall("sweep", key, sweep, most=16)


def tell(found: Sweep, nuisance: Nuisance, verifier: Verifier) -> str:
    """What one reads off, in figures."""
    own = found.distances[verifier.name]
    worst = int(np.nanargmax(own)) if np.isfinite(own).any() else 0
    over = [f"{value:g}" for value, far in zip(found.values, own, strict=True) if far >= 1]
    words = (
        f"{nuisance.label}, from {nuisance.low:g} to {nuisance.high:g} {nuisance.unit}".strip()
        + f": under *{plain(verifier.name)}* the same person comes as far as {own[worst]:.2f} "
        "thresholds"
    )
    words += f", and counts as two people at {_few(over)}." if over else ", and stays one person."
    alike = found.other[worst]
    if np.isfinite(alike):
        return words + (f" Strangers who differ as much in pixels lie {alike:.2f} thresholds away.")
    return words + " None of the strangers differs as much in pixels as this."


def _few(values: list[str]) -> str:
    return ", ".join(values) if len(values) < 4 else f"{len(values)} of the {COUNT} places"


def chart(found: Sweep, nuisance: Nuisance, verifier: Verifier) -> alt.LayerChart:
    others = f"strangers, {verifier.name}"
    colours = {nets.PIXELS: NEUTRAL, nets.UNTRAINED: LIKE_UNTRAINED, verifier.name: SAME}
    lines = [*found.distances.items(), (others, found.other)]
    table = pd.concat(
        pd.DataFrame({"value": found.values, "distance": distance, "who": name})
        for name, distance in lines
    )
    names = [name for name, _ in lines]
    scale = alt.Scale(domain=names, range=[*(colours[name] for name in names[:-1]), DIFFERENT])
    across = alt.X(
        "value:Q",
        title=f"{nuisance.label}{nuisance.unit and f', {nuisance.unit}'}",
        scale=alt.Scale(domain=[nuisance.low, nuisance.high], nice=False),
        axis=alt.Axis(grid=False, tickCount=7),
    )
    top = float(np.nanmax(table["distance"])) if table["distance"].notna().any() else 1
    line = (
        alt.Chart(table)
        .mark_line(strokeWidth=2.75, point={"size": 28})
        .encode(
            across,
            alt.Y(
                "distance:Q",
                title="distance to the reference, in thresholds",
                scale=alt.Scale(domain=[0, max(1.25, 1.08 * top)], nice=False),
                axis=alt.Axis(tickCount=5),
            ),
            color=alt.Color(
                "who:N",
                scale=scale,
                legend=alt.Legend(orient="top", title=None, offset=4, columns=2, labelLimit=260),
            ),
            tooltip=["who:N", alt.Tooltip("value:Q"), alt.Tooltip("distance:Q", format=".2f")],
        )
    )
    low, high = nuisance.usual
    usual = pd.DataFrame({"low": [low], "high": [high], "name": ["usual in the built-in photos"]})
    band = alt.Chart(usual).mark_rect(color=ACCENT, opacity=0.07).encode(x="low:Q", x2="high:Q")
    said = (
        alt.Chart(usual)
        .mark_text(align="left", dx=6, color=NEUTRAL, fontSize=12)
        .encode(x="low:Q", y=alt.value(10), text="name:N")
    )
    rule = pd.DataFrame({"distance": [1.0], "name": ["threshold"]})
    edge = alt.Chart(rule).mark_rule(color=NEUTRAL, strokeDash=[5, 4]).encode(y="distance:Q")
    word = (
        alt.Chart(rule)
        .mark_text(align="right", dx=-4, dy=-8, color=NEUTRAL, fontSize=12)
        .encode(y="distance:Q", x=alt.value("width"), text="name:N")
    )
    return layered(band, edge, line, said, word).properties(height=340)


def strips(found: Sweep, nuisance: Nuisance) -> str:
    """The pictures along the way, and below each the stranger who differs most nearly as much."""
    at = np.linspace(0, COUNT - 1, SHOWN).round().astype(int)
    rows = (
        ("same", "The same person", found.shots, found.pixels),
        (
            "different",
            "Strangers who differ as much in pixels",
            found.lookalikes,
            found.lookalike_pixels,
        ),
    )
    parts = []
    for side, title, shots, pixels in rows:
        figures = "".join(
            f"<figure><img src='{jpeg(shots[i])}' alt='{title} at {found.values[i]:g}'>"
            f"<figcaption>{_above(side, found.values[i], nuisance)}{pixels[i]:.1f}</figcaption>"
            "</figure>"
            for i in at
        )
        parts.append(
            f"<p class='studio-title'>{title}</p><div class='studio-strip {side}'>{figures}</div>"
        )
    return "".join(parts)


def _above(side: str, value: float, nuisance: Nuisance) -> str:
    sign = "°" if nuisance.unit == "degrees" else ""
    return f"<b>{value:g}{sign}</b> · " if side == "same" else ""
