"""Colours, and arrays → Plotly figures for what has settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from plotly.graph_objects import Figure

    from siamese.verification import Curve

SAME = "#0E9F8E"  # two pictures of one person
DIFFERENT = "#E4672E"  # two people
ACCENT = "#5B5BD6"  # the thing that is spoken of
NEUTRAL = "#8A8F98"  # what it is compared with
LINES = (ACCENT, SAME, DIFFERENT, "#C9379D", "#2E8BE4", "#B8860B")
RAREST = 1e-3  # false accept rate at the left end of the axis


def ramp(stops: Sequence[str], steps: int) -> list[str]:
    """`steps` colours '#rrggbb' from the first of the stops to the last, straight between them."""
    known = np.array([[int(stop[k : k + 2], 16) for k in (1, 3, 5)] for stop in stops])
    places = np.linspace(0, len(stops) - 1, steps)
    mixed = [np.interp(places, np.arange(len(stops)), known[:, channel]) for channel in range(3)]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.rint(mixed).astype(int).T]


def person_colour(person: int) -> str:
    """A colour of their own for many people, by the golden angle."""
    return f"hsl({(person * 137.508 + 275) % 360:.0f}, 62%, {(58, 48, 66)[person % 3]}%)"


def cloud(
    placed: NDArray[np.float32],
    colours: Sequence[str],
    names: Sequence[str],
    rings: NDArray[np.bool_],
    faint: NDArray[np.bool_],
    lines: Sequence[tuple[int, int, str]] = (),
    large: Sequence[int] = (),
) -> Figure:
    """A map in three dimensions, (N, 3): a dot or a ring for each picture, in its colour.

    Those that are `faint` step back, those that are `large` stand out, `lines` join two of them.
    The number of a picture is the custom data of its point.
    """
    from plotly.graph_objects import Figure, Scatter3d

    figure = Figure()
    sizes = np.full(len(placed), 5.0)
    sizes[list(large)] = 12
    for ring in (False, True):
        for dim in (False, True):
            part = np.flatnonzero((rings == ring) & (faint == dim))
            if not len(part):
                continue
            x, y, z = placed[part].T
            figure.add_trace(
                Scatter3d(
                    x=x, y=y, z=z, mode="markers", customdata=part,
                    text=[names[int(i)] for i in part], hovertemplate="%{text}<extra></extra>",
                    opacity=0.12 if dim else 1,
                    marker={
                        "size": sizes[part], "color": [colours[int(i)] for i in part],
                        "symbol": "circle-open" if ring else "circle", "line": {"width": 0},
                    },
                )
            )  # fmt: skip
    for i, j, colour in lines:
        x, y, z = placed[[i, j]].T
        figure.add_trace(
            Scatter3d(
                x=x, y=y, z=z, mode="lines", line={"color": colour, "width": 4}, hoverinfo="skip"
            )
        )
    bare = {"showticklabels": False, "title": "", "showspikes": False, "showbackground": False}
    figure.update_layout(
        height=520,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        scene={
            "xaxis": bare,
            "yaxis": bare,
            "zaxis": bare,
            "aspectmode": "data",
            "camera": {"eye": {"x": 0.95, "y": 0.95, "z": 0.7}},
        },
        uirevision="cloud",
    )
    return figure


def roc(curves: Mapping[str, Curve]) -> Figure:
    """ROC curves by name: pairs of one person accepted, over those of two (log axis).

    Further up and further left is better. The dotted line, on which both errors are equally
    frequent, crosses each curve at its equal error rate.
    """
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    for (name, curve), colour in zip(curves.items(), LINES * len(curves), strict=False):
        far = curve.far.clip(min=RAREST / 2)
        figure.add_trace(
            Scatter(
                x=far,
                y=1 - curve.frr,
                name=name,
                mode="lines",
                line={"color": colour, "width": 2.5, "shape": "hv"},
                hovertemplate="accepts %{y:.1%} of the right ones<br>and %{x:.1%} of the strangers",
            )
        )
    equal = [RAREST, *(step / 100 for step in range(1, 100))]
    figure.add_trace(
        Scatter(
            x=equal,
            y=[1 - rate for rate in equal],
            mode="lines",
            line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
            name="equal errors",
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(
        type="log", range=[-3, 0], title="strangers accepted (FAR)", tickvals=[1e-3, 1e-2, 1e-1, 1],
        ticktext=["0.1 %", "1 %", "10 %", "100 %"],
    )  # fmt: skip
    figure.update_yaxes(range=[0, 1.02], title="right ones accepted", tickformat=".0%")
    figure.update_layout(
        height=420,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"x": 0.98, "y": 0.05, "xanchor": "right"},
    )
    return figure
