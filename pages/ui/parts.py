"""Parts of a page that one chooses among: one is shown at a time, and only that is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from pages.ui.inputs import one_of


@dataclass(frozen=True)
class Part:
    """What draws a part, and how names of its inputs begin in a link, with blanks between."""

    show: Callable[[], None]
    inputs: str = ""

    def is_asked(self) -> bool:
        """Does the link name one of its inputs?"""
        names = tuple(self.inputs.split())
        return bool(names) and any(name.startswith(names) for name in st.query_params)


def one_part(parts: Mapping[str, Part], key: str) -> None:
    """The part that was chosen, by its name; at first the one that the link asks something of, or
    else the first of all. The choice stands in the link."""
    if key not in st.session_state and key not in st.query_params:
        asked = [name for name, part in parts.items() if part.is_asked()]
        if asked:
            st.session_state[key] = asked[0]
    parts[one_of("Look closer", parts, key=key, label_visibility="collapsed")].show()
