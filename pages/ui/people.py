"""What the *People* page is made of: where pictures come from, contact sheets, counts, answers."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.state import SAMPLE, SplitKind, sample_faces, session
from siamese.datasets import (
    DataError,
    FaceSet,
    Split,
    from_uploads,
    merge,
    pair_counts,
    split_by_person,
    split_by_picture,
)
from siamese.images import MAX_BYTES, SUFFIXES

STYLE = Path(__file__).with_name("people.css")
BUILT_IN, OWN, BOTH = "Built-in people", "My own pictures", "Both together"
SPLITS: dict[SplitKind, str] = {"person": "By person", "picture": "By picture (leaky)"}
MAX_UPLOAD = 100  # MB; a zip of some 25 000 face crops
SHEET = (4, 2)  # pictures across and down on the contact sheet of one person
CELL = 88  # pixels of a picture on a sheet: sharp on a phone's screen
PER_PAGE = 8  # people of a side shown at a time


@dataclass(frozen=True)
class Own:
    """The visitor's own pictures and the files that they were read from."""

    files: tuple[str, ...]  # ids of the uploads
    faces: FaceSet | None
    trouble: str = ""


def choose_faces() -> tuple[FaceSet, str] | None:
    """The source as a choice, with what it needs: its faces and its name; None until there are."""
    source = st.segmented_control(
        "Whose pictures?",
        [BUILT_IN, OWN, BOTH],
        default=BUILT_IN,
        required=True,
        key="people_source",
        persist_state="session",
    )
    if source == BUILT_IN:
        st.caption(
            "Our own program has drawn these people. **None of them exists**, so nobody's "
            "face is used to teach you this."
        )
        return sample_faces(), SAMPLE
    own = _own_pictures()
    if own is None:
        return None
    return (own, "own pictures") if source == OWN else (_beside(own), "own and built-in people")


def adopt(faces: FaceSet, source: str, unseen: float, seed: int, kind: SplitKind) -> Split | None:
    """Make this the session's data; where it cannot be split, say so and leave all as it was."""
    here = session()
    before = here.faces, here.source, here.unseen, here.split_seed, here.split_kind
    if here.faces is not faces:
        here.use(faces, source)
    here.unseen, here.split_seed, here.split_kind = unseen, seed, kind
    try:
        return here.split
    except DataError as error:
        here.faces, here.source, here.unseen, here.split_seed, here.split_kind = before
        st.error(
            f"{_plain(str(error))} Until then the *Train* page goes on with the people it had. "
            f"Add pictures, or choose *{BOTH}*.",
            icon=":material/group_add:",
        )
        return None


def side(faces: FaceSet, title: str, icon: str, hint: str, kind: str) -> None:
    """One half of the split: its counts, and its people page by page."""
    with st.container(key=f"side_{kind}", border=True):
        st.subheader(f"{icon} {title}", anchor=False)
        st.markdown(f":{'orange' if kind == 'unseen' else 'violet'}-badge[{hint}]")
        _counts(faces, kind)
        _gallery(faces, kind)


def _counts(faces: FaceSet, kind: str) -> None:
    same, different = pair_counts(faces)
    with st.container(horizontal=True, gap="medium", key=f"counts_{kind}"):
        st.metric("People", f"{len(faces.people):,}", width="content")
        st.metric("Pictures", f"{len(faces):,}", width="content")
        st.metric("Same pairs", f"{same:,}", width="content")
        st.metric("Different pairs", f"{different:,}", width="content")


def balance(seen: FaceSet) -> str:
    """Why pairs are not drawn blindly, in the figures of these people."""
    same, different = pair_counts(seen)
    if not same or not different:
        return "With these people there is only one kind of pair, and nothing to tell apart."
    share = different / (same + different)
    return (
        f"Among the seen people, different pairs outnumber same pairs **{different / same:,.0f} : "
        f"1**. A lazy net that always says *different* would be right on {share:.1%} of them. "
        "That is why training balances its pairs, and why a bare share of right answers means "
        "little here."
    )


def find_person(split: Split) -> None:
    """Every picture of one person, whichever side they are on."""
    names = list(dict.fromkeys([*split.seen.people, *split.unseen.people]))
    name = st.selectbox(
        "All pictures of …", names, index=None, placeholder="Choose a person", key="person"
    )
    if name is None:
        return
    for faces, words in ((split.seen, "the net sees"), (split.unseen, "kept for the test")):
        if name in faces.people:
            rows = np.flatnonzero(faces.labels == faces.people.index(name))
            st.html(
                f"<p>{len(rows)} {'picture' if len(rows) == 1 else 'pictures'} of "
                f"<b>{escape(name)}</b>, {words}</p>"
                f"<div class='sheet'>{_image(faces.pictures[rows[:48]], 8, name)}</div>"
            )


def skipped(faces: FaceSet) -> None:
    for note in faces.notes:
        st.info(note, icon=":material/info:")
    if faces.skipped:
        number = len(faces.skipped)
        with st.expander(f"{number} {'file was' if number == 1 else 'files were'} left out"):
            more = [f"… and {number - 50} more"] if number > 50 else []
            st.text("\n".join([*faces.skipped[:50], *more]))


