"""Embedding spaces of the session: which net looks at which faces, and the maps drawn of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, TimeoutError
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import nets
from pages.ui.frame import more, page_link
from pages.ui.gallery import own_people
from pages.ui.inputs import one_of
from pages.ui.photo import titles
from pages.ui.session import SAMPLE, sample_faces, session
from pages.ui.text import plain
from siamese import neighbours, projection
from siamese.faces import DataError, FaceSet
from siamese.rendering import Scene, sample_scene

if TYPE_CHECKING:
    from siamese.jobs import Run
    from siamese.verifiers import Verifier

EVERYBODY, UNSEEN, BUILT_IN, OWN = "Seen and unseen", "Unseen only", "Built-in people", "My people"
Kept = TypeVar("Kept", "Drawn", Future[Any])
NET, SEED = "map_net", "map_seed"  # keys of controls, which another view moves
METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
MOST = 5000  # points on a map
SCORED = 2000  # pictures that all pairs are taken of: two million pairs
AT_ONCE = 256  # pictures embedded between two looks at the clock
WAIT = 1.6  # seconds that a page waits for a map before it shows another one meanwhile
KEPT = 6  # spaces, and four times as many maps of each
Floats = NDArray[np.float32]


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


@dataclass(eq=False)
class Space:
    """A net's embeddings of some faces, and what has been worked out of them."""

    verifier: Verifier
    faces: FaceSet
    trained_on: NDArray[np.bool_]  # (N,) True where the net has learnt from this person
    embedding: Floats = field(repr=False)  # (N, D)
    before: Floats | None = field(default=None, repr=False)  # the map of a moment ago, if it moves
    maps: dict[object, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.embedding)

    @cached_property
    def names(self) -> list[str]:
        return titles(self.faces)

    def distances(self, embedding: Floats) -> NDArray[np.float64]:
        """From one embedding (D,) to all, (N,), in the net's own distance."""
        import torch

        row = torch.from_numpy(np.ascontiguousarray(embedding[None], np.float32))
        (distances,) = self.verifier.matrix(row, torch.from_numpy(self.embedding))
        return np.asarray(distances)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The pictures whose pairs are looked at: all, or whole people drawn from them."""
        return neighbours.whole_people(self.faces.labels, SCORED)

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """All distances between `rows`."""
        import torch

        e = torch.from_numpy(self.embedding[self.rows])
        return self.verifier.matrix(e, e)

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.faces.labels[rows]

    @cached_property
    def silhouettes(self) -> Floats | None:
        """How well each picture sits with its person, (N,); NaN where that was not looked at, None
        where it is not defined."""
        try:
            known = neighbours.silhouettes(self.matrix, self.labels(self.rows))
        except ValueError:
            return None
        found = np.full(len(self), np.nan, np.float32)
        found[self.rows] = known
        return found

    def scores(self, trained_on: bool) -> neighbours.Space | None:
        """Scores among the people that the net has met or has not; None where there are no pairs
        of both kinds."""
        return self.scores_among(self.trained_on == trained_on)

    def scores_among(self, which: NDArray[np.bool_]) -> neighbours.Space | None:
        """Likewise among some of the pictures, told by (N,) True."""
        part = np.flatnonzero(which[self.rows])
        try:
            return neighbours.scores(self.matrix[np.ix_(part, part)], self.labels(self.rows[part]))
        except ValueError:
            return None


@dataclass(frozen=True, eq=False)
class Drawn:
    """A map and what is to be known of it."""

    placed: Floats  # (N, 2 or 3)
    method: str  # that drew it
    settled: bool  # False: another map is on its way


# -- which net, which faces ------------------------------------------------------------------------


def choose() -> tuple[Space, Drawing]:
    """Net, faces, method and dimensions as controls: the space, and how its map is drawn."""
    try:
        _ = session().split
    except DataError as error:
        st.error(plain(str(error)))
        page_link("pages/train/people.py", "Choose other people")
        st.stop()
    one, two, three, four = st.columns([2, 2, 2.1, 1.2])
    with one:
        verifier = nets.choose_verifier(NET, "Net")
    sources = _sources()
    if st.session_state.get("map_faces") not in (None, *sources):
        del st.session_state["map_faces"]
    source = two.selectbox(
        "Faces", list(sources), key="map_faces", bind="query-params", help=_about_faces()
    )
    method: str = one_of(
        "Drawn by", METHODS, key="map_method", called=METHODS.__getitem__, place=three
    )
    dimensions: int = one_of("Dimensions", [2, 3], key="map_dims", called="{}-D".format, place=four)
    return space_of(verifier, sources[source]()), Drawing(method, dimensions)


def _about_faces() -> str:
    return (
        "The people of this session, seen and unseen, are chosen on the page *People*; *My people* "
        "are those whom you have added to your gallery."
    )


def _sources() -> dict[str, Callable[[], FaceSet]]:
    here = session()
    found: dict[str, Callable[[], FaceSet]] = {
        EVERYBODY: lambda: _drawable(here.faces),
        UNSEEN: lambda: _drawable(here.split.unseen),
    }
    if here.source != SAMPLE:
        found[BUILT_IN] = sample_faces
    if own := own_people():
        found[OWN] = lambda: own
    return found


def _drawable(faces: FaceSet) -> FaceSet:
    """At most `MOST` of the faces, people whole."""
    if len(faces) <= MOST:
        return faces
    kept = st.session_state.get("map_drawable")
    if kept is None or kept[0] is not faces:
        chosen = faces.choose(neighbours.whole_people(faces.labels, MOST))
        kept = st.session_state["map_drawable"] = faces, chosen
    return kept[1]


def run_of(verifier: Verifier) -> Run | None:
    """The run of the session that goes by the verifier's name."""
    runs = session().runs
    return next((run for run in runs if run.home and run.name == verifier.name), None)


