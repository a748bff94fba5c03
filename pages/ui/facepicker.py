"""Choosing a face: from a file, the camera, the built-in people, or the visitor's own people.

    picked = facepicker.choose_face("x", "Drop a face here")
    if picked:
        verifier.embed(picked.crop[None])

`choose_face(key, label)` draws all that is needed where it stands and gives a `Picked`, or None as
long as there is no face. It says by itself what is wrong with a picture and what to do, offers the
faces where there are several, and shows box and landmarks. `picked.crop` is a portrait (112, 112,
3), framed as `detection.portrait` frames it, which is what every verifier wants. Keys and links
begin with `key`. What was uploaded or photographed stays in `session().photos[key]` until it is
replaced or forgotten, also while its visitor looks at another page.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui.admission import admitted_one, full
from pages.ui.endings import accepted
from pages.ui.inputs import one_of
from pages.ui.photo import BUILT_IN, CAMERA, FILE, GALLERY, Crop, Picked, Seen, find
from pages.ui.pictures import framed
from pages.ui.session import recalled, sample_faces, session
from pages.ui.text import plain, spoken
from siamese.allowances import FullError
from siamese.images import MAX_BYTES, PictureError
from siamese.sharing import digest

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


TALL = 196  # pixels of the picture with its face, on the screen
CROP = 112  # pixels of the crop, on the screen as for the nets


def choose_face(
    key: str, label: str, *, start: tuple[int, int] = (0, 1), source: str = BUILT_IN
) -> Picked | None:
    """A face of the visitor's choice; at first from `source`, of the built-in people number
    `start[0]` in the picture `start[1]` (from 1)."""
    st.markdown(f"**{label}**")
    offered = [FILE, CAMERA, BUILT_IN, *([GALLERY] if session().gallery else [])]
    if st.session_state.get(f"{key}_from") not in (None, *offered):
        del st.session_state[f"{key}_from"]  # the gallery has been emptied
    how = one_of(
        f"{label} from", offered, key=f"{key}_from", first=source, label_visibility="collapsed"
    )
    picked: Picked | None
    if how == BUILT_IN:
        picked = _built_in(key, label, start)
    elif how == GALLERY:
        picked = _from_gallery(key, label)
    else:
        picked = _own(key, label, how)
    for doubt in picked.doubts if picked else ():
        st.caption(f":orange[:material/warning:] {doubt}")
    return picked


def bring(data: bytes, name: str, source: str = FILE) -> Seen:
    """As `find`, in a photo of the visitor's: the best net for real photos comes first then."""
    seen = find(data, name, source)
    session().real = True
    return seen


def found(data: bytes, name: str, source: str = FILE) -> Seen | None:
    """As `bring`; where nobody is found, it says what is wrong and gives None."""
    try:
        return bring(data, name, source)
    except PictureError as error:
        st.warning(plain(str(error)), icon=":material/no_photography:")
        return None


def several(faces: int, place: str = "picture") -> tuple[str, ...]:
    """A word on the others, where the largest of so many faces is taken."""
    return (f"{faces} faces are in the {place}; the largest counts.",) if faces > 1 else ()


def _built_in(key: str, label: str, start: tuple[int, int]) -> Picked:
    faces = sample_faces()
    one, two = st.columns([1.4, 1])
    person: str = one.selectbox(
        f"{label}: person",
        faces.people,
        index=start[0],
        format_func=spoken,
        key=f"{key}_person",
        bind="query-params",
        label_visibility="collapsed",
    )
    rows = np.flatnonzero(faces.labels == faces.people.index(person))
    number = two.slider(
        f"{label}: picture",
        1,
        len(rows),
        start[1],
        format="picture %d",
        key=f"{key}_picture",
        bind="query-params",
        label_visibility="collapsed",
    )
    return _portrait(spoken(person), faces.pictures[rows[number - 1]], BUILT_IN, person)


