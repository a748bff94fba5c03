"""Many small pictures in one, sent to the browser once and found again by their digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.ui.component import component
from pages.ui.pictures import uri
from pages.ui.session import recalled
from siamese.faces import FaceSet
from siamese.sharing import Shared, digest, with_each

QUALITY = 80  # WebP
_sprites: Shared[Sprites] = Shared()  # each visitor holds those that they have seen


@dataclass(frozen=True)
class Sprites:
    """Many small pictures in one: what the browser draws faces from."""

    digest: str  # of pictures and side: the name under which the browser keeps them
    uri: str  # data:image/webp;base64,…
    side: int  # pixels
    columns: int
    count: int

    @staticmethod
    def of(faces: FaceSet | NDArray[np.uint8], side: int | None = None) -> Sprites:
        """Pack pictures (N, H, W, 3); the side is chosen by their number unless given."""
        pictures = faces.pictures if isinstance(faces, FaceSet) else faces
        name = _told(faces) if isinstance(faces, FaceSet) else digest(pictures)
        key = name, side or _side(len(pictures))

        def pack() -> Sprites:
            return _sprites.get(key, lambda: _pack(pictures, key[1]))

        return recalled("sprites", key, pack)

    def mount(self) -> None:
        """Send the atlas to the browser. It takes no room on the page."""
        with st.container(key=f"sprites-{self.digest}"):
            component(__file__)(
                key=f"atlas-{self.digest}",
                data={
                    "digest": self.digest,
                    "uri": self.uri,
                    "side": self.side,
                    "columns": self.columns,
                    "count": self.count,
                },
            )


@with_each
def _told(faces: FaceSet) -> str:
    """The digest of their pictures: of some thirty megabytes it takes as long as a page may."""
    return digest(faces.pictures)


def _side(count: int) -> int:
    """Large enough to be looked at while few, small enough to travel when many."""
    return 96 if count <= 300 else 64 if count <= 1000 else 40


def _pack(pictures: NDArray[np.uint8], side: int) -> Sprites:
    count = len(pictures)
    columns = max(1, ceil(sqrt(count)))
    atlas = Image.new("RGB", (columns * side, max(1, ceil(count / columns)) * side))
    for index, picture in enumerate(pictures):
        small = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
        atlas.paste(small, (index % columns * side, index // columns * side))
    address = uri(atlas, "WEBP", quality=QUALITY, method=2)
    name = hashlib.blake2b(address.encode(), digest_size=8).hexdigest()
    return Sprites(name, address, side, columns, count)
