"""The map, and beside it a picked face with its neighbours in the space."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.map import chosen, group, newcomers, spaces
from pages.ui.map.colours import choose_paint
from pages.ui.map.drawing import METHODS, WAIT, Drawing, Drawn, draw, refine
from pages.ui.map.picked import ask, neighbourhood, pick, search
from pages.ui.map.scene import MapScene
from pages.ui.map.space import FaceSpace
from pages.ui.text import counted, percent

STYLE = Path(__file__).with_suffix(".css")
IN_SIGHT = "map_in_sight"  # key of the map, which stays beside what one asks it
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

    def photos(self, space: FaceSpace) -> str:
        """How many there are, in words."""
        rows = self.which[space.measured.rows]
        people = len(np.unique(space.measured.labels(space.measured.rows[rows])))
        photos = counted(int(rows.sum()), "photo")
        return f"{photos} of {counted(people, 'person', 'people')} {self.words}"


def explore(space: FaceSpace, drawing: Drawing) -> None:
    """The map; beside it a picked face with its neighbours in the space."""
    above = st.container()  # the map comes before its parameters
    drawing = refine(drawing, len(space))
    run = spaces.run_of(space.verifier)
    trains = bool(run and run.busy)
    waits = not draw(space, drawing).settled
    look = run.home if run else None

    @st.fragment(run_every=POLL if waits else LIVE if trains else None)
    def view() -> None:
        if run and run.home is not look:
            st.rerun()  # a new look at a net that trains
        drawn = draw(space, drawing, wait=0.05 if waits else WAIT)
        if (waits and drawn.settled) or (trains and run and not run.busy):
            st.rerun()
        _explored(space, drawing, drawn)
        if trains:
            st.caption("It trains: the map follows, each starting from the one before.")

    with above:
        view()


def _explored(space: FaceSpace, drawing: Drawing, drawn: Drawn) -> None:
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
        scene = MapScene(space, drawn.placed, here, paint, lit, picked)
        if drawing.dimensions == 3:
            scene.in_space()
        else:
            with st.container(key=IN_SIGHT):
                scene.on_paper(told_in_words(space, drawn))
        st.caption(told(space, drawing, drawn))
        newcomers.newcomers(here)
    group.group(space, here)


def told(space: FaceSpace, drawing: Drawing, drawn: Drawn) -> str:
    """What one sees, under the map."""
    new = len(np.unique(space.faces.labels[~space.trained_on]))
    old = len(space.faces.people) - new
    people = counted(len(space.faces.people), "person", "people")
    words = f"A dot is a photo: {len(space):,} of {people}"
    if old and new:
        words += f", {new} of whom the net has **never seen** (discs), {old} learnt from (rings)"
    elif old:
        words += ", **all of whom the net has learnt from**"
    else:
        words += ", none of whom the net has ever seen"
    waiting = "" if drawn.settled else f" **{MEANWHILE[drawing.method]}**"
    return f"{words}. {LAID_OUT[drawn.method]}{waiting}"


def whose(space: FaceSpace) -> Whom:
    """The people new to a net, or those whom it has learnt from where the others make no pairs."""
    new = Whom("new to the net", ~space.trained_on)
    is_scored = space.measured.scores_among(new.which)
    return new if is_scored else Whom("whom the net learnt from", space.trained_on)


def common(one: FaceSpace, other: FaceSpace) -> Whom:
    """Those by whom two nets can be compared: new to both. Without such people, everybody."""
    new = Whom("new to both nets", ~one.trained_on & ~other.trained_on)
    if one.measured.scores_among(new.which):
        return new
    return Whom("here, from some of whom one of the nets has learnt", np.ones(len(one), bool))


def told_in_words(space: FaceSpace, drawn: Drawn, whom: Whom | None = None) -> str:
    """The map for those who cannot see it."""
    whom = whom or whose(space)
    photos = counted(len(space), "photo")
    words = f"{METHODS[drawn.method]} map of {photos} under {space.verifier.name}."
    if found := space.measured.scores_among(whom.which):
        words += (
            f" Among {whom.photos(space)}, the nearest other one shows the same person for "
            f"{percent(found.rank1)}; photos of one person are {found.same:.2f} apart on average, "
            f"of two {found.different:.2f}."
        )
    return words
