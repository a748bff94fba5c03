"""A run's history: the first and the last look always, the rest evenly, little memory."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from siamese import history
from siamese.evaluation import Evaluation, evaluate_pixels
from siamese.faces import FaceSet
from siamese.history import History


@pytest.fixture(scope="module")
def evaluation(make_faces: Callable[..., FaceSet]) -> Evaluation:
    faces = make_faces(4, 3)
    return evaluate_pixels(faces.pictures, faces.labels)


def filled(evaluation: Evaluation, count: int) -> History:
    kept = History()
    for number in range(count):
        kept.add(10 * number, evaluation)
    return kept


@pytest.mark.parametrize("count", [1, 2, 59, 60, 61, 62, 100, 121, 122, 500, 1001])
def test_first_and_last_stay_and_the_rest_is_even(evaluation: Evaluation, count: int) -> None:
    steps = [snapshot.step for snapshot in filled(evaluation, count).snapshots]
    assert steps[0] == 0
    assert steps[-1] == 10 * (count - 1)
    assert min(count, history.MOST // 2) <= len(steps) <= history.MOST
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    assert len(set(gaps[:-1])) <= 1
    assert (gaps[-1:] <= gaps[:1]).all()


def test_a_look_holds_what_was_measured(evaluation: Evaluation) -> None:
    (snapshot,) = filled(evaluation, 1).snapshots
    assert snapshot.scores is evaluation.scores
    assert snapshot.same == pytest.approx(evaluation.same.mean())
    assert snapshot.different == pytest.approx(evaluation.different.mean())
    assert snapshot.embedding.dtype == np.float16
    assert snapshot.embedding == pytest.approx(evaluation.embedding, abs=1e-3)


def test_a_second_look_at_the_same_step_takes_its_place(evaluation: Evaluation) -> None:
    kept = filled(evaluation, 3)
    better = replace(evaluation, same=evaluation.same / 2)
    kept.add(20, better)
    assert [snapshot.step for snapshot in kept.snapshots] == [0, 10, 20]
    assert kept.snapshots[-1].same == pytest.approx(better.same.mean())


def test_large_looks_are_fewer(evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    size = evaluation.embedding.astype(np.float16).nbytes
    monkeypatch.setattr(history, "BYTES", 20 * size)
    assert (
        sum(snapshot.embedding.nbytes for snapshot in filled(evaluation, 300).snapshots)
        <= 20 * size
    )
    monkeypatch.setattr(history, "BYTES", 1)
    assert len(filled(evaluation, 300)) <= history.FEWEST


def test_a_look_knows_how_long_it_took(evaluation: Evaluation) -> None:
    kept = History()
    kept.add(0, evaluation)
    kept.add(10, evaluation, 2.5)
    kept.add(10, evaluation, 2.75)
    kept.add(20, evaluation, 5.0)
    assert [look.seconds for look in kept.snapshots] == [0, 2.75, 5]
