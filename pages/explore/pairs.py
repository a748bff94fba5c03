"""Pairs: from twins to strangers, and where to draw the line between them."""

import streamlit as st

from pages.ui.frame import opening, predict
from pages.ui.link import copy_link
from pages.ui.nets import choose_verifier
from pages.ui.pairs import pairset, parts, threshold
from siamese import lessons

opening(
    "How alike is alike enough?",
    "Slide from **twins** to **strangers** and look at the pairs that lie there. Then draw the "
    "line: a pair closer than the **threshold** counts as one person. Where would you draw it?",
)
with st.container(horizontal=True, vertical_alignment="bottom", key="pairs_of"):
    verifier = choose_verifier("pairs_net", "Measured by")
    whose = pairset.choose_whose()
    copy_link()


@st.fragment
def explore() -> None:
    """All that moves with the two sliders."""
    pair_set = pairset.pair_set(verifier, whose)
    if pair_set is None:
        return
    place = threshold.place(pair_set)
    threshold.slide(pair_set, place)
    threshold.curves(pair_set, place)
    parts.chosen(pair_set, place.threshold)


explore()
predict(lessons.PAIRS)
