"""Values of the page that no widget holds: in the session, and in the link."""

from __future__ import annotations

import streamlit as st


def remember(name: str, value: float | str) -> None:
    """Keep a value that no widget holds: in the session, and in the link."""
    st.session_state[name] = value
    put_in_link(name, f"{value:.6g}" if isinstance(value, float) else value)


def put_in_link(name: str, word: str | None) -> None:
    if word is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != word:
        st.query_params[name] = word


def forget(*names: str) -> None:
    for name in names:
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)
