"""What several test files share: one thread, and people made of coloured noise."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before torch and numpy are imported: bit for bit equality needs one thread.
for library in ("OMP", "MKL", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np
import pytest

from siamese.faces import FaceSet

if TYPE_CHECKING:
    from siamese.experiment import Experiment
    from siamese.jobs import Inline


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Also after a test of the command line, which may ask for more."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _charts_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the schema of Vega-Lite, which pages leave out."""
    from pages.ui import charts

    monkeypatch.setattr(charts, "CHECKED", True)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Nothing is left of an earlier visit: all AppTests share one session id, and so its cache."""
    import streamlit as st

    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def workers(fresh: None, monkeypatch: pytest.MonkeyPatch) -> "Inline":
    """Slices of the runs wait here until the test says `run_all`; they are short."""
    from siamese import jobs

    inline = jobs.Inline()
    pool = jobs.Pool(lambda: inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    monkeypatch.setattr(jobs, "SLICE", 0.05)
    return inline


def strangers(people: int, pictures: int, seed: int = 0, size: int = 32) -> FaceSet:
    """People made of 8×8 blocks of colour, photographed a little aside, in another light, with
    noise: nothing that pixels or an untrained net tell apart, and soon learnt."""
    rng = np.random.default_rng(seed)
    shape = (people, pictures, 8, size // 8, 8, size // 8, 3)
    blocks = rng.uniform(40, 215, (people, 1, 8, 1, 8, 1, 3))
    pattern = np.broadcast_to(blocks, shape).reshape(-1, size, size, 3)
    aside = [np.roll(one, rng.integers(-2, 3, 2), (0, 1)) for one in pattern]
    across = np.linspace(-1, 1, size)
    down_slope, slope = rng.uniform(-0.8, 0.8, (2, len(pattern), 1, 1, 1))
    light = np.exp(slope * across[:, None] + down_slope * across[:, None, None])
    noisy = np.stack(aside) * light + rng.normal(0, 20, pattern.shape)
    names = tuple(f"p{person:02}" for person in range(people))
    return FaceSet(
        noisy.clip(0, 255).astype(np.uint8),
        np.repeat(np.arange(people), pictures),
        names,
        tuple(f"{name}/{picture}.png" for name in names for picture in range(pictures)),
    )


@pytest.fixture(scope="session")
def make_faces() -> Callable[..., FaceSet]:
    return strangers


@pytest.fixture(scope="module")
def experiment() -> "Experiment":
    """Ten strangers, ready to be learnt from in the background."""
    from siamese.experiment import Experiment
    from siamese.faces import split_by_person

    return Experiment("noise", split_by_person(strangers(10, 4)), "small").ready()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve strangers with six pictures each, as person/picture files."""
    from PIL import Image

    root = tmp_path_factory.mktemp("people")
    faces = strangers(12, 6)
    for picture, file in zip(faces.pictures, faces.files, strict=True):
        (root / file).parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(root / file)
    return root
