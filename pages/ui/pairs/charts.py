"""The charts of the pairs page: Altair, updated in place while the threshold moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts import layered
from pages.ui.text import percent
from siamese.plots import ACCENT, DIFFERENT, NEUTRAL, SAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siamese.pairs import Pairs, Trial
    from siamese.verification import Curve, Rates

    Floats = NDArray[np.float64]

POINTS = 260  # of a curve: more cannot be seen
RAREST = 5e-4  # the smallest error rate that is drawn
TICKS = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95)
HERE, EVEN = "this threshold", "equal errors"
HEIGHT = 290
MOST_BARS = 64


def deviate(rate: Floats | float) -> Floats:
    """Error rates → quantiles of the normal distribution, the axes of a DET curve: two bell-shaped
    hills then give a straight line. Martin et al. 1997, 'The DET curve in assessment of detection
    task performance'."""
    quantile = NormalDist().inv_cdf
    clipped = np.clip(np.atleast_1d(rate), RAREST, 1 - RAREST)
    return np.array([quantile(float(one)) for one in clipped])


def thinned(points: Curve) -> tuple[Floats, Floats]:
    """FAR and FRR at so many points of a curve that no more could be seen."""
    steps = np.abs(np.diff(np.log10(points.far.clip(RAREST)))) / 3.3
    steps += np.abs(np.diff(points.frr)) + np.abs(np.diff(points.far))
    way = np.append(0, np.cumsum(steps))
    keep = np.unique(np.searchsorted(way, np.linspace(0, way[-1], POINTS)).clip(0, len(way) - 1))
    return points.far[keep], points.frr[keep]


def roc(pairs: Pairs, at: Rates) -> alt.LayerChart:
    """Right ones accepted over strangers accepted (log axis); where errors are equal, and where
    the threshold stands."""
    far, frr = thinned(pairs.points)
    eer = pairs.equal_error[0]
    x = alt.X(
        "far:Q",
        title="strangers accepted (FAR)",
        scale=alt.Scale(type="log", domain=[RAREST, 1]),
        axis=alt.Axis(values=[0.001, 0.01, 0.1, 1], format="~%", grid=False),
    )
    y = alt.Y(
        "tar:Q",
        title="right ones accepted",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="~%", tickCount=5),
    )
    even = np.geomspace(RAREST, 1, 60)
    return _operating(
        pd.DataFrame({"far": far.clip(RAREST), "tar": 1 - frr}),
        pd.DataFrame({"far": even, "tar": 1 - even}),
        pd.DataFrame(
            {
                "far": np.clip([at.far, eer], RAREST, 1),
                "tar": [1 - at.frr, 1 - eer],
                "name": [HERE, EVEN],
            }
        ),
        x,
        y,
    )


def det(pairs: Pairs, at: Rates) -> alt.LayerChart:
    """Right ones rejected over strangers accepted, both axes by normal deviates."""
    far, frr = thinned(pairs.points)
    eer = pairs.equal_error[0]
    most = 0.6 if eer < 0.3 else 0.97  # the error rate at the end of both axes
    places = {tick: float(deviate(tick)[0]) for tick in TICKS if tick < most}
    words = ", ".join(f"'{round(100 * at)}': '{100 * tick:g} %'" for tick, at in places.items())
    axis = alt.Axis(
        values=list(places.values()),
        labelExpr=f"{{{words}}}['' + round(100 * datum.value)]",
        grid=True,
        gridOpacity=0.35,
    )
    edge = float(deviate(RAREST)[0]), float(deviate(most)[0])
    scale = alt.Scale(domain=list(edge), nice=False, zero=False)
    inside = (frr > 0) & (far > 0) & (frr < most) & (far < most)
    return _operating(
        pd.DataFrame({"far": deviate(far[inside]), "frr": deviate(frr[inside])}),
        pd.DataFrame({"far": edge, "frr": edge}),
        pd.DataFrame(
            {
                "far": deviate(np.array([at.far, eer])).clip(*edge),
                "frr": deviate(np.array([at.frr, eer])).clip(*edge),
                "name": [HERE, EVEN],
            }
        ),
        alt.X("far:Q", title="strangers accepted (FAR)", scale=scale, axis=axis),
        alt.Y("frr:Q", title="right ones rejected (FRR)", scale=scale, axis=axis),
    )


