"""What can be said of a run so far: where its settings moved, and what is wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from siamese.config import preset
from siamese.evaluation import Evaluation, evaluate, evaluate_pixels
from siamese.experiment import prepared
from siamese.faces import FaceSet
from siamese.history import History, Snapshot
from siamese.networks import Prepared
from siamese.progress import Move, moves, trouble
from siamese.training import TrainingState, advance, start

QUICK = {"people": 4, "pictures": 2, "embedding": 8}


@pytest.fixture(scope="module")
def people(make_faces: Callable[..., FaceSet]) -> FaceSet:
    return make_faces(8, 3)


@pytest.fixture(scope="module")
def faces(people: FaceSet) -> Prepared:
    return prepared(people, "small")


@pytest.fixture(scope="module")
def seen(people: FaceSet) -> Evaluation:
    return evaluate_pixels(people.pictures, people.labels)


@pytest.fixture(scope="module")
def healthy(faces: Prepared) -> TrainingState:
    """A state that has not collapsed; its own rates play no part."""
    return advance(start(preset("triplet", **QUICK)), faces, 12)


# ---- where settings moved -----------------------------------------------------------------------


@pytest.mark.parametrize("horizon", [0, 40])
@pytest.mark.parametrize("warmup", [0, 5])
def test_moves_are_those_that_were_made(faces: Prepared, warmup: int, horizon: int) -> None:
    """In the middle of the warm-up, too; the schedule's own changes are none."""
    state = start(preset("triplet", warmup=warmup, horizon=horizon, **QUICK))
    state = advance(state, faces, 3)
    assert moves(state) == []
    state = advance(state.change(margin=0.5), faces, 2)
    state = advance(state.change(lr=1e-4), faces, 4)
    state = advance(state.change(margin=0.1, lr=0.01), faces, 3)
    state = advance(state.change(margin=0.1, lr=0.01), faces, 3)  # no change
    assert moves(state) == [
        Move(3, "margin", 0.3, 0.5),
        Move(5, "lr", 0.003, 0.0001),
        Move(9, "margin", 0.5, 0.1),
        Move(9, "lr", 0.0001, 0.01),
    ]


def test_what_moved_before_the_first_step_is_no_move(faces: Prepared) -> None:
    state = start(preset("contrastive", **QUICK))
    assert moves(state) == []
    assert moves(advance(state.change(margin=2.0), faces, 2)) == []


def test_steps_count_on_after_a_file_that_tells_of_none(faces: Prepared) -> None:
    """A light file has a step and no history."""
    state = replace(start(preset("contrastive", **QUICK)), step=100)
    state = advance(advance(state, faces, 2).change(margin=2.0), faces, 2)
    assert moves(state) == [Move(102, "margin", 1.0, 2.0)]


# ---- what is wrong ------------------------------------------------------------------------------


def looked(seen: Evaluation, rates: Iterable[float], every: int = 20) -> tuple[Snapshot, ...]:
    """Looks every so many steps, as a run keeps them."""
    kept = History()
    for number, rate in enumerate(rates):
        scores = replace(seen.scores, eer=float(rate))
        kept.add(every * number, replace(seen, scores=scores))
    return kept.snapshots


def kind_of(state: TrainingState, looks: tuple[Snapshot, ...]) -> str:
    found = trouble(state, looks)
    return found.kind if found else ""


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("first", "half"), [(0.3, 150), (0.45, 400), (0.2, 300)])
def test_a_run_that_learns_is_left_alone(
    healthy: TrainingState, seen: Evaluation, first: float, half: float, seed: int
) -> None:
    """Errors that fall as power laws do, with the noise of real looks (.002 where rates are some
    per cent), at each moment of 1,500 steps."""
    rng = np.random.default_rng(seed)
    steps = 20 * np.arange(76)
    rates = first / (1 + steps / half)
    rates = rates + rng.normal(0, 0.02, 76) * rates
    for count in range(1, 77):
        assert not kind_of(healthy, looked(seen, rates[:count])), count


