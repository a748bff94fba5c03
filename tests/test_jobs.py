"""Runs in the background: play, pause, step, reset, change; workers that die; taking turns."""

import gc
import math
import os
import signal
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from waiting import wait_for

from siamese import checkpoints, jobs, projection, stopped, turns, workers
from siamese.config import ConfigError, preset
from siamese.experiment import Experiment
from siamese.faces import DataError, FaceSet, split_by_person
from siamese.jobs import Inline, Pool, Run
from siamese.sharing import Once
from siamese.training import advance, start
from siamese.turns import Done, Result, Turn

QUICK = preset("triplet", people=4, pictures=2)


@pytest.fixture
def inline() -> Inline:
    return Inline()


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(projection._umap_ready, "is_set", lambda: False)  # maps by PCA: quick
    monkeypatch.setattr(jobs, "LIMIT", 12)
    monkeypatch.setattr(jobs, "WATCHED", math.inf)
    for name in ("FIRST_SLICE", "SLICE", "ROUND"):  # a turn ends after `pace` steps, however slow
        monkeypatch.setattr(jobs, name, math.inf)
    for name in ("HOME", "SOON"):  # the state comes home each time
        monkeypatch.setattr(jobs, name, 0.0)
    yield
    torch.set_num_threads(1)


def begun(experiment: Experiment, inline: Inline, pace: int | None = 2) -> Run:
    """A run that has had its first look."""
    run = Run("one", start(QUICK), experiment, Pool(lambda: inline))
    run.pace = pace
    assert run.busy
    inline.run_all()
    return run


