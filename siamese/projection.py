"""Embeddings (N, D) → a map (N, 2 or 3) to look at.

A map keeps neighbours together as well as it can; its distances and sizes mean little. Given the
map before, a new one starts from there, so that points glide instead of jumping.
"""

import atexit
import importlib.util
import os
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NEIGHBOURS = 15
MIN_DIST = 0.1
PERPLEXITY = 30.0
METRICS = ("euclidean", "cosine", "manhattan")
TSNE_EXTENT = 1e-4  # a deviation
TSNE_FRESH, TSNE_WARM = 500, 250  # steps
EXTENT = 4.0  # of a map by UMAP, as a deviation: its size means nothing, so it stays the same
EPOCHS_FRESH, EPOCHS_WARM, EPOCHS_QUICK = 200, 50, 15
RATE_FRESH, RATE_WARM = 1.0, 0.25  # how far UMAP moves a point at a time
RATE_FILM, RATE_FILM_MOST = 0.02, 0.5  # likewise, from one moment of a film to the next
NEAR, FAR = 0.07, 0.2  # a space that has `moved` less is at rest, one that has moved more is not
SETTLE = 2  # times that the first map of a film is gone over
CACHE = "NUMBA_CACHE_DIR"  # the variable that tells numba where to keep what it compiles
_umap_ready, _umap_lock = threading.Event(), threading.Lock()


def give_numba_a_cache() -> None:
    """umap cannot be imported where numba finds no folder for what it compiles, neither beside its
    packages nor in a home, as in many a container. It then gets one that this process and its
    workers share, and where there is no room for that either, compiles anew in each process."""
    spec = importlib.util.find_spec("umap")
    beside = [
        Path(place) / "__pycache__" for place in (spec and spec.submodule_search_locations) or ()
    ]
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "numba"
    told = [Path(os.environ[CACHE])] if os.environ.get(CACHE) else []
    if any(_takes_files(place) for place in (*told, *beside, home)):
        return
    try:
        os.environ[CACHE] = place = tempfile.mkdtemp(prefix="siamese-numba-")
        atexit.register(shutil.rmtree, place, ignore_errors=True)
    except OSError:
        from numba.core.dispatcher import Dispatcher

        Dispatcher.enable_caching = lambda _: None  # type: ignore[method-assign, assignment]


def _takes_files(folder: Path) -> bool:
    """As numba tries it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


give_numba_a_cache()  # workers inherit it


def pca(
    embedding: Floats, dimensions: int = 2, start: Floats | None = None, seed: int = 0
) -> Floats:
    """The directions in which embeddings differ most (Pearson 1901), turned to match `start`."""
    centred = embedding - embedding.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    chosen = directions[:dimensions]
    flips = np.sign(chosen[np.arange(len(chosen)), np.abs(chosen).argmax(1)])  # a sign by rule
    placed = centred @ (chosen * flips[:, None]).T  # (N, ≤ dimensions)
    placed = np.pad(placed, ((0, 0), (0, dimensions - placed.shape[1])))
    return turned(placed, start)


def tsne(
    embedding: Floats,
    dimensions: int = 2,
    start: Floats | None = None,
    seed: int = 0,
    perplexity: float = PERPLEXITY,
    metric: str = "euclidean",
) -> Floats:
    """Neighbours as probabilities (van der Maaten and Hinton 2008), by scikit-learn.

    A map before is started from at full size, and its groups are not torn apart first.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    first = first_map(embedding, dimensions, seed, TSNE_EXTENT) if start is None else start
    settings = tsne_settings(len(embedding), dimensions, seed, perplexity, metric, start is None)
    with threadpool_limits(1):  # its threads wait for each other: ten times slower on busy cores
        placed = TSNE(**settings, init=np.asarray(first, np.float32)).fit_transform(embedding)
    return turned(np.asarray(placed, np.float32), start)


