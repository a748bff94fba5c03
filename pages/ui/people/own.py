"""The visitor's own people: from files, from the camera, from the studio; strangers to mix in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.endings import accepted
from pages.ui.facepicker import bring
from pages.ui.frame import more
from pages.ui.people import public
from pages.ui.photo import Crop
from pages.ui.session import sample_faces, session
from pages.ui.text import plain
from siamese.datasets import from_uploads, merge, of_people, to_zip, with_strangers
from siamese.faces import DataError, FaceSet, some_people
from siamese.images import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_PIXELS_BUT_JPEG,
    PictureError,
)
from siamese.labelling import PeopleBy
from siamese.squares import Memory

FILES, CAMERA = "Files", "Camera"
MAX_UPLOAD = 100  # MB; a zip of some 25 000 face crops
SHOTS = 5  # pictures of a person that are asked for
MOST = 30  # pictures of a person that are taken
CROWD = 60  # people that are taken
THUMB = 36  # pixels of a picture on the shelf
POSES = (
    "Look straight into the camera.",
    "Turn your head a little to the left.",
    "Now a little to the right.",
    "Smile, or pull a face.",
    "Last one: come closer, or change the light.",
)
TELLING: dict[PeopleBy, str] = {
    "auto": "whatever fits this set",
    "folder": "the folder of a picture",
    "top": "the top folder",
    "name": "the file's name",
}
KEPT = {"session", "page_shown"}  # of Streamlit's session when everything is deleted


@dataclass(frozen=True, eq=False)
class Uploads:
    """What has been read from files, and which files these were."""

    files: tuple[object, ...]  # ids of the uploads, and how they were read
    faces: FaceSet | None
    trouble: str = ""  # a sentence, where the last files could not be used


def choose() -> tuple[FaceSet, str] | None:
    """All people of one's own and the strangers among them; None while there is nobody."""
    add, so_far = st.columns([1, 1], gap="large")
    with add:
        how = st.segmented_control(
            "Add people", [FILES, CAMERA], default=FILES, required=True, key="people_add"
        )
        (_files if how == FILES else _camera)()
    with so_far:
        own = _own()
        _shelf(own)
    st.caption(
        ":material/lock: Pictures stay in the memory of this server while your session lasts. They "
        "are never written to disk and nobody else sees them. Ask those whom they show."
    )
    with more("More: mix in strangers as negatives; how faces are cut out"):
        chosen = _with_strangers(own) if own else None
        _alignment()
    return chosen


# -- from files ------------------------------------------------------------------------------------


def _files() -> None:
    is_aligned = st.session_state.get("people_align", True)
    people_by: PeopleBy = st.session_state.get("people_by", "auto")
    uploads = st.file_uploader(
        "Pictures, or a zip of them",
        type=[*accepted(), "zip"],
        accept_multiple_files=True,
        max_upload_size=MAX_UPLOAD,
        key=f"people_uploads_{session().life}",
        help=f"JPEG, PNG, WebP, GIF, BMP, PGM or TIFF, up to {MAX_BYTES / 1e6:.0f} MB a picture "
        f"and {MAX_PIXELS / 1e6:.0f} megapixels ({MAX_PIXELS_BUT_JPEG / 1e6:.0f} where it is no "
        f"JPEG); a zip up to {MAX_UPLOAD} MB.",
    )
    st.caption(
        "A zip with one folder for each person, or files named for who they show: `anna_1.jpg`, "
        "`anna_2.jpg`, `ben_1.jpg`. At least four people with two pictures each."
    )
    before = uploaded()
    files = (*(upload.file_id for upload in uploads), is_aligned, people_by)
    if uploads and (before is None or before.files != files):
        found = _read(uploads, is_aligned, people_by)
        if isinstance(found, str):
            before = Uploads(files, before.faces if before else None, found)
        else:
            before = Uploads(files, found)
        st.session_state["people_own"] = before
    if before is not None and before.trouble:
        st.error(plain(before.trouble), icon=":material/broken_image:")
    if before is not None:
        _told_apart(before, can_change=bool(uploads))


