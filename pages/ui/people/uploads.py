"""People from the visitor's files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.admission import admitted, forget
from pages.ui.endings import accepted
from pages.ui.session import SAMPLE, sample_faces, session
from pages.ui.text import plain
from siamese.allowances import Allowance, FullError
from siamese.datasets import from_uploads
from siamese.faces import SIZE, DataError, FaceSet
from siamese.images import MAX_BYTES, MAX_PIXELS, MAX_PIXELS_BUT_JPEG
from siamese.labelling import PeopleBy
from siamese.squares import Memory

MEMORY = "people_memory"  # in the session: what pictures of the last reading came to
READ = "people_own"  # in the session: what has been read from files
MAX_UPLOAD = 100  # MB; a zip of some 25 000 face crops
TELLING: dict[PeopleBy, str] = {
    "auto": "whatever fits this set",
    "folder": "the folder of a picture",
    "top": "the top folder",
    "name": "the file's name",
}


@dataclass(frozen=True, eq=False)
class Uploads:
    """What has been read from files, and which files these were."""

    ids: tuple[str, ...]  # of the uploads
    how: tuple[bool, PeopleBy]  # they were read: aligned, and people told apart
    faces: FaceSet | None
    trouble: str = ""  # a sentence, where the last files could not be used


def files() -> None:
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
    uploads = admitted(uploads)
    ids, how = tuple(upload.file_id for upload in uploads), (is_aligned, people_by)
    if uploads and (before is None or (before.ids, before.how) != (ids, how)):
        found = _read(uploads, is_aligned, people_by)
        if isinstance(found, str):
            before = Uploads(ids, how, before.faces if before else None, found)
        else:
            before = Uploads(ids, how, found)
        st.session_state[READ] = before
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


def alignment() -> None:
    st.toggle(
        "Find the face in each picture and set it upright",
        True,
        key="people_align",
        persist_state="session",
        help="A picture without a face is left out, and you are told which. Switch it off for "
        "pictures that are cut to the face already: they are then taken as they are.",
    )


def uploaded() -> Uploads | None:
    found: Uploads | None = st.session_state.get(READ)
    return found


def _read(uploads: Sequence[UploadedFile], is_aligned: bool, people_by: PeopleBy) -> FaceSet | str:
    """The faces in the files, or why there are none. Photos of the last reading are known."""
    from siamese.detection import as_portrait

    bar = st.progress(0.0, "Reading pictures …")
    memory, allowance = Memory(st.session_state.get(MEMORY)), session().allowance
    try:
        faces = from_uploads(
            ((upload.name, upload.getvalue()) for upload in uploads),
            align=as_portrait if is_aligned else None,
            progress=Meter(bar.progress, allowance),
            people_by=people_by,
            memory=memory,
        )
        return replace(faces, pictures=allowance.keep(faces.pictures))
    except (DataError, FullError) as error:
        return str(error)
    finally:
        st.session_state[MEMORY] = memory.close()
        allowance.put(MEMORY, memory.nbytes)
        bar.empty()


class Meter:
    """Progress in words, a few times a second: how many, and how long still. FullError as soon as
    it is known that there are too many to be kept."""

    def __init__(
        self, show: Callable[[float, str], object], allowance: Allowance | None = None
    ) -> None:
        self._show, self._began, self._said = show, time.monotonic(), 0.0
        self._allowance = allowance

    def __call__(self, done: int, total: int) -> None:
        if self._allowance and done == 1:
            self._allowance.check(total * SIZE * SIZE * 3)
        now = time.monotonic()
        if now - self._said < 0.3 and done < total:
            return
        self._said = now
        left = (now - self._began) / done * (total - done)
        still = f" · {left:.0f} s left" if left > 2 else ""
        self._show(done / total, f"Reading pictures … {done:,} of {total:,}{still}")


def forget_files() -> None:
    here = session()
    if read := uploaded():
        forget(*read.ids)
        if here.faces is read.faces:
            here.use(sample_faces(), SAMPLE)
        here.let_go()
    here.allowance.put(MEMORY, 0)
    for key in (READ, MEMORY):
        st.session_state.pop(key, None)
    here.life += 1  # another uploader: the old one still holds the files
