"""The nearest strangers and the furthest selves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.ui.pairs.choice import A, B, found, is_same, whole, worst
from pages.ui.pairs.kept import remember
from pages.ui.pairs.pairset import PairSet
from pages.ui.pairs.two_faces import closely


def worst_pairs(pair_set: PairSet, threshold: float) -> None:
    """Both galleries, and the pair that is pressed, closely."""
    different, same = worst(pair_set)
    a, b = found(A, pair_set), found(B, pair_set)
    now = (a.photo.id, b.photo.id) if a and b else None
    st.markdown(
        "**Nearest strangers**: two people whom the net takes for one first, whatever the threshold"
    )
    _gallery(pair_set, different, threshold, now)
    st.markdown("**Furthest selves**: one person whom the net takes for two")
    _gallery(pair_set, same, threshold, now)
    if a is None or b is None:
        a, b = (whole(pair_set, picture) for picture in different[0])
    st.space("small")
    closely(pair_set, a, b, threshold)


def _gallery(
    pair_set: PairSet, couples: list[tuple[int, int]], threshold: float, now: tuple[str, str] | None
) -> None:
    with st.container(horizontal=True, gap="small"):
        for one, other in couples:
            a, b = whole(pair_set, one), whole(pair_set, other)
            distance = float(pair_set.matrix[one, other])
            right = (distance < threshold) == is_same(a, b)
            with st.container(width=170, gap="xsmall", border=True):
                both = np.concatenate([a.picture, b.picture], 1)
                st.image(both, alt=f"{a.name} and {b.name}")
                st.markdown(
                    f"**{pair_set.said(distance)}** {'✓' if right else '✗'} "
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
    remember(A, a)
    remember(B, b)
