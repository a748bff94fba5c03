"""The visitor's own people: from files, from the camera, from the studio; strangers to mix in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.ui.frame import more
from pages.ui.inputs import one_of
from pages.ui.people import public
from pages.ui.people.camera import camera
from pages.ui.people.uploads import READ, alignment, files, forget_files, uploaded
from pages.ui.photo import CAMERA, Crop
from pages.ui.pictures import strip
from pages.ui.session import sample_faces, session
from pages.ui.text import counted, plain
from siamese.datasets import merge, of_people, to_zip, with_strangers
from siamese.faces import FaceSet, some_people

FILES = "Files"
THUMB = 36  # pixels of a picture on the shelf


def choose_people() -> tuple[FaceSet, str] | None:
    """All people of one's own and the strangers among them; None while there is nobody."""
    add, so_far = st.columns([1, 1], gap="large")
    with add:
        how = st.segmented_control(
            "Add people", [FILES, CAMERA], default=FILES, required=True, key="people_add"
        )
        (files if how == FILES else camera)()
    with so_far:
        own = _own()
        _shelf(own)
    st.caption(
        ":material/lock: Pictures stay in the memory of this server while your session lasts. They "
        "are never written to disk and nobody else sees them. Ask those whom they show."
    )
    with more("More: mix in strangers as negatives; how faces are cut out"):
        chosen = _with_strangers(own) if own else None
        if chosen is None:
            st.session_state.pop("people_mixed", None)
        alignment()
    return chosen


def _own() -> FaceSet | None:
    """Uploads and gallery together; made anew only when one of them has changed."""
    from_files, gallery = uploaded(), session().gallery
    parts = [from_files.faces if from_files else None, *gallery.values()]
    mark = [*gallery, *map(id, parts)]  # as long as the parts are kept, no id comes twice
    kept = st.session_state.get("people_all")
    if kept is None or kept[0] != mark:
        sets = [from_files.faces] if from_files and from_files.faces else []
        sets += [of_people(gallery)] if gallery else []
        kept = st.session_state["people_all"] = mark, parts, merge(sets) if sets else None
    own: FaceSet | None = kept[2]
    return own


def _shelf(own: FaceSet | None) -> None:
    """Who is there, with a way to remove them and to take them home."""
    gallery, from_files = session().gallery, uploaded()
    if own is None:
        st.info(
            "Nobody yet. People from your files, from the camera and from the face studio gather "
            "here.",
            icon=":material/groups:",
        )
        return
    st.markdown(f"**Your people so far: {len(own.people):,}, with {counted(len(own), 'picture')}**")
    with st.container(height=300 if len(gallery) > 4 else "content", border=False):
        if from_files and from_files.faces:
            _row("From files", from_files.faces.pictures, READ, forget_files)
        for name in list(gallery):
            _row(name, gallery[name], f"people_x_{name}", partial(_forget, name))
    st.download_button(
        "Download as zip",
        partial(to_zip, own),
        file_name="my-people.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key="people_export",
        help="The cut-out faces, one folder for each person. The zip can be uploaded here again.",
    )


def _row(name: str, pictures: Crop, key: str, remove: Callable[[], None]) -> None:
    shown = pictures[:4]
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_row"):
        st.image(
            strip(shown),
            width=THUMB * len(shown),
            alt=f"{len(shown)} of {counted(len(pictures), 'picture')}: {name}",
        )
        count = counted(len(pictures), "picture")
        st.markdown(f"**{plain(name)}** · {count}", width="content")
        st.space("stretch")
        label = f"Remove {plain(name)}"
        st.button(label, on_click=remove, key=f"{key}_remove", type="tertiary")


def _forget(name: str) -> None:
    session().gallery.pop(name, None)


def _with_strangers(own: FaceSet) -> tuple[FaceSet, str]:
    """One's own people, and as many strangers as are wanted."""
    st.markdown(
        "The Siamese-network tutorial that this lab was made from takes anchors and positives "
        "from the webcam and **negatives from elsewhere**. A stranger with one picture can only "
        "be a negative."
    )
    known: dict[str, FaceSet] = {"Built-in people": sample_faces(), **public.loaded()}
    one, two, three = st.columns([1.3, 2, 1.3], gap="medium")
    source = one.selectbox(
        "Strangers from", list(known), key="people_from", persist_state="session"
    )
    number = two.slider(
        "How many strangers",
        0,
        min(500, len(known[source].people)),
        0,
        key="people_strangers",
        bind="query-params",
    )
    pictures = one_of(
        "Pictures of each", ["One", "All"], key="people_strangers_pictures", place=three
    )
    if not number:
        return own, "own pictures"
    choice = (own, known[source], number, pictures)
    kept = st.session_state.get("people_mixed")
    if kept is None or kept[0] != choice:
        drawn = some_people(known[source], number, one_each=pictures == "One")
        kept = st.session_state["people_mixed"] = choice, with_strangers(own, drawn)
    return kept[1], f"own pictures and {counted(number, 'stranger')}"
