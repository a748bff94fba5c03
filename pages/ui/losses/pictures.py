"""The picture of each loss at the present numbers."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.charts import kept, plot
from pages.ui.losses import charts
from pages.ui.losses.numbers import LINE, Numbers, value_of
from siamese import losslab

GRID = 33  # places a side of a plane
IN_SIGHT = "losses_in_sight"  # key of the picture that stays beside the controls


def _contrastive_picture(n: Numbers) -> None:
    kinds = {"same person": True, "two people": False}
    both = {
        kind: losslab.value_and_slopes(losslab.contrastive(same, n["m"]), LINE)
        for kind, same in kinds.items()
    }
    kind = "same person" if n["Y"] else "two people"
    value, (slope,) = losslab.value_and_slopes(losslab.contrastive(bool(n["Y"]), n["m"]), [n["D"]])
    rules = {"margin": n["m"]} if n["m"] <= 2 else {}
    values = {name: loss for name, (loss, _) in both.items()}
    slopes = {name: along for name, (_, (along,)) in both.items()}
    for key, title, what, lines, here in (
        ("losses_values", "loss", "Loss", values, float(value[0])),
        ("losses_slopes", "slope", "Slope of the loss", slopes, float(slope[0])),
    ):
        point = n["D"], here, kind
        plot(
            kept(charts.curves, LINE, lines, title, "distance D", rules=rules, point=point),
            st.container(key=IN_SIGHT) if title == "loss" else None,
            key=key,
            alt=f"{what} against distance. At {n['D']:.2f}, {kind}: {here:.3f}.",
        )
    st.caption(in_words(float(slope[0]), n["m"]))


def in_words(slope: float, margin: float) -> str:
    """What a step of training does to the pair, and what the margin can do on the sphere."""
    if slope > 0:
        words = f"Slope {slope:.2f}: a step pulls the two **together**."
    elif slope < 0:
        words = f"Slope {slope:.2f}: a step pushes the two **apart**."
    else:
        words = "Slope 0: a step **leaves them alone**."
    if margin > 2:
        words += (
            f" On the unit sphere nothing is further apart than 2, so with a margin of {margin:.2f}"
            f" every pair of strangers keeps a loss of at least (m − 2)² = "
            f"{losslab.least_push(margin):.2f}."
        )
    return words


def _two_squares() -> list[DeltaGenerator]:
    """Places for two pictures of a plane, side by side where there is room."""
    row = st.container(horizontal=True, key="losses_row")
    return [row.container(width=300, key=key) for key in (IN_SIGHT, "losses_beside")]


def _picture(place: DeltaGenerator, name: str, key: str, words: str, chart: alt.LayerChart) -> None:
    place.markdown(f"**{name}**")
    plot(chart, place, width="content", key=key, alt=f"{name}: {words}")


def _triplet_picture(n: Numbers) -> None:
    margin, point = n["m"], (n["n"], n["p"])
    far = np.array([-1.0, 3.0])
    hinge, soft = _two_squares()
    # The plane is drawn with the stranger to the right and the same person upwards.
    for place, name, m in ((hinge, "Hinge", margin), (soft, "Soft margin", None)):
        loss = losslab.triplet(m)
        seen = losslab.plane(lambda x, y, loss=loss: loss(y, x), 0, 2, GRID)
        edges = {"as far as each other": (far, far)}
        words = [(1.6, 0.35, "easy")] if m is None else [(min(1.62, 1 + margin), 0.2, "easy: 0")]
        if m is not None:
            edges["a margin further"] = (far + margin, far)
            words += [(0.45, 1.6, "hard")]
            words += [(1.15 + margin / 2, 1.15, "semi-hard")] if margin > 0.15 else []
        told = f"loss over both distances; here {value_of(loss, n['p'], n['n']):.3f}."
        axes, most = ("d(a,n)", "d(a,p)"), 2 + margin
        chart = charts.heat(seen, axes, most=most, edges=edges, words=words, point=point)
        _picture(place, name, f"losses_plane_{name}", told, chart)
    kind = losslab.kind_of_triplet(n["p"], n["n"], margin)
    kind_told = {
        "easy": "an **easy** triplet: the stranger is a margin further away, the hinge is 0 and "
        "rests",
        "semi-hard": "a **semi-hard** triplet: the stranger is further away, but not by a margin",
        "hard": "a **hard** triplet: the stranger is nearer than the same person",
    }[kind]
    st.caption(
        f"This is {kind_told}. With the soft margin its loss is "
        f"{value_of(losslab.triplet(None), n['p'], n['n']):.3f}."
    )


def _circle_picture(n: Numbers) -> None:
    margin, point = n["m"], (n["sn"], n["sp"])
    one, two = _two_squares()
    round_, straight = losslab.circle(margin, n["g"]), losslab.triplet(margin)
    angle = np.linspace(0, 2 * np.pi, 121)
    radius = math.sqrt(2) * margin
    line = np.array([-0.6, 1.2])
    pictures = (
        (
            one,
            "Circle",
            losslab.plane(round_, -0.25, 1, GRID),
            {"decision circle": (radius * np.cos(angle), 1 + radius * np.sin(angle))},
            [(-0.08, 0.94, "rest")],
        ),
        (
            two,
            "Triplet, on cosines",
            losslab.plane(straight, -0.25, 1, GRID),
            {"decision line": (line, line + margin)},
            [(-0.08, 0.94, "rest")],
        ),
    )
    for place, name, seen, edges, words in pictures:
        told = "loss over both cosines, arrows where training moves them."
        axes, most = ("s_n: stranger", "s_p: same person"), float(np.quantile(seen.value, 0.95))
        chart = charts.heat(
            seen, axes, most=most, edges=edges, words=words, point=point, arrows=True
        )
        _picture(place, name, f"losses_circle_{name.split()[0]}", told, chart)
    _, (push, pull) = losslab.value_and_slopes(round_, [n["sn"]], [n["sp"]])
    st.caption(
        f"Circle: this stranger is pushed with a force of {abs(push[0]):.2f}, this photo of the "
        f"same person pulled with {abs(pull[0]):.2f}: each by its own weight, and alike only where "
        "s_n = 1 − s_p. **Triplet pushes and pulls equally hard wherever its loss is above 0**, "
        "so all places on the line are as good. Circle aims at one corner, top "
        "left, and its edge is the circle s_n² + (s_p − 1)² = 2m²."
    )


def _bce_picture(n: Numbers) -> None:
    logits = np.linspace(-8, 8, 161)
    kind = "same person" if n["Y"] else "two people"
    value = value_of(losslab.cross_entropy(bool(n["Y"])), n["z"])
    lines = {
        "same person": losslab.value_and_slopes(losslab.cross_entropy(True), logits)[0],
        "two people": losslab.value_and_slopes(losslab.cross_entropy(False), logits)[0],
    }
    plot(
        kept(
            charts.curves,
            logits, lines, "loss", "logit z", rules={"undecided": 0.0}, point=(n["z"], value, kind),
            height=300,
        ),
        st.container(key=IN_SIGHT),
        key="losses_bce",
        alt=f"Loss against the logit. At {n['z']:.2f}, {kind}: {value:.3f}.",
    )  # fmt: skip
    st.markdown(
        "**What it sees:** one number for each pair, and whether it should have been high or low. "
        "It never rests: even a right answer is pushed to be more certain.\n\n"
        "**What it cannot see:** the embeddings. Two pairs with the same *z* have the same loss, "
        "however differently their faces lie. There is no margin, and nothing asks that the "
        "embeddings of one person lie together; the head *w* sorts that out, for pairs alone."
    )


PICTURES = {
    "contrastive": _contrastive_picture,
    "triplet": _triplet_picture,
    "circle": _circle_picture,
    "bce": _bce_picture,
}
