"""Maps: neighbours stay neighbours, points glide, nothing falls over."""

import importlib.util
import os
import subprocess
import sys
import tempfile
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness

from siamese import projection
from siamese.projection import PROJECTIONS, project, turned

Floats = NDArray[np.float32]
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module", autouse=True)
def _umap() -> None:
    """The import costs seconds, so it is paid once. What its packages grumble about while they are
    imported is theirs; what our calls let through is ours, and fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap  # noqa: F401


def blobs(people: int = 12, pictures: int = 8, size: int = 16, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    middle = np.repeat(rng.normal(size=(people, size)), pictures, 0)
    return (middle + 0.15 * rng.normal(size=middle.shape)).astype(np.float32)


def purity(placed: Floats, pictures: int = 8) -> float:
    """Share of points whose nearest neighbour is of the same blob."""
    apart = np.linalg.norm(placed[:, None] - placed[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    return float((apart.argmin(1) // pictures == np.arange(len(placed)) // pictures).mean())


@pytest.mark.parametrize(
    ("method", "trust", "pure"), [("pca", 0.7, 0.4), ("tsne", 0.93, 0.98), ("umap", 0.93, 0.98)]
)
@pytest.mark.parametrize("seed", range(2))
def test_neighbours_stay_neighbours(method: str, trust: float, pure: float, seed: int) -> None:
    embedding = blobs(seed=seed)
    placed = project(embedding, method)
    assert placed.shape == (96, 2)
    assert placed.dtype == np.float32
    assert trustworthiness(embedding, placed, n_neighbors=7) >= trust
    assert purity(placed) >= pure


@pytest.mark.parametrize("method", PROJECTIONS)
def test_same_seed_same_map_and_no_other_chance(method: str) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, again = (project(blobs(), method, seed=3) for _ in range(2))
    assert np.array_equal(one, again)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("method", PROJECTIONS)
def test_three_dimensions(method: str) -> None:
    assert project(blobs(), method, dimensions=3).shape == (96, 3)


def drift(a: Floats, b: Floats) -> float:
    """How far points move, as a share of the map's width."""
    return float(np.linalg.norm(a - b, axis=1).mean() / np.ptp(a, axis=0).max())


@pytest.mark.parametrize("seed", range(2))
def test_points_glide(seed: int) -> None:
    """The embedding changes a little from one look to the next, and so does the map; fresh maps of
    the same moments lie anywhere."""
    embedding = blobs(seed=seed)
    placed = fresh = project(embedding)
    rng = np.random.default_rng(seed)
    glides, jumps = [], []
    for look in range(1, 5):
        embedding = embedding + 0.02 * rng.normal(size=embedding.shape).astype(np.float32)
        after, other = project(embedding, start=placed), project(embedding, seed=look)
        glides.append(drift(placed, after))
        jumps.append(drift(fresh, other))
        assert purity(after) >= 0.98
        placed, fresh = after, other
    assert np.mean(glides) < 0.15
    assert np.mean(glides) < np.mean(jumps) / 2


def test_the_map_follows_what_the_net_learns() -> None:
    """From noise to people in six looks, each started from the one before."""
    noise, people = np.random.default_rng(0).normal(size=(96, 16)).astype(np.float32), blobs()
    placed = project(noise)
    assert purity(placed) < 0.3
    for share in np.linspace(0, 1, 7)[1:]:
        placed = project((1 - share) * noise + share * people, start=placed)
    assert purity(placed) >= 0.98


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_a_map_keeps_its_orientation(method: str) -> None:
    """Started from a mirrored map, the next one is mirrored too."""
    embedding = blobs()
    placed = project(embedding, method)
    mirrored = placed * np.array([-1, 1], np.float32)
    after = project(embedding, method, start=mirrored)
    assert drift(mirrored, after) < drift(placed, after) / 2


