"""Faces that are new to the map."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import nets
from pages.ui.admission import admitted_one
from pages.ui.endings import accepted
from pages.ui.facepicker import found, several
from pages.ui.map.card import card
from pages.ui.map.chosen import Chosen, Guest
from pages.ui.map.space import FaceSpace, Floats
from pages.ui.session import session
from siamese import neighbours
from siamese.rendering import random_identity, random_scene, render

GUESTS = 6
FILE, CAMERA, RENDERED, GALLERY = "File", "Camera", "A new made-up person", "My people"


def newcomers(here: Chosen) -> None:
    """Drop a face here: from a file, the camera, the gallery, or made up."""
    with st.expander("Drop a face here", icon=":material/add_reaction:"):
        sources = [RENDERED, FILE, CAMERA, *([GALLERY] if session().gallery else [])]
        source = st.segmented_control(
            "From", sources, default=RENDERED, required=True, key="map_guest_from"
        )
        guest = {FILE: _from_file, CAMERA: _from_camera, GALLERY: _from_gallery}.get(
            source, _made_up
        )()
        full = len(here.guests) >= GUESTS
        with st.container(horizontal=True, vertical_alignment="center"):
            if guest:
                st.html(f"<div class='near'>{card(guest.picture, guest.name, '', '')}</div>")
            st.button(
                "Put it on the map",
                type="primary",
                on_click=_welcome,
                args=[here, guest],
                disabled=guest is None or full,
                key="map_welcome",
            )
            if here.guests:
                st.button("Send them away", on_click=_send_away, args=[here], key="map_away")
        if full:
            st.caption(f"{GUESTS} newcomers are on the map, the most there can be.")
        st.caption(
            "It is placed between its nearest neighbours in the space; how near they are, their "
            "distances say. Pictures stay in this session's memory."
        )


def _welcome(here: Chosen, guest: Guest) -> None:
    here.guests.append(guest)
    here.pick = here.size + len(here.guests) - 1


def _send_away(here: Chosen) -> None:
    here.guests.clear()
    here.pick = -1


def _made_up() -> Guest:
    seed: int = st.number_input(
        "Who? Every number is another person", 1000, 999_999, 1234, key="map_guest_seed"
    )
    return Guest(f"Newcomer {seed}", _rendered(seed))


@st.cache_data(show_spinner=False, max_entries=64)
def _rendered(seed: int) -> NDArray[np.uint8]:
    return np.asarray(render(random_identity(seed), random_scene(seed)))


def _from_file() -> Guest | None:
    upload = st.file_uploader(
        "A photo with a face", type=accepted(), max_upload_size=25, key="map_guest_file"
    )
    upload = admitted_one(upload)
    return _found(upload.getvalue(), upload.name) if upload else None


def _from_camera() -> Guest | None:
    shot = st.camera_input("Take a picture", key="map_guest_camera")
    shot = admitted_one(shot)
    return _found(shot.getvalue(), "The picture") if shot else None


def _from_gallery() -> Guest:
    gallery = session().gallery
    name = st.selectbox("Who?", sorted(gallery), key="map_guest_who")
    count = len(gallery[name])
    number = 1
    if count > 1:
        number = st.slider("Picture", 1, count, 1, key=f"map_guest_number_{count}")
    return Guest(f"{name} ({number})", gallery[name][number - 1])


def _found(data: bytes, name: str) -> Guest | None:
    """The face in a picture; what is wrong is said."""
    before = nets.usual()
    seen = found(data, name)
    if seen is None:
        return None
    if nets.usual() != before:
        st.rerun()  # the whole page, under the net for real photos
    picked = seen.pick()
    for doubt in (*several(len(seen.faces)), *picked.doubts):
        st.caption(doubt)
    return Guest(name.rsplit(".", 1)[0][:40], picked.crop)


def embedded(space: FaceSpace, guest: Guest) -> Floats:
    """The newcomer in the space, (D,)."""
    if guest not in space.maps:
        space.maps[guest] = space.verifier.embed(guest.picture[None]).numpy()[0]
    placed: Floats = space.maps[guest]
    return placed


def seated(space: FaceSpace, placed: Floats, guests: list[Guest]) -> Floats:
    """Places of the newcomers on a map (N, d): (G, d)."""
    seats = [
        neighbours.between_neighbours(space.distances(embedded(space, guest)), placed)
        for guest in guests
    ]
    return np.stack(seats) if seats else np.zeros((0, placed.shape[1]), np.float32)
