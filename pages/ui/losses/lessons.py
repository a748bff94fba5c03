"""Two lessons: where no root is taken, and what a slipped sign does."""

from __future__ import annotations

import math

import streamlit as st

from pages.ui.charts import kept, plot
from pages.ui.inputs import switch
from pages.ui.losses import charts
from siamese import losslab
from siamese.playground import Playground, trajectory


def roots() -> None:
    """Squared or plain distance, free or normalised embeddings."""
    naive, ours = losslab.slope_at_zero(guarded=False), losslab.slope_at_zero(guarded=True)
    st.markdown(
        "| at distance 0 | slope of it |\n| --- | --- |\n"
        "| squared distance | 0, and hardly more nearby: near pairs are pulled ever more gently |\n"
        f"| plain distance, √ as it is | **{_number(naive)}**: the slope of a root is infinite at "
        "0, times a difference of 0 |\n"
        f"| plain distance here | **{_number(ours)}**: the root is taken only where there is "
        "something to take it of |\n"
    )
    st.markdown(
        "One such *NaN* in one pair, two copies of a photo are enough, turns all weights of a net "
        "into *NaN* at the next step. **On the sphere** (embeddings of length 1) distances end at "
        "2, so a margin means the same in every run, and one above 2 can never be met. **Free** "
        "embeddings can always meet the margin by growing; the net may then learn to be large "
        "instead of right."
    )


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else f"{value:g}"


def slip() -> None:
    """The triplet loss with its sign turned round, and what training on it does."""
    st.markdown(
        "A formula that one meets in notes on triplet loss has its sign turned round: "
        r"$\max\big(d(a,n) - d(a,p) + m,\ 0\big)$. It looks alike. Let it move points:"
    )
    flipped = switch("Flip the sign", "losses_slip")
    right, wrong = trajectory(Playground()), trajectory(Playground(flipped=True))
    lines = {"same person, right sign": right.same, "two people, right sign": right.different}
    if flipped:
        lines = {"same person, flipped": wrong.same, "two people, flipped": wrong.different} | lines
    shown = wrong if flipped else right
    words = (
        f"After {len(shown.loss) - 1} steps photos of one person are {shown.same[-1]:.2f} apart "
        f"and strangers {shown.different[-1]:.2f}."
    )
    plot(kept(charts.over_steps, lines, "mean distance"), key="losses_slip_chart", alt=words)
    if flipped:
        words += " **People are pushed apart from themselves, and strangers fall together.**"
    st.caption(words)
