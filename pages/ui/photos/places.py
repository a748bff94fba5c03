"""Where on the faces the distance lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import shipped
from pages.ui.photo import Picked

if TYPE_CHECKING:
    from siamese.verifiers import Verifier

PLACE = 165  # pixels of a face with its map, two beside each other on a phone


def places(a: Picked, b: Picked, verifier: Verifier) -> None:
    """Both faces with the places that carry their distance."""
    told = shipped.occluded(verifier, a.crop, b.crop)
    with st.container(horizontal=True, gap="small"):
        for picture, letter in zip(told.drawn(), "AB", strict=True):
            st.image(
                picture,
                width=PLACE,
                alt=f"Photo {letter}, coloured where covering it changes the distance most",
            )
    st.caption(
        f"A grey square is put over each place of one face in turn, and the distance of "
        f"{told.distance:.2f} is measured again. :green[Teal]: with the place covered the two lie "
        "farther apart, so it speaks for one person. :orange[Orange]: covered, they come closer, "
        "so it is what sets them apart. The fullest colour stands for a change of "
        f"{told.reach:.2f}."
    )
