"""Which files a visitor may choose for a picture."""

import streamlit as st

from siamese.images import SUFFIXES

CONVERTED = {"heic", "heif", "hif"}  # to JPEG by Apple's browsers, unless they are asked for


def accepted(agent: str | None = None) -> list[str]:
    """The endings that an uploader takes: of all that can be read, and of those for which there is
    advice. `agent` is how the browser calls itself, the visitor's own by default.

    Safari, and every browser on an iPhone, turns a HEIC photo into a JPEG while uploading it, but
    only where HEIC is not on the list; all others would refuse the file without our advice.
    """
    if agent is None:
        agent = st.context.headers.get("User-Agent") or ""
    converts = "AppleWebKit/" in agent and "Chrome/" not in agent
    return [ending for ending in SUFFIXES if not (converts and ending in CONVERTED)]