def _operating(
    curve: pd.DataFrame, even: pd.DataFrame, marks: pd.DataFrame, x: alt.X, y: alt.Y
) -> alt.LayerChart:
    """A curve, the line of equal errors, and two points on it."""
    line = alt.Chart(curve).mark_line(
        color=ACCENT, strokeWidth=2.5, interpolate="step-after", clip=True
    )
    dotted = alt.Chart(even).mark_line(color=NEUTRAL, strokeDash=[2, 4], clip=True)
    colour = alt.Color(
        "name:N",
        scale=alt.Scale(domain=[HERE, EVEN], range=[DIFFERENT, NEUTRAL]),
        legend=alt.Legend(orient="top", title=None, offset=0, symbolType="circle", symbolSize=140),
    )
    dot, ring = (
        alt.Chart(marks[marks["name"] == name])
        .mark_point(opacity=1, **pair_set)
        .encode(x, y, colour)
        for name, pair_set in (
            (HERE, {"filled": True, "size": 190}),
            (EVEN, {"filled": False, "size": 330, "strokeWidth": 2.5}),
        )
    )
    order = alt.Order(f"{x.shorthand.split(':')[0]}:Q")
    return layered(dotted.encode(x, y), line.encode(x, y, order=order), ring, dot).properties(
        height=HEIGHT
    )


def codes(a: Floats, b: Floats, parts: Floats, names: tuple[str, str], top: int) -> alt.LayerChart:
    """Two embeddings (D,) as bars, one above the other, and below what each coordinate adds to the
    difference (`parts`, (D,)); the `top` that add most stand out. Each row has its own height."""
    rank = np.argsort(-parts, kind="stable")
    kept = np.sort(rank[:MOST_BARS])
    most = float(max(np.abs(a).max(), np.abs(b).max())) or 1.0
    rows = (
        (names[0], a / most, 3.3),
        (names[1], b / most, 1.1),
        ("what it adds to the difference", parts / (float(np.abs(parts).max()) or 1.0), -1.1),
    )
    table = pd.concat(
        pd.DataFrame(
            {
                "place": range(len(kept)),
                "coordinate": kept + 1,
                "value": values[kept],
                "row": row,
                "base": base,
                "tip": base + values[kept],
                "most": np.isin(kept, rank[:top]),
            }
        )
        for row, values, base in rows
    )
    y = alt.Y("tip:Q", axis=None, scale=alt.Scale(domain=[-1.3, 4.6], nice=False))
    x = alt.X(
        "place:O", title="coordinates of the embedding", axis=alt.Axis(labels=False, ticks=False)
    )
    bars = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x,
            y,
            alt.Y2("base:Q"),
            color=alt.condition("datum.most", alt.value(DIFFERENT), alt.value(ACCENT)),
            tooltip=["row:N", "coordinate:O", alt.Tooltip("value:Q", format=".2f")],
        )
    )
    grounds = (
        alt.Chart(pd.DataFrame({"tip": [base for *_, base in rows]}))
        .mark_rule(color=NEUTRAL, strokeWidth=1)
        .encode(y=y)
    )
    said = pd.DataFrame({"tip": [4.45, 2.25, 0.05], "row": [name for name, *_ in rows]})
    words = (
        alt.Chart(said)
        .mark_text(align="left", fontSize=13, fontWeight=600, color=NEUTRAL)
        .encode(y=y, x=alt.value(0), text="row:N")
    )
    return layered(grounds, bars, words).properties(height=330)


