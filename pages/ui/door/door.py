"""The door: who may come in, the two thresholds, and what the camera sees."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui import nets
from pages.ui.component import component
from pages.ui.facepicker import Crop, Picked, Seen, address, bring, find, several
from pages.ui.gallery import beside
from pages.ui.session import sample_faces, session
from pages.ui.shipped import share
from pages.ui.start.twins import spoken
from pages.ui.text import plain
from siamese.detection import LONGEST
from siamese.images import MAX_BYTES, SUFFIXES, PictureError, open_picture
from siamese.sharing import with_each

if TYPE_CHECKING:
    from siamese.enrolment import Enrolled, Verdict
    from siamese.judges import Judge

CAMERA, FILES, BUILT_IN = "Camera", "Files", "A drawn person"
LIVE, STILL, RING = "Live camera", "Single picture", "A drawn person rings"
MOST = 20  # pictures of one person; the tutorial takes 50, and learns little from the last 30
VARIANTS = 4  # of each enrolled picture at most: all of them get a bar
SHOT = "d_shot_"  # of the session's photos: those of the person who is being enrolled
THUMB = 48  # pixels of an enrolled picture beside its bar
PEOPLE = 8  # who may be enrolled at once


# -- enrolling -------------------------------------------------------------------------------------


def enrol() -> None:
    """Take in people with their pictures; shows who is in."""
    here = session()
    st.subheader("Who may come in?", anchor=False)
    for person in list(here.enrolled):
        with st.container(horizontal=True, vertical_alignment="center", key=f"in-{id(person)}"):
            st.image(
                strip(person.pictures[:6]),
                width=36 * min(len(person.pictures), 6),
                alt=f"pictures of {escape(person.name)}",
            )
            st.markdown(f"**{plain(person.name)}**, {len(person.pictures)} pictures")
            st.space("stretch")
            st.button(
                f"Remove {plain(person.name)}",
                on_click=_remove,
                args=[person],
                key=f"x-{id(person)}",
            )
    if len(here.enrolled) >= PEOPLE:
        st.caption(f"{PEOPLE} people are enrolled, the most that this door knows.")
        return
    how = st.segmented_control(
        "Pictures from", [CAMERA, FILES, BUILT_IN], default=BUILT_IN, required=True, key="d_from"
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
        key="d_enrol",
    )
    if crops and not name:
        st.caption("Give a name to go on.")


def _built_in() -> tuple[str, list[Crop]]:
    person = _whom("Who?", "d_person")
    return spoken(person), list(_pictures(person)[:5])


def _whom(label: str, key: str) -> str:
    """One of the built-in people, or of those who were made in the face studio."""
    people = beside(sample_faces()).people
    if st.session_state.get(key) not in (None, *people):
        del st.session_state[key]  # whoever it was has been removed
    name: str = st.selectbox(label, people, format_func=spoken, key=key, bind="query-params")
    return name


def _pictures(person: str) -> Crop:
    """(K, H, W, 3)"""
    faces = beside(sample_faces())
    return np.asarray(faces.pictures[faces.labels == faces.people.index(person)])


def _own(camera: bool) -> tuple[str, list[Crop]]:
    """Name and face crops from the camera, shot by shot, or from files."""
    name = " ".join(st.text_input("Name", max_chars=40, placeholder="Ada", key="d_name").split())
    round_ = st.session_state.setdefault("d_round", 0)  # each enrolment empties the inputs
    if camera:
        return name, _cut(_shots(f"d_camera_{round_}"))
    uploads = st.file_uploader(
        "Some pictures of one person",
        type=list(SUFFIXES),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key=f"d_files_{round_}",
    )
    if len(uploads) > MOST:
        st.caption(f"The first {MOST} of {len(uploads)} pictures are taken.")
    found = [_found(upload.getvalue(), upload.name) for upload in uploads[:MOST]]
    return name, _cut([seen for seen in found if seen])


def _shots(key: str) -> list[Seen]:
    """The shots so far in which somebody was found, with the newest one."""
    photos, shot = session().photos, st.session_state.get(key)
    taken = [place for place in photos if place.startswith(SHOT)]
    trouble = ""
    if shot and (place := f"{SHOT}{shot.file_id}") not in taken and len(taken) < MOST:
        try:
            photos[place] = bring(shot.getvalue(), f"Shot {len(taken) + 1}")
            taken.append(place)
        except PictureError as error:
            trouble = str(error)
    st.camera_input(f"Five pictures, from slightly different sides: {len(taken)} so far", key=key)
    if trouble:
        st.warning(plain(trouble), icon=":material/no_photography:")
    if taken:
        st.button("Start over", on_click=_empty, key="d_over")
    return [photos[place] for place in taken]


def _found(data: bytes, name: str) -> Seen | None:
    """The faces in a picture; where there is none, it is said and the others count."""
    try:
        return bring(data, name)
    except PictureError as error:
        st.warning(plain(str(error)), icon=":material/no_photography:")
        return None


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
        "Variants of each picture, as in the tutorial",
        *(0, VARIANTS, 0),
        key="d_variants",
        bind="query-params",
        help="The tutorial makes nine. They are enrolled beside the pictures and count like them.",
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
    enrolled.append(person.with_variants(variants) if variants else person)
    _empty()


def _empty() -> None:
    """Forget the shots and files that have served."""
    photos = session().photos
    for place in [place for place in photos if place.startswith(SHOT)]:
        del photos[place]
    st.session_state["d_round"] = st.session_state.get("d_round", 0) + 1


def _remove(person: Enrolled) -> None:
    enrolled = session().enrolled
    if person in enrolled:  # a second click finds nobody
        enrolled.remove(person)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} ({number})"


# -- thresholds ------------------------------------------------------------------------------------


def thresholds(judge: Judge) -> tuple[float, float]:
    """Detection and verification, each with what it does."""
    one, two = st.columns(2)
    most = float(np.ceil(20 * 1.5 * judge.threshold) / 20)
    detection: float = one.slider(
        "Detection: a picture matches below this distance",
        0.0,
        most,
        round(judge.threshold, 2),
        0.01,
        key=f"d_detection_{in_link(judge.name)}",
        bind="query-params",
    )
    one.caption(
        "A distance: how near one enrolled picture has to be. On unseen people, "
        f"{share(judge.passed(detection))} of the pairs of strangers lie below it, and "
        f"{share(judge.missed(detection))} of the pairs of one person do not."
    )
    verification: int = two.slider(
        "Verification: share of pictures that must match",
        *(10, 100, 50, 10),
        format="%d %%",
        key="d_verification",
        bind="query-params",
    )
    two.caption(
        "A share: how many of a person's pictures have to match before the door opens. One lucky "
        "picture opens nothing; the more must match, the safer, and the stricter."
    )
    return detection, verification / 100


# -- at the door -----------------------------------------------------------------------------------


@st.fragment
def stand(judge: Judge, enrolled: list[Enrolled], detection: float, verification: float) -> None:
    """The door itself: live, with a single picture, or with a drawn person before it."""
    mode = st.segmented_control(
        "Who stands there?",
        [LIVE, STILL, RING],
        default=RING,
        required=True,
        key="d_mode",
        bind="query-params",
        label_visibility="collapsed",
    )
    turn, data = 0, None
    if mode == LIVE:
        turn, data = _frame()
    elif mode == STILL:
        data = _single()
    else:
        data = _ringing()
    before, look = nets.usual(), find if mode == RING else bring
    answer = _answer(data, judge, enrolled, detection, verification, look) if data else None
    if nets.usual() != before:
        st.rerun()  # the whole page, under the net for real photos
    component(__file__)(
        key="door",
        data={
            "mode": "live" if mode == LIVE else "still",
            "turn": turn,
            "image": _url(data) if data and mode != LIVE else None,
            "answer": answer,
        },
        on_frame_change=lambda: None,
    )


def _frame() -> tuple[int, bytes | None]:
    """The last picture of the camera, and its number."""
    frame = getattr(st.session_state.get("door"), "frame", None)
    if not isinstance(frame, dict) or not isinstance(frame.get("image"), str):
        return 0, None
    try:
        data = base64.b64decode(frame["image"].partition(",")[2], validate=True)
    except ValueError:
        return 0, None
    turn = frame.get("turn")
    return turn if isinstance(turn, int) else 0, data or None


def _single() -> bytes | None:
    shot = st.camera_input("Take a picture", key="d_single_camera")
    with st.expander("No camera here? Choose a file; a phone offers to take a photo"):
        file = st.file_uploader(
            "A picture",
            type=list(SUFFIXES),
            max_upload_size=MAX_BYTES // 1_000_000,
            key="d_single_file",
        )
    chosen = shot or file
    return chosen.getvalue() if chosen else None


def _ringing() -> bytes:
    one, two = st.columns(2)
    with one:
        shown = _pictures(_whom("Who rings?", "d_rings"))
    most = len(shown)
    number = two.slider("Picture", 1, most, most, key="d_picture", bind="query-params")
    file = io.BytesIO()
    Image.fromarray(shown[number - 1]).save(file, "PNG")
    return file.getvalue()


def _answer(
    data: bytes,
    judge: Judge,
    enrolled: list[Enrolled],
    detection: float,
    verification: float,
    look: Callable[[bytes, str], Seen] = find,
) -> dict[str, Any]:
    """What the door says of a picture, for the drawing."""
    from siamese.enrolment import verify

    try:
        seen = look(data, "The picture")
    except PictureError as error:
        return {"opens": None, "said": [str(error)]}
    picked, (height, width, _) = seen.pick(), seen.picture.shape
    verdicts = verify(picked.crop, enrolled, judge, detection, verification)
    face = {
        "box": [float(value) for value in seen.faces[0].box],
        "points": seen.faces[0].landmarks.tolist(),
        "width": width,
        "height": height,
    }
    reach = max(
        1.5 * detection, *(verdict.distances.max() for verdict in verdicts), judge.threshold
    )
    return {
        "opens": verdicts[0].opens if verdicts else None,
        "said": [*tell(verdicts), *doubts(picked, len(seen.faces))],
        "face": face,
        "people": [_sent(verdict, enrolled) for verdict in verdicts],
        "detection": detection,
        "reach": float(reach),
    }


def tell(verdicts: list[Verdict]) -> list[str]:
    """The verdict in words, with the figures behind it."""
    if not verdicts:
        return ["A face, and nobody is enrolled. Enrol somebody first."]
    first = verdicts[0]
    opened = [verdict for verdict in verdicts if verdict.opens]
    figures = (
        f"{first.matches.sum()} of {len(first.matches)} pictures of {first.name} lie closer than "
        f"{first.detection:.2f}, and {first.verification:.0%} must."
    ).replace("%", " %")
    if not opened:
        return ["**The door stays shut.**", figures]
    also = [verdict.name for verdict in opened[1:]]
    doubt = (
        [f"It would also open for {' and '.join(also)}: the thresholds are loose."] if also else []
    )
    return [f"**The door opens for {first.name}.**", figures, *doubt]


def _sent(verdict: Verdict, enrolled: list[Enrolled]) -> dict[str, Any]:
    person = next(person for person in enrolled if person.name == verdict.name)
    return {
        "name": verdict.name,
        "distances": verdict.distances.round(4).tolist(),
        "pictures": _thumbs(person),
        "share": verdict.share,
        "words": f"{verdict.share:.0%} match".replace("%", " %"),
    }


@with_each
def _thumbs(person: Enrolled) -> list[str]:
    """Small pictures for the bars, made once: they are wanted several times a second."""
    return [address(picture, "JPEG", THUMB) for picture in person.pictures]


def in_link(name: str) -> str:
    """A net's name as part of a link: 'Triplet 2' → 'triplet-2'."""
    return "-".join(name.lower().split())


def cautions() -> None:
    """What a door like this cannot know, and what becomes of the pictures."""
    st.markdown(
        "**Hold up a photo of your photo.** The door opens all the same: it compares faces and "
        "cannot tell skin from paper or a screen. A picture of you, which your friends and the "
        "whole web may have, is then as good as a key. Real doors add depth cameras, challenges "
        "or a second factor, and still must not decide alone over anything that matters."
    )
    st.caption(
        "Ask before you enrol somebody. Pictures stay in this server's memory for this session "
        "only, are never written to disk, and are gone with *Remove*, a reload, or when you leave."
    )


# -- pictures as the browser wants them ------------------------------------------------------------


def strip(crops: Iterable[Crop], side: int = 112) -> Crop:
    """Face crops in a row."""
    return np.concatenate([_sized(crop, side) for crop in crops], 1)


def _sized(crop: Crop, side: int) -> Crop:
    return np.asarray(Image.fromarray(crop).resize((side, side)))


def _url(data: bytes) -> str:
    """A picture as it will be searched: upright, and not larger than need be."""
    try:
        return address(np.asarray(open_picture(data, side=LONGEST)), "JPEG")
    except PictureError:
        return ""
