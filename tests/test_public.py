"""Public sets: scikit-learn's own fetchers on small stand-ins, and every way in which they fail."""

import io
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError

import numpy as np
import pytest
from PIL import Image

from siamese import public
from siamese.datasets import load
from siamese.faces import DataError
from siamese.public import PUBLIC, Fetch, fetch

PEOPLE = {"Ada_Byron": 3, "Grace_Hopper": 1, "Sofia_K": 2}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def olivetti(home: Path) -> np.ndarray:
    """As scikit-learn keeps it: (400, 4096), a row of 64 x 64 written column by column."""
    import joblib

    rows = np.random.default_rng(0).integers(0, 256, (400, 64 * 64), np.uint8)
    joblib.dump(rows, home / "olivetti_py3.pkz")
    return rows


@pytest.fixture
def lfw(home: Path) -> Path:
    """As scikit-learn unpacks it: Name/Name_0001.jpg of 250 x 250."""
    folder = home / "lfw_home"
    for number, (name, count) in enumerate(PEOPLE.items()):
        place = folder / "lfw_funneled" / name
        place.mkdir(parents=True)
        for picture in range(1, count + 1):
            image = Image.new("RGB", (250, 250), "black")
            image.paste((60 + 60 * number,) * 3, (45, 36, 205, 196))  # what is looked at
            image.save(place / f"{name}_{picture:04}.jpg", quality=100)
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (folder / name).write_text("")
    return folder


def test_olivetti(olivetti: np.ndarray) -> None:
    faces = load("olivetti")
    assert faces.pictures.shape == (400, 112, 112, 3)
    assert faces.people == tuple(f"s{number}" for number in range(1, 41))
    assert faces.counts.tolist() == [10] * 40
    assert not faces.skipped
    assert faces.files[13] == "s2/04.jpg"
    native = load("olivetti", 64).pictures
    upright = olivetti[13].reshape(64, 64).T
    assert np.abs(native[13, ..., 1].astype(int) - upright).max() <= 1
    assert (native[..., 0] == native[..., 2]).all()


def test_lfw(lfw: Path) -> None:
    faces = load("lfw")
    assert faces.people == ("Ada Byron", "Grace Hopper", "Sofia K")
    assert faces.counts.tolist() == list(PEOPLE.values())
    assert faces.pictures.shape == (6, 112, 112, 3)
    assert faces.files[:2] == ("Ada Byron/01.jpg", "Ada Byron/02.jpg")
    for number in range(3):
        mine = faces.pictures[faces.labels == number]
        assert np.abs(mine.astype(int) - (60 + 60 * number)).max() <= 2  # only the head
    assert "13,233" in faces.skipped[0]  # it is not all of it
    assert str(lfw / "lfw_funneled") in faces.skipped[0]


def test_lfw_heads_are_framed_as_the_built_in_ones() -> None:
    """The eyes of LFW lie some 46 pixels apart at height 113 of 250."""
    from siamese.detection import PORTRAIT

    rows, columns = public.HEAD
    side = rows.stop - rows.start
    assert side == columns.stop - columns.start
    assert int(side * (112 / side)) == 112
    apart = PORTRAIT[1, 0] - PORTRAIT[0, 0]
    assert 46 / side == pytest.approx(apart, abs=0.01)
    assert (113 - rows.start) / side == pytest.approx(PORTRAIT[0, 1], abs=0.01)
    assert (rows.start + rows.stop + columns.start + columns.stop) / 4 == pytest.approx(120, abs=6)


def test_is_here_tells_what_there_is(olivetti: np.ndarray, lfw: Path) -> None:
    assert PUBLIC["olivetti"].is_here
    assert PUBLIC["lfw"].is_here
    (lfw / "lfw-funneled.tgz").write_bytes(b"")  # unpacking is under way
    assert not PUBLIC["lfw"].is_here


@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_is_downloaded_unasked(name: str) -> None:
    assert not PUBLIC[name].is_here
    with pytest.raises(DataError, match="cannot be fetched"):
        fetch(name, download=False)


@pytest.mark.filterwarnings("ignore:Retry downloading")
@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize(
    ("error", "word"),
    [
        (URLError("no route"), "no internet"),
        (TimeoutError(), "no internet"),
        (ConnectionResetError(), "no internet"),
        (HTTPError("http://x", 503, "busy", None, io.BytesIO()), "error 503"),  # type: ignore[arg-type]
        (OSError(28, "full"), "cannot be written to"),
        (OSError("The SHA256 checksum differs"), "did not come through whole"),
    ],
)
def test_a_download_that_fails_is_one_clear_sentence(
    name: str, error: Exception, word: str, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("sklearn.datasets._base.urlretrieve", fail)
    with pytest.raises(DataError) as caught:
        load(name)
    assert word in str(caught.value)
    assert str(caught.value).startswith(PUBLIC[name].label)
    assert "\n" not in str(caught.value)
    assert not list(home.rglob("*.part_*"))


def test_a_damaged_copy_is_named(home: Path, lfw: Path) -> None:
    (home / "olivetti_py3.pkz").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"olivetti_py3\.pkz is damaged"):
        fetch("olivetti")
    next(lfw.rglob("*.jpg")).write_bytes(b"damaged")
    with pytest.raises(DataError, match="lfw_funneled is damaged"):
        fetch("lfw")


def test_fetching_in_the_background(olivetti: np.ndarray) -> None:
    job = Fetch("olivetti").wait(60)
    assert job.done
    assert not job.problem
    assert job.faces is not None
    assert len(job.faces) == 400
    with pytest.raises(ValueError, match="read-only"):
        job.faces.pictures[0] = 0


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Fetch]:
    """A fetch that is under way for ever."""
    monkeypatch.setattr(Fetch, "_work", lambda self: None)
    return Fetch


def test_progress_is_what_has_come(never: Callable[[str], Fetch], home: Path) -> None:
    job = never("lfw")
    assert job.progress() == (0.0, "Asking the archive for it …")
    job._began -= public.QUIET + 1
    assert "internet?" in job.progress()[1]
    folder = home / "lfw_home"
    folder.mkdir()
    part = folder / "lfw-funneled.tgz.part_x1"
    with part.open("wb") as file:
        file.truncate(116_500_000)  # sparse: half of it
    share, words = job.progress()
    assert share == pytest.approx(0.4)
    assert words in {"Downloading … 116 of 233 MB", "Downloading … 117 of 233 MB"}
    part.rename(folder / "lfw-funneled.tgz")
    (folder / "lfw_funneled" / "A").mkdir(parents=True)
    assert job.progress()[1] == "Unpacking … 1 of 5,749 people"
    (folder / "lfw-funneled.tgz").unlink()
    assert job.progress() == (0.9, "Reading 13,233 pictures …")


def test_what_does_not_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(public, "fetch", fail)
    assert "does not fit" in Fetch("lfw").wait(10).problem
