"""The address of a page: names in it, also those of before, and how it gets to others."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.component import component

TRAIN_LOSS = "train_loss"  # of the Train page, to which other pages lead

# How names in links began before they began with the address of their page.
LETTERS = {"losses": "l", "margin": "m", "faces": "f", "map": "e"}
LETTERS |= {"pairs": "p", "photos": "p", "door": "d"}
BARE = {
    "start": {"a", "b"},
    "people": {
        *("unseen", "split", "split_seed", "strangers", "strangers_pictures"),
        *("public_set", "public_people"),
    },
    "train": {
        *("loss", "soft", "begin", "lr", "lr_tuned"),
        *("net", "embedding", "P", "K", "seed"),
    },
}
CODE, BORDER = 320, 2  # pixels of a QR code on the screen; modules of white beside its own two
ONLY_HERE = {"localhost", "127.0.0.1", "::1"}
STEMS = ("margin_", "mining_", "normalise_")  # of names of the Train page


def train_margin(loss: str, tuned: bool = False) -> str:
    """Name of the margin among the controls of the Train page."""
    return f"train_margin_{loss.replace('-', '_')}{'_tuned' if tuned else ''}"


def renewed(page: str, asked: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What a link asks for, also one that was copied before names began with that of their page."""
    letter, bare = f"{LETTERS.get(page, '')}_", BARE.get(page, ())
    found = {}
    for name, values in asked.items():
        if page in LETTERS and name.startswith(letter):
            name = f"{page}_{name.removeprefix(letter)}"
        elif name in bare or (page == "train" and name.startswith(STEMS)):
            name = f"{page}_{name}"
        found[name] = values
    return found


def copy_link() -> None:
    """Buttons for the address of the page, with all that it shows: one puts it on the clipboard,
    one shows it as a QR code."""
    asked = component(__file__)(key="copy_link", on_code_change=lambda: None)
    if asked.code:
        _show_code(asked.code)


@st.dialog("This set-up on another device")
def _show_code(address: str) -> None:
    try:
        st.image(qr_code(address), width=CODE, output_format="PNG")
    except ValueError as error:
        st.warning(f"{error} Copy the address instead.")
    if (urlsplit(address).hostname or "") in ONLY_HERE:
        st.warning(
            "This address works on this computer alone. Open the lab by the *Network URL* that it "
            "names when it starts; then the code works for all who share your network."
        )
    st.code(address, language=None, wrap_lines=True)


def qr_code(text: str) -> NDArray[np.uint8]:
    """A QR code of a text, with the white border that cameras want: (S, S) of 0 and 255, ten dots
    a module. ValueError where it is longer than a code can hold."""
    try:
        modules = cv2.QRCodeEncoder.create().encode(text)
    except cv2.error as error:
        raise ValueError(f"A QR code cannot hold {len(text)} letters.") from error
    bordered = np.pad(np.asarray(modules, np.uint8), BORDER, constant_values=255)
    return np.kron(bordered, np.ones((10, 10), np.uint8))