def test_first_look_is_the_untrained_net(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    assert (run.status, run.state.step, run.busy) == ("ready", 0, False)
    assert run.result is not None
    assert run.untrained is run.result.evaluation
    assert run.result.map.shape == (len(experiment.unseen.labels), 2)
    assert run.result.map_method == "pca"


def test_play_goes_on_to_the_limit_and_play_again_beyond(
    experiment: Experiment, inline: Inline
) -> None:
    run = begun(experiment, inline)
    first = run.untrained
    run.play()
    assert run.status == "running"
    assert inline.run_all() == 6  # twelve steps, two at a time
    assert (run.status, run.state.step, run.busy) == ("finished", 12, False)
    run.play()
    inline.run_all()
    assert run.state.step == 24
    assert run.untrained is first
    assert run.pictures_per_second > 0


def test_a_run_is_advance(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all()
    alone = advance(start(QUICK), experiment.seen, 12)
    assert np.array_equal(run.state.history, alone.history)
    expected = experiment.evaluate(alone).scores
    assert run.result is not None
    assert run.result.evaluation.scores == expected


def test_pause_ends_after_the_slice_that_is_out(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all(1)
    run.pause()
    assert (run.status, run.busy) == ("paused", True)  # one is still out
    inline.run_all()
    assert (run.state.step, run.busy) == (4, False)
    run.play()
    inline.run_all()
    assert run.state.step == 12


def test_pause_of_what_does_not_run(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.pause()
    assert run.status == "ready"


def test_step_is_one_step(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    for step in (1, 2, 3):
        run.step()
        inline.run_all()
        assert (run.status, run.state.step) == ("paused", step)
    run.step()  # pressed thrice before the first is done
    run.step()
    run.step()
    inline.run_all()
    assert run.state.step == 6


def test_step_before_the_first_look_is_not_lost(experiment: Experiment, inline: Inline) -> None:
    run = Run("one", start(QUICK), experiment, Pool(lambda: inline))
    run.step()
    inline.run_all()
    assert run.state.step == 1
    assert run.untrained is not None


def test_change_takes_effect_at_the_next_slice(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all(1)
    run.change(margin=0.9)
    assert run.config.margin == 0.9  # what the page shows
    inline.run_all(2)  # one that was out already, and one after
    assert run.state.column("margin").tolist() == pytest.approx([0.3] * 4 + [0.9] * 2)


def test_a_change_that_cannot_be_changes_nothing(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    with pytest.raises(ConfigError, match="margin"):
        run.change(margin=-1.0, lr=0.5)
    assert run.config == QUICK


def test_the_history_of_a_run(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all()
    assert [look.step for look in run.history.snapshots] == [0, 2, 4, 6, 8, 10, 12]
    assert run.result
    assert run.history.snapshots[-1].scores is run.result.evaluation.scores


def test_maps_asked_for_by_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """PCA while UMAP is not ready, and never another method than the one that is named."""
    embedding = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    placed, method = jobs.lay_out(embedding, "umap", {"neighbours": 5, "dimensions": 3})
    assert (method, placed.shape) == ("pca", (30, 3))
    assert jobs.lay_out(embedding, "tsne", {"seed": 1})[1] == "tsne"
    monkeypatch.setattr(projection._umap_ready, "is_set", lambda: True)
    monkeypatch.setitem(projection.PROJECTIONS, "umap", lambda e, neighbours: e[:, :neighbours])
    placed, method = jobs.lay_out(embedding, "umap", {"neighbours": 2})
    assert method == "umap"
    assert np.array_equal(placed, embedding[:, :2])
    film = jobs.lay_out_film([embedding.astype(np.float16)] * 3, "pca", {"dimensions": 2})
    assert len(film) == 3


def test_reset(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all()
    run.change(margin=0.8)
    run.reset()
    inline.run_all()
    assert (run.status, run.state.step, run.seconds) == ("ready", 0, 0.0)
    assert run.config.margin == 0.8
    assert run.untrained is not None
    assert [look.step for look in run.history.snapshots] == [0]
    run.play()
    inline.run_all()
    assert run.state.step == 12


def test_reset_while_a_slice_is_out(experiment: Experiment, inline: Inline) -> None:
    """What comes back from before is not taken for the new run."""
    run = begun(experiment, inline)
    run.play()
    run.reset()
    assert inline.run_all() == 2  # the old slice, in vain, and the first look
    assert (run.status, run.state.step) == ("ready", 0)
    assert run.result is not None
    assert run.result.state.step == 0


def test_nobody_there(experiment: Experiment, inline: Inline, monkeypatch: Any) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all(1)
    monkeypatch.setattr(jobs, "PATIENCE", -1.0)
    inline.run_all()
    assert (run.status, run.state.step) == ("paused", 4)
    monkeypatch.setattr(jobs, "PATIENCE", 90.0)
    run.play()
    inline.run_all()
    assert run.status == "finished"


def test_two_runs_take_turns(experiment: Experiment, inline: Inline) -> None:
    pool = Pool(lambda: inline, cores=2)
    one, two = (Run(name, start(QUICK), experiment, pool) for name in "ab")
    one.pace = two.pace = 2
    inline.run_all()
    one.play()
    assert pool.threads == 2
    two.play()
    assert pool.threads == 1
    apart = []
    while inline.run_all(1):
        apart.append(abs(one.state.step - two.state.step))
    assert max(apart) <= 2
    assert (one.state.step, two.state.step) == (12, 12)
    # One may have tried two threads, which sum in another order: equal, but not to the bit.
    assert one.state.history[:2] == pytest.approx(two.state.history[:2], rel=0.02)
    assert pool.threads == 2  # nobody is under way


def test_a_fault_is_told(
    experiment: Experiment, inline: Inline, caplog: pytest.LogCaptureFixture
) -> None:
    """In words for the visitor; those of Python are in the log."""
    run = begun(experiment, inline)
    run.change(embedding=32)  # its weights are for another size
    run.play()
    inline.run_all()
    assert run.status == "failed"
    assert run.problem == ("Training stopped: that is a fault of this program; its log says more.")
    assert "size mismatch" in caplog.text
    assert not run.busy
    run.reset()
    inline.run_all()
    assert (run.status, run.problem) == ("ready", "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DataError("There is nobody here."), "There is nobody here."),
        (BrokenExecutor("0xdead"), "ended by the system"),
        (MemoryError("0xdead"), "memory of this machine is full"),
        (RuntimeError("0xdead"), "its log says more"),
        (OSError(28, "0xdead"), "the system grants no"),
        (KeyError("0xdead"), "its log says more"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_why_a_run_stopped_is_a_sentence_of_ours(
    error: Exception, words: str, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(jobs, "work", fails)
    executor = Inline()
    run = Run("one", start(QUICK), experiment, Pool(lambda: executor))
    executor.run_all()
    assert run.status == "failed"
    assert words in run.problem
    assert "0xdead" not in run.problem


class Mortal(Executor):
    """Dies at the calls that it is told to, as a killed worker of loky does: whatever waits is lost
    with it, and it takes nothing on any more."""

    def __init__(self, kills: Callable[..., bool]) -> None:
        self.kills, self.dead = kills, False
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self.dead:
            raise BrokenExecutor("dead")
        self.waiting.append((Future(), fn, args))
        return self.waiting[-1][0]

    def work(self) -> bool:
        """Do the next call, if there is one."""
        if not self.waiting:
            return False
        future, fn, args = self.waiting.pop(0)
        if self.kills(*args):
            lost, self.waiting, self.dead = [future, *(one[0] for one in self.waiting)], [], True
            turns.kept = turns.Store()
            for each in lost:
                each.set_exception(BrokenExecutor("killed"))
        else:
            future.set_result(fn(*args))
        return True


class Hospital:
    """Makes executors for a pool; `kills` tells of each call whether it ends its worker."""

    def __init__(self, kills: Callable[..., bool], cores: int = 1) -> None:
        self.kills, self.made = kills, list[Mortal]()
        self.workers_from: Callable[[], Executor] = self.born
        self.pool = Pool(lambda: self.workers_from(), cores)

    def born(self) -> Executor:
        self.made.append(Mortal(self.kills))
        return self.made[-1]

    def run_all(self) -> None:
        for _ in range(1000):
            if not any(mortal.work() for mortal in self.made):
                return
        raise AssertionError("it never ends")


def at_calls(*numbers: int) -> Callable[..., bool]:
    counted = iter(range(1, 10_000))
    return lambda task: next(counted) in numbers


def test_a_dead_worker_takes_nothing_along(experiment: Experiment) -> None:
    hospital = Hospital(at_calls(3, 5))
    run = Run("one", start(QUICK), experiment, hospital.pool)
    run.pace = 2
    run.play()
    hospital.run_all()
    assert len(hospital.made) == 3
    assert (run.status, run.state.step) == ("finished", 12)
    alone = advance(start(QUICK), experiment.seen, 12)
    assert np.array_equal(run.state.history, alone.history)


def test_deaths_that_lie_apart_do_not_add_up(experiment: Experiment) -> None:
    """A server lives for months; only deaths without a result in between count."""
    hospital = Hospital(at_calls(*range(2, 40, 2)))
    run = Run("one", start(QUICK), experiment, hospital.pool)
    run.pace = 1
    run.play()
    hospital.run_all()
    assert (run.status, run.state.step) == ("finished", 12)
    assert len(hospital.made) > 2 * jobs.RETRIES


def test_a_run_that_kills_all_its_workers_gives_up(experiment: Experiment) -> None:
    hospital = Hospital(lambda task: True)
    run = Run("one", start(QUICK), experiment, hospital.pool)
    hospital.run_all()
    assert (run.status, run.busy) == ("failed", False)
    assert "out of memory" in run.problem
    assert len(hospital.made) == jobs.RETRIES + 1
    hospital.kills = lambda task: False
    run.play()  # made well, it goes on
    hospital.made[-1].kills = hospital.kills
    hospital.run_all()
    assert run.status == "finished"


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_run_that_kills_workers_takes_no_other_one_along(
    experiment: Experiment, place: int
) -> None:
    """Wherever it stands in the queue, and though every death breaks all that waits."""
    hospital = Hospital(lambda task: task.config.seed == 666)
    seeds = [0] * place + [666] + [0] * (7 - place)
    runs = [
        Run(f"{place} {n}", start(replace(QUICK, seed=seed)), experiment, hospital.pool)
        for n, seed in enumerate(seeds)
    ]
    for run in runs:
        run.pace = 3
        run.play()
    hospital.run_all()
    assert [run.status for run in runs] == [
        "failed" if seed == 666 else "finished" for seed in seeds
    ]
    alone = advance(start(QUICK), experiment.seen, 12)
    for run, seed in zip(runs, seeds, strict=True):
        if seed == 0:
            assert np.array_equal(run.state.history, alone.history)


class Refusing(Inline):
    """Takes nothing on while it is told so, as where no process can be made any more."""

    refuses = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self.refuses:
            raise OSError(11, "Resource temporarily unavailable")
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize("looks", [0, 1, 3])
def test_a_slice_that_nobody_takes_leaves_no_run_busy(experiment: Experiment, looks: int) -> None:
    inline = Refusing()
    pool = Pool(lambda: inline, cores=1)
    inline.refuses = looks == 0
    run = Run("one", start(QUICK), experiment, pool)
    run.pace = 2
    run.play()
    inline.run_all(looks)
    inline.refuses = True
    inline.run_all()
    assert (run.status, run.busy) == ("failed", False)
    assert "the system grants no process" in run.problem
    assert "unavailable" not in run.problem
    assert not pool.running
    inline.refuses = False
    for again in (run.step, run.play):
        again()
        inline.run_all()
    assert run.status == "finished"
    alone = advance(start(QUICK), experiment.seen, run.state.step)
    assert np.array_equal(run.state.history, alone.history)


def test_a_slice_that_nobody_takes_after_a_death(experiment: Experiment) -> None:
    """Those that go one by one as well, and the line goes on behind them."""
    hospital = Hospital(at_calls(1))
    one, two = (Run(name, start(QUICK), experiment, hospital.pool) for name in "ab")
    make, hospital.workers_from = hospital.workers_from, Refusing
    Refusing.refuses = True
    try:
        hospital.run_all()
    finally:
        Refusing.refuses = False
    assert [run.status for run in (one, two)] == ["failed", "failed"]
    hospital.workers_from, hospital.pool.workers[0]._process = make, None
    for run in (one, two):
        run.play()
    hospital.run_all()
    assert [run.status for run in (one, two)] == ["finished", "finished"]


def test_a_look_that_cannot_be_kept_ends_the_run(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(experiment, inline)
    run.play()

    def refuse(*_: object) -> None:
        raise ValueError("no room")

    monkeypatch.setattr(run.history, "add", refuse)
    inline.run_all()
    assert (run.status, run.busy) == ("failed", False)
    assert "a fault of this program" in run.problem


def test_the_pool_holds_on_to_no_result(experiment: Experiment) -> None:
    """Somebody's net is not kept by the pool of the server."""
    hospital = Hospital(at_calls(1))
    run = Run("one", start(QUICK), experiment, hospital.pool)
    hospital.run_all()
    result = weakref.ref(run.result)
    run.reset()
    hospital.run_all()
    gc.unfreeze()
    gc.collect()
    assert result() is None


def test_ten_at_once_get_one_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Slow(Inline):
        def __init__(self, *_: object, **__: object) -> None:
            made.append(self)
            time.sleep(0.1)
            super().__init__()

    monkeypatch.setattr("loky.ProcessPoolExecutor", Slow)
    processes = Once(jobs.processes.__wrapped__)  # type: ignore[attr-defined]
    with ThreadPoolExecutor(10) as threads:
        pools = {pool.result() for pool in [threads.submit(processes) for _ in range(10)]}
    assert len(pools) == 1
    assert len(made) == pools.pop().cores  # a process a core
    assert isinstance(jobs.processes, Once)


def test_a_run_is_saved_as_it_was_at_one_moment(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It trains on while its file is made; figures and net still belong to each other."""
    run = begun(experiment, inline)
    run.play()
    evaluate, report = Experiment.evaluate, Experiment.report

    def meanwhile(do: Callable[..., Any]) -> Callable[..., Any]:
        def it(*arguments: Any) -> Any:
            inline.run_all(1)
            return do(*arguments)

        return it

    monkeypatch.setattr(Experiment, "evaluate", meanwhile(evaluate))
    monkeypatch.setattr(Experiment, "report", meanwhile(report))
    inline.run_all(1)
    seconds, step = run.seconds, run.state.step
    found = checkpoints.load(run.save())
    assert run.state.step > step + 2  # it did train on
    assert (found.step, found.about["scores"]["steps"]) == (step, step)
    assert found.about["scores"]["seconds"] == round(seconds, 2)
    assert found.state is not None
    scores = evaluate(experiment, found.state).scores
    assert found.about["scores"]["eer"] == scores.eer
    assert np.array_equal(found.same, evaluate(experiment, found.state).same)


def test_a_run_from_a_light_file_is_saved(experiment: Experiment, inline: Inline) -> None:
    """At once, and after some steps; and each of these files goes on."""
    run = begun(experiment, inline)
    run.play()
    inline.run_all()
    light = checkpoints.save(run.state, {}, complete=False)
    again = Run("again", checkpoints.load(light).resume(), experiment, Pool(lambda: inline))
    inline.run_all()
    for steps in (12, 24):
        found = checkpoints.load(again.save())
        assert found.step == steps
        assert found.state is not None
        assert len(found.state.history) == steps - 12
        for name, weight in again.state.average.items():
            assert torch.equal(found.average[name], weight)
        assert checkpoints.load(checkpoints.save(found.resume(), {})).step == steps
        again.play()
        inline.run_all()


def test_saved_runs_go_on(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all()
    found = checkpoints.load(run.save())
    assert run.result is not None
    assert found.about["scores"]["eer"] == run.result.evaluation.scores.eer
    again = Run("again", found.resume(), experiment, Pool(lambda: inline))
    inline.run_all()
    assert again.state.step == 12
    again.play()
    inline.run_all()
    assert again.state.step == 24


def worker() -> int:
    return os.getpid()


# What stays with a worker


@pytest.fixture
def stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """States stay with their worker as long as a run trains."""
    for name in ("HOME", "SOON"):
        monkeypatch.setattr(jobs, name, math.inf)


def handed(monkeypatch: pytest.MonkeyPatch) -> list[Turn]:
    """All turns that workers get from now on."""
    turns_of: list[Turn] = []
    work = jobs.work

    def seen(turn: Turn) -> Done:
        turns_of.append(turn)
        return work(turn)

    monkeypatch.setattr(jobs, "work", seen)
    return turns_of


@pytest.mark.usefixtures("stays")
def test_a_state_and_faces_are_sent_once(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = handed(monkeypatch)
    run = begun(experiment, inline)
    run.play()
    inline.run_all(3)
    assert (run.steps, run.state.step) == (6, 0)
    assert run.result is not None
    assert run.result.state.step == 6
    assert not run.result.state.weights
    assert run.home is not None
    assert run.home.state.step == 0  # what other pages work with has its weights
    assert [turn.state is not None for turn in sent] == [True, False, False, False]
    assert [len(turn.faces) for turn in sent] == [2, 0, 0, 0]
    other = Run("two", start(QUICK), experiment, run.pool)
    inline.run_all(4)
    first = next(turn for turn in sent if turn.run == other._id)
    assert first.state is not None
    assert not first.faces  # they are the same people


@pytest.mark.usefixtures("stays")
@pytest.mark.parametrize("ends", ["pause", "limit", "step"])
def test_a_state_comes_home_at_rest(experiment: Experiment, inline: Inline, ends: str) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all(3)
    {"pause": run.pause, "limit": lambda: None, "step": run.step}[ends]()
    inline.run_all()
    assert not run.busy
    assert run.state.step == run.steps == {"pause": 8, "limit": 12, "step": 9}[ends]
    alone = advance(start(QUICK), experiment.seen, run.steps)
    assert np.array_equal(run.state.history, alone.history)
    assert run.home is run.result is not None
    assert run.home.state is run.state
    assert run.home.evaluation.scores == experiment.evaluate(alone).scores


def test_a_state_comes_home_now_and_then(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(experiment, inline)
    run.play()
    inline.run_all(1)
    monkeypatch.setattr(jobs, "SOON", math.inf)
    inline.run_all(2)  # the one that was asked for before, and one that stays
    assert (run.state.step, run.steps) == (4, 6)
    monkeypatch.setattr(jobs, "SOON", 0.0)
    inline.run_all(2)
    assert run.state.step == run.steps == 10


@pytest.mark.usefixtures("stays")
def test_the_best_look_comes_home(experiment: Experiment, inline: Inline) -> None:
    """Though it was seen by the worker alone."""
    run = begun(experiment, inline)
    run.play()
    inline.run_all()
    rates = [snapshot.scores.eer for snapshot in run.history.snapshots]
    assert run.best is not None
    assert run.best.evaluation.scores.eer == min(rates)
    assert run.best.state.weights
    run.back_to_best()
    assert run.steps == run.best.state.step
    run.play()
    inline.run_all()
    steps = run.state.step
    assert np.array_equal(run.state.history, advance(start(QUICK), experiment.seen, steps).history)


@pytest.mark.usefixtures("stays")
def test_a_death_costs_what_had_not_come_home(experiment: Experiment) -> None:
    hospital = Hospital(at_calls(5))
    run = Run("one", start(QUICK), experiment, hospital.pool)
    run.pace = 2
    hospital.run_all()
    run.play()
    seen = []
    while any(mortal.work() for mortal in hospital.made):
        seen.append(run.steps)
    assert seen[:5] == [2, 4, 6, 6, 2]  # from the first look on, after the death
    assert (run.status, run.state.step) == ("finished", 12)
    assert [snapshot.step for snapshot in run.history.snapshots] == [0, 2, 4, 6, 8, 10, 12]
    alone = advance(start(QUICK), experiment.seen, 12)
    assert np.array_equal(run.state.history, alone.history)


@pytest.mark.usefixtures("stays")
def test_a_worker_that_has_forgotten_is_told_again(experiment: Experiment, inline: Inline) -> None:
    """As where the system has put another process in its place without a word."""
    run = begun(experiment, inline)
    run.play()
    inline.run_all(2)
    turns.kept = turns.Store()
    inline.run_all()
    assert (run.status, run.state.step) == ("finished", 12)
    alone = advance(start(QUICK), experiment.seen, 12)
    assert np.array_equal(run.state.history, alone.history)


def test_nothing_of_a_visitor_stays_in_a_worker(make_faces: Callable[..., FaceSet]) -> None:
    inline = Inline()
    theirs = Experiment("theirs", split_by_person(make_faces(10, 4)), "small").ready()
    run = begun(theirs, inline)
    names = {run._id, *theirs.digests}
    assert names <= {*turns.kept.runs, *turns.kept.faces}
    run.play()
    inline.run_all(1)
    del run, theirs
    gc.unfreeze()

    def gone() -> bool:
        gc.collect()
        inline.run_all()
        return not names & {*turns.kept.runs, *turns.kept.faces}

    wait_for(gone, 20)


def test_whom_nobody_watches_is_seldom_looked_at(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(experiment, inline)
    for name in ("HOME", "SOON"):
        monkeypatch.setattr(jobs, name, math.inf)
    run.play()
    monkeypatch.setattr(jobs, "WATCHED", -1.0)
    inline.run_all(4)
    assert run.steps == 8
    assert run.result is not None
    assert run.result.state.step <= 2  # the turn that had been asked for before
    inline.run_all()
    assert run.result.state.step == 12  # at rest there is a look
    monkeypatch.setattr(jobs, "WATCHED", math.inf)
    run.watch()
    run.play()
    inline.run_all(3)
    assert run.result.state.step == 18


# Who works where


def test_only_the_one_that_was_being_done_is_to_blame(experiment: Experiment) -> None:
    hospital = Hospital(at_calls(6))
    runs = [Run(name, start(QUICK), experiment, hospital.pool) for name in "abc"]
    for run in runs:
        run.pace = 2
        run.play()
    blamed = []
    for run in runs:
        take = run._take

        def taken(done: Any, turn: int, run: Run = run, take: Any = take) -> None:
            if done.exception():
                blamed.append(run.name)
            take(done, turn)

        run._take = taken  # type: ignore[method-assign]
    hospital.run_all()
    assert len(blamed) == 1
    assert [run.status for run in runs] == ["finished"] * 3


@pytest.mark.parametrize(("count", "cores"), [(3, 2), (5, 2), (7, 3), (4, 2), (7, 2), (31, 2)])
def test_shares_are_equal(count: int, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there is no even number of runs for each worker."""
    now = [0.0]
    monkeypatch.setattr(workers, "clock", lambda: now[0])
    executors = [Inline() for _ in range(cores)]
    born = iter(executors)
    pool = Pool(lambda: next(born), cores)
    runs = [QuickRun(pool, str(number)) for number in range(count)]
    for _ in range(60 * count // cores):
        now[0] += 0.1
        for executor in executors:  # each does one turn in the same time
            executor.run_all(1)
    turns_of = [run.turns for run in runs]
    assert max(turns_of) <= 1.2 * min(turns_of)


class QuickRun:
    """Takes its turns, and is free to move after each."""

    def __init__(self, pool: Pool, name: str) -> None:
        self.pool, self.name, self.turns = pool, name, 0
        self.worker: workers.Worker | None = None
        self.ask()

    def ask(self) -> None:
        self.worker = self.pool.place(self, self.worker)
        self.pool.enter(self, self.worker)
        self.pool.hand(self.worker, lambda _: (int, ()), self.name).add_done_callback(self.take)

    def take(self, _: object) -> None:
        self.turns += 1
        self.ask()


def test_turns_are_shared_fairly_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody whose turns take thrice as long has a third of the turns."""
    now = [0.0]
    monkeypatch.setattr(workers, "clock", lambda: now[0])
    spent = dict.fromkeys(["slow", *"abc", "late"], 0.0)
    inline = Inline()
    pool = Pool(lambda: inline)

    def turn(name: str) -> str:
        seconds = 0.3 if name == "slow" else 0.1
        now[0] += seconds
        spent[name] += seconds
        return name

    def ask(name: str) -> None:
        pool.hand(pool.workers[0], lambda _: (turn, (name,)), name).add_done_callback(
            lambda done: ask(done.result())
        )

    for name in ("slow", *"abc"):
        ask(name)
    inline.run_all(200)
    assert spent["slow"] == pytest.approx(spent["a"], rel=0.1)
    before = dict(spent)
    ask("late")  # starts level with the others
    inline.run_all(300)
    gained = [spent[name] - before[name] for name in spent]
    assert max(gained) <= 1.15 * min(gained)


def test_one_long_turn_keeps_nobody_waiting_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn may take long by chance: the run that had it is due again as if it had not."""
    now, had = [0.0], dict[str, list[float]]()
    monkeypatch.setattr(workers, "clock", lambda: now[0])
    inline = Inline()
    pool = Pool(lambda: inline)

    def turn(name: str) -> str:
        mine = had.setdefault(name, [])
        now[0] += 4.0 if name == "unlucky" and len(mine) == 3 else 0.1
        mine.append(now[0])
        return name

    def ask(name: str) -> None:
        pool.hand(pool.workers[0], lambda _: (turn, (name,)), name).add_done_callback(
            lambda done: ask(done.result())
        )

    for name in ("unlucky", *map(str, range(14))):
        ask(name)
    inline.run_all(600)
    waits = {name: np.diff(times[4:]).max() for name, times in had.items()}
    assert max(waits.values()) <= 4 + 2, "the long turn itself, and a round"
    assert len(had["unlucky"]) == pytest.approx(len(had["0"]), abs=2)


Crowd = Callable[[int, float], tuple[list[Run], list[Turn]]]


@pytest.fixture
def crowd(experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """So many runs on one worker, on which a look takes so long, and the turns that are done."""

    def begin(count: int, looking: float) -> tuple[list[Run], list[Turn]]:
        turns_done = list[Turn]()

        def work(turn: Turn) -> Done:
            turns_done.append(turn)
            return replace(turns.work(turn), seconds=turn.seconds, looking=looking)

        monkeypatch.setattr(jobs, "work", work)
        for name, value in {"FIRST_SLICE": 0.1, "SLICE": 0.7, "ROUND": 2.0}.items():
            monkeypatch.setattr(jobs, name, value)
        for name in ("HOME", "SOON", "LIMIT"):
            monkeypatch.setattr(jobs, name, 10**6)
        pool = Pool(lambda: inline)
        runs = [Run(str(number), start(QUICK), experiment, pool) for number in range(count)]
        inline.run_all()
        for run in runs:
            run.pace = 1
            run.play()
        inline.run_all(3 * count)
        turns_done.clear()
        return runs, turns_done

    return begin


def test_a_look_that_was_slow_by_chance_changes_nothing(crowd: Crowd, inline: Inline) -> None:
    runs, done = crowd(5, 0.05)
    inline.run_all(10)
    usual = {turn.seconds for turn in done}
    done.clear()
    runs[0]._looks.append(3.0)
    inline.run_all(10)
    assert {turn.seconds for turn in done} == usual
    assert all(turn.looks for turn in done)


def test_what_a_look_waits_for_is_not_counted(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is busy with others does not make looks rarer than they have to be."""
    look, drawn = turns.look, list[float]()

    def kept_waiting(*arguments: Any) -> Result:
        drawn.append(1.0)
        time.sleep(drawn[-1])
        return look(*arguments)

    monkeypatch.setattr(turns, "look", kept_waiting)
    run = Run("run", start(replace(QUICK, seed=77)), experiment, Pool(lambda: inline))
    inline.run_all()
    assert drawn
    assert run._looks[-1] < 0.5


@pytest.mark.parametrize(("runs", "between"), [(1, 2.0), (5, 2.0 * jobs.TRAINING)])
def test_a_net_that_is_slow_to_look_at_is_looked_at_less_often(
    crowd: Crowd, inline: Inline, runs: int, between: float
) -> None:
    """Two seconds a look: as long of training in between, where others wait `TRAINING` times
    as long; in turns that leave room for them."""
    (run, *_), done = crowd(runs, 2.0)
    inline.run_all(30 * runs)
    own = [turn for turn in done if turn.run == run._id]
    gaps = np.diff(np.flatnonzero([turn.looks for turn in own]))
    assert set(gaps) == {math.ceil(between / jobs.SLICE)}
    assert {turn.seconds for turn in own} == {jobs.SLICE}


def test_the_first_look_is_shared_by_runs_that_begin_alike(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by those with other weights or people, and not longer than the people are there."""
    monkeypatch.setattr(turns, "draw", lambda embedding, *_: (embedding[:, :2], "umap"))
    store = turns.Store()
    monkeypatch.setattr(turns, "kept", store)
    looks, look = list[int](), turns.look
    monkeypatch.setattr(turns, "look", lambda *args: (looks.append(1), look(*args))[1])
    pool = Pool(lambda: inline)
    seeds = [1, 1, 2]
    runs = [Run("", start(replace(QUICK, seed=seed)), experiment, pool) for seed in seeds]
    inline.run_all()
    assert len(looks) == 2
    one, other, third = (result for run in runs if (result := run.result))
    assert one.evaluation.scores == other.evaluation.scores != third.evaluation.scores
    assert one.state is runs[0].state
    assert other.state is runs[1].state
    changed = start(replace(QUICK, seed=1))
    changed.average["projection.bias"] += 1.0
    run = Run("", changed, experiment, pool)
    inline.run_all()
    assert len(looks) == 3
    assert run.result is not None
    assert run.result.evaluation.scores != one.evaluation.scores
    store.drop(runs[0]._faces[1].digest)
    assert not store._first_looks


def test_what_a_page_waits_for_goes_before_turns() -> None:
    inline, done = Inline(), list[str]()
    pool = Pool(lambda: inline)
    for n in range(5):
        pool.hand(pool.workers[0], lambda _, n=n: (done.append, (f"turn {n}",)), f"{n}")
    pool.submit(done.append, "map")
    inline.run_all()
    assert done.index("map") <= workers.AHEAD


def test_few_runs_have_the_worker_with_least_to_do(experiment: Experiment) -> None:
    inline = Inline()
    pool = Pool(lambda: inline, 2)
    runs = [Run(name, start(QUICK), experiment, pool) for name in "abcd"]
    for run in runs:
        run.pace = 1
        run.play()
    inline.run_all(20)
    assert sorted(len(worker.runs) for worker in pool.workers) == [2, 2]
    for run in runs:
        run.pause()
    inline.run_all()
    assert pool.running == 0


@pytest.mark.slow
def test_in_processes_of_their_own(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing: a worker is killed in mid-run, what waited is lost with it, another worker
    takes over; and once more, of one that was stopped and answers nobody."""
    monkeypatch.setattr(stopped, "EVERY", 0.5)
    pool = jobs.processes(1)
    runs = [Run(name, start(QUICK), experiment, pool) for name in "abc"]
    wait_for(lambda: all(run.result for run in runs), 90)
    killed = []
    for run in runs:
        run.pace = 3
        run.play()
    for steps, sign in ((3, signal.SIGKILL), (6, signal.SIGSTOP)):
        killed.append(pool.submit(worker).result(timeout=60))
        assert killed[-1] != os.getpid()
        wait_for(lambda least=steps: runs[0].state.step >= least, 90)
        os.kill(killed[-1], sign)
        wait_for(lambda least=steps: runs[0].state.step > least, 90)
    wait_for(lambda: all(run.status == "finished" for run in runs), 90)
    assert pool.submit(worker).result(timeout=60) not in killed
    alone = advance(start(QUICK), experiment.seen, 12)
    for run in runs:
        assert run.state.step == 12
        assert np.array_equal(run.state.history, alone.history)
