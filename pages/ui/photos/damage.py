"""One of the two photos damaged: what the nets say of it then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.charts import kept, layered, plot
from pages.ui.inputs import one_of, switch
from pages.ui.photo import Picked
from pages.ui.photos.matrix import LETTERS
from pages.ui.photos.pair import crops
from pages.ui.reading import embed_two
from pages.ui.session import session
from pages.ui.text import plain
from siamese.damage import LIMITS, Damage, damage
from siamese.plots import DIFFERENT, LINES, NEUTRAL, SAME
from siamese.sharing import digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.verifiers import Verifier

    Pictures = NDArray[np.uint8]

WORDS = {
    "blur": ("Blur", "in pixels, of 112 across", 0.5),
    "grey": ("Grey", "share of the colour taken away", 0.05),
    "crop": ("Crop", "share cut off", 0.05),
    "light": ("Light", "stops", 0.25),
}
STEPS = 9  # points of a curve
SWAPPED = "Swap the two photos"


@st.fragment
def damaged(a: Picked, b: Picked, verifiers: Mapping[str, Verifier]) -> None:
    """Spoil one of the two photos, and watch the distance under every net."""
    controls, shown = st.columns([1, 1.25], gap="large")
    with controls:
        which, how, swap = _controls()
    before = crops(a, b)
    after = before.copy()
    after[which] = damage(before[which], how)
    order = [1, 0] if swap else [0, 1]
    verifiers = {name: verifier for name, verifier in verifiers.items() if verifier.proven}
    with shown:
        _both(after[order], [LETTERS[side] for side in order])
        table = response(verifiers, before, after[order])
        plot(kept(arrows, table), key="photos_arrows", width="stretch")
        st.caption(told(table, how, swap))
    _curve(verifiers, before, which, how)


def _controls() -> tuple[int, Damage, bool]:
    which: str = one_of(
        "Which photo is spoilt?", ["Photo A", "Photo B"], key="photos_which", first="Photo B"
    )
    values = {
        name: st.slider(
            f"{word} ({unit})",
            *LIMITS[name],
            0.0,
            step,
            key=f"photos_{name}",
            bind="query-params",
        )
        for name, (word, unit, step) in WORDS.items()
    }
    mirror = switch("Mirror it", "photos_mirror")
    swap = switch(SWAPPED, "photos_swap")
    return int(which == "Photo B"), Damage(mirror=mirror, **values), swap


def _both(pictures: Pictures, letters: Sequence[str]) -> None:
    with st.container(horizontal=True, gap="small"):
        for picture, letter in zip(pictures, letters, strict=True):
            st.image(picture, width=150, alt=f"Photo {letter} as the nets get it now")


def response(verifiers: Mapping[str, Verifier], before: Pictures, after: Pictures) -> pd.DataFrame:
    """For each verifier the distance of the pairs (2, H, W, 3), before and after, both in its own
    thresholds, so that all go on one scale."""
    rows = []
    for name, verifier in verifiers.items():
        first, second = (embed_two(verifier, pair)[1] for pair in (before, after))
        limit = verifier.threshold
        rows.append((name, first, second, first / limit, second / limit))
    return pd.DataFrame(rows, columns=["net", "before", "after", "from", "to"])


def arrows(table: pd.DataFrame) -> alt.LayerChart:
    """From where to where each net's distance has gone, in thresholds."""
    table = table.assign(
        word=[f"{b:.2f} → {a:.2f}" for b, a in zip(table["before"], table["after"], strict=True)],
        side=np.where(table["to"] < 1, "one person", "two people"),
    )
    right = max(2.0, 1.3 * float(table[["from", "to"]].to_numpy().max()))
    y = alt.Y("net:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, grid=False))
    scale = alt.Scale(domain=[0, right], nice=False)
    x = alt.X("from:Q", title="distance ÷ threshold", scale=scale, axis=alt.Axis(tickCount=5))
    base = alt.Chart(table).encode(y=y)
    line = base.mark_rule(strokeWidth=3, color=NEUTRAL).encode(x=x, x2="to:Q")
    start = base.mark_point(size=70, color=NEUTRAL, filled=False, strokeWidth=2).encode(x=x)
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=["one person", "two people"], range=[SAME, DIFFERENT]),
        legend=alt.Legend(orient="top", title="counts as", offset=0),
    )
    end = base.mark_point(size=130, filled=True, opacity=1).encode(
        x=alt.X("to:Q", scale=scale), color=colour, tooltip=["net:N", "before:Q", "after:Q"]
    )
    word = base.mark_text(dy=-12, fontSize=12, color=NEUTRAL).encode(
        x=alt.X("to:Q", scale=scale), text="word:N"
    )
    one = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(strokeDash=[5, 4], color=NEUTRAL)
    return layered(one.encode(x=alt.X("x:Q", scale=scale)), line, start, end, word).properties(
        height=130 + 44 * len(table)
    )


