"""The pair that is shown: by chance, or from the link."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import streamlit as st

from pages.ui.photo import Photo
from siamese.faces import FaceSet


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
    return Photo.find(faces, st.query_params.get(f"start_{side}", ""))
