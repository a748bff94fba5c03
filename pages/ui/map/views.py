"""Which view of the space is shown."""

from __future__ import annotations

from collections.abc import Callable

from pages.ui.inputs import one_of
from pages.ui.map.drawing import Drawing
from pages.ui.map.explore import explore
from pages.ui.map.honest import honest
from pages.ui.map.over_time import over_time
from pages.ui.map.side_by_side import side_by_side
from pages.ui.map.space import FaceSpace

VIEWS: dict[str, Callable[[FaceSpace, Drawing], None]] = {
    "Explore": explore,
    "Over time": over_time,
    "Side by side": side_by_side,
    "How honest?": honest,
}


def choose_view() -> str:
    view: str = one_of("View", VIEWS, key="map_view", label_visibility="collapsed")
    return view
