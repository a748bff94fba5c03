"""The two faces that are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui.facepicker import choose_face
from pages.ui.photo import BUILT_IN, Picked
from pages.ui.session import sample_faces
from siamese.faces import split_by_person

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = {"a": (0, 1), "b": (0, 4)}  # of the people new to the shipped net: number and picture


def pair() -> tuple[Picked, Picked] | None:
    """The two faces, side by side; None until there are two."""
    faces = sample_faces()
    unseen = split_by_person(faces).unseen.people
    chosen = []
    with st.container(key="photos_pair"):
        places = st.columns(2, gap="large")
    for place, side in zip(places, "ab", strict=True):
        number, picture = START[side]
        with place:
            start = faces.people.index(unseen[number]), picture
            chosen.append(choose_face(f"photos_{side}", f"Photo {side.upper()}", start=start))
    first, second = chosen
    return (first, second) if first and second else None


def crops(*faces: Picked) -> NDArray[np.uint8]:
    """(N, 112, 112, 3), as verifiers want them."""
    return np.stack([face.crop for face in faces])


def real(*faces: Picked) -> bool:
    """Is one of them not a built-in person?"""
    return any(face.source != BUILT_IN for face in faces)
