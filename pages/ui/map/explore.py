"""The map, and beside it a picked face with its neighbours in the space."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.facemap.facemap import Paint, facemap
from pages.ui.facemap.sprites import Sprites
from pages.ui.map import chosen, group, newcomers, spaces
from pages.ui.map.chosen import Chosen
from pages.ui.map.colours import choose_paint, told_apart
from pages.ui.map.picked import PickedFace, ask, lines, neighbourhood, pick, search
from pages.ui.map.spaces import METHODS, Drawing, Drawn, Space
from pages.ui.pictures import uri
from pages.ui.text import percent
from siamese import plots

STYLE = Path(__file__).with_suffix(".css")
POLL = 1.0  # seconds between two looks at a map that is on its way
LIVE = 3.0  # and at a net that trains
SHORT = 300  # steps of a run that is begun from here
MEANWHILE = {
    "umap": "UMAP is warming up, which takes a fresh server some seconds. Meanwhile this is PCA.",
    "tsne": "t-SNE is at work. Meanwhile this is PCA.",
    "pca": "",
}
LAID_OUT = {
    "umap": "Drawn by UMAP: sizes and gaps mean little.",
    "tsne": "Drawn by t-SNE: sizes and gaps mean little.",
    "pca": "Drawn by PCA: the directions of the largest spread.",
}


@dataclass(frozen=True, eq=False)
class Whom:
    """The people whose photos the figures beside a map are of."""

    words: str
    which: NDArray[np.bool_]  # (N,) True for their pictures

    def photos(self, space: Space) -> str:
        """How many there are, in words."""
        rows = self.which[space.rows]
        people = len(np.unique(space.labels(space.rows[rows])))
        return f"{int(rows.sum()):,} photos of {people:,} people {self.words}"


def explore(space: Space, drawing: Drawing) -> None:
    """The map; beside it a picked face with its neighbours in the space."""
    above = st.container()  # the map comes before its parameters
    drawing = spaces.refine(drawing, len(space))
    run = spaces.run_of(space.verifier)
    trains = bool(run and run.busy)
    waits = not spaces.draw(space, drawing).settled
    look = run.home if run else None

    @st.fragment(run_every=POLL if waits else LIVE if trains else None)
    def view() -> None:
        if run and run.home is not look:
            st.rerun()  # a new look at a net that trains
        drawn = spaces.draw(space, drawing, wait=0.05 if waits else spaces.WAIT)
        if (waits and drawn.settled) or (trains and run and not run.busy):
            st.rerun()
        _explored(space, drawing, drawn)
        if trains:
            st.caption("It trains: the map follows, each starting from the one before.")

    with above:
        view()


def _explored(space: Space, drawing: Drawing, drawn: Drawn) -> None:
    here = chosen.chosen(space)
    left, right = st.columns([8, 4], gap="large")
    with right:
        paint = choose_paint(space)
        lit = search(space)
        count = st.slider("Neighbours to show", 1, 24, 8, key="map_count", bind="query-params")
        if drawing.dimensions == 3:
            ask(space, here)
        picked = pick(space, here, count)
        if picked:
            neighbourhood(space, picked, here.pick)
        elif drawing.dimensions == 2:
            st.info(
                "**Click a face** to ask the space for its nearest neighbours. Drag with *Lasso* "
                "or *Box* (or with the Shift key) to catch a group.",
                icon=":material/touch_app:",
            )
    with left:
        if drawing.dimensions == 3:
            _in_space(space, drawn, here, paint, lit, picked)
        else:
            _on_paper(space, drawn, here, paint, lit, picked)
        st.caption(told(space, drawing, drawn))
        newcomers.newcomers(here)
    group.group(space, here)


def _on_paper(
    space: Space,
    drawn: Drawn,
    here: Chosen,
    paint: Paint | None,
    lit: NDArray[np.bool_] | None,
    picked: PickedFace | None,
) -> None:
    sprites = Sprites.of(space.faces.pictures)
    sprites.mount()
    guests = here.guests
    points = np.concatenate([drawn.placed, newcomers.seated(space, drawn.placed, guests)])
    labels = np.concatenate([space.faces.labels, 1_000_000 + np.arange(len(guests))])
    if lit is None and here.group:
        lit = np.isin(np.arange(len(space)), here.group)
    lit = lit if lit is None else _and(lit, len(guests), True)
    facemap(
        points,
        labels,
        [*space.names, *(guest.name for guest in guests)],
        sprites,
        key="map_map",
        height=560,
        caption_text=told_in_words(space, drawn),
        paint=paint and replace(paint, tints=_and(paint.tints, len(guests), -1)),
        hollow=_and(space.trained_on, len(guests), False) if not space.trained_on.all() else None,
        lit=lit,
        lines=lines(picked, here.pick) if picked else (),
        picked=here.pick,
        guests=[uri(guest.picture, side=112) for guest in guests],
        legend=told_apart(space.trained_on, paint),
        on_pick=here.take,
        on_group=here.catch,
    )


def _and(values: NDArray[Any], more: int, value: object) -> NDArray[Any]:
    return np.concatenate([values, np.full(more, value, values.dtype)])


def _in_space(
    space: Space,
    drawn: Drawn,
    here: Chosen,
    paint: Paint | None,
    lit: NDArray[np.bool_] | None,
    picked: PickedFace | None,
) -> None:
    guests = here.guests
    placed = np.concatenate([drawn.placed, newcomers.seated(space, drawn.placed, guests)])
    if paint is None:
        colours = [plots.person_colour(int(label)) for label in space.faces.labels]
    else:
        colours = [paint.palette[t] if t >= 0 else plots.NEUTRAL for t in paint.tints]
    rings = space.trained_on if not space.trained_on.all() else np.zeros(len(space), bool)
    faint = ~lit if lit is not None else np.zeros(len(space), bool)
    large = [*([here.pick] if picked else []), *range(len(space), len(placed))]
    event = st.plotly_chart(
        plots.cloud(
            placed,
            [*colours, *[plots.ACCENT] * len(guests)],
            [escape(name) for name in (*space.names, *(guest.name for guest in guests))],
            _and(rings, len(guests), False),
            _and(faint, len(guests), False),
            lines(picked, here.pick) if picked else (),
            large,
        ),
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
    legend = [*(paint.legend if paint else ()), *told_apart(space.trained_on, paint)]
    words = [
        f"{entry['low']} … {entry['high']}"
        if "colours" in entry
        else f"{'○' if entry.get('hollow') else '●'} {entry['text']}"
        for entry in legend
    ]
    st.caption(
        " · ".join(
            [
                *words,
                "Drag to turn, click to pick. Faces as points, and the lasso, need two dimensions.",
            ]
        )
    )


def told(space: Space, drawing: Drawing, drawn: Drawn) -> str:
    """What one sees, under the map."""
    new = len(np.unique(space.faces.labels[~space.trained_on]))
    old = len(space.faces.people) - new
    words = f"A dot is a photo: {len(space):,} of {len(space.faces.people):,} people"
    if old and new:
        words += f", {new} of whom the net has **never seen** (discs), {old} learnt from (rings)"
    elif old:
        words += ", **all of whom the net has learnt from**"
    else:
        words += ", none of whom the net has ever seen"
    waiting = "" if drawn.settled else f" **{MEANWHILE[drawing.method]}**"
    return f"{words}. {LAID_OUT[drawn.method]}{waiting}"


def whose(space: Space) -> Whom:
    """The people new to a net, or those whom it has learnt from where the others make no pairs."""
    new = Whom("new to the net", ~space.trained_on)
    return (
        new if space.scores_among(new.which) else Whom("whom the net learnt from", space.trained_on)
    )


def common(one: Space, other: Space) -> Whom:
    """Those by whom two nets can be compared: new to both. Without such people, everybody."""
    new = Whom("new to both nets", ~one.trained_on & ~other.trained_on)
    if one.scores_among(new.which):
        return new
    return Whom("here, from some of whom one of the nets has learnt", np.ones(len(one), bool))


def told_in_words(space: Space, drawn: Drawn, whom: Whom | None = None) -> str:
    """The map for those who cannot see it."""
    whom = whom or whose(space)
    words = f"{METHODS[drawn.method]} map of {len(space):,} photos under {space.verifier.name}."
    if found := space.scores_among(whom.which):
        words += (
            f" Among {whom.photos(space)}, the nearest other one shows the same person for "
            f"{percent(found.rank1)}; photos of one person are {found.same:.2f} apart on average, "
            f"of two {found.different:.2f}."
        )
    return words