def _told_apart(read: Uploads, can_change: bool) -> None:
    """By what people were told apart, the choice to change it, and where that is in doubt."""
    if read.faces is not None and read.faces.told:
        how, _, who = read.faces.told.partition(": ")
        st.markdown(f":material/group: People told apart **{plain(how)}: {plain(who)}**")
    if can_change:
        st.selectbox(
            "Tell people apart by",
            list(TELLING),
            format_func=TELLING.__getitem__,
            key="people_by",
            persist_state="session",
            help="Some sets have a folder for each person, some have folders below a person for "
            "views or years, and some say it in the names of their files.",
        )
    if read.faces is not None and read.faces.unsure:
        st.warning(plain(" ".join(read.faces.unsure)), icon=":material/help:")


def _alignment() -> None:
    st.toggle(
        "Find the face in each picture and set it upright",
        True,
        key="people_align",
        persist_state="session",
        help="A picture without a face is left out, and you are told which. Switch it off for "
        "pictures that are cut to the face already: they are then taken as they are.",
    )


def uploaded() -> Uploads | None:
    found: Uploads | None = st.session_state.get("people_own")
    return found


def _read(uploads: Sequence[UploadedFile], is_aligned: bool, people_by: PeopleBy) -> FaceSet | str:
    """The faces in the files, or why there are none. Photos of the last reading are known."""
    from siamese.detection import as_portrait

    bar = st.progress(0.0, "Reading pictures …")
    memory = Memory(st.session_state.get("people_memory"))
    try:
        return from_uploads(
            ((upload.name, upload.getvalue()) for upload in uploads),
            align=as_portrait if is_aligned else None,
            progress=Meter(bar.progress),
            people_by=people_by,
            memory=memory,
        )
    except DataError as error:
        return str(error)
    finally:
        st.session_state["people_memory"] = memory.close()
        bar.empty()


class Meter:
    """Progress in words, a few times a second: how many, and how long still."""

    def __init__(self, show: Callable[[float, str], object]) -> None:
        self._show, self._began, self._said = show, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said < 0.3 and done < total:
            return
        self._said = now
        left = (now - self._began) / done * (total - done)
        still = f" · {left:.0f} s left" if left > 2 else ""
        self._show(done / total, f"Reading pictures … {done:,} of {total:,}{still}")


# -- from the camera -------------------------------------------------------------------------------


def _camera() -> None:
    gallery = session().gallery
    name = " ".join(
        st.text_input("Who is it?", max_chars=40, placeholder="Ada", key="people_name").split()
    )
    number = len(gallery[name]) if name in gallery else 0
    if not name:
        st.info("First a name, then the camera.", icon=":material/badge:")
        return
    if number >= MOST or (name not in gallery and len(gallery) >= CROWD):
        st.info(_enough(name, number), icon=":material/check_circle:")
        return
    taken = st.session_state.setdefault("people_shots", 0)
    shot = st.camera_input(
        POSES[number] if number < SHOTS else "One more?",
        key=f"people_camera_{session().life}_{taken}",  # another one each time: it is live at once
    )
    if shot is not None:
        st.session_state["people_shots"] = taken + 1
        st.session_state["people_said"] = _take(name, shot.getvalue())
        st.rerun()
    done = min(number, SHOTS)
    words = f"{number} of {SHOTS} pictures of {plain(name)}" if number < SHOTS else _fine(name)
    st.progress(done / SHOTS, words)
    for sentence in st.session_state.get("people_said", ()):
        st.warning(plain(sentence), icon=":material/no_photography:")
    st.caption(
        "No camera, or the browser does not allow it? It needs https, or a page on this very "
        "machine. Choose *Files* instead."
    )


def _take(name: str, data: bytes) -> tuple[str, ...]:
    """A shot goes to its person's pictures; what is wrong with it is said."""
    try:
        seen = bring(data, "the shot", CAMERA)
    except PictureError as error:
        return (str(error),)
    picked = seen.pick()
    add(name, picked.crop[None])
    several = f"{len(seen.faces)} faces are in the shot; the largest counts."
    return (*((several,) if len(seen.faces) > 1 else ()), *picked.doubts)


