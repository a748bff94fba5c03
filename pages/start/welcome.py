"""Start: two faces, guessed first; then how one net makes a distance of them."""

import streamlit as st

from pages.ui import shipped
from pages.ui.frame import invitation, lesson, next_pages, opening, try_this
from pages.ui.link import copy_link
from pages.ui.reading import read
from pages.ui.session import sample_faces
from pages.ui.start.guess import LINKED, guess, wanted
from pages.ui.start.pair import choose
from pages.ui.start.twins import twins
from pages.ui.start.words import tell
from siamese.faces import split_by_person

QUESTION = "Are these two photos of one person?"
CURIOUS = "Click a photo and choose somebody *used to train it*. Why does that prove nothing?"

faces = sample_faces()
unseen = split_by_person(faces).unseen.people  # whom the shipped net has never met
net = shipped.net() if shipped.ready() else None

if wanted():
    opening(
        QUESTION,
        "Say it first. Then see what a **Siamese network** says, and what plain pixels say.",
    )
    guess(ready=net is not None, key="start_guess")
    invitation()
    try_this(
        {
            "Find a pair on which you and the net disagree. What did you look at? Press it at the "
            "end, and see what the net made of it.": "start_guess",
            "Say *one person* ten times. How often is that right, and what does the figure "
            "hide?": "start_guess",
        }
    )
else:
    opening(
        QUESTION,
        "A Siamese network never answers *yes* or *no*. It turns **each face into a row of "
        "numbers**, with one and the same net, and measures **how far apart** the two rows are.",
    )
    a, b = choose(faces, unseen)
    reading = read(net, faces.pictures[[a.index, b.index]]) if net else None
    twins(
        faces,
        a,
        b,
        unseen=unseen,
        reading=reading,
        told=tell(net, reading, a, b, unseen) if net and reading else ["The net wakes up …"],
        choose=lambda side, face: st.query_params.update({LINKED[side]: face}),
        key="start_twins",
    )
    try_this(
        {
            "Press **Same person** a few times. What drives the distance up: the light, the pose, "
            "the glasses?": "start_same",
            "Choose one and the same picture on both sides. Why must the distance be 0, whatever "
            "the net has learnt?": "start_twins",
            "Find two *different* people below the threshold. Would you have told them apart?": (
                "start_two start_twins"
            ),
        }
        | ({} if lesson() else {CURIOUS: "start_twins"})
    )
copy_link()
next_pages(
    {"pages/train/people.py": "Meet the people", "pages/train/train.py": "Train a net yourself"}
)

if net is None:  # the page stands; now fetch the net, which takes some seconds at first
    shipped.net()
    st.rerun()
