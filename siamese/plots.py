"""Colours, and arrays → Plotly figures for what has settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from siamese.verification import Curve

SAME = "#0E9F8E"  # two pictures of one person
DIFFERENT = "#E4672E"  # two people
ACCENT = "#5B5BD6"  # the thing that is spoken of
NEUTRAL = "#8A8F98"  # what it is compared with
LINES = (ACCENT, SAME, DIFFERENT, "#C9379D", "#2E8BE4", "#B8860B")
RAREST = 1e-3  # false accept rate at the left end of the axis


def roc(curves: Mapping[str, Curve]) -> Figure:
    """ROC curves by name: pairs of one person accepted, over strangers accepted (log axis).

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
