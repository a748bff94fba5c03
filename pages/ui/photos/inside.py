"""What one net makes of the two faces: their numbers, and the places that hold the distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import reading
from pages.ui.nets import choose_verifier
from pages.ui.photos.embeddings import embeddings
from pages.ui.photos.pair import crops
from pages.ui.photos.places import places

if TYPE_CHECKING:
    from pages.ui.photo import Picked
    from siamese.verifiers import Verifier


def inside(a: Picked, b: Picked, verifiers: Mapping[str, Verifier]) -> None:
    """The embeddings, and beside them what is covered in turn."""
    verifier = choose_net(verifiers)
    left, right = st.columns(2, gap="large")
    with left:
        embeddings(reading.read(verifier, crops(a, b)))
    with right:
        places(a, b, verifier)


def choose_net(verifiers: Mapping[str, Verifier]) -> Verifier:
    """Which of them a part looks into."""
    return verifiers[choose_verifier("photos_net", "Which net").name]
