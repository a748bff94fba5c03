"""What the colours of the map mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.facemap.facemap import Paint
from pages.ui.map.space import FaceSpace, Floats
from pages.ui.map.spaces import scenes
from siamese.plots import DIFFERENT, LINES, NEUTRAL, SAME, ramp
from siamese.rendering import Scene, controls

PERSON, MET, FIT = "Person", "Seen or unseen", "How well it sits (silhouette)"
PROPERTIES = (
    *("yaw", "pitch", "light_azimuth", "exposure", "smile", "glasses"),
    *("mouth_open", "zoom", "blur"),
)
STEPS = 24  # shades of a scale
COOL_TO_WARM = ("#6D5BE0", "#2E8BE4", "#0E9F8E", "#D9A521")
BY_MEETING = (DIFFERENT, NEUTRAL)
BAD_TO_GOOD = (DIFFERENT, "#B7A58F", SAME)


def choose_paint(space: FaceSpace) -> Paint | None:
    """What the colours mean; None for those of the people."""
    known = controls(Scene)
    ways: dict[str, Callable[[], Paint | None]] = {
        PERSON: lambda: None,
        MET: lambda: by_meeting(space.trained_on),
    }
    if space.measured.silhouettes is not None:
        ways[FIT] = lambda: by_fit(space)
    taken = scenes(space.faces)
    if any(taken):
        for name in PROPERTIES:
            ways[known[name].label] = lambda name=name: by_scene(taken, name)  # type: ignore[misc]
    if st.session_state.get("map_colour") not in (None, *ways):
        del st.session_state["map_colour"]
    return ways[st.selectbox("Colour by", list(ways), key="map_colour", bind="query-params")]()


def by_meeting(trained_on: NDArray[np.bool_]) -> Paint:
    legend = (
        {"text": "never seen", "colour": DIFFERENT},
        {"text": "seen in training", "colour": NEUTRAL, "hollow": True},
    )
    return Paint(trained_on.astype(np.int32), BY_MEETING, legend)


def by_fit(space: FaceSpace) -> Paint:
    found = space.measured.silhouettes
    assert found is not None  # the choice is not offered otherwise
    words = "−1: nearer to somebody else", "+1: at home"
    return scale(found, -1, 1, BAD_TO_GOOD, *words)


def by_scene(taken: list[Scene | None], name: str) -> Paint:
    """A property of how the pictures were taken; grey where it is not known."""
    control = controls(Scene)[name]
    values = [getattr(scene, name) if scene else None for scene in taken]
    if control.choices:
        places = {choice: number for number, choice in enumerate(control.choices)}
        tints = np.array([-1 if value is None else places[value] for value in values])
        palette = (NEUTRAL, *LINES)[: len(places)]
        legend = [
            {"text": choice, "colour": colour}
            for choice, colour in zip(control.choices, palette, strict=True)
        ]
        return Paint(tints, palette, legend)
    numbers = np.array([np.nan if value is None else value for value in values], np.float32)
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    unit = f" {control.unit}" if control.unit else ""
    return scale(numbers, low, high, COOL_TO_WARM, f"{low:.2g}", f"{high:.2g}{unit}")


def scale(
    values: Floats, low: float, high: float, stops: tuple[str, ...], least: str, most: str
) -> Paint:
    """Shades from `low` to `high`; what is no number is grey."""
    palette = ramp(stops, STEPS)
    place = (values - low) / max(high - low, 1e-9) * (STEPS - 1)
    tints = np.where(np.isfinite(place), np.nan_to_num(place).round(), -1)
    tints = np.clip(tints, -1, STEPS - 1).astype(np.int32)
    legend = ({"low": least, "high": most, "colours": palette},)
    return Paint(tints, palette, legend)


def told_apart(
    trained_on: NDArray[np.bool_], paint: Paint | None = None
) -> list[dict[str, object]]:
    """Rings and discs in words, where there are both and the colours do not say it."""
    if trained_on.all() or not trained_on.any() or (paint and paint.palette == BY_MEETING):
        return []
    return [
        {"text": "never seen by the net", "colour": NEUTRAL},
        {"text": "seen in training", "colour": NEUTRAL, "hollow": True},
    ]
