"""The door: who may come in, the two thresholds, and what the camera sees."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.ui.gallery import beside
from pages.ui.shipped import share
from pages.ui.state import sample_faces, session
from siamese.images import MAX_BYTES, SUFFIXES, PictureError, open_picture

if TYPE_CHECKING:
    from siamese.detection import Face
    from siamese.enrolment import Enrolled, Verdict
    from siamese.judges import Judge

HERE = Path(__file__).parent
CAMERA, FILES, BUILT_IN = "Camera", "Files", "A drawn person"
LIVE, STILL, RING = "Live camera", "Single picture", "A drawn person rings"
MOST = 20  # pictures of one person; the tutorial takes 50, and learns little from the last 30
VARIANTS = 3  # of each enrolled picture, where they are wanted
PEOPLE = 8  # who may be enrolled at once
SIDE = 640  # pixels; a face in a larger picture is found as well in a smaller one
Crop = NDArray[np.uint8]  # (H, W, 3)


@dataclass(frozen=True)
class Seen:
    """A picture in which a face was found."""

    crop: Crop
    face: Face
    width: int  # of the picture
    height: int
    doubts: tuple[str, ...]  # sentences: small, blurred, turned away, one of several


def find(data: bytes, name: str) -> Seen:
    """The largest face of a picture; PictureError says what is wrong, also where there is none."""
    from siamese import detection

    picture = open_picture(data, name, side=SIDE)
    faces = detection.detect(picture)
    if not faces:
        raise detection.NoFaceError(name)
    doubts = detection.warnings(picture, faces[0])
    if len(faces) > 1:
        doubts = [f"{len(faces)} faces are in the picture; the largest counts.", *doubts]
    return Seen(
        detection.portrait(picture, faces[0]),
        faces[0],
        picture.width,
        picture.height,
        tuple(doubts),
    )


# -- enrolling -------------------------------------------------------------------------------------


def enrol() -> None:
    """Take in people with their pictures; shows who is in."""
    here = session()
    st.subheader("Who may come in?", anchor=False)
    for person in list(here.enrolled):
        with st.container(horizontal=True, vertical_alignment="center", key=f"in-{id(person)}"):
            st.image(strip(person.pictures[:6]), width=36 * min(len(person.pictures), 6))
            st.markdown(f"**{_plain(person.name)}**, {len(person.pictures)} pictures")
            st.space("stretch")
            st.button("Remove", on_click=here.enrolled.remove, args=[person], key=f"x-{id(person)}")
    if len(here.enrolled) >= PEOPLE:
        st.caption(f"{PEOPLE} people are enrolled, the most that this door knows.")
        return
    how = st.segmented_control(
        "Pictures from", [CAMERA, FILES, BUILT_IN], default=BUILT_IN, required=True, key="d_from"
    )
    name, crops = _built_in() if how == BUILT_IN else _own(how == CAMERA)
    if crops:
        st.image(strip(crops), width=56 * min(len(crops), 8))
    st.button(
        f"Enrol {_plain(name)}" if name else "Enrol",
        on_click=_take_in,
        args=[name, crops],
        disabled=not (name and crops),
        type="primary",
        key="d_enrol",
    )
    if crops and not name:
        st.caption("Give a name to go on.")


def _built_in() -> tuple[str, list[Crop]]:
    person = _whom("Who?", "d_person")
    return _title(person), list(_pictures(person)[:5])


def _whom(label: str, key: str) -> str:
    """One of the built-in people, or of those who were made in the face studio."""
    people = beside(sample_faces()).people
    if st.session_state.get(key) not in (None, *people):
        del st.session_state[key]  # whoever it was has been removed
    name: str = st.selectbox(label, people, format_func=_title, key=key, bind="query-params")
    return name


def _pictures(person: str) -> NDArray[np.uint8]:
    """(K, H, W, 3)"""
    faces = beside(sample_faces())
    return faces.pictures[faces.labels == faces.people.index(person)]


def _own(camera: bool) -> tuple[str, list[Crop]]:
    """Name and face crops from the camera, shot by shot, or from files."""
    name = " ".join(st.text_input("Name", max_chars=40, placeholder="Ada", key="d_name").split())
    if camera:
        shots: dict[str, bytes] = st.session_state.setdefault("d_shots", {})
        shot = st.camera_input(
            f"Five pictures, from slightly different sides: {len(shots)} so far", key="d_camera"
        )
        if shot and len(shots) < MOST:
            shots[shot.file_id] = shot.getvalue()
        pictures = {f"Shot {number}": data for number, data in enumerate(shots.values(), 1)}
    else:
        uploads = st.file_uploader(
            "Some pictures of one person",
            type=list(SUFFIXES),
            accept_multiple_files=True,
            max_upload_size=MAX_BYTES // 1_000_000,
            key="d_files",
        )
        pictures = {upload.name: upload.getvalue() for upload in uploads[:MOST]}
        if len(uploads) > MOST:
            st.caption(f"The first {MOST} of {len(uploads)} pictures are taken.")
    return name, _crops(pictures)


def _crops(pictures: Mapping[str, bytes]) -> list[Crop]:
    """The faces in the pictures; where there is none, it is said and the others count."""
    crops = []
    for name, data in pictures.items():
        try:
            seen = find(data, name)
        except PictureError as error:
            st.warning(str(error), icon=":material/no_photography:")
            continue
        crops.append(seen.crop)
        for doubt in seen.doubts:
            st.caption(f"{_plain(name)}: {doubt}")
    return crops


def _take_in(name: str, crops: list[Crop]) -> None:
    from siamese.enrolment import Enrolled

    enrolled = session().enrolled
    taken = {person.name for person in enrolled}
    number = next(n for n in range(1, PEOPLE + 2) if _numbered(name, n) not in taken)
    enrolled.append(Enrolled(_numbered(name, number), np.stack(crops)))
    st.session_state.pop("d_shots", None)


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
        key=f"d_detection_{judge.name}",
    )
    one.caption(
        f"On unseen people, {share(judge.passed(detection))} of the pairs of strangers lie below "
        f"it, and {share(judge.missed(detection))} of the pairs of one person do not."
    )
    verification: int = two.slider(
        "Verification: share of pictures that must match",
        *(10, 100, 50, 10),
        format="%d %%",
        key="d_verification",
        bind="query-params",
    )
    two.caption(
        "One lucky picture opens nothing. The more must match, the safer, and the stricter."
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
    answer = _answer(data, judge, enrolled, detection, verification) if data else None
    _door()(
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
    with st.expander("No camera here? Choose a file"):
        file = st.file_uploader(
            "A picture", type=list(SUFFIXES), max_upload_size=25, key="d_single_file"
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
) -> dict[str, Any]:
    """What the door says of a picture, for the drawing."""
    from siamese.enrolment import verify

    try:
        seen = find(data, "The picture")
    except PictureError as error:
        return {"opens": None, "said": [str(error)]}
    verdicts = verify(seen.crop, enrolled, judge, detection, verification)
    face = {
        "box": [float(value) for value in seen.face.box],
        "points": np.asarray(seen.face.landmarks, float).tolist(),
        "width": seen.width,
        "height": seen.height,
    }
    reach = max(
        1.5 * detection, *(verdict.distances.max() for verdict in verdicts), judge.threshold
    )
    return {
        "opens": verdicts[0].opens if verdicts else None,
        "said": [*tell(verdicts), *seen.doubts],
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
        "pictures": [_thumb(picture) for picture in person.pictures],
        "share": verdict.share,
        "words": f"{verdict.share:.0%} match".replace("%", " %"),
    }


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


def strip(crops: Sequence[Crop], side: int = 112) -> Crop:
    """Face crops in a row."""
    return np.concatenate([_sized(crop, side) for crop in crops], 1)


def _sized(crop: Crop, side: int) -> Crop:
    return np.asarray(Image.fromarray(crop).resize((side, side)))


def _thumb(crop: Crop) -> str:
    file = io.BytesIO()
    Image.fromarray(_sized(crop, 48)).save(file, "JPEG", quality=80)
    return _address(file.getvalue(), "jpeg")


def _url(data: bytes) -> str:
    """A picture as it will be searched: upright, and not larger than need be."""
    file = io.BytesIO()
    try:
        picture = open_picture(data, side=SIDE)
    except PictureError:
        return ""
    picture.save(file, "JPEG", quality=88)
    return _address(file.getvalue(), "jpeg")


def _address(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _title(person: str) -> str:
    """As on the screen: built-in people are written small, others as their maker wrote them."""
    return person.title() if person == person.lower() else person


def _plain(text: str) -> str:
    """A name is letters, not Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in text)


@cache
def _door() -> Any:
    return st.components.v2.component(
        "siamese.door",
        html=(HERE / "door.html").read_text("utf-8"),
        css=(HERE / "door.css").read_text("utf-8"),
        js=(HERE / "door.js").read_text("utf-8"),
    )
