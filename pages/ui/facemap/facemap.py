"""The map of embeddings: a canvas on which faces glide from where they were to where they are.

The pictures travel to the browser once, as an atlas, and are found again by their digest:
`sprites.mount()` stands outside the live fragment, `facemap(…)` inside it and sends only
coordinates. The browser's side is `facemap.js` and the parts `facemap.<part>.js`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.component import component, packed
from pages.ui.facemap.sprites import Sprites


@dataclass(frozen=True, eq=False)
class Paint:
    """Colours of the points where they are not those of the people."""

    tints: NDArray[np.integer[Any]]  # (N,) number in the palette; −1 for grey
    palette: Sequence[str]  # CSS colours that can be seen by day and by night
    legend: Sequence[Mapping[str, Any]]  # {text, colour, hollow} or {low, high, colours}


@dataclass(frozen=True, eq=False)
class Film:
    """Maps of the same points at several moments, to be played in the browser."""

    maps: Sequence[NDArray[np.floating[Any]]]  # (N, 2) each
    words: Sequence[str]  # what is said of each moment


def facemap(
    points: NDArray[np.floating[Any]],
    labels: NDArray[np.integer[Any]],
    names: Sequence[str],
    sprites: Sprites | None,
    *,
    key: str,
    height: int = 460,
    caption_text: str = "",
    paint: Paint | None = None,
    hollow: NDArray[np.bool_] | None = None,
    lit: NDArray[np.bool_] | None = None,
    lines: Sequence[tuple[int, int, str]] = (),
    picked: int = -1,
    guests: Sequence[str] = (),
    film: Film | None = None,
    linked: str = "",
    follows: str = "",
    legend: Sequence[Mapping[str, Any]] = (),
    on_pick: Callable[[int], None] | None = None,
    on_group: Callable[[list[int]], None] | None = None,
) -> None:
    """Draw points (N, 2) as dots or faces; with new coordinates under the same key they glide.

    `labels` (N,) colour the points, unless `paint` does, and tie a person's points together,
    `names` (N,) are shown on hover, sprite i belongs to point i. A point that is not finite stays
    where it was. `caption_text` says in words what the map shows, for those who cannot see it.

    Points that are `hollow` (N,) are drawn as rings; where some are `lit` (N,) the others fade.
    `lines` join two points in a colour, `picked` wears a ring. The last points are the `guests`:
    newcomers, each with a face of its own as a data URI. A `film` is played in the browser. Maps
    that are `linked` under one name point at each other's faces. A map that `follows` a run, named
    here, goes on to the places that the looks at it bring (see `wire`).

    Before the page runs again, `on_pick` hears of the point that was clicked, and `on_group` of
    those that a lasso or a box has caught.
    """
    count, _ = points.shape
    if not len(labels) == len(names) == count:
        raise ValueError(f"{count} points need as many labels and names.")
    if paint is not None:
        legend = [*paint.legend, *legend]

    def picks() -> None:
        index = _index(getattr(st.session_state.get(key), "picked", None), count)
        if on_pick and index is not None:
            on_pick(index)

    def groups() -> None:
        caught = getattr(st.session_state.get(key), "group", None)
        if on_group and isinstance(caught, list):
            indices = {_index(each, count) for each in caught}
            on_group(sorted(index for index in indices if index is not None))

    component(__file__)(
        key=key,
        height=height,
        data={
            "points": packed(points, "<f4"),  # (N, 2)
            "labels": packed(labels, "<i4"),  # (N,)
            "names": list(names),
            "sprites": sprites.digest if sprites else "",
            "caption": caption_text,
            "pickable": on_pick is not None,
            "selectable": on_group is not None,
            "tints": None if paint is None else packed(paint.tints, "<i4"),
            "palette": [] if paint is None else list(paint.palette),
            "legend": list(legend),
            "hollow": None if hollow is None else packed(hollow, "u1"),
            "lit": None if lit is None else packed(lit, "u1"),
            "lines": list(lines),
            "picked": picked,
            "guests": list(guests),
            "film": None if film is None else _film(film),
            "linked": linked,
            "follows": follows,
        },
        on_picked_change=picks,
        on_group_change=groups,
    )


def _index(value: object, count: int) -> int | None:
    """The index of a point, if that is what the browser has sent."""
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count
    return int(value) if right else None  # type: ignore[call-overload]


def _film(film: Film) -> dict[str, Any]:
    """Frames as 16-bit whole numbers: a third of a percent of a pixel, and half of the way."""
    frames = np.stack([np.asarray(placed, np.float32) for placed in film.maps])  # (F, N, 2)
    scale = max(float(np.abs(frames).max()), 1e-9) / 32_000
    sent = packed(np.round(frames / scale), "<i2")
    name = hashlib.blake2b(f"{sent}{film.words}".encode(), digest_size=8).hexdigest()
    return {"frames": sent, "scale": scale, "words": list(film.words), "id": name}
