"""Who may come in: people and their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from pages.ui.admission import admit, admitted, forget, full
from pages.ui.endings import accepted
from pages.ui.facepicker import bring, found, hold, several
from pages.ui.gallery import beside
from pages.ui.photo import Crop, Picked, Seen
from pages.ui.pictures import strip
from pages.ui.session import sample_faces, session
from pages.ui.text import counted, plain, spoken
from siamese.allowances import FullError
from siamese.images import MAX_BYTES, PictureError

CAMERA, FILES, BUILT_IN = "Camera", "Files", "A drawn person"
MOST = 20  # pictures of one person; the tutorial takes 50, and learns little from the last 30
VARIANTS = 4  # of each enrolled picture at most: all of them get a bar
SHOT = "door_shot_"  # of the session's photos: those of the person who is being enrolled
PEOPLE = 8  # who may be enrolled at once


def enrol() -> None:
    """Take in people with their pictures; shows who is in."""
    here = session()
    st.subheader("Who may come in?", anchor=False)
    if trouble := st.session_state.pop("door_full", ""):
        full(trouble)
    for person in list(here.enrolled):
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"door-in-{id(person)}"
        ):
            st.image(
                strip(person.pictures[:6]),
                width=36 * min(len(person.pictures), 6),
                alt=f"pictures of {escape(person.name)}",
            )
            st.markdown(f"**{plain(person.name)}**, {counted(len(person.pictures), 'picture')}")
            st.space("stretch")
            st.button(
                f"Remove {plain(person.name)}",
                on_click=_remove,
                args=[person.name],  # no pictures: Streamlit keeps it until the session ends
                key=f"door-x-{id(person)}",
            )
    if len(here.enrolled) >= PEOPLE:
        st.caption(f"{PEOPLE} people are enrolled, the most that this door knows.")
        return
    how = st.segmented_control(
        "Pictures from", [CAMERA, FILES, BUILT_IN], default=BUILT_IN, required=True, key="door_from"
    )
    name, crops = _built_in() if how == BUILT_IN else _own(how == CAMERA)
    variants = 0
    if crops:
        st.image(strip(crops), width=56 * min(len(crops), 8), alt="the faces to be enrolled")
        variants = _variants(crops)
    st.button(
        f"Enrol {plain(name)}" if name else "Enrol",
        on_click=_take_in,
        args=[name, crops, variants],
        disabled=not (name and crops),
        type="primary",
        key="door_enrol",
    )
    if crops and not name:
        st.caption("Give a name to go on.")


def _built_in() -> tuple[str, list[Crop]]:
    person = choose_person("Who?", "door_person")
    return spoken(person), list(pictures_of(person)[:5])


def choose_person(label: str, key: str) -> str:
    """One of the built-in people, or of those who were made in the face studio."""
    people = beside(sample_faces()).people
    if st.session_state.get(key) not in (None, *people):
        del st.session_state[key]  # whoever it was has been removed
    name: str = st.selectbox(label, people, format_func=spoken, key=key, bind="query-params")
    return name


def pictures_of(person: str) -> Crop:
    """(K, H, W, 3)"""
    faces = beside(sample_faces())
    return np.asarray(faces.pictures[faces.labels == faces.people.index(person)])


def _own(camera: bool) -> tuple[str, list[Crop]]:
    """Name and face crops from the camera, shot by shot, or from files."""
    name = " ".join(st.text_input("Name", max_chars=40, placeholder="Ada", key="door_name").split())
    round_ = st.session_state.setdefault("door_round", 0)  # each enrolment empties the inputs
    if camera:
        return name, _cut(_shots(f"door_camera_{round_}"))
    uploads = st.file_uploader(
        "Some pictures of one person",
        type=accepted(),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key=f"door_files_{round_}",
    )
    uploads = admitted(uploads)
    if len(uploads) > MOST:
        st.caption(f"The first {MOST} of {len(uploads)} pictures are taken.")
    pictures = [found(upload.getvalue(), upload.name) for upload in uploads[:MOST]]
    return name, _cut([seen for seen in pictures if seen])


def _shots(key: str) -> list[Seen]:
    """The shots so far in which somebody was found, with the newest one."""
    photos, shot = session().photos, st.session_state.get(key)
    taken = [place for place in photos if place.startswith(SHOT)]
    trouble = ""
    if shot and (place := f"{SHOT}{shot.file_id}") not in taken and len(taken) < MOST:
        try:
            admit(shot)
            hold(place, bring(shot.getvalue(), f"Shot {len(taken) + 1}"))
            taken.append(place)
        except (PictureError, FullError) as error:
            trouble = str(error)
    st.camera_input(f"Five pictures, from slightly different sides: {len(taken)} so far", key=key)
    if trouble:
        st.warning(plain(trouble), icon=":material/no_photography:")
    if taken:
        st.button("Start over", on_click=_empty, key="door_over")
    return [photos[place] for place in taken]


def _cut(pictures: Sequence[Seen]) -> list[Crop]:
    """The largest face of each picture, with what may spoil a comparison by it."""
    crops = []
    for seen in pictures:
        picked = seen.pick()
        crops.append(picked.crop)
        for doubt in doubts(picked, len(seen.faces)):
            st.caption(f"{plain(seen.name)}: {doubt}")
    return crops


def _variants(crops: Sequence[Crop]) -> int:
    """How many variants of each picture are enrolled with it, and a look at those of the first."""
    count: int = st.slider(
        "Variants of each picture",
        0,
        VARIANTS,
        0,
        key="door_variants",
        bind="query-params",
        help="The notebook of the Siamese-network tutorial that this lab was made from makes nine. "
        "They are enrolled beside the pictures and count like them.",
    )
    if count:
        from siamese.enrolment import Enrolled

        made = Enrolled("", np.stack(crops[:1])).with_variants(count).pictures
        st.image(strip(made), width=56 * len(made), alt="the first picture and its variants")
        st.caption(
            "The first picture and its variants: a little other light, contrast and colour, "
            "compressed again, some in the mirror. They are cheap, and know nothing of another "
            "day, pose or pair of glasses: real pictures are better."
        )
    return count


def doubts(picked: Picked, faces: int) -> list[str]:
    """What may spoil a comparison by the largest of so many faces."""
    return [*several(faces), *picked.doubts]


def _take_in(name: str, crops: list[Crop], variants: int) -> None:
    from siamese.enrolment import Enrolled

    enrolled = session().enrolled
    if len(enrolled) >= PEOPLE:  # a second click before the button was gone
        return
    taken = {person.name for person in enrolled}
    number = next(n for n in range(1, PEOPLE + 2) if _numbered(name, n) not in taken)
    person = Enrolled(_numbered(name, number), np.stack(crops))
    person = person.with_variants(variants) if variants else person
    try:
        pictures = session().allowance.keep(person.pictures)
    except FullError as error:
        st.session_state["door_full"] = str(error)
        return
    enrolled.append(Enrolled(person.name, pictures))
    _empty()


def _empty() -> None:
    """Forget the shots and files that have served."""
    photos = session().photos
    for place in [place for place in photos if place.startswith(SHOT)]:
        del photos[place]
        forget(place.removeprefix(SHOT))
    for upload in st.session_state.get(f"door_files_{st.session_state.get('door_round', 0)}") or ():
        forget(upload.file_id)
    st.session_state["door_round"] = st.session_state.get("door_round", 0) + 1


def _remove(name: str) -> None:
    """Let go of somebody; a second click finds nobody."""
    enrolled = session().enrolled
    enrolled[:] = [person for person in enrolled if person.name != name]


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} ({number})"