def test_turning_is_rigid() -> None:
    rng = np.random.default_rng(0)
    placed, start = rng.normal(size=(2, 30, 2)).astype(np.float32)
    after = turned(placed, start)
    for a, b in ((0, 1), (5, 9), (12, 29)):
        before = np.linalg.norm(placed[a] - placed[b])
        assert np.linalg.norm(after[a] - after[b]) == pytest.approx(before, rel=1e-4)
    assert np.linalg.norm(after - (start - start.mean(0))) <= np.linalg.norm(placed - start)


def test_turning_finds_the_way_back() -> None:
    start = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    angle = np.radians(130)
    around = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    away = (start @ around * [1, -1] + 5).astype(np.float32)
    assert turned(away, start) == pytest.approx(start - start.mean(0), abs=1e-5)


@pytest.mark.parametrize("method", PROJECTIONS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 9])
def test_few_points(method: str, count: int) -> None:
    placed = project(blobs()[:count], method)
    assert placed.shape == (count, 2)
    assert np.isfinite(placed).all()
    again = project(blobs(seed=1)[:count], method, start=placed)
    assert np.isfinite(again).all()


@pytest.mark.parametrize("method", PROJECTIONS)
def test_duplicates_one_heap_and_thin_embeddings(method: str) -> None:
    heap = np.ones((20, 8), np.float32)
    twins = np.repeat(blobs()[::8], 2, 0)
    near = heap + 1e-5 * np.random.default_rng(0).normal(size=heap.shape).astype(np.float32)
    line = np.linspace(0, 1, 20, dtype=np.float32)[:, None]
    for embedding in (heap, twins, near, line):
        placed = project(embedding, method)
        assert placed.shape == (len(embedding), 2)
        assert np.isfinite(placed).all()


def test_a_map_that_was_a_heap_opens_up() -> None:
    """From a collapsed net to one that tells people apart: points must not stay where they were."""
    heap = project(np.ones((96, 16), np.float32))
    assert not heap.any()
    assert purity(project(blobs(), start=heap)) >= 0.98


def test_a_map_of_other_faces_is_not_started_from() -> None:
    other = project(blobs()[:40], "pca")
    assert np.array_equal(project(blobs(), "umap", start=other), project(blobs(), "umap"))


def test_warming_up() -> None:
    projection.warm_up()
    assert projection.is_warm()


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize(
    ("method", "choices"),
    [
        ("pca", {}),
        ("tsne", {"perplexity": 12.0, "metric": "cosine"}),
        ("umap", {"neighbours": 9, "min_dist": 0.4, "metric": "manhattan"}),
        ("umap", {}),
    ],
)
def test_the_recipe_is_the_call(method: str, choices: dict, dimensions: int) -> None:
    """What the page shows as the exact call gives the map that the page draws."""
    embedding = blobs()
    told = projection.recipe(method, len(embedding), dimensions, seed=4, **choices)
    names = {"embedding": embedding}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(told, names)
    ours = project(embedding, method, dimensions=dimensions, seed=4, **choices)
    theirs = np.asarray(names["placed"])
    if method == "umap":
        theirs = projection.scaled(theirs, projection.EXTENT)
    apart = np.abs(theirs - theirs.mean(0)) - np.abs(ours - ours.mean(0))  # PCA's signs are free
    assert np.abs(apart).max() < 1e-3 * np.ptp(ours)


@pytest.mark.parametrize("metric", projection.METRICS)
@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_every_metric_keeps_neighbours(method: str, metric: str) -> None:
    assert purity(project(blobs(), method, metric=metric)) >= 0.95


def learning(looks: int = 24, settled: int = 10, seed: int = 0) -> list[Floats]:
    """From noise to people, and then the small tremble of a net that has settled."""
    rng = np.random.default_rng(seed)
    noise, people = rng.normal(size=(96, 16)).astype(np.float32), blobs(seed=seed)
    shares = [*np.linspace(0, 1, looks - settled), *np.ones(settled)]
    moments = [(1 - share) * noise + share * people for share in shares]
    return [
        (moment + 0.03 * rng.normal(size=moment.shape)).astype(np.float16) for moment in moments
    ]


