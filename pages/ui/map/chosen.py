"""What the visitor has picked, caught and brought to the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from weakref import ref

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.map.space import FaceSpace
from pages.ui.photo import Photo
from siamese.faces import FaceSet

PICK = "map_pick"  # of the address: the picked face


@dataclass(frozen=True, eq=False)
class Guest:
    """A newcomer to the map."""

    name: str
    picture: NDArray[np.uint8] = field(repr=False)  # (112, 112, 3)


@dataclass(eq=False)
class Chosen:
    """What the visitor has picked on the map of some faces, which it does not hold: they may be
    somebody's who is to be forgotten."""

    faces: ref[FaceSet]
    size: int  # how many faces
    pick: int = -1
    group: list[int] = field(default_factory=list)
    guests: list[Guest] = field(default_factory=list)

    def take(self, index: int) -> None:
        """Pick a face; the same one again lets go of it."""
        self.pick = -1 if index == self.pick else index

    def link(self) -> None:
        """Put the picked face into the address; a newcomer is nobody that a link could find."""
        faces = self.faces()
        if faces and 0 <= self.pick < self.size:
            name = Photo.at(faces, self.pick).id
            if st.query_params.get(PICK) != name:
                st.query_params[PICK] = name
        else:
            st.query_params.pop(PICK, None)

    def catch(self, indices: list[int]) -> None:
        self.group = [index for index in indices if index < self.size]


def chosen(space: FaceSpace) -> Chosen:
    """The visitor's picks; on other faces they begin anew, and the newcomers stay."""
    kept: Chosen | None = st.session_state.get("map_chosen")
    if kept is None or kept.faces() is not space.faces:
        guests = kept.guests if kept else []
        linked = None if kept else Photo.find(space.faces, st.query_params.get(PICK, ""))
        pick = linked.index if linked else -1
        kept = Chosen(ref(space.faces), len(space.faces), pick, guests=guests)
        st.session_state["map_chosen"] = kept
    kept.link()
    return kept
