"""Pictures as the browser wants them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pages.ui.photo import Crop
from siamese.plots import ACCENT, NEUTRAL

if TYPE_CHECKING:
    from siamese.detection import Face


def framed(picture: Crop, faces: Sequence[Face], chosen: int = 0) -> str:
    """The picture as SVG with a box and five landmarks round each face, numbered if several."""
    height, width, _ = picture.shape
    parts = [f'<image href="{uri(picture)}" width="{width}" height="{height}"/>']
    for number, face in enumerate(faces):
        colour = ACCENT if number == chosen else NEUTRAL
        x, y, w, h = face.box
        line = max(width, height) / 130
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{w / 12:.1f}" '
            f'fill="none" stroke="{colour}" stroke-width="{line:.2f}"/>'
        )
        if number == chosen:
            parts += [
                f'<circle cx="{u:.1f}" cy="{v:.1f}" r="{max(w / 36, line / 2):.2f}" fill="#fff" '
                f'stroke="{colour}" stroke-width="{line / 2:.2f}"/>'
                for u, v in face.landmarks
            ]
        if len(faces) > 1:
            size = max(w / 3.2, line * 5)
            parts.append(
                f'<text x="{x + size / 4:.1f}" y="{y + size:.1f}" font-size="{size:.1f}" '
                f'font-family="sans-serif" font-weight="700" fill="#fff" stroke="{colour}" '
                f'stroke-width="{size / 7:.2f}" paint-order="stroke">{number + 1}</text>'
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{"".join(parts)}</svg>'
    )


def uri(
    picture: Crop | Image.Image,
    kind: str = "JPEG",
    *,
    side: int | None = None,
    quality: int = 85,
    method: int = 4,
) -> str:
    """A picture as data: URI, JPEG, PNG or WEBP, if asked so many pixels a side. `method` is how
    hard WEBP tries, from 0, fast, to 6, small."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if side is not None:
        image = image.resize((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, kind, quality=quality, method=method)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def img(address: str, words: str, style: str = "") -> str:
    """A picture's address as HTML, with words for those who cannot see it."""
    styled = f" style='{style}'" if style else ""
    return f"<img src='{address}'{styled} alt='{escape(words, quote=True)}'>"


def figure(picture: Crop, word: str) -> str:
    """A picture with its caption, as HTML."""
    shown = img(
        uri(picture, "WEBP", quality=90), word, "width:100%;border-radius:.7rem;display:block"
    )
    return (
        f"<figure style='margin:0;min-width:0'>{shown}"
        f"<figcaption style='font-size:.84rem;opacity:.75;padding:.15rem .1rem'>{escape(word)}"
        "</figcaption></figure>"
    )


def strip(crops: Iterable[Crop], side: int = 112) -> Crop:
    """Face crops in a row."""
    return np.concatenate([_sized(crop, side) for crop in crops], 1)


def _sized(crop: Crop, side: int) -> Crop:
    return np.asarray(Image.fromarray(crop).resize((side, side)))
