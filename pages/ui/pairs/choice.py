"""Which two faces are looked at closely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from pages.ui.gallery import own_people
from pages.ui.pairs.kept import remember
from pages.ui.pairs.pairset import PairSet
from pages.ui.photo import Photo
from pages.ui.session import session
from pages.ui.text import plain, spoken
from siamese.faces import FaceSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

TWO, WORST = "Two faces, closely", "The worst pairs"
TRIAL, MARGIN, TRAP = "The threshold on trial", "Margin and threshold", "The trap"
A, B = "pairs_a", "pairs_b"  # ids of the two faces, in the session and in the link
PART = "pairs_part"
WORST_SHOWN = 5  # of each kind


@dataclass(frozen=True, eq=False)
class Choice:
    """One face that is looked at closely."""

    photo: Photo
    faces: FaceSet

    @property
    def picture(self) -> NDArray[np.uint8]:
        return np.asarray(self.faces.pictures[self.photo.index])

    @property
    def who(self) -> str:
        """The person, safe in Markdown: a name may hold anything."""
        return plain(self.photo.name)

    @property
    def name(self) -> str:
        return f"{self.photo.name} {self.photo.picture}"


def found(side: str, pair_set: PairSet) -> Choice | None:
    """The face of the link or the session, if it is here."""
    asked = st.query_params.get(side, st.session_state.get(side, ""))
    for faces in sources(pair_set):
        if photo := Photo.find(faces, str(asked)):
            return Choice(photo, faces)
    return None


def whole(pair_set: PairSet, index: int) -> Choice:
    """A picture of the look, by its number in it, as one of all faces. Split by picture, a person's
    first unseen picture is not their first one."""
    name, file = pair_set.faces.people[pair_set.faces.labels[index]], pair_set.faces.files[index]
    everybody = session().faces
    if not _of_today(pair_set):
        return Choice(Photo.at(pair_set.faces, index), pair_set.faces)
    rows = np.flatnonzero(everybody.labels == everybody.people.index(name))
    row = next(row for row in rows if everybody.files[row] == file)
    return Choice(Photo.at(everybody, int(row)), everybody)


def choose_face(side: str, label: str, now: Choice, pair_set: PairSet) -> Choice:
    """Person and picture, as controls that follow the link and what was clicked."""
    offered = [
        (faces, person) for faces in sources(pair_set) for person in range(len(faces.people))
    ]
    place = next(
        n
        for n, (faces, person) in enumerate(offered)
        if faces is now.faces and person == label_of(now)
    )
    who, nth = f"{side}_who", f"{side}_nth"
    st.session_state[who], st.session_state[nth] = place, now.photo.picture

    def change() -> None:
        faces, person = offered[st.session_state[who]]
        wish = Photo.of(faces, person, min(st.session_state[nth], int(faces.counts[person])))
        remember(side, wish.id)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            label,
            range(len(offered)),
            format_func=lambda n: spoken(offered[n][0].people[offered[n][1]]),
            key=who,
            on_change=change,
        )
        st.number_input(
            f"Photo, of {now.photo.pictures}",
            1,
            now.photo.pictures,
            key=nth,
            on_change=change,
            disabled=now.photo.pictures < 2,
            width=120,
        )
        st.image(now.picture, width=64, alt=now.name)
    remember(side, now.photo.id)
    return now


def is_same(a: Choice, b: Choice) -> bool:
    return a.faces is b.faces and a.photo.person == b.photo.person


def label_of(side: Choice) -> int:
    return int(side.faces.labels[side.photo.index])


def worst(pair_set: PairSet) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Nearest strangers and furthest selves, as pictures of the look."""
    from siamese.pairs import furthest_same, nearest_different

    if "worst" not in pair_set.kept:
        labels = pair_set.faces.labels
        pair_set.kept["worst"] = tuple(
            [(int(pair_set.pairs.a[pair]), int(pair_set.pairs.b[pair])) for pair in kind]
            for kind in (
                nearest_different(pair_set.pairs, labels, WORST_SHOWN),
                furthest_same(pair_set.pairs, labels, WORST_SHOWN),
            )
        )
    return cast("tuple[list[tuple[int, int]], list[tuple[int, int]]]", pair_set.kept["worst"])


def sources(pair_set: PairSet) -> list[FaceSet]:
    """Where faces can be chosen from: everybody, or the people of a run that began with others; and
    the visitor's own."""
    own = gallery()
    return [session().faces if _of_today(pair_set) else pair_set.faces, *([own] if own else [])]


def choose_pair(pair_set: PairSet, a: int, b: int) -> None:
    """Make two pictures of the look the pair that is looked at closely. For callbacks."""
    remember(A, whole(pair_set, a).photo.id)
    remember(B, whole(pair_set, b).photo.id)
    if st.session_state.get(PART) != WORST:
        st.session_state[PART] = TWO


def _of_today(pair_set: PairSet) -> bool:
    """Are all its pictures among those that the session works with now?"""
    everybody = session().faces

    def contained() -> bool:
        ours, theirs = (
            {
                (faces.people[label], file)
                for label, file in zip(faces.labels, faces.files, strict=True)
            }
            for faces in (pair_set.faces, everybody)
        )
        return ours <= theirs

    return session().recall("today", (pair_set.faces, everybody), contained, most=6)


def gallery() -> FaceSet | None:
    """The visitor's own people: some may be called like one of the others."""
    return own_people("{} (mine)")
