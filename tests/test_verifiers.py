"""Verifiers: one way to ask pixels, files and runs for distances."""

from dataclasses import replace

import numpy as np
import pytest

from siamese import checkpoints, verifiers
from siamese.config import preset
from siamese.datasets import load
from siamese.distances import DISTANCES
from siamese.evaluation import evaluate, evaluate_pixels, share_below, thinned
from siamese.experiment import prepared
from siamese.faces import FaceSet, split_by_person
from siamese.training import start


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    few = split_by_person(load("sample_faces")).unseen
    return few.choose(few.labels < 5)


def test_pixels_are_compared_as_they_are(faces: FaceSet) -> None:
    verifier = verifiers.of_pixels(evaluate_pixels(faces.pictures, faces.labels))
    e = verifier.embed(faces.pictures)
    matrix = verifier.matrix(e, e)
    expected = np.linalg.norm(e.numpy()[:, None] - e.numpy()[None], axis=-1)
    np.testing.assert_allclose(matrix, expected, atol=1e-4)
    assert verifier.proven


@pytest.mark.parametrize("loss", ["contrastive", "circle", "bce"])
def test_a_state_gives_its_own_kind_of_distance(faces: FaceSet, loss: str) -> None:
    state = start(preset(loss))
    look = evaluate(state.net, state.config.distance, prepared(faces, "small"))
    verifier = verifiers.of_state(state, look, "mine", "a run")
    assert verifier.distance in DISTANCES
    e = verifier.embed(faces.pictures)
    np.testing.assert_allclose(e.numpy(), look.embedding, atol=1e-6)
    matrix = verifier.matrix(e, e)
    assert (matrix >= 0).all()
    i, j = np.triu_indices(len(e), 1)
    same = faces.labels[i] == faces.labels[j]
    np.testing.assert_allclose(np.sort(matrix[i, j][same]), verifier.same, atol=1e-6)
    assert verifier.threshold == pytest.approx(look.scores.threshold, abs=1e-6)


def test_shares_are_counted(faces: FaceSet) -> None:
    verifier = verifiers.of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")
    for at in (0.0, verifier.threshold, 5.0):
        assert verifier.frr(at) == pytest.approx(
            sum(d >= at for d in verifier.same) / len(verifier.same)
        )
        told = sum(d < at for d in verifier.different) / len(verifier.different)
        assert verifier.far(at) == pytest.approx(told, abs=1 / len(verifier.different))


@pytest.mark.parametrize("count", [12, 1999, 2000, 2001, 30_000])
def test_shares_are_those_of_all_pairs_though_some_are_kept(count: int) -> None:
    """To more digits than are shown, also where a file holds every fifteenth distance."""
    distance = np.sort(np.random.default_rng(count).normal(0.9, 0.2, count)).astype(np.float32)
    kept = thinned(distance)
    for at in (0.0, *np.quantile(distance, [0.003, 0.0204, 0.3, 0.98]).tolist(), 9.0):
        true = float((distance < at).mean())
        assert share_below(kept, at) == pytest.approx(true, abs=1e-12 if count < 2000 else 5e-4)


def test_the_threshold_of_a_file_is_that_of_its_scores() -> None:
    file = checkpoints.load(checkpoints.shipped())
    verifier = verifiers.of_checkpoint(file, "shipped", "")
    assert verifier.threshold == file.about["scores"]["threshold"]
    error = file.about["scores"]["eer"]
    assert verifier.far(verifier.threshold) == pytest.approx(error, abs=3e-4)  # of 17,664 pairs


@pytest.mark.parametrize("scores", [None, {}, [1], {"threshold": None}, {"threshold": np.nan},
                                    {"threshold": "x"}, {"threshold": -1.0}], ids=str)  # fmt: skip
def test_without_a_word_in_the_file_the_kept_distances_tell(scores: object) -> None:
    file = checkpoints.load(checkpoints.shipped())
    about = {name: value for name, value in file.about.items() if name != "scores"}
    silent = replace(file, about=about if scores is None else about | {"scores": scores})
    verifier = verifiers.of_checkpoint(silent, "shipped", "")
    assert verifier.threshold == pytest.approx(file.about["scores"]["threshold"], abs=0.005)


def test_without_a_test_there_is_no_threshold() -> None:
    verifier = verifiers.of_state(start(preset("triplet")), None, "mine", "")
    assert not verifier.proven
    assert np.isnan(verifier.threshold)