def test_one_that_gets_worse(healthy: TrainingState, seen: Evaluation) -> None:
    found = trouble(healthy, looked(seen, [0.3, 0.2, 0.1, 0.12, 0.13, 0.14]))
    assert found is not None
    assert (found.kind, found.step, found.eer) == ("worse", 40, 0.1)


@pytest.mark.parametrize(
    ("rates", "is_worse"),
    [
        ([0.05, 0.0605, 0.0605, 0.0605], True),  # .01 more
        ([0.05, 0.0595, 0.0595, 0.0595], False),
        ([0.30, 0.331, 0.331, 0.331], True),  # a tenth more
        ([0.30, 0.329, 0.329, 0.329], False),
        ([0.05, 0.2, 0.2], False),  # two looks may err
        ([0.05, 0.2, 0.2, 0.055], False),  # it is back
        ([0.05, 0.2, 0.055, 0.2, 0.2], False),
        ([0.0, 0.011, 0.011, 0.011], True),
    ],
)
def test_noise_is_not_worse(
    healthy: TrainingState, seen: Evaluation, rates: list[float], is_worse: bool
) -> None:
    assert (kind_of(healthy, looked(seen, rates)) == "worse") is is_worse


def test_one_that_stands_still(healthy: TrainingState, seen: Evaluation) -> None:
    rates = [*np.linspace(0.3, 0.1, 11), *(0.1 + 0.003 * np.cos(np.arange(20)))]
    assert not kind_of(healthy, looked(seen, rates[:20]))  # 380 steps: too soon to tell
    found = trouble(healthy, looked(seen, rates))
    assert found is not None
    assert (found.kind, found.step) == ("still", 300)
    assert found.eer == pytest.approx(min(rates))


@pytest.mark.parametrize(("gain", "kind"), [(0.99, "still"), (0.97, "")])
def test_little_progress_is_progress(
    healthy: TrainingState, seen: Evaluation, gain: float, kind: str
) -> None:
    assert kind_of(healthy, looked(seen, [0.1] * 15 + [0.1 * gain] * 15)) == kind


def test_few_looks_do_not_tell_that_it_stands(healthy: TrainingState, seen: Evaluation) -> None:
    assert not kind_of(healthy, looked(seen, [0.1] * 7, every=200))
    assert kind_of(healthy, looked(seen, [0.1] * 8, every=200)) == "still"


def test_a_setting_that_moved_is_given_time(healthy: TrainingState, seen: Evaluation) -> None:
    """The state's history of 800 steps has a move at one of them."""
    for moved, kind in ((500, ""), (300, "still")):
        rows = np.repeat(healthy.history[-1:], 800, 0)
        state = replace(healthy, step=800, history=rows, config=replace(healthy.config, warmup=0))
        rows[moved:, -2] += 0.1  # the margin
        assert [move.step for move in moves(state)] == [moved]
        assert kind_of(state, looked(seen, [0.1] * 41)) == kind


def test_a_margin_of_next_to_nothing(make_faces: Callable[..., FaceSet]) -> None:
    """A run that really collapses: strangers need not be apart, so all faces go to one point. With
    the usual margin the same net learns."""
    seen, unseen = (prepared(make_faces(16, 4, seed=seed), "small") for seed in (0, 1))

    def kinds(margin: float) -> list[str]:
        config = preset("contrastive", margin=margin, people=8, pictures=3)
        state, kept, found = start(config), History(), []
        for _ in range(6):
            kept.add(state.step, evaluate(state.net, "euclidean", unseen))
            found.append(kind_of(state, kept.snapshots))
            state = advance(state, seen, 12)
        return found

    assert kinds(0.01)[-1] == "collapsed"
    assert "collapsed" not in kinds(1.0)


def test_no_look_no_trouble(healthy: TrainingState) -> None:
    assert trouble(healthy, ()) is None
