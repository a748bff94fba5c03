"""The pictures of the losses: Altair, updated in place while a slider moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts import KINDS, layered, upright
from siamese.plots import ACCENT, DIFFERENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.losslab import Plane

    Floats = NDArray[np.float64]

INK = "#30303A"


def curves(
    x: Floats,
    lines: Mapping[str, Floats],
    title: str,
    axis: str,
    *,
    rules: Mapping[str, float],
    point: tuple[float, float, str] | None,
    height: int = 245,
) -> alt.LayerChart:
    """Lines by kind of pair over x, upright rules by name, and the present pair as a point."""
    table = pd.concat(
        pd.DataFrame({"x": x, "y": values, "pair": kind}) for kind, values in lines.items()
    )
    line = (
        alt.Chart(table)
        .mark_line(strokeWidth=2.5)
        .encode(
            alt.X("x:Q", title=axis, axis=alt.Axis(grid=False, tickCount=5)),
            alt.Y("y:Q", title=title, axis=alt.Axis(tickCount=4)),
            color=alt.Color(
                "pair:N", scale=KINDS, legend=alt.Legend(orient="top", title=None, offset=0)
            ),
        )
    )
    reach = float(x.max())
    layers = [line, *(part for name, at in rules.items() for part in upright(at, name, reach))]
    if point:
        here = pd.DataFrame({"x": [point[0]], "y": [point[1]], "pair": [point[2]]})
        layers.append(
            alt.Chart(here)
            .mark_point(size=170, filled=True, stroke="white", strokeWidth=2, opacity=1)
            .encode(x="x:Q", y="y:Q", color=alt.Color("pair:N", scale=KINDS))
        )
    return layered(*layers).properties(height=height)


def heat(
    plane: Plane,
    axes: tuple[str, str],
    *,
    most: float,
    edges: Mapping[str, tuple[Floats, Floats]],
    words: Sequence[tuple[float, float, str]],
    point: tuple[float, float],
    arrows: bool = False,
    size: int = 230,
) -> alt.LayerChart:
    """A loss over a square: no loss is no colour, lines by name, words, arrows down the slope."""
    step = float(np.diff(np.unique(plane.x)).min())
    cells = pd.DataFrame({"x": plane.x, "y": plane.y, "loss": plane.value.clip(max=most)})
    cells["x2"], cells["y2"] = cells["x"] + step / 2, cells["y"] + step / 2
    cells["x"], cells["y"] = cells["x"] - step / 2, cells["y"] - step / 2
    low, high = float(plane.x.min()), float(plane.x.max())
    scale = alt.Scale(domain=[low, high], nice=False)
    ground = (
        alt.Chart(cells)
        .mark_rect(clip=True, color=DIFFERENT)
        .encode(
            alt.X(
                "x:Q",
                title=axes[0],
                scale=scale,
                axis=alt.Axis(grid=False, tickCount=5, labelFlush=True),
            ),
            alt.Y("y:Q", title=axes[1], scale=scale, axis=alt.Axis(grid=False, tickCount=5)),
            x2="x2:Q",
            y2="y2:Q",
            opacity=alt.Opacity(
                "loss:Q", scale=alt.Scale(domain=[0, most], range=[0, 0.95]), legend=None
            ),
            tooltip=[alt.Tooltip("loss:Q", format=".3f")],
        )
    )
    layers: list[alt.Chart] = [ground]
    if arrows:
        layers.append(downhill(plane))
    for name, (x, y) in edges.items():
        line = pd.DataFrame({"x": x, "y": y, "name": name, "order": range(len(x))})
        layers.append(
            alt.Chart(line)
            .mark_line(color=ACCENT, strokeWidth=2.5, clip=True)
            .encode(x="x:Q", y="y:Q", order="order:Q", tooltip="name:N")
        )
    said = pd.DataFrame(words, columns=["x", "y", "word"])
    layers.append(
        alt.Chart(said)
        .mark_text(fontSize=13, fontWeight=600, clip=True, color=INK)
        .encode(x="x:Q", y="y:Q", text="word:N")
    )
    here = pd.DataFrame({"x": [point[0]], "y": [point[1]]})
    layers.append(
        alt.Chart(here)
        .mark_point(size=170, filled=True, color=ACCENT, stroke="white", strokeWidth=2, opacity=1)
        .encode(x="x:Q", y="y:Q")
    )
    return layered(*layers).properties(
        width=size, height=size, autosize=alt.AutoSizeParams(type="pad")
    )  # without the axes: a circle is drawn round


def downhill(plane: Plane, every: int = 4) -> alt.Chart:
    """Where a step of training moves each place, longer where it moves further."""
    count = round(len(plane.x) ** 0.5)
    chosen = np.arange(len(plane.x)).reshape(count, count)[2::every, 2::every].ravel()
    right, up = -plane.along_x[chosen], -plane.along_y[chosen]
    length = np.hypot(right, up)
    table = pd.DataFrame(
        {
            "x": plane.x[chosen],
            "y": plane.y[chosen],
            "angle": np.degrees(np.arctan2(right, up)),  # from upwards, with the clock
            "length": length / max(float(length.max()), 1e-9),
        }
    )
    arrows: alt.Chart = (
        alt.Chart(table[table["length"] > 0.01])
        .mark_point(shape="arrow", filled=True, color=INK, opacity=0.75)
        .encode(
            x="x:Q",
            y="y:Q",
            angle=alt.Angle("angle:Q", scale=alt.Scale(domain=[0, 360], range=[0, 360])),
            size=alt.Size("length:Q", scale=alt.Scale(range=[40, 420]), legend=None),
        )
    )
    return arrows


def over_steps(lines: Mapping[str, NDArray[np.floating[Any]]], title: str) -> alt.LayerChart:
    """Mean distances while the points move; solid as it should be, dashed with the slip."""
    table = pd.concat(
        pd.DataFrame(
            {
                "step": np.arange(len(values)),
                "distance": values,
                "pair": name.partition(", ")[0],
                "sign": name.partition(", ")[2],
            }
        )
        for name, values in lines.items()
    )
    return layered(
        alt.Chart(table)
        .mark_line(strokeWidth=2.5)
        .encode(
            alt.X("step:Q", title="step", axis=alt.Axis(grid=False, tickCount=5)),
            alt.Y("distance:Q", title=title, axis=alt.Axis(tickCount=4)),
            color=alt.Color(
                "pair:N",
                scale=KINDS,
                legend=alt.Legend(orient="top", title=None, offset=0, columns=1),
            ),
            strokeDash=alt.StrokeDash(
                "sign:N",
                scale=alt.Scale(domain=["right sign", "flipped"], range=[[1, 0], [6, 4]]),
                legend=alt.Legend(orient="top", title=None, offset=0, columns=1),
            ),
        )
    ).properties(height=270)