def told(table: pd.DataFrame, how: Damage, swap: bool) -> str:
    """What the damage has done, in words."""
    if how.nothing:
        still = "Nothing is spoilt yet. "
        if swap:
            still = "Swapped, every distance stays what it was: d(A, B) = d(B, A). "
        return still + "The dashed line is each net's own threshold."
    turned = table[(table["from"] < 1) != (table["to"] < 1)]["net"].tolist()
    most = table.iloc[(table["to"] - table["from"]).abs().argmax()]
    verdict = (
        f"The verdict has turned under {' and '.join(map(plain, turned))}."
        if turned
        else "No verdict has turned."
    )
    return (
        f"{verdict} The distance has moved most under {plain(most['net'])}: by "
        f"{most['to'] - most['from']:+.2f} thresholds."
    )


def _curve(verifiers: Mapping[str, Verifier], before: Pictures, which: int, how: Damage) -> None:
    """The distance over one kind of damage, the others staying as they are."""
    kind: str = one_of(
        "The distance along",
        WORDS,
        key="photos_along",
        called=lambda name: WORDS[name][0],
    )
    key = (*verifiers.values(), digest(before), which, how, kind)
    table = session().recall("along", key, lambda: along(verifiers, before, which, how, kind))
    plot(kept(curve, table, kind, getattr(how, kind)), key="photos_curve", width="stretch")
    ends = table[table["amount"] == table["amount"].max()]
    said = [
        f"{plain(net)} {ratio:.2f}" for net, ratio in zip(ends["net"], ends["ratio"], strict=True)
    ]
    st.caption(
        f"Each net's distance in its own thresholds: below 1 it counts the two as one person. "
        f"At the right end: {', '.join(said)}."
    )


def along(
    verifiers: Mapping[str, Verifier], before: Pictures, which: int, how: Damage, kind: str
) -> pd.DataFrame:
    """The distance in thresholds at STEPS amounts of one kind of damage, for each verifier."""
    amounts = np.linspace(*LIMITS[kind], STEPS)
    spoilt = np.stack(
        [
            damage(before[which], Damage(**{**how.__dict__, kind: float(amount)}))
            for amount in amounts
        ]
    )
    rows = []
    for name, verifier in verifiers.items():
        e = verifier.embed(np.concatenate([before[1 - which][None], spoilt]))
        distances = verifier.matrix(e[:1], e[1:])[0]
        rows += [
            (name, float(amount), float(distance / verifier.threshold))
            for amount, distance in zip(amounts, distances, strict=True)
        ]
    return pd.DataFrame(rows, columns=["net", "amount", "ratio"])


def curve(table: pd.DataFrame, kind: str, here: float) -> alt.LayerChart:
    """A line for each net over the amount of damage; an upright line where the slider stands."""
    names = list(table["net"].unique())
    colour = alt.Color(
        "net:N",
        sort=None,
        scale=alt.Scale(domain=names, range=[LINES[i % len(LINES)] for i in range(len(names))]),
        legend=alt.Legend(orient="top", title=None, columns=2),
    )
    line = (
        alt.Chart(table)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=30))
        .encode(
            alt.X(
                "amount:Q",
                title=f"{WORDS[kind][0].lower()}: {WORDS[kind][1]}",
                axis=alt.Axis(grid=False, tickCount=6),
            ),
            alt.Y("ratio:Q", title="distance ÷ threshold", scale=alt.Scale(zero=True)),
            color=colour,
            tooltip=["net:N", "amount:Q", "ratio:Q"],
        )
    )
    one = alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(strokeDash=[5, 4], color=NEUTRAL)
    at = alt.Chart(pd.DataFrame({"x": [here]})).mark_rule(color=NEUTRAL, strokeWidth=1.5)
    return layered(one.encode(y="y:Q"), at.encode(x="x:Q"), line).properties(height=340)
