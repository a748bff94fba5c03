"""The nearest strangers and the furthest selves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.ui import link
from pages.ui.pairs.choice import A, B, found, is_same, whole, worst
from pages.ui.pairs.pairset import Look
from pages.ui.pairs.two_faces import closely


def worst_pairs(look: Look, threshold: float) -> None:
    """Both galleries, and the pair that is pressed, closely."""
    strangers, selves = worst(look)
    a, b = found(A, look), found(B, look)
    now = (a.photo.id, b.photo.id) if a and b else None
    st.markdown(
        "**Nearest strangers**: two people whom the net takes for one first, whatever the threshold"
    )
    _gallery(look, strangers, threshold, now)
    st.markdown("**Furthest selves**: one person whom the net takes for two")
    _gallery(look, selves, threshold, now)
    if a is None or b is None:
        a, b = (whole(look, picture) for picture in strangers[0])
    st.space("small")
    closely(look, a, b, threshold)


def _gallery(
    look: Look, couples: list[tuple[int, int]], threshold: float, now: tuple[str, str] | None
) -> None:
    with st.container(horizontal=True, gap="small"):
        for one, other in couples:
            a, b = whole(look, one), whole(look, other)
            distance = float(look.matrix[one, other])
            right = (distance < threshold) == is_same(a, b)
            with st.container(width=170, gap="xsmall", border=True):
                both = np.concatenate([a.picture, b.picture], 1)
                st.image(both, alt=f"{a.name} and {b.name}")
                st.markdown(
                    f"**{look.said(distance)}** {'✓' if right else '✗'} "
                    f"{'accepted' if distance < threshold else 'rejected'}"
                )
                st.button(
                    f"{a.who} {a.photo.picture} – {b.who} {b.photo.picture}"
                    if not is_same(a, b)
                    else f"{a.who} {a.photo.picture} – {b.photo.picture}",
                    help="Why? Look at this pair closely, below.",
                    on_click=_pick,
                    args=[a.photo.id, b.photo.id],
                    key=f"pairs_worst_{a.photo.id}_{b.photo.id}",
                    type="primary" if now == (a.photo.id, b.photo.id) else "secondary",
                    width="stretch",
                )


def _pick(a: str, b: str) -> None:
    link.remember(A, a)
    link.remember(B, b)