def trials(told: Sequence[Trial], far: float, chosen: int) -> alt.LayerChart:
    """Hoped for and got, draw by draw: how many strangers the threshold lets in after all."""
    table = pd.DataFrame(
        {
            "draw": range(1, len(told) + 1),
            "hoped": [one.hoped.far for one in told],
            "got": [one.got.far for one in told],
            "this one": [number == chosen for number in range(len(told))],
        }
    )
    top = max(2.2 * far, 1.08 * float(table[["hoped", "got"]].to_numpy().max()))
    y = alt.Y(
        "got:Q",
        title="strangers accepted (FAR)",
        scale=alt.Scale(domain=[0, top]),
        axis=alt.Axis(format="~%", tickCount=5),
    )
    x = alt.X("draw:O", title="drawing of the two halves", axis=alt.Axis(labelAngle=0))
    base = alt.Chart(table)
    rule = (
        alt.Chart(pd.DataFrame({"got": [far]}))
        .mark_rule(color=NEUTRAL, strokeDash=[5, 4], strokeWidth=1.5)
        .encode(y=y)
    )
    strength = alt.condition("datum['this one']", alt.value(1), alt.value(0.4))
    stems = base.mark_rule(strokeWidth=2.5, color=NEUTRAL).encode(
        x, alt.Y("hoped:Q"), alt.Y2("got:Q"), opacity=strength
    )
    long = table.melt(["draw", "this one"], ["hoped", "got"], "which", "rate")
    long["which"] = long["which"].map({"hoped": "on the half chosen on", "got": "on the other"})
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=120)
        .encode(
            x,
            alt.Y("rate:Q", scale=alt.Scale(domain=[0, top])),
            color=alt.Color(
                "which:N",
                scale=alt.Scale(
                    domain=["on the half chosen on", "on the other"], range=[ACCENT, DIFFERENT]
                ),
                legend=alt.Legend(orient="top", title=None, offset=0),
            ),
            opacity=strength,
        )
    )
    return layered(rule, stems, dots).properties(height=230)


def margins(rows: pd.DataFrame, marks: pd.DataFrame) -> alt.LayerChart:
    """Nets under one another on one axis of distances: where most pairs of each kind lie (`rows`:
    net, kind, low, high), and their margins and thresholds (`marks`: net, what, distance)."""
    order = list(dict.fromkeys(rows["net"]))
    y = alt.Y(
        "net:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150)
    )
    x = alt.X("low:Q", title="distance", axis=alt.Axis(grid=False), scale=alt.Scale(zero=True))
    bands = (
        alt.Chart(rows)
        .mark_bar(opacity=0.45, height=15, cornerRadius=4)
        .encode(
            x,
            y,
            x2="high:Q",
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["one person", "two people"], range=[SAME, DIFFERENT]),
                legend=alt.Legend(orient="top", title=None, offset=0, columns=1),
            ),
        )
    )
    shapes = (
        alt.Chart(marks)
        .mark_point(filled=True, size=190, opacity=1, stroke="white", strokeWidth=1.5)
        .encode(
            alt.X("distance:Q"),
            y,
            shape=alt.Shape(
                "what:N",
                scale=alt.Scale(domain=["margin", "threshold"], range=["diamond", "circle"]),
                legend=alt.Legend(orient="top", title=None, offset=0, columns=1, symbolSize=130),
            ),
            color=alt.condition("datum.what == 'margin'", alt.value("#C9379D"), alt.value(ACCENT)),
            tooltip=["net:N", "what:N", alt.Tooltip("distance:Q", format=".2f")],
        )
    )
    return layered(bands, shapes).properties(height=44 * len(order) + 10)


def trap(rates: Mapping[str, float]) -> alt.LayerChart:
    """Equal error rates by where the pairs come from; the last one is the honest one."""
    table = pd.DataFrame({"who": list(rates), "rate": list(rates.values())})
    table["word"] = [percent(rate) for rate in rates.values()]
    table["honest"] = table["who"] == table["who"].iloc[-1]
    base = alt.Chart(table).encode(
        alt.Y(
            "who:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=260)
        ),
        alt.X(
            "rate:Q",
            title=None,
            axis=None,
            scale=alt.Scale(domain=[0, 1.25 * max(0.02, *rates.values())]),
        ),
    )
    bars = base.mark_bar(cornerRadiusEnd=4, height=22).encode(
        color=alt.condition("datum.honest", alt.value(ACCENT), alt.value(NEUTRAL))
    )
    words = base.mark_text(align="left", dx=6, fontSize=13, color=NEUTRAL).encode(text="word:N")
    return layered(bars, words).properties(height=42 * len(table))
