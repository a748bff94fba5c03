"""All that the map shows, drawn on paper (2-D) or in space (3-D)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.facemap.facemap import Paint, facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.map import newcomers
from pages.ui.map.colours import told_apart
from pages.ui.map.picked import PickedFace, lines
from pages.ui.pictures import uri
from siamese import plots

if TYPE_CHECKING:
    from pages.ui.map.chosen import Chosen
    from pages.ui.map.space import FaceSpace


@dataclass(frozen=True, eq=False)
class MapScene:
    """N photos of a space on a map, the visitor's newcomers after them, and what is picked."""

    space: FaceSpace
    map: NDArray[np.floating[Any]]  # (N, d)
    here: Chosen
    paint: Paint | None  # None: the colours of the people
    lit: NDArray[np.bool_] | None  # (N,) those who were searched for
    picked: PickedFace | None

    def on_paper(self, words: str) -> None:
        """On a canvas, with faces for points; `words` for those who cannot see it."""
        space, here, paint = self.space, self.here, self.paint
        sprites = Sprites.of(space.faces)
        sprites.mount()
        lit = self.lit
        if lit is None and here.group:
            lit = np.isin(np.arange(len(space)), here.group)
        facemap(
            self._placed(),
            np.concatenate([space.faces.labels, 1_000_000 + np.arange(len(here.guests))]),
            self._names(),
            sprites,
            key="map_map",
            height=560,
            caption_text=words,
            paint=paint and replace(paint, tints=self._and(paint.tints, -1)),
            hollow=None if space.trained_on.all() else self._and(space.trained_on, False),
            lit=None if lit is None else self._and(lit, True),
            lines=self._lines(),
            picked=here.pick,
            guests=[uri(guest.picture, side=112) for guest in here.guests],
            legend=told_apart(space.trained_on, paint),
            on_pick=here.take,
            on_group=here.catch,
        )

    def in_space(self) -> None:
        """As a cloud that can be turned."""
        here = self.here
        event = st.plotly_chart(
            self._cloud(),
            key="map_cloud",
            on_select="rerun",
            selection_mode="points",
            config={"displaylogo": False},
        )
        found = event.selection.points if event else []
        index = found[0].get("customdata") if found else None
        index = index[0] if isinstance(index, list) else index
        last = st.session_state.get("map_cloud_pick")
        if isinstance(index, int) and index != last:
            st.session_state["map_cloud_pick"] = index
            here.pick = index
            st.rerun(scope="fragment")
        how = "Drag to turn, click to pick. Faces as points, and the lasso, need two dimensions."
        st.caption(" · ".join([*self._legend(), how]))

    def _cloud(self) -> Any:
        space, here, paint = self.space, self.here, self.paint
        if paint is None:
            colours = [plots.person_colour(int(label)) for label in space.faces.labels]
        else:
            colours = [paint.palette[t] if t >= 0 else plots.NEUTRAL for t in paint.tints]
        placed, nobody = self._placed(), np.zeros(len(space), bool)
        return plots.cloud(
            placed,
            [*colours, *[plots.ACCENT] * len(here.guests)],
            [escape(name) for name in self._names()],
            self._and(nobody if space.trained_on.all() else space.trained_on, False),
            self._and(nobody if self.lit is None else ~self.lit, False),
            self._lines(),
            [*([here.pick] if self.picked else []), *range(len(space), len(placed))],
        )

    def _legend(self) -> list[str]:
        legend = [*(self.paint.legend if self.paint else ())]
        return [
            f"{entry['low']} … {entry['high']}"
            if "colours" in entry
            else f"{'○' if entry.get('hollow') else '●'} {entry['text']}"
            for entry in [*legend, *told_apart(self.space.trained_on, self.paint)]
        ]

    def _placed(self) -> NDArray[np.floating[Any]]:  # (N + G, d)
        seats = newcomers.seated(self.space, self.map, self.here.guests)
        return np.concatenate([self.map, seats])

    def _names(self) -> list[str]:
        return [*self.space.names, *(guest.name for guest in self.here.guests)]

    def _lines(self) -> list[tuple[int, int, str]]:
        return lines(self.picked, self.here.pick) if self.picked else []

    def _and(self, values: NDArray[Any], value: object) -> NDArray[Any]:
        """Values of the photos (N,), and one for each of the newcomers: (N + G,)."""
        return np.concatenate([values, np.full(len(self.here.guests), value, values.dtype)])
