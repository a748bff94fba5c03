"""Embeddings (N, D) → a map (N, 2 or 3) to look at.

A map keeps neighbours together as well as it can; its distances and sizes mean little. Given the
map before, a new one starts from there, so that points glide instead of jumping.
"""

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NEIGHBOURS = 15
MIN_DIST = 0.1
EXTENT = 4.0  # of a map by UMAP, as a deviation: its size means nothing, so it stays the same
EPOCHS_FRESH, EPOCHS_WARM = 200, 50
RATE_FRESH, RATE_WARM = 1.0, 0.25  # how far UMAP moves a point at a time
_umap_ready = threading.Event()


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
    embedding: Floats, dimensions: int = 2, start: Floats | None = None, seed: int = 0
) -> Floats:
    """Neighbours as probabilities (van der Maaten and Hinton 2008), by scikit-learn."""
    from sklearn.manifold import TSNE

    first = scaled(pca(embedding, dimensions) if start is None else start, 1e-4)
    method = TSNE(
        dimensions, init=first, random_state=seed, perplexity=min(30, (len(embedding) - 1) / 3)
    )
    return turned(np.asarray(method.fit_transform(embedding), np.float32), start)


def umap(
    embedding: Floats,
    dimensions: int = 2,
    start: Floats | None = None,
    seed: int = 0,
    neighbours: int = NEIGHBOURS,
    min_dist: float = MIN_DIST,
) -> Floats:
    """A graph of neighbours laid out in the plane (McInnes, Healy, Melville 2018), by umap-learn.

    The neighbours are found by brute force, which is exact and, up to some thousand points, quicker
    than umap's own search with its time to compile.
    """
    from sklearn.neighbors import NearestNeighbors
    from umap import UMAP

    neighbours = min(neighbours, len(embedding) - 1)
    graph = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(embedding)
    far, near = graph.kneighbors(embedding)  # the first neighbour of a point is the point itself
    first = scaled(pca(embedding, dimensions) if start is None else start, EXTENT)
    first += np.random.default_rng(seed).normal(0, 1e-3, first.shape)  # umap divides by the width
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a precomputed graph cannot place new points: known
        placed = UMAP(
            n_components=dimensions,
            n_neighbors=neighbours,
            min_dist=min_dist,
            init=first,
            n_epochs=EPOCHS_FRESH if start is None else EPOCHS_WARM,
            learning_rate=RATE_FRESH if start is None else RATE_WARM,
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(near, far.astype(np.float32)),
        ).fit_transform(embedding)
    return turned(scaled(placed, EXTENT), start)


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
    """Import umap and let it compile, which takes ten seconds or more; then `is_warm`."""
    points = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    umap(points, start=umap(points))
    _umap_ready.set()


def is_warm() -> bool:
    """True once UMAP answers at once in this process."""
    return _umap_ready.is_set()
