"""People of the visitor's own making, beside those who are there anyway."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from pages.ui.state import Pictures, sample_faces, session
from siamese.datasets import FaceSet

MOST = 12  # people who are kept at once
KEPT = "gallery_beside"  # in the session: a face set, what was put beside it, and the result


def keep(name: str, pictures: Pictures) -> str:
    """Put a person into the gallery, under a name that nobody has; returns that name."""
    here = session()
    others = *here.gallery, *here.faces.people, *sample_faces().people
    taken = {known.casefold() for known in others}
    numbered = (name if number == 1 else f"{name} ({number})" for number in range(1, 1000))
    free = next(name for name in numbered if name.casefold() not in taken)
    pictures.setflags(write=False)
    here.gallery[free] = pictures
    return free


def drop(name: str) -> None:
    session().gallery.pop(name, None)


def beside(faces: FaceSet) -> FaceSet:
    """These faces, and after them the people of the gallery; the same object while both are."""
    sides = faces.pictures.shape[1:]
    fitting = {
        name if name not in faces.people else f"{name} (own)": shown
        for name, shown in session().gallery.items()
        if shown.shape[1:] == sides
    }
    if not fitting:
        return faces
    kept: tuple[FaceSet, Mapping[str, Pictures], FaceSet] | None = st.session_state.get(KEPT)
    if kept is None or kept[0] is not faces or not _alike(kept[1], fitting):
        st.session_state[KEPT] = kept = faces, fitting, _joined(faces, fitting)
    return kept[2]


def _alike(a: Mapping[str, Pictures], b: Mapping[str, Pictures]) -> bool:
    return list(a) == list(b) and all(a[name] is b[name] for name in a)


def _joined(faces: FaceSet, gallery: Mapping[str, Pictures]) -> FaceSet:
    first, counts = len(faces.people), [len(shown) for shown in gallery.values()]
    return FaceSet(
        np.concatenate([faces.pictures, *gallery.values()]),
        np.concatenate([faces.labels, np.repeat(np.arange(first, first + len(counts)), counts)]),
        (*faces.people, *gallery),
        (*faces.files, *(f"{name}/{n:02d}" for name in gallery for n in range(len(gallery[name])))),
    )
