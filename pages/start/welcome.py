"""Start: two faces go through one net and come out as a distance."""

from random import random

import streamlit as st

from pages.ui import shipped
from pages.ui.frame import lesson, next_pages, opening, try_this
from pages.ui.photo import Photo
from pages.ui.reading import read
from pages.ui.session import sample_faces
from pages.ui.start.pair import draw_pair, linked
from pages.ui.start.twins import twins
from pages.ui.start.words import tell
from siamese.faces import split_by_person

CURIOUS = "Click a photo and choose somebody *used to train it*. Why does that prove nothing?"

faces = sample_faces()
unseen = split_by_person(faces).unseen.people  # whom the shipped net has never met


def put(same: bool) -> None:
    """A pair by chance, into the link."""
    a, b = draw_pair(faces, unseen, same)
    st.query_params.update({"start_a": a.id, "start_b": b.id})


opening(
    "Are these two photos of one person?",
    "A Siamese network never answers *yes* or *no*. It turns **each face into a row of numbers**, "
    "with one and the same net, and measures **how far apart** the two rows are.",
)
with st.container(horizontal=True, key="start_pairs"):
    st.button("Same person", on_click=put, args=[True], key="start_same")
    st.button("Two people", on_click=put, args=[False], key="start_two")
    st.button("Surprise me", on_click=put, args=[random() < 0.5])

first = faces.people.index(unseen[0])
a, b = (linked(faces, side) or Photo.of(faces, first, n) for side, n in (("a", 1), ("b", 4)))
for side, photo in {"a": a, "b": b}.items():
    if st.query_params.get(f"start_{side}", photo.id) != photo.id:
        st.caption(f"The link names a face that is not here. {photo.name} stands in for it.")

net = shipped.net() if shipped.ready() else None
reading = read(net, faces.pictures[[a.index, b.index]]) if net else None
twins(
    faces,
    a,
    b,
    unseen=unseen,
    reading=reading,
    told=tell(net, reading, a, b, unseen) if net and reading else ["The net wakes up …"],
    choose=lambda side, face: st.query_params.update({f"start_{side}": face}),
    key="start_twins",
)
try_this(
    {
        "Press **Same person** a few times. What drives the distance up: the light, the pose, "
        "the glasses?": "start_same",
        "Choose one and the same picture on both sides. Why must the distance be 0, whatever the "
        "net has learnt?": "start_twins",
        "Find two *different* people below the threshold. Would you have told them apart?": (
            "start_two start_twins"
        ),
    }
    | ({} if lesson() else {CURIOUS: "start_twins"})
)
next_pages(
    {"pages/train/people.py": "Meet the people", "pages/train/train.py": "Train a net yourself"}
)

if net is None:  # the page stands; now fetch the net, which takes some seconds at first
    shipped.net()
    st.rerun()