@pytest.mark.parametrize("method", PROJECTIONS)
@pytest.mark.parametrize("seed", range(2))
def test_a_film_is_as_trustworthy_as_fresh_maps_and_glides(method: str, seed: int) -> None:
    moments = learning(seed=seed)
    maps = projection.film(moments, method)
    assert len(maps) == len(moments)
    for embedding, placed in list(zip(moments, maps, strict=True))[::4]:
        fresh = trustworthiness(embedding, project(embedding, method), n_neighbors=7)
        assert trustworthiness(embedding, placed, n_neighbors=7) >= fresh - 0.02
    for before, after in list(pairwise(maps))[-9:]:
        moved = np.linalg.norm(after - before, axis=1) / np.ptp(before, axis=0).max()
        assert np.median(moved) <= 0.03


def test_films_of_few_moments() -> None:
    assert projection.film([], "pca") == []
    (only,) = projection.film([blobs()], "pca")
    assert only == pytest.approx(project(blobs(), "pca"), abs=1e-5)
    two = projection.film([blobs(), blobs()], "pca")
    assert two[0] == pytest.approx(two[1], abs=1e-5)


def test_averaging_over_time() -> None:
    line = [np.full((2, 2), value, np.float32) for value in (0, 4, 4, 8)]

    def after(moves: list[float]) -> list[float]:
        return [float(placed[0, 0]) for placed in projection.averaged(line, moves)]

    assert after([0, 0, 0]) == [0, 3, 5, 8]
    assert after([1, 1, 1]) == [0, 4, 4, 8]
    assert after([1, 0, 0]) == [0, 4, 5, 8]


def test_how_far_a_space_has_moved() -> None:
    square = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], np.float32)
    assert projection.moved(square, square) == 0
    assert projection.moved(square + 0.5, square) == pytest.approx(0.5**0.5)
    assert projection.moved(10 * (square + 0.5), 10 * square) == pytest.approx(0.5**0.5)


AWAY = "/proc/nowhere"  # where nobody can write
UMAP = """
import numpy as np
from siamese import projection
points = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")
print(projection.project(points, "umap").shape)
"""


def test_umap_needs_no_folder_of_its_own(tmp_path: Path) -> None:
    """As in a container: packages that cannot be written to, and no home."""
    spec = importlib.util.find_spec("umap")
    assert spec is not None
    packages = Path(str(spec.origin)).parents[1]
    script = (
        f"mount --bind {packages} {packages} && mount -o remount,ro,bind {packages} "
        '&& exec "$PYTHON" -c "$CODE"'
    )
    environment = os.environ | {"HOME": AWAY, "XDG_CACHE_HOME": AWAY, "TMPDIR": str(tmp_path)}
    environment |= {"PYTHON": sys.executable, "CODE": UMAP, "PYTHONPATH": str(ROOT)}
    environment.pop(projection.CACHE, None)
    may = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    if may.returncode:
        pytest.skip("needs the right to mount")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.stdout, done.returncode) == ("(40, 2)\n", 0), done.stderr
    assert not list(tmp_path.iterdir())  # and it leaves nothing behind


def test_numba_keeps_its_own_folder_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(projection.CACHE, raising=False)
    projection.give_numba_a_cache()
    assert projection.CACHE not in os.environ


@pytest.mark.parametrize("told", [None, AWAY])
def test_without_any_folder_numba_gets_one_or_keeps_nothing(
    told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numba.core.dispatcher import Dispatcher

    monkeypatch.setenv(projection.CACHE, told or "")
    monkeypatch.setattr(Dispatcher, "enable_caching", real := Dispatcher.enable_caching)
    monkeypatch.setattr(projection, "_takes_files", lambda _: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    projection.give_numba_a_cache()
    assert Path(os.environ[projection.CACHE]).parent == tmp_path
    assert Dispatcher.enable_caching is real
    monkeypatch.setattr(tempfile, "tempdir", AWAY)
    projection.give_numba_a_cache()
    assert Dispatcher.enable_caching is not real
