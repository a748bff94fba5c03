"""Train: a net learns, live, to tell people apart."""

from functools import partial

import streamlit as st

from pages.ui import runs
from pages.ui.frame import lesson, opening, page_link, try_this
from pages.ui.link import copy_link
from pages.ui.session import session
from pages.ui.text import plain
from pages.ui.train import controls, curves, live, race, shelf
from siamese.faces import DataError

visitor = session()
top = st.container()  # filled when it is known how the net begins
left, right = st.columns([3, 5], gap="medium")
with left:
    go = st.container()  # first of the controls, wherever one scrolls to
    config = controls.choose_config()
    with top:
        opening("Can a net learn who is who in half a minute?", controls.lead(config))
    try:
        run = runs.current(visitor, config)
    except DataError as error:
        st.error(plain(str(error)))
        page_link("pages/train/people.py", "Choose other people")
        st.stop()
    runs.play_if_asked(run)
    with go:
        controls.transport(run, partial(runs.restart, visitor, run))
feed = live.begin(visitor, run)
with right:
    live.map_and_scores(run)
    axis = race.choose_axis()
    if run.result:
        curves.draw(visitor, feed, axis)
        live.way_back(run)
race.rivals(run, partial(shelf.race, visitor, run))
shelf.shelf(visitor, run)
copy_link()
folded = "" if lesson() else " (under *More*)"
try_this(
    {
        "Train, then press another loss under *Same seed, other loss*. Which one is quickest, in "
        "steps and in seconds?": "train_go train_rival train_against",
        f"Train with **Triplet** and the mining **The hardest**{folded}. Why does the loss stay on "
        "the dashed line?": "train_loss train_mining train_go",
        "Move the margin while it trains. Which of the pictures answers at once?": (
            "train_margin train_go"
        ),
        f"Choose the net **Plane (2-D)**{folded}: how well can two numbers tell people apart?": (
            "train_net train_go"
        ),
    }
)
