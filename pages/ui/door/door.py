"""The door: the two thresholds, and what the camera sees."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui import nets
from pages.ui.admission import admitted_one
from pages.ui.beside.beside import BESIDE
from pages.ui.component import component
from pages.ui.door.enrol import choose_person, doubts, pictures_of
from pages.ui.endings import accepted
from pages.ui.facepicker import bring
from pages.ui.inputs import one_of, percent_slider
from pages.ui.photo import Seen, find
from pages.ui.pictures import uri
from pages.ui.text import counted, in_link, percent, share
from siamese.detection import LONGEST
from siamese.images import MAX_BYTES, PictureError, open_picture
from siamese.sharing import with_each

if TYPE_CHECKING:
    from siamese.enrolment import Enrolled, Verdict
    from siamese.verifiers import Verifier

LIVE, STILL, RING = "Live camera", "Single picture", "A drawn person rings"
THUMB = 48  # pixels of an enrolled picture beside its bar


def thresholds(verifier: Verifier) -> tuple[float, float]:
    """Detection and verification."""
    one, two = st.columns(2)
    most = float(np.ceil(20 * 1.5 * verifier.threshold) / 20)
    detection: float = one.slider(
        "Detection: a picture matches below this distance",
        0.0,
        most,
        round(verifier.threshold, 2),
        0.01,
        key=f"door_detection_{in_link(verifier.name)}",
        bind="query-params",
    )
    verification = percent_slider(
        "Verification: share of pictures that must match",
        10,
        100,
        50,
        10,
        key="door_verification",
        place=two,
    )
    return detection, verification


def meaning(verifier: Verifier, detection: float) -> None:
    """What the two thresholds ask, and how often the first one errs."""
    one, two = st.columns(2)
    one.caption(
        "Detection is a distance: how near one enrolled picture has to be. On "
        f"{nets.tested(verifier.name, real=False)}, "
        f"{share(verifier.far(detection))} of the pairs of strangers lie below it, and "
        f"{share(verifier.frr(detection))} of the pairs of one person do not."
    )
    two.caption(
        "Verification is a share: how many of a person's pictures have to match before the door "
        "opens. One lucky picture opens nothing; the more must match, the safer, and the stricter."
    )


@st.fragment
def stand(
    verifier: Verifier, enrolled: list[Enrolled], detection: float, verification: float
) -> None:
    """The door itself: live, with a single picture, or with a drawn person before it."""
    mode = one_of(
        "Who stands there?",
        [LIVE, STILL, RING],
        key="door_mode",
        first=RING,
        label_visibility="collapsed",
    )
    turn, data = 0, None
    if mode == LIVE:
        turn, data = _frame()
    elif mode == STILL:
        data = _single()
    else:
        data = _ringing()
    before, search = nets.usual(), find if mode == RING else bring
    answer = _answer(data, verifier, enrolled, detection, verification, search) if data else None
    if nets.usual() != before:
        st.rerun()  # the whole page, under the net for real photos
    component(__file__, *BESIDE)(
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
    shot = st.camera_input("Take a picture", key="door_single_camera")
    with st.expander("No camera here? Choose a file; a phone offers to take a photo"):
        file = st.file_uploader(
            "A picture",
            type=accepted(),
            max_upload_size=MAX_BYTES // 1_000_000,
            key="door_single_file",
        )
    chosen = admitted_one(shot or file)
    return chosen.getvalue() if chosen else None


def _ringing() -> bytes:
    one, two = st.columns(2)
    with one:
        shown = pictures_of(choose_person("Who rings?", "door_rings"))
    most = len(shown)
    number = two.slider("Picture", 1, most, most, key="door_picture", bind="query-params")
    file = io.BytesIO()
    Image.fromarray(shown[number - 1]).save(file, "PNG")
    return file.getvalue()


def _answer(
    data: bytes,
    verifier: Verifier,
    enrolled: list[Enrolled],
    detection: float,
    verification: float,
    search: Callable[[bytes, str], Seen] = find,
) -> dict[str, Any]:
    """What the door says of a picture, for the drawing."""
    from siamese.enrolment import verify

    try:
        seen = search(data, "The picture")
    except PictureError as error:
        return {"opens": None, "said": [str(error)]}
    picked, (height, width, _) = seen.pick(), seen.picture.shape
    verdicts = verify(picked.crop, enrolled, verifier, detection, verification)
    face = {
        "box": [float(value) for value in seen.faces[0].box],
        "points": seen.faces[0].landmarks.tolist(),
        "width": width,
        "height": height,
    }
    reach = max(
        1.5 * detection, *(verdict.distances.max() for verdict in verdicts), verifier.threshold
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
    matches = int(first.matches.sum())
    figures = (
        f"{matches} of {counted(len(first.matches), 'picture')} of {first.name} "
        f"{'lies' if matches == 1 else 'lie'} closer than "
        f"{first.detection:.2f}, and {percent(first.verification, 0)} must."
    )
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
        "words": f"{percent(verdict.share, 0)} match",
    }


@with_each
def _thumbs(person: Enrolled) -> list[str]:
    """Small pictures for the bars, made once: they are wanted several times a second."""
    return [uri(picture, side=THUMB) for picture in person.pictures]


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


def _url(data: bytes) -> str:
    """A picture as it will be searched: upright, and not larger than need be."""
    try:
        return uri(np.asarray(open_picture(data, side=LONGEST)))
    except PictureError:
        return ""
