"""Embedding map: who lives next to whom in the space that a net has made."""

import streamlit as st

from pages.ui.frame import next_pages, opening, predict
from pages.ui.link import copy_link
from pages.ui.map import explore, scores, spaces, views
from siamese import lessons

st.html(explore.STYLE)
opening(
    "Who lives next door to whom?",
    "A net gives each face a place in a space of many numbers. A map is a **sketch** of that "
    "space: look at it, then ask the space itself.",
)
space, drawing = spaces.choose_space()
views.VIEWS[views.choose_view()](space, drawing)
scores.scores(space)
with st.container(horizontal=True, vertical_alignment="center"):
    scores.downloads(space)
    copy_link()
predict(lessons.MAP)
next_pages(
    {
        "pages/train/train.py": "Train a net, and see its map again",
        "pages/train/people.py": "Choose other people",
    }
)
