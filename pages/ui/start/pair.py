"""The pair that is shown: by chance, or from the link."""

from __future__ import annotations

from collections.abc import Collection
from random import random

import numpy as np
import streamlit as st

from pages.ui.photo import Photo
from pages.ui.start.guess import LINKED, offer
from siamese.faces import FaceSet


def choose(faces: FaceSet, people: Collection[str]) -> tuple[Photo, Photo]:
    """The pair of the link, at first two photos of the first of these people; buttons draw others
    of them by chance."""

    def put(same: bool) -> None:
        a, b = draw_pair(faces, people, same)
        st.query_params.update({LINKED["a"]: a.id, LINKED["b"]: b.id})

    with st.container(horizontal=True, key="start_pairs"):
        st.button("Same person", on_click=put, args=[True], key="start_same")
        st.button("Two people", on_click=put, args=[False], key="start_two")
        st.button("Surprise me", on_click=put, args=[random() < 0.5])
        offer()
    first = next(label for label, name in enumerate(faces.people) if name in people)
    a, b = (_shown(faces, side, Photo.of(faces, first, n)) for side, n in (("a", 1), ("b", 4)))
    return a, b


def _shown(faces: FaceSet, side: str, usual: Photo) -> Photo:
    photo = linked(faces, side) or usual
    if st.query_params.get(LINKED[side], photo.id) != photo.id:
        st.caption(f"The link names a face that is not here. {photo.name} stands in for it.")
    return photo


def draw_pair(faces: FaceSet, people: Collection[str], same: bool) -> tuple[Photo, Photo]:
    """Two photos by chance, of one of these people or of two of them."""
    chance = np.random.default_rng()
    labels = [label for label, name in enumerate(faces.people) if name in people]
    if same:
        labels = [label for label in labels if faces.counts[label] > 1]
        ours = np.flatnonzero(faces.labels == chance.choice(labels))
        first, second = chance.choice(ours, 2, replace=False)
    else:
        ours = chance.choice(labels, 2, replace=False)
        first, second = (chance.choice(np.flatnonzero(faces.labels == label)) for label in ours)
    return Photo.at(faces, int(first)), Photo.at(faces, int(second))


def linked(faces: FaceSet, side: str) -> Photo | None:
    """The photo that the link names on a side; None where it names none of ours."""
    return Photo.find(faces, st.query_params.get(LINKED[side], ""))