def add(name: str, crops: Crop) -> None:
    """More pictures (K, 112, 112, 3) of a person of one's own."""
    gallery = session().gallery
    known = [gallery[name]] if name in gallery else []
    gallery[name] = np.concatenate([*known, crops])[:MOST]


def _enough(name: str, number: int) -> str:
    if number >= MOST:
        return f"{MOST} pictures of {plain(name)} are enough."
    return f"{CROWD} people are enough: more than fit into this room."


def _fine(name: str) -> str:
    return f"{SHOTS} pictures of {plain(name)}: that will do. Now somebody else?"


# -- all of them -----------------------------------------------------------------------------------


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
    st.markdown(f"**Your people so far: {len(own.people):,}, with {len(own):,} pictures**")
    with st.container(height=300 if len(gallery) > 4 else "content", border=False):
        if from_files and from_files.faces:
            _row("From files", from_files.faces.pictures, "people_own", _forget_files)
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
            np.concatenate(list(shown), 1),
            width=THUMB * len(shown),
            alt=f"{len(shown)} of {len(pictures)} pictures: {name}",
        )
        count = "1 picture" if len(pictures) == 1 else f"{len(pictures):,} pictures"
        st.markdown(f"**{plain(name)}** · {count}", width="content")
        st.space("stretch")
        label = f"Remove {plain(name)}"
        st.button(label, on_click=remove, key=f"{key}_remove", type="tertiary")


def _forget(name: str) -> None:
    session().gallery.pop(name, None)


def _forget_files() -> None:
    for key in ("people_own", "people_memory"):
        st.session_state.pop(key, None)
    session().life += 1  # another uploader: the old one still holds the files


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
        *(0, min(500, len(known[source].people)), 0),
        key="people_strangers",
        bind="query-params",
    )
    pictures = three.segmented_control(
        "Pictures of each",
        ["One", "All"],
        default="One",
        required=True,
        key="people_strangers_pictures",
        bind="query-params",
    )
    if not number:
        return own, "own pictures"
    choice = (own, known[source], number, pictures)
    kept = st.session_state.get("people_mixed")
    if kept is None or kept[0] != choice:
        drawn = some_people(known[source], number, one_each=pictures == "One")
        kept = st.session_state["people_mixed"] = choice, with_strangers(own, drawn)
    return kept[1], f"own pictures and {number} strangers"


# -- taking leave ----------------------------------------------------------------------------------


def your_data() -> None:
    """What of the visitor is here, and one button that deletes it."""
    if told := st.session_state.pop("people_forgotten", ""):
        st.success(told, icon=":material/delete_forever:")
    with st.container(horizontal=True, vertical_alignment="center", key="people_yours"):
        st.caption(
            "A reload or closing the tab ends the session, and what you brought is gone. You need "
            "not wait for that."
        )
        with st.popover("Delete everything of this session", icon=":material/delete_forever:"):
            st.markdown(
                "All pictures that you brought or took, the people of your own and those enrolled "
                "at the door, and every net that you have trained: **gone for good**. What you "
                "have downloaded stays on your disk."
            )
            st.button(
                "Yes, delete everything",
                on_click=forget_everything,
                type="primary",
                key="people_forget",
            )


def forget_everything() -> None:
    """Nothing of the visitor is left in this server's memory but the choice of page. A callback."""
    from_files = uploaded()
    gone = session().forget_everything()
    if from_files and from_files.faces:
        gone = {"pictures from files": len(from_files.faces), **gone}
    for key in list(st.session_state):
        if key not in KEPT:
            del st.session_state[key]
    if context := get_script_run_ctx():  # Streamlit keeps uploads until the session ends
        context.uploaded_file_mgr.remove_session_files(context.session_id)
    words = [f"{number:,} {what}" for what, number in gone.items() if number]
    what = f"Deleted: {', '.join(words)}." if words else "There was nothing of yours here."
    st.session_state["people_forgotten"] = f"{what} This session is as new."
