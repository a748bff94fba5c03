"""Margin: points that the loss itself pulls and pushes, and what the margin does to a real net."""

import streamlit as st

from pages.ui.frame import next_pages, opening, predict
from pages.ui.link import copy_link
from pages.ui.margin import player, sweep
from siamese import lessons

opening(
    "How far apart is far enough?",
    "No net here: each dot is a photo, each colour a person, and the loss moves the dots itself. "
    "The **margin** says when it may stop.",
)
left, right = st.columns([8, 4], gap="large")
with right, st.container(key="margin_acts"):
    chosen = player.choose_playground()
    copy_link()
with left:
    player.player(player.run(chosen))
st.subheader("The same with the real net", anchor=False)
sweep.panel(chosen)
predict(lessons.MARGIN)
next_pages(
    {
        "pages/understand/faces.py": "See what a distance minds on a face",
        "pages/train/train.py": "Train a net",
    }
)
