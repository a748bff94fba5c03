"""Keeping the person that the sliders say, for the other pages."""

from __future__ import annotations

import streamlit as st

from pages.ui import gallery
from pages.ui.admission import full
from pages.ui.pictures import strip
from pages.ui.session import session
from pages.ui.text import counted, plain
from siamese import studio
from siamese.allowances import FullError
from siamese.rendering import Identity, person_name
from siamese.studio import Shot

SHOTS = 8  # photos of a person who is kept


def keep(seed: int, now: Shot) -> None:
    """Photos of the made-up person for the other pages, and who has been kept."""
    here = session().gallery
    suggested = person_name(seed).title() if now.who == studio.person(seed) else "Somebody new"
    with st.container(key="faces_studio_keep", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            f"Keep this person: {SHOTS} photos for the other pages",
            max_chars=30,
            placeholder=suggested,
            key="faces_name",
        )
        st.button(
            "Keep",
            on_click=_keep,
            args=[seed, now.who, suggested],
            disabled=len(here) >= gallery.MOST,
            type="primary",
            icon=":material/person_add:",
            key="faces_keep",
        )
    if trouble := st.session_state.pop("faces_full", ""):
        full(trouble)
    for known_name, pictures in here.items():
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            key=f"faces-kept-{known_name}",
            gap="small",
        ):
            st.image(
                strip(pictures[:SHOTS]),
                width=44 * min(len(pictures), SHOTS),
                alt=f"photos of {known_name}",
            )
            st.markdown(f"**{plain(known_name)}**, {counted(len(pictures), 'photo')}")
            st.space("stretch")
            st.button(
                f"Remove {plain(known_name)}",
                on_click=gallery.drop,
                args=[known_name],
                key=f"faces_drop-{known_name}",
            )
    if here:
        st.caption(
            "They wait on the other pages: as data on *People*, as faces to choose on *Losses* and "
            "*Two photos*, and before *The door*. They last as long as this session."
        )


def _keep(seed: int, who: Identity, suggested: str) -> None:
    name = " ".join(st.session_state["faces_name"].split()) or suggested
    first = 900_000 + (8 * seed + 104_729 * len(session().gallery)) % 1_000_000
    try:
        gallery.keep(name, studio.portraits(who, SHOTS, first))
    except FullError as error:
        st.session_state["faces_full"] = str(error)
        return
    st.session_state["faces_name"] = ""
