"""A picked face, and who is near it in the space."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.map.card import card
from pages.ui.map.chosen import Chosen
from pages.ui.map.newcomers import embedded
from pages.ui.map.space import FaceSpace
from pages.ui.pictures import img, uri
from pages.ui.text import counted
from siamese import neighbours
from siamese.plots import DIFFERENT, NEUTRAL, SAME


@dataclass(frozen=True, eq=False)
class PickedFace:
    """A face and who is near it, in the space."""

    title: str
    person: str
    picture: NDArray[np.uint8]
    distance: NDArray[np.float64]  # (N,) to all pictures
    near: NDArray[np.int64]  # indices, nearest first
    is_same: NDArray[np.bool_]  # of each of the near ones
    exists: bool  # False for a newcomer: nobody knows who that is


def search(space: FaceSpace) -> NDArray[np.bool_] | None:
    """People to be found on the map: (N,) True for their pictures; None if nobody is named."""
    people = space.faces.people
    kept = st.session_state.get("map_find") or []
    if any(name not in people for name in kept):
        st.session_state["map_find"] = [name for name in kept if name in people]
    names: list[str] = st.multiselect(
        "Find people",
        people,
        key="map_find",
        bind="query-params",
        placeholder="Type a name",
        max_selections=8,
    )
    if not names:
        return None
    return np.isin(space.faces.labels, [people.index(name) for name in names])


def ask(space: FaceSpace, here: Chosen) -> None:
    """Pick a face by its name: in three dimensions a click often misses."""

    def take() -> None:
        wish = st.session_state["map_ask"]
        here.pick = -1 if wish is None else wish

    st.session_state["map_ask"] = here.pick if 0 <= here.pick < len(space) else None
    st.selectbox(
        "Ask about a face",
        range(len(space)),
        format_func=space.names.__getitem__,
        placeholder="Choose one, or click it",
        key="map_ask",
        on_change=take,
    )


def pick(space: FaceSpace, here: Chosen, count: int) -> PickedFace | None:
    """The picked face with its `count` nearest, among the pictures or the newcomers."""
    index, total = here.pick, len(space)
    if 0 <= index < total:
        distance = space.distances(space.embedding[index])
        near = neighbours.nearest(distance, count, index)
        label = space.faces.labels[index]
        same = space.faces.labels[near] == label
        name = space.faces.people[label]
        return PickedFace(
            space.names[index], name, space.faces.pictures[index], distance, near, same, True
        )
    if total <= index < total + len(here.guests):
        guest = here.guests[index - total]
        distance = space.distances(embedded(space, guest))
        near = neighbours.nearest(distance, count)
        same = np.zeros(len(near), bool)
        return PickedFace(guest.name, "", guest.picture, distance, near, same, False)
    here.pick = -1
    return None


def neighbourhood(space: FaceSpace, it: PickedFace, index: int) -> None:
    """The picked face, and its nearest neighbours with their distances."""
    same = int(it.is_same.sum())
    size = space.embedding.shape[1]
    others = int((space.faces.labels == space.faces.labels[index]).sum()) - 1 if it.exists else 0
    if it.exists:
        words = f"<b>{same} of the {len(it.near)}</b> nearest faces show the same person"
        words += f" ({counted(others, 'other picture')} to be found)."
        silhouettes = space.measured.silhouettes
        if silhouettes is not None and np.isfinite(silhouettes[index]):
            words += f" Silhouette {silhouettes[index]:.2f}."
    else:
        first = space.faces.people[space.faces.labels[it.near[0]]]
        away = it.distance[it.near[0]]
        words = f"The nearest face is one of <b>{escape(first)}</b>, {away:.2f} away."
    if space.verifier.proven:
        below = int((it.distance[it.near] < space.verifier.threshold).sum())
        words += (
            f" {below} of them lie below the threshold of {space.verifier.threshold:.2f} and would "
            "count as the same."
        )
    cells = [
        card(
            space.faces.pictures[j],
            space.names[j],
            f"{it.distance[j]:.2f}",
            "" if not it.exists else "same" if is_same else "other",
        )
        for j, is_same in zip(it.near, it.is_same, strict=True)
    ]
    st.html(
        f"<div class='picked'>{img(uri(it.picture, side=112), it.title)}"
        f"<p><b>{escape(it.title)}</b><br>"
        f"Nearest in the space itself, all {size:,} numbers of it. {words}</p></div>"
        f"<div class='near'>{''.join(cells)}</div>"
    )


def lines(it: PickedFace, index: int) -> list[tuple[int, int, str]]:
    """From the picked face to its neighbours."""
    if not it.exists:
        return [(index, int(j), NEUTRAL) for j in it.near]
    return [
        (index, int(j), SAME if same else DIFFERENT)
        for j, same in zip(it.near, it.is_same, strict=True)
    ]
