"""A group of faces that was caught."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.map.card import card
from pages.ui.map.chosen import Chosen
from pages.ui.map.space import FaceSpace
from pages.ui.text import counted, share

SHEET = 60  # faces of a group that are shown


def group(space: FaceSpace, here: Chosen) -> None:
    """The faces that a lasso or a box has caught, with the distances among them."""
    caught = np.array(here.group, np.int64)
    if not len(caught):
        return
    people = len(np.unique(space.faces.labels[caught]))
    title, clear = st.columns([5, 1], vertical_alignment="bottom")
    title.subheader(
        f"{counted(len(caught), 'face')} of {counted(people, 'person', 'people')}",
        anchor=False,
    )
    clear.button("Let go", on_click=here.catch, args=[[]], key="map_let_go")
    if words := among(space, caught):
        st.markdown(words)
    cells = [card(space.faces.pictures[i], space.names[i], "", "") for i in caught[:SHEET]]
    st.html(f"<div class='near'>{''.join(cells)}</div>")
    if len(caught) > SHEET:
        st.caption(f"The first {SHEET} of {len(caught)}.")


def among(space: FaceSpace, caught: NDArray[np.int64]) -> str:
    """Distances inside a group, in words."""
    import torch

    if len(caught) < 2:
        return ""
    rows = caught[:1000]
    e = torch.from_numpy(space.embedding[rows])
    matrix = space.verifier.matrix(e, e)
    i, j = np.triu_indices(len(rows), 1)
    distance = matrix[i, j]
    same = space.faces.labels[rows[i]] == space.faces.labels[rows[j]]
    words = (
        f"**In the space** they lie {distance.mean():.2f} apart on average, from "
        f"{distance.min():.2f} to {distance.max():.2f}."
    )
    if same.any():
        words += (
            f" Of {counted(len(same), 'pair')}, {counted(int(same.sum()), 'is', 'are')} of one "
            f"person: {distance[same].mean():.2f} on average."
        )
    if not same.all():
        words += f" Pairs of two people: {distance[~same].mean():.2f}."
    if space.verifier.proven:
        below = float((distance < space.verifier.threshold).mean())
        words += f" Below the threshold of {space.verifier.threshold:.2f}: {share(below)}."
    return words
