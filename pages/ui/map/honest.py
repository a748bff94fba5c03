"""How honest a map is: the same space drawn in other ways, and your own hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.charts import KINDS, kept, plot
from pages.ui.facemap.facemap import facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.map.drawing import SEED, Drawing, Drawn, refine
from pages.ui.map.explore import IN_SIGHT, told, told_in_words
from pages.ui.map.side_by_side import once_drawn
from pages.ui.map.space import FaceSpace, Floats
from pages.ui.text import percent
from siamese import neighbours

TRICKS: dict[str, dict[str, dict[str, Any]]] = {
    "umap": {
        "Swell": {"map_dist": 0.9},
        "Pack tight": {"map_dist": 0.0},
        "Tear apart": {"map_near": 3},
        "Draw together": {"map_near": 80},
        "Another seed": {},
        "As usual": {"map_dist": 0.1, "map_near": 15, SEED: 0, "map_metric": "euclidean"},
    },
    "tsne": {
        "Tear apart": {"map_perplexity": 4},
        "Draw together": {"map_perplexity": 80},
        "Another seed": {},
        "As usual": {"map_perplexity": 30, SEED: 0, "map_metric": "euclidean"},
    },
    "pca": {},
}


def honest(space: FaceSpace, drawing: Drawing) -> None:
    """Play with the map's parameters: the map changes, the space does not."""
    left, right = st.columns([7, 5], gap="large")
    with right:
        drawing = _tricks(space, drawing)
    both = [(space, each) for each in (Drawing(drawing.method), drawing)]

    def mine(drawn: list[Drawn]) -> None:
        _mine(space, drawing, drawn[1])

    def compared(drawn: list[Drawn]) -> None:
        _compared(space, [each.placed for each in drawn])

    with left:
        once_drawn(both, mine)
    once_drawn(both, compared)


def _tricks(space: FaceSpace, drawing: Drawing) -> Drawing:
    """What changes the map, beside it: buttons, and the parameters that they move."""
    st.markdown(
        "**The space stands still; only its picture changes.** Groups grow, shrink and move. The "
        "distances in the net's space, which decide who is who, stay what they are."
    )
    with st.container(horizontal=True, gap="small"):
        for words, values in TRICKS[drawing.method].items():
            st.button(words, on_click=_put, args=[values], key=f"map_trick_{words}")
    return refine(replace(drawing, dimensions=2), len(space), folded=False)


def _mine(space: FaceSpace, drawing: Drawing, drawn: Drawn) -> None:
    sprites = Sprites.of(space.faces)
    sprites.mount()
    with st.container(key=IN_SIGHT):
        facemap(
            drawn.placed,
            space.faces.labels,
            space.names,
            sprites,
            key="map_honest",
            height=480,
            caption_text=told_in_words(space, drawn),
            hollow=space.trained_on if not space.trained_on.all() else None,
        )
    st.caption(told(space, drawing, drawn))


def _put(values: dict[str, Any]) -> None:
    """Move the controls of the map. For callbacks."""
    another = {SEED: (st.session_state.get(SEED, 0) + 1) % 10_000}
    for key, value in (values or another).items():
        st.session_state[key] = value


def _compared(space: FaceSpace, maps: list[Floats]) -> None:
    measured = space.measured
    labels, shown = measured.labels(measured.rows), [placed[measured.rows] for placed in maps]
    try:
        rows = [apart(measured.matrix, labels), *(apart_on(placed, labels) for placed in shown)]
        sketches = [neighbours.sketch(measured.matrix, placed, labels) for placed in shown]
    except ValueError:
        st.info("There are not both kinds of pairs among these faces, so nothing to compare.")
        return
    usual, yours = sketches
    (near, far), *shares = rows
    table = {
        "": ["in the space", "map, as usual", "your map"],
        "same person apart": [f"{near:.2f}", *(percent(same) for same, _ in shares)],
        "two people apart": [f"{far:.2f}", *(percent(different) for _, different in shares)],
        "ratio": [f"1 : {b / max(a, 1e-9):.1f}" for a, b in rows],
        "trustworthiness": ["", f"{usual.trustworthiness:.3f}", f"{yours.trustworthiness:.3f}"],
        "rank correlation": ["", f"{usual.correlation:.2f}", f"{yours.correlation:.2f}"],
    }
    left, right = st.columns([5, 7], gap="large")
    left.table(pd.DataFrame(table).set_index("").T)
    plot(kept(scatter, yours), right, key="map_scatter", alt=sketched(yours))
    right.caption(
        "Each dot is a pair of photos: how far apart in the space, how far on your map (shares of "
        "the map's width). On a true map all dots would lie on one line. " + sketched(yours)
    )
    left.caption(
        "*Trustworthiness* (Venna and Kaski 2001) is 1 if nobody is a neighbour on the map who is "
        f"none in the space; here among the {yours.neighbours} nearest. A trustworthy map still "
        "lies about sizes and gaps."
    )


def apart(matrix: NDArray[Any], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Mean distance of two pictures of one person, and of two people."""
    i, j = np.triu_indices(len(labels), 1)
    same = labels[i] == labels[j]
    if same.all() or not same.any():
        raise ValueError("Needs pairs of both kinds.")
    distance = matrix[i, j]
    return float(distance[same].mean()), float(distance[~same].mean())


def apart_on(placed: Floats, labels: NDArray[np.int64]) -> tuple[float, float]:
    """Likewise on a map, as shares of its width."""
    width = max(float(np.ptp(placed, axis=0).max()), 1e-12)
    matrix = np.linalg.norm(placed[:, None] - placed[None], axis=-1) / width
    return apart(matrix, labels)


def sketched(it: neighbours.Sketch) -> str:
    return (
        f"Over {len(it.is_same):,} pairs the two distances have a rank correlation of "
        f"{it.correlation:.2f}; trustworthiness {it.trustworthiness:.3f}."
    )


def scatter(it: neighbours.Sketch) -> alt.Chart:
    frame = pd.DataFrame(
        {
            "space": it.in_space,
            "map": it.on_map,
            "pair": np.where(it.is_same, "same person", "two people"),
        }
    )
    points: alt.Chart = (
        alt.Chart(frame)
        .mark_circle(size=16, opacity=0.45)
        .encode(
            alt.X("space:Q", title="distance in the space"),
            alt.Y("map:Q", title="distance on your map", axis=alt.Axis(format="%")),
            alt.Color(
                "pair:N",
                scale=KINDS,
                legend=alt.Legend(orient="top", title=None),
            ),
        )
        .properties(height=260)
    )
    return points