def answers(split: Split, faces: FaceSet, unseen: float, seed: int, kind: SplitKind) -> list[str]:
    """What the tasks come to with these people, in the tasks' order."""
    light = replace(faces, pictures=faces.pictures[:, :0, :0])  # splitting it copies no pictures
    same, different = pair_counts(split.unseen)
    n = int(split.unseen.counts.max())
    people = int((split.unseen.counts == n).sum())
    answer = f"A person with {n} pictures gives {n} x {n - 1} / 2 = {n * (n - 1) // 2} pairs. "
    if people == len(split.unseen.people):
        answer += f"{people} such people make {people} x {n * (n - 1) // 2} = **{same:,}**."
    else:
        answer += f"With all the others there are **{same:,}** same pairs."
    cut = split_by_person if kind == "person" else split_by_picture
    wider = cut(light, min(2 * unseen, 0.9), seed).unseen
    other = split_by_person(light, unseen, seed + 1).unseen.people
    first = split_by_person(light, unseen, seed).unseen.people
    leaked = set(split_by_picture(light, unseen, seed).unseen.people) if _can_leak(light) else set()
    return [
        answer,
        (
            f"{len(split.unseen):,} unseen pictures make {different:,} different pairs, and "
            f"{len(wider):,} make {pair_counts(wider)[1]:,}: pairs grow with the *square* of the "
            "number of pictures."
        ),
        (
            f"Seed {seed + 1} keeps {len(other)} people for the test, and only "
            f"{len(set(first) & set(other))} of them are the same as with seed {seed}. An "
            "error rate belongs to the people it was measured on."
        ),
        (
            f"{len(leaked)} people: everybody in the leaky test has been met in training. A score "
            "from it says how well the net knows *these* people, not how well it knows faces."
        ),
    ]


def _can_leak(faces: FaceSet) -> bool:
    return int((faces.counts >= 4).sum()) >= 2


def _own_pictures() -> FaceSet | None:
    """The uploader and what has been read with it in this session."""
    st.caption(
        "Name each file for its person, such as `anna_1.jpg`, `anna_2.jpg`, `ben_1.jpg`, or "
        "upload a zip with one folder for each person. At least four people with two pictures "
        "each; one face in a picture, filling most of it."
    )
    uploads = st.file_uploader(
        "Pictures, or a zip of them",
        type=[*SUFFIXES, "zip"],
        accept_multiple_files=True,
        max_upload_size=MAX_UPLOAD,
        key="people_uploads",
        help=f"JPEG, PNG, WebP, GIF, BMP, PGM or TIFF, up to {MAX_BYTES / 1e6:.0f} MB a picture; "
        f"a zip up to {MAX_UPLOAD} MB.",
    )
    st.caption(
        ":material/lock: Your pictures stay in the memory of this server while your session "
        "lasts. They are never written to disk and nobody else sees them. Ask those whom they show."
    )
    own: Own | None = st.session_state.get("people_own")
    if uploads and (own is None or own.files != _ids(uploads)):
        own = st.session_state["people_own"] = _read(uploads)
    if own is None:
        return None
    if own.trouble:
        st.error(_plain(own.trouble), icon=":material/broken_image:")
    return own.faces


def _read(uploads: Sequence[UploadedFile]) -> Own:
    bar = st.progress(0.0, "Reading pictures …")

    def progress(done: int, total: int) -> None:
        if done % 50 == 0:
            bar.progress(done / total, f"Reading pictures … {done:,} of {total:,}")

    try:
        files = ((upload.name, upload.getvalue()) for upload in uploads)
        return Own(_ids(uploads), from_uploads(files, progress=progress))
    except DataError as error:
        return Own(_ids(uploads), None, str(error))
    finally:
        bar.empty()


def _ids(uploads: Sequence[UploadedFile]) -> tuple[str, ...]:
    return tuple(upload.file_id for upload in uploads)


def _beside(own: FaceSet) -> FaceSet:
    """Own and built-in people; one who is called like a built-in person stays somebody else."""
    kept: tuple[FaceSet, FaceSet] | None = st.session_state.get("people_both")
    if kept is None or kept[0] is not own:
        built_in = sample_faces()
        names = tuple(f"{n} (own)" if n in built_in.people else n for n in own.people)
        kept = own, merge([replace(own, people=names), built_in])
        st.session_state["people_both"] = kept
    return kept[1]


@st.fragment
def _gallery(faces: FaceSet, kind: str) -> None:
    pages = -(-len(faces.people) // PER_PAGE)
    page = 1
    place = st.container()
    if pages > 1:
        page = st.pagination(pages, key=f"page_{kind}_{pages}", max_visible_pages=5)
    people = range((page - 1) * PER_PAGE, min(page * PER_PAGE, len(faces.people)))
    place.html(f"<div class='gallery {kind}'>{''.join(_card(faces, p) for p in people)}</div>")


def _card(faces: FaceSet, person: int) -> str:
    rows = np.flatnonzero(faces.labels == person)
    across, down = SHEET
    name = faces.people[person]
    return (
        f"<figure>{_image(faces.pictures[rows[: across * down]], across, name)}"
        f"<figcaption><b>{escape(name)}</b><span>{len(rows)}</span></figcaption></figure>"
    )


def _image(pictures: np.ndarray, across: int, name: str) -> str:
    """A contact sheet as one picture inside the page."""
    cells = [Image.fromarray(picture).resize((CELL, CELL)) for picture in pictures]
    columns = min(across, len(cells))
    is_full = len(cells) % columns == 0
    sheet = Image.new(
        "RGB" if is_full else "RGBA", (columns * CELL, -(-len(cells) // columns) * CELL)
    )
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % columns * CELL, number // columns * CELL))
    stream = io.BytesIO()
    kind = "jpeg" if is_full else "webp"  # a clear rest needs WebP; JPEG is five times faster
    sheet.save(stream, kind, quality=82)
    data = base64.b64encode(stream.getvalue()).decode()
    return (
        f"<img src='data:image/{kind};base64,{data}' style='width:{100 * columns / across:g}%' "
        f"alt='{len(cells)} pictures of {escape(name, quote=True)}'>"
    )


def _plain(text: str) -> str:
    """File names in a message are letters, not Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in text)
