"""As many threads as pay: on a machine whose pace is made up, and on this one."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from siamese import threads, training
from siamese.config import preset
from siamese.experiment import prepared
from siamese.faces import FaceSet
from siamese.networks import Prepared
from siamese.threads import Threads
from siamese.training import TrainingState, start

ALONE = {1: 0.05, 2: 0.03, 4: 0.02, 8: 0.015, 16: 0.012}  # seconds a step
BUSY = {1: 0.06, 2: 0.3, 4: 0.8, 8: 1.5, 16: 2.0}
FOUR = {1: 0.05, 2: 0.03, 4: 0.02, 8: 0.1, 16: 0.3}  # a container that may use four of them


class Machine:
    """Its clock moves with the steps that are taken, by a pace for each number of threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pace: dict[int, float]) -> None:
        self.pace, self.now = pace, 0.0
        self.steps: list[int] = []  # the number of threads at each
        self.count = 1
        monkeypatch.setattr(threads, "clock", lambda: self.now)
        monkeypatch.setattr(torch, "set_num_threads", lambda count: setattr(self, "count", count))
        monkeypatch.setattr(training, "advance", self.advance)

    def advance(self, state: object, faces: object, steps: int, *device: object) -> object:
        self.steps += [self.count] * steps
        self.now += steps * self.pace[self.count]
        return state

    def train(self, by: Threads, seconds: float) -> float:
        """Steps a second."""
        until, before = self.now + seconds, len(self.steps)
        while self.now < until:
            by.advance(None, None, 10)  # type: ignore[arg-type]
        return (len(self.steps) - before) / (self.now - until + seconds)


@pytest.mark.parametrize(
    ("pace", "most", "best"),
    [(ALONE, 16, 16), (ALONE, 8, 8), (ALONE, 2, 2), (ALONE, 1, 1), (BUSY, 16, 1), (FOUR, 16, 4)],
)
def test_it_finds_the_number_that_is_quickest(
    pace: dict[int, float], most: int, best: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, by = Machine(monkeypatch, pace), Threads(most)
    machine.train(by, 30)
    assert by.count == best
    assert machine.train(by, 60) > 0.9 / pace[best]  # and what is tried beside costs little
    assert max(machine.steps) <= most


def test_it_follows_what_else_the_machine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, by = Machine(monkeypatch, ALONE), Threads(2)
    for pace, best in ((ALONE, 2), (BUSY, 1), (ALONE, 2), (BUSY, 1)):
        machine.pace = pace
        machine.train(by, 20)
        assert by.count == best
        assert machine.train(by, 20) > 0.85 / pace[best]


def test_no_step_is_lost_or_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, by = Machine(monkeypatch, ALONE), Threads(4)
    asked = [10, 1, 2, 3, 1, 10, 0, 7] * 5
    for steps in asked:
        by.advance(None, None, steps)  # type: ignore[arg-type]
    assert len(machine.steps) == sum(asked)
    assert set(machine.steps) == {1, 2, 4}


def test_fewer_than_before_may_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, by = Machine(monkeypatch, ALONE), Threads(4)
    machine.train(by, 10)
    machine.steps.clear()
    machine.train(by.at_most(1), 10)
    assert set(machine.steps) == {1}


def test_the_result_is_that_of_plain_training(make_faces: Callable[..., FaceSet]) -> None:
    """To the bit on one thread; with more, sums are rounded in another order."""
    faces: Prepared = prepared(make_faces(6, 4), "small")
    begin = start(preset("triplet", people=4, pictures=2))
    plain = training.advance(begin, faces, 12)

    def trained(most: int) -> TrainingState:
        *_, last = training.train(begin, faces, steps=12, at_once=4, by=Threads(most).advance)
        torch.set_num_threads(1)
        return last

    assert all(
        torch.equal(weight, plain.weights[name]) for name, weight in trained(1).weights.items()
    )
    np.testing.assert_allclose(trained(2).history[:4], plain.history[:4], rtol=0.05, atol=1e-3)
