"""What all our charts by Altair share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from altair.utils import schemapi

from pages.ui.session import recalled
from siamese.plots import DIFFERENT, NEUTRAL, SAME
from siamese.sharing import digest

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

KINDS = alt.Scale(domain=["same person", "two people"], range=[SAME, DIFFERENT])  # of pairs
CHECKED = False  # against the schema of Vega-Lite: in tests

P = ParamSpec("P")
C = TypeVar("C", bound=alt.TopLevelMixin)

schemapi.disable_debug_mode()  # the parts of a chart are checked with the whole, if at all


@dataclass(frozen=True)
class Drawn:
    """What Streamlit asks of a chart. To check one takes half of the time that a page takes, and
    the schema says the same of it for each visitor."""

    chart: alt.TopLevelMixin

    def to_dict(self) -> dict[str, Any]:
        drawn: dict[str, Any] = self.chart.to_dict(validate=CHECKED)
        return drawn


def plot(chart: alt.TopLevelMixin, place: DeltaGenerator | None = None, **choices: Any) -> None:
    """A chart on the page or at a place of it, with the choices of `st.altair_chart`."""
    (place or st).altair_chart(cast("alt.Chart", Drawn(chart)), **choices)


def kept(make: Callable[P, C], *told: P.args, **named: P.kwargs) -> C:
    """The chart that is made of such data: of the same data it was made before, perhaps for
    somebody else, as it takes longer to make one than to look it up."""
    key = make, *map(_told, told), *((name, _told(value)) for name, value in named.items())
    return recalled("charts", key, lambda: make(*told, **named))


def _told(data: object) -> Hashable:
    """By what data is known again: its contents or, where it never changes, the thing itself."""
    if isinstance(data, np.ndarray):
        return digest(data)
    if isinstance(data, pd.DataFrame):
        told: str = data.to_json(double_precision=15)
        return told
    if isinstance(data, Mapping):
        return tuple((name, _told(value)) for name, value in data.items())
    if isinstance(data, list | tuple):
        return tuple(map(_told, data))
    return data


def layered(*charts: alt.Chart) -> alt.LayerChart:
    """Charts over one another. `alt.layer` would make facets of them where they have any."""
    return alt.LayerChart(layer=charts)


def upright(at: float, name: str, reach: float, solid: bool = False) -> list[alt.Chart]:
    """A line across an axis that begins at 0 and ends at `reach`, and its name on the side where
    there is room for it."""
    here = alt.Chart(pd.DataFrame({"at": [at], "name": [name]}))
    dash = alt.Undefined if solid else [5, 4]
    rule = here.mark_rule(color=NEUTRAL, strokeWidth=2, strokeDash=dash).encode(x="at:Q")
    beyond = at > reach / 2
    word = here.mark_text(
        align="right" if beyond else "left", dx=-5 if beyond else 5, color=NEUTRAL, fontSize=12
    ).encode(x="at:Q", y=alt.value(7), text="name:N")
    return [rule, word]