def space_of(verifier: Verifier, faces: FaceSet) -> Space:
    """The space of a net and faces; the last few are kept."""
    kept: list[Space] = st.session_state.setdefault("map_spaces", [])
    for number, space in enumerate(kept):
        if space.verifier is verifier and space.faces is faces:
            kept.append(kept.pop(number))
            return space
    run = run_of(verifier)
    older = [s for s in kept if s.verifier.name == verifier.name and s.faces is faces]
    before = _last_map(older[-1]) if older and run and run.busy else None
    for space in older:  # an earlier look of the same net is of no use any more
        kept.remove(space)
    made = Space(
        verifier,
        faces,
        nets.is_trained_on(verifier.name, faces),
        _embedded(verifier, faces),
        before,
    )
    kept.append(made)
    del kept[:-KEPT]
    return made


def _last_map(space: Space) -> Floats | None:
    done = [it for it in space.maps.values() if isinstance(it, Drawn) and it.settled]
    return done[-1].placed if done else None


def _embedded(verifier: Verifier, faces: FaceSet) -> Floats:
    """A class that looks at the same net and faces has them embedded once."""
    return session().recall("embedded", (verifier, faces), lambda: _embed(verifier, faces), most=2)


def _embed(verifier: Verifier, faces: FaceSet) -> Floats:
    parts = []
    with st.spinner(f"{plain(verifier.name)} looks at {len(faces):,} faces …"):
        bar = st.progress(0.0) if len(faces) > AT_ONCE else None
        for start in range(0, len(faces), AT_ONCE):
            parts.append(verifier.embed(faces.pictures[start : start + AT_ONCE]).numpy())
            if bar:
                bar.progress(min(1.0, (start + AT_ONCE) / len(faces)))
        if bar:
            bar.empty()
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


def scenes(faces: FaceSet) -> list[Scene | None]:
    """How each picture was taken; None where it is not one of the built-in people's."""
    kept = st.session_state.get("map_scenes")
    if kept is None or kept[0] is not faces:
        known = _sample_scenes()
        found = [known.get(_digest(picture)) for picture in faces.pictures]
        kept = st.session_state["map_scenes"] = faces, found
    return kept[1]


@st.cache_resource(show_spinner=False)
def _sample_scenes() -> dict[bytes, Scene]:
    """Told by the picture itself: a name alone might be somebody else's."""
    faces = sample_faces()
    found = {}
    for picture, label, file in zip(faces.pictures, faces.labels, faces.files, strict=True):
        photo = int(file.rsplit("/", 1)[-1].split(".")[0])
        found[_digest(picture)] = sample_scene(faces.people[label], photo)
    return found


def _digest(picture: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=12).digest()


# -- how the map is drawn --------------------------------------------------------------------------


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


def draw(space: Space, drawing: Drawing, wait: float = WAIT) -> Drawn:
    """The map, drawn by the workers of the server. While it is not ready, one by PCA."""
    kept = space.maps.get(drawing)
    if isinstance(kept, Drawn):
        return kept
    if drawing.method == "pca" or len(space) < projection.FEWEST:
        placed = projection.project(space.embedding, "pca", dimensions=drawing.dimensions)
        return _keep(space, drawing, Drawn(placed, "pca", True))
    from siamese import jobs

    try:
        if kept is None:
            choices = drawing.choices
            if space.before is not None and space.before.shape[1] == drawing.dimensions:
                choices["start"] = space.before
            kept = jobs.processes().submit(jobs.lay_out, space.embedding, drawing.method, choices)
            _keep(space, drawing, kept)
        placed, method = kept.result(wait)
    except TimeoutError:
        return _meanwhile(space, drawing)
    except (BrokenExecutor, OSError):  # the worker has died, or there is none to be had
        space.maps.pop(drawing, None)  # the next look asks another
        return _meanwhile(space, drawing)
    if method != drawing.method:  # UMAP is not ready there
        del space.maps[drawing]
        return Drawn(placed, method, False)
    return _keep(space, drawing, Drawn(placed, method, True))


def _meanwhile(space: Space, drawing: Drawing) -> Drawn:
    quick = Drawing("pca", drawing.dimensions)
    return replace(draw(space, quick), settled=False)


def _keep(space: Space, drawing: Drawing, it: Kept) -> Kept:
    space.maps.pop(drawing, None)
    space.maps[drawing] = it
    for old in list(space.maps)[: -4 * KEPT]:
        del space.maps[old]
    return it
