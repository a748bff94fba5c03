"""People before the visitor's camera."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.ui.admission import admitted_one
from pages.ui.facepicker import bring, several
from pages.ui.photo import CAMERA, Crop
from pages.ui.session import session
from pages.ui.text import plain
from siamese.allowances import FullError
from siamese.images import PictureError

SHOTS = 5  # pictures of a person that are asked for
MOST = 30  # pictures of a person that are taken
CROWD = 60  # people that are taken
POSES = (
    "Look straight into the camera.",
    "Turn your head a little to the left.",
    "Now a little to the right.",
    "Smile, or pull a face.",
    "Last one: come closer, or change the light.",
)


def camera() -> None:
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
    if shot := admitted_one(shot):
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
    try:
        add(name, picked.crop[None])
    except FullError as error:
        return (str(error),)
    return (*several(len(seen.faces), "shot"), *picked.doubts)


def add(name: str, crops: Crop) -> None:
    """More pictures (K, 112, 112, 3) of a person of one's own. FullError where there is no room
    for them."""
    gallery = session().gallery
    known = [gallery[name]] if name in gallery else []
    gallery[name] = session().allowance.keep(np.concatenate([*known, crops])[:MOST])


def _enough(name: str, number: int) -> str:
    if number >= MOST:
        return f"{MOST} pictures of {plain(name)} are enough."
    return f"{CROWD} people are enough: more than fit into this room."


def _fine(name: str) -> str:
    return f"{SHOTS} pictures of {plain(name)}: that will do. Now somebody else?"