def _from_gallery(key: str, label: str) -> Picked:
    gallery = session().gallery
    one, two = st.columns([1.4, 1])
    name = one.selectbox(
        f"{label}: person", list(gallery), key=f"{key}_who", label_visibility="collapsed"
    )
    pictures = gallery[name]
    number = 1
    if len(pictures) > 1:
        number = two.slider(
            f"{label}: picture",
            1,
            len(pictures),
            format="picture %d",
            key=f"{key}_no",
            label_visibility="collapsed",
        )
    return _portrait(name, pictures[number - 1], GALLERY, name)


def _portrait(name: str, picture: Crop, source: str, person: str) -> Picked:
    """A picture that is framed as the nets want it already."""
    from siamese import detection

    faces = recalled("framed", digest(picture), lambda: detection.detect(picture))
    face = faces[0] if faces else None
    doubts = detection.warnings(picture, face) if face and source != BUILT_IN else ()
    _side_by_side(framed(picture, faces[:1]), picture, picture, name)
    return Picked(name, picture, picture, face, source, tuple(doubts), person)


def _own(key: str, label: str, how: str) -> Picked | None:
    """A face from a file or the camera, new or kept."""
    place, photos = f"{key}_{how}".lower(), session().photos

    def changed() -> None:  # Streamlit keeps it until the session ends, and what it holds
        session().photos.pop(place, None)

    if how == CAMERA:
        upload = st.camera_input(
            label, key=place, on_change=changed, label_visibility="collapsed", width="stretch"
        )
    else:
        upload = st.file_uploader(
            label,
            type=accepted(),
            max_upload_size=MAX_BYTES // 1_000_000,
            key=place,
            on_change=changed,
            label_visibility="collapsed",
        )
    upload = admitted_one(upload)
    if upload is not None and place not in photos and not _look(upload, place, how):
        return None
    seen = photos.get(place)
    if seen is None:
        return None
    which = _which(key, seen)
    picked = seen.pick(which)
    _side_by_side(framed(seen.picture, seen.faces, which), seen.picture, picked.crop, picked.name)
    if upload is None:  # its visitor comes back from another page
        st.button("Forget this photo", on_click=changed, key=f"{place}_forget")
    return picked


def _look(upload: UploadedFile, place: str, how: str) -> bool:
    """Search an upload for faces and keep what was found; says what is wrong where it fails."""
    seen = found(upload.getvalue(), "The shot" if how == CAMERA else upload.name, how)
    if seen is None:
        return False
    try:
        hold(place, seen)
    except FullError as error:
        full(error)
        return False
    return True


def hold(place: str, seen: Seen) -> Seen:
    """Keep a photo of the visitor's in `session().photos`. FullError where there is no room."""
    kept = replace(seen, picture=session().allowance.keep(seen.picture))
    session().photos[place] = kept
    return kept


def _which(key: str, seen: Seen) -> int:
    """Which of the faces is meant."""
    if len(seen.faces) == 1:
        return 0
    name, count = f"{key}_which", len(seen.faces)
    if st.session_state.get(name, 0) not in range(count):
        del st.session_state[name]
    st.caption(f"{count} faces are in this picture. Which one is meant?")
    chosen: int = st.segmented_control(
        "Which face",
        range(count),
        default=0,
        required=True,
        format_func=lambda number: str(number + 1),
        key=name,
        label_visibility="collapsed",
    )
    return chosen


def _side_by_side(drawing: str, picture: Crop, crop: Crop, name: str) -> None:
    height, width, _ = picture.shape
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        st.image(
            drawing,
            width=max(60, round(min(TALL * 1.5, TALL * width / height))),
            alt=f"{escape(name)}: the photo, with a box and five landmarks where a face was found",
        )
        with st.container(width=CROP + 8, gap="small"):
            st.image(crop, width=CROP, alt=f"{escape(name)}: the face, upright and cut out")
            st.caption("for the nets")
