"""Train: a net learns, live, to tell people apart."""

import streamlit as st

from pages.ui import controls, live, runs
from pages.ui.frame import opening, try_this
from pages.ui.markdown import plain
from pages.ui.state import session
from siamese.archives import DataError

visitor = session()
opening(
    "Can a net learn who is who in half a minute?",
    "It starts out knowing nothing of faces. Press **Train** and watch people whom it has **never "
    "seen** move apart on the map.",
)
left, right = st.columns([5, 7], gap="large")
with left:
    config = controls.choose()
    try:
        run = runs.current(visitor, config)
    except DataError as error:
        st.error(plain(str(error)))
        st.page_link("pages/train/people.py", label="Choose other people")
        st.stop()
    runs.play_if_asked(run)
    controls.transport(run)
with right:
    live.map_and_scores(run)
live.curves(run)
runs.shelf(visitor, run)
try_this(
    [
        "Train, then press **Reset**, choose another loss and train again. Which one is quickest?",
        "Train with **Triplet** and *mining: the hardest* (under *More*). Why does the loss stay "
        "on the dashed line?",
        "Move the margin while it trains. Which of the pictures answers at once?",
        "Choose the net **Plane (2-D)**: how well can two numbers tell people apart?",
    ]
)
