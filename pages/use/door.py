"""The door: enrol, then stand before the camera."""

import streamlit as st

from pages.ui.door import door, enrol
from pages.ui.frame import opening, predict
from pages.ui.link import copy_link
from pages.ui.nets import choose_verifier
from pages.ui.session import session
from siamese import lessons

opening(
    "Will the door open for you?",
    "Enrol with a few pictures, then stand before it. It asks twice: does **this picture** match? "
    "And do **enough of the pictures** match?",
)
inside, outside = st.columns([1, 1.5], gap="large")
with inside:
    enrol.enrol()
with outside:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("At the door", anchor=False, width="content")
        verifier = choose_verifier("door_net", "The net that compares")
    detection, verification = door.thresholds(verifier)
    door.stand(verifier, session().enrolled, detection, verification)
    door.meaning(verifier, detection)
    copy_link()
door.cautions()
predict(lessons.DOOR)
