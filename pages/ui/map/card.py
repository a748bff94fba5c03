"""A face in a row of faces."""

from html import escape

from pages.ui.photo import Crop
from pages.ui.pictures import img, uri


def card(picture: Crop, name: str, words: str, kind: str) -> str:
    """A face with its name and a few words; `kind` colours its edge."""
    return (
        f"<figure class='{kind}'>{img(uri(picture, side=72), name)}<figcaption>"
        f"<b>{escape(words)}</b><span>{escape(name)}</span></figcaption></figure>"
    )
