"""Which view of the space is shown."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.ui.map.explore import explore
from pages.ui.map.honest import honest
from pages.ui.map.over_time import over_time
from pages.ui.map.side_by_side import side_by_side
from pages.ui.map.spaces import Drawing, Space

VIEWS: dict[str, Callable[[Space, Drawing], None]] = {
    "Explore": explore,
    "Over time": over_time,
    "Side by side": side_by_side,
    "How honest?": honest,
}


def choose_view() -> str:
    view: str = st.segmented_control(
        "View",
        list(VIEWS),
        default="Explore",
        required=True,
        key="map_view",
        bind="query-params",
        label_visibility="collapsed",
    )
    return view