def umap(
    embedding: Floats,
    dimensions: int = 2,
    start: Floats | None = None,
    seed: int = 0,
    neighbours: int = NEIGHBOURS,
    min_dist: float = MIN_DIST,
    metric: str = "euclidean",
    rate: float = RATE_WARM,
    quick: bool = False,
) -> Floats:
    """A graph of neighbours laid out in the plane (McInnes, Healy, Melville 2018), by umap-learn.

    The neighbours are found by brute force, which is exact and, up to some thousand points, quicker
    than umap's own search with its time to compile. From a map before, points move by `rate` at a
    time; a `quick` layout stops sooner on the way.
    """
    from sklearn.neighbors import NearestNeighbors
    from umap import UMAP

    settings = umap_settings(
        len(embedding), dimensions, seed, neighbours, min_dist, metric, start is None
    )
    if start is not None:
        settings["learning_rate"] = rate
        if quick:
            settings["n_epochs"] = EPOCHS_QUICK
    graph = NearestNeighbors(
        n_neighbors=settings["n_neighbors"], metric=metric, algorithm="brute"
    ).fit(embedding)
    far, near = graph.kneighbors(embedding)  # the first neighbour of a point is the point itself
    first = first_map(embedding if start is None else start, dimensions, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a precomputed graph cannot place new points: known
        placed = UMAP(
            **settings, init=first, precomputed_knn=(near, far.astype(np.float32))
        ).fit_transform(embedding)
    return turned(scaled(placed, EXTENT), start)


def first_map(
    embedding: Floats, dimensions: int = 2, seed: int = 0, extent: float = EXTENT
) -> Floats:
    """Where a map starts from, (N, dimensions): PCA, of the extent that the method expects, and a
    little noise, since umap divides by the width. Given a map of as many dimensions, that map."""
    same = embedding.shape[1] == dimensions
    first = scaled(embedding if same else pca(embedding, dimensions), extent)
    noise = np.random.default_rng(seed).normal(0, 1e-3 * extent / EXTENT, first.shape)
    return np.asarray(first + noise, np.float32)


def umap_settings(
    count: int,
    dimensions: int = 2,
    seed: int = 0,
    neighbours: int = NEIGHBOURS,
    min_dist: float = MIN_DIST,
    metric: str = "euclidean",
    fresh: bool = True,
) -> dict[str, Any]:
    """What `umap` hands to umap-learn for `count` points."""
    return {
        "n_components": dimensions,
        "n_neighbors": min(neighbours, count - 1),
        "min_dist": min_dist,
        "metric": metric,
        "n_epochs": EPOCHS_FRESH if fresh else EPOCHS_WARM,
        "learning_rate": RATE_FRESH if fresh else RATE_WARM,
        "random_state": seed,
        "n_jobs": 1,
    }


def tsne_settings(
    count: int,
    dimensions: int = 2,
    seed: int = 0,
    perplexity: float = PERPLEXITY,
    metric: str = "euclidean",
    fresh: bool = True,
) -> dict[str, Any]:
    """What `tsne` hands to scikit-learn for `count` points."""
    return {
        "n_components": dimensions,
        "perplexity": min(perplexity, (count - 1) / 3),
        "metric": metric,
        "max_iter": TSNE_FRESH if fresh else TSNE_WARM,
        "early_exaggeration": 12.0 if fresh else 1.0,
        "random_state": seed,
        "n_jobs": 1,
    }


def recipe(method: str, count: int, dimensions: int = 2, seed: int = 0, **choices: Any) -> str:
    """The exact call behind a fresh map of `count` points, as Python: it makes `placed` out of
    `embedding`. `project` then centres it, and scales the one by UMAP to the same extent."""
    if method == "pca":
        return (
            "from sklearn.decomposition import PCA\n\n"
            f"placed = PCA(n_components={dimensions}).fit_transform(embedding)"
        )
    settings: Callable[..., dict[str, Any]] = tsne_settings if method == "tsne" else umap_settings
    said = settings(count, dimensions, seed, **choices)
    words = ", ".join(f"{name}={value!r}" for name, value in said.items())
    if method == "tsne":
        return (
            "from sklearn.manifold import TSNE\n"
            "from siamese.projection import first_map\n\n"
            f"first = first_map(embedding, {dimensions}, seed={seed}, extent={TSNE_EXTENT})\n"
            f"placed = TSNE({words}, init=first).fit_transform(embedding)"
        )
    return (
        "from sklearn.neighbors import NearestNeighbors\n"
        "from siamese.projection import first_map\n"
        "from umap import UMAP\n\n"
        f"graph = NearestNeighbors(n_neighbors={said['n_neighbors']}, "
        f"metric={said['metric']!r}, algorithm='brute').fit(embedding)\n"
        "far, near = graph.kneighbors(embedding)\n"
        f"first = first_map(embedding, {dimensions}, seed={seed})\n"
        f"placed = UMAP({words}, init=first,\n"
        "              precomputed_knn=(near, far.astype('float32'))).fit_transform(embedding)"
    )


PROJECTIONS: dict[str, Callable[..., Floats]] = {"pca": pca, "tsne": tsne, "umap": umap}
FEWEST = 5  # points below which there is no neighbourhood worth a graph


def project(embedding: Floats, method: str = "umap", **choices: Any) -> Floats:
    """A map by one of `PROJECTIONS`; `choices` are that function's.

    Fewer than `FEWEST` points, or points all in one place, are laid out by PCA whatever the method.
    A map before that does not fit, or has all points in one place, is not started from.
    """
    embedding = np.asarray(embedding, np.float32)
    before, shape = choices.get("start"), (len(embedding), choices.get("dimensions", 2))
    if before is not None and (before.shape != shape or not np.ptp(before, axis=0).any()):
        choices["start"] = None
    if len(embedding) < FEWEST or not np.ptp(embedding, axis=0).any():
        known = {name: value for name, value in choices.items() if name in ("dimensions", "start")}
        return pca(embedding, **known)
    return PROJECTIONS[method](embedding, **choices)


def film(moments: Sequence[NDArray[Any]], method: str = "umap", **choices: Any) -> list[Floats]:
    """One map for each moment of the same points, embeddings (N, D) in the order of time.

    The last map is made first and each of the others starts from the one after it: groups then
    dissolve on the way instead of having to find together. What stands still in the space is to
    stand still on the screen, so UMAP moves points the less, the less the space has moved, and
    where the space is at rest a map is averaged with its neighbours in time.
    """
    spaces = [np.asarray(moment, np.float32) for moment in moments]
    if not spaces:
        return []
    moves = [moved(a, b) for a, b in pairwise(spaces)]
    placed = project(spaces[-1], method, **choices)
    for _ in range(SETTLE):  # a fresh map is not yet at rest
        placed = project(spaces[-1], method, **choices, **_gently(method, 0), start=placed)
    maps = [placed]
    for space, move in zip(spaces[-2::-1], moves[::-1], strict=True):
        maps.append(project(space, method, **choices, **_gently(method, move), start=maps[-1]))
    return averaged(maps[::-1], moves)


def moved(before: Floats, after: Floats) -> float:
    """How far points (N, D) have moved in the median, as a share of their distance from the middle
    in the median."""
    apart = float(np.median(np.linalg.norm(after - after.mean(0), axis=1)))
    return float(np.median(np.linalg.norm(after - before, axis=1))) / max(apart, 1e-9)


def averaged(maps: Sequence[Floats], moves: Sequence[float]) -> list[Floats]:
    """Each map with a quarter of the one before and of the one after, less of one that the space
    has `moves` (T − 1) from and none beyond `FAR`; the first and the last as they are."""
    share = 0.25 * np.clip((FAR - np.asarray(moves)) / (FAR - NEAR), 0, 1)
    between = [
        np.asarray(b + before * (a - b) + after * (c - b), np.float32)
        for a, b, c, before, after in zip(maps, maps[1:], maps[2:], share, share[1:], strict=False)
    ]
    return [*maps[:1], *between, *maps[1:][-1:]]


def _gently(method: str, move: float) -> dict[str, float]:
    """How far UMAP may move points from one moment to the next."""
    return (
        {"rate": float(np.clip(0.7 * move, RATE_FILM, RATE_FILM_MOST))} if method == "umap" else {}
    )


def scaled(placed: Floats, extent: float) -> Floats:
    """Centred, and as wide as the method expects its first map to be."""
    centred = placed - placed.mean(0)
    return np.asarray(centred * (extent / max(float(centred.std()), 1e-9)), np.float32)


def turned(placed: Floats, start: Floats | None) -> Floats:
    """Rotated and mirrored to lie as much as possible on `start` (Schönemann 1966): distances
    between points stay as they are."""
    centred = placed - placed.mean(0)
    if start is None or start.shape != placed.shape:
        return np.asarray(centred, np.float32)
    left, _, right = np.linalg.svd(centred.T @ (start - start.mean(0)))
    return np.asarray(centred @ (left @ right), np.float32)


def warm_up() -> None:
    """Import umap and let it compile, which takes ten seconds or more; then `is_warm`. Whoever
    comes while somebody else is at it waits for them."""
    with _umap_lock:
        if not _umap_ready.is_set():
            _warm_up()


def _warm_up() -> None:
    points = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    umap(points, start=umap(points))
    _umap_ready.set()


def is_warm() -> bool:
    """True once UMAP answers at once in this process."""
    return _umap_ready.is_set()
