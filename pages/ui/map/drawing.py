"""How the map of a space is drawn, and the map."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future, TimeoutError
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import streamlit as st

from pages.ui.frame import more
from pages.ui.map.space import FaceSpace, Floats
from siamese import projection

Kept = TypeVar("Kept", "Drawn", Future[Any])
SEED = "map_seed"  # key of a control, which another view moves
METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
WAIT = 1.6  # seconds that a page waits for a map before it shows another one meanwhile
MAPS = 24  # of one space that are kept


@dataclass(frozen=True)
class Drawing:
    """How a map is drawn."""

    method: str = "umap"  # of `projection.PROJECTIONS`
    dimensions: int = 2
    seed: int = 0
    neighbours: int = projection.NEIGHBOURS  # UMAP only, as the next
    min_dist: float = projection.MIN_DIST
    perplexity: float = projection.PERPLEXITY  # t-SNE only
    metric: str = "euclidean"  # UMAP and t-SNE

    @property
    def choices(self) -> dict[str, Any]:
        """What `projection.project` is told."""
        names = {
            "pca": (),
            "tsne": ("perplexity", "metric"),
            "umap": ("neighbours", "min_dist", "metric"),
        }[self.method]
        return {name: getattr(self, name) for name in ("dimensions", "seed", *names)}

    def recipe(self, count: int) -> str:
        """The exact call, as Python."""
        return projection.recipe(self.method, count, **self.choices)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A map and what is to be known of it."""

    placed: Floats  # (N, 2 or 3)
    method: str  # that drew it
    settled: bool  # False: another map is on its way


def refine(drawing: Drawing, count: int, folded: bool = True) -> Drawing:
    """The method's parameters, and folded away the exact call for `count` points."""
    if not folded:
        chosen = replace(_parameters(drawing.method), dimensions=drawing.dimensions)
    with more("More: parameters, and the exact call" if folded else "The exact call"):
        if folded:
            chosen = replace(_parameters(drawing.method), dimensions=drawing.dimensions)
        st.code(chosen.recipe(count), language="python", wrap_lines=True)
        st.caption(
            "`embedding` is what the download below holds. The result is centred, and a map by "
            "UMAP is scaled to one size, because its size means nothing."
        )
    return chosen


def _parameters(method: str) -> Drawing:
    usual = Drawing()
    if method == "pca":
        st.caption("PCA has no parameters: the two or three directions with the largest spread.")
        return Drawing("pca")
    one, two = st.columns(2)
    if method == "umap":
        near: int = one.slider(
            "n_neighbors", 2, 100, usual.neighbours, key="map_near", bind="query-params",
            help="How many neighbours each point holds on to: few show small groups, many the "
            "large picture.",
        )  # fmt: skip
        dist: float = two.slider(
            "min_dist", 0.0, 0.99, usual.min_dist, 0.01, key="map_dist", bind="query-params",
            help="How close points may be packed on the map.",
        )  # fmt: skip
        drawing = Drawing("umap", neighbours=near, min_dist=dist)
    else:
        perplexity: int = one.slider(
            "perplexity", 2, 100, int(usual.perplexity), key="map_perplexity", bind="query-params",
            help="About how many neighbours each point holds on to.",
        )  # fmt: skip
        drawing = Drawing("tsne", perplexity=float(perplexity))
    metric: str = one.selectbox(
        "metric", projection.METRICS, key="map_metric", bind="query-params",
        help="How the map measures the embeddings. The net's own distance stays as it is.",
    )  # fmt: skip
    seed: int = two.number_input("seed", 0, 9999, 0, key=SEED, bind="query-params")
    return replace(drawing, metric=metric, seed=seed)


def draw(space: FaceSpace, drawing: Drawing, wait: float = WAIT) -> Drawn:
    """The map, drawn by the workers of the server. While it is not ready, one by PCA."""
    kept = space.maps.get(drawing)
    if isinstance(kept, Drawn):
        return kept
    if drawing.method == "pca" or len(space) < projection.FEWEST:
        placed = projection.project(space.embedding, "pca", dimensions=drawing.dimensions)
        return _keep(space.maps, drawing, Drawn(placed, "pca", True))
    try:
        if kept is None:
            kept = _keep(space.maps, drawing, _laid_out(space, drawing))
        placed, method = kept.result(wait)
    except TimeoutError:
        return _meanwhile(space, drawing)
    except (BrokenExecutor, OSError):  # the worker has died, or there is none to be had
        _forget(space, drawing)  # the next look asks another
        return _meanwhile(space, drawing)
    if method != drawing.method:  # UMAP is not ready there
        _forget(space, drawing)
        return Drawn(placed, method, False)
    return _keep(space.maps, drawing, Drawn(placed, method, True))


def _laid_out(space: FaceSpace, drawing: Drawing) -> Future[Any]:
    """A map that goes on from the one before is the visitor's; a fresh one is everybody's."""
    from siamese import jobs

    is_fresh = space.before is None or space.before.shape[1] != drawing.dimensions
    choices = drawing.choices | ({} if is_fresh else {"start": space.before})
    shared = space.measured.layouts if is_fresh else {}
    found = shared.get(drawing) or jobs.processes().submit(
        jobs.lay_out, space.embedding, drawing.method, choices
    )
    return _keep(shared, drawing, found)


def _forget(space: FaceSpace, drawing: Drawing) -> None:
    space.maps.pop(drawing, None)
    space.measured.layouts.pop(drawing, None)


def _meanwhile(space: FaceSpace, drawing: Drawing) -> Drawn:
    quick = Drawing("pca", drawing.dimensions)
    return replace(draw(space, quick), settled=False)


def _keep(maps: dict[Any, Any], drawing: Drawing, it: Kept) -> Kept:
    maps.pop(drawing, None)
    maps[drawing] = it
    for old in list(maps)[:-MAPS]:
        maps.pop(old, None)
    return it
