"""Runs in the background: play, pause, step, reset, change; workers that die; taking turns."""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from siamese import checkpoints, jobs, projection
from siamese.datasets import FaceSet, split_by_person
from siamese.experiment import Experiment
from siamese.jobs import Inline, Pool, Run
from siamese.training import ConfigError, advance, preset, start

QUICK = preset("triplet", people=4, pictures=2)


@pytest.fixture(scope="module")
def experiment(make_faces: Callable[..., FaceSet]) -> Experiment:
    return Experiment("noise", split_by_person(make_faces(10, 4)), "small").ready()


@pytest.fixture
def inline() -> Inline:
    return Inline()


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(projection._umap_ready, "is_set", lambda: False)  # maps by PCA: quick
    monkeypatch.setattr(jobs, "LIMIT", 12)
    for name in ("FIRST_SLICE", "SLICE"):  # a slice ends after `pace` steps, however slow they are
        monkeypatch.setattr(jobs, name, math.inf)
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


def test_a_net_that_is_slow_to_look_at_trains_as_long(
    experiment: Experiment, inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[jobs.Slice] = []
    work = jobs.work

    def slow(task: jobs.Slice) -> jobs.Result:
        handed.append(task)
        return replace(work(task), looking=30.0)

    monkeypatch.setattr(jobs, "work", slow)
    monkeypatch.setattr(jobs, "SLICE", 0.1)
    run = begun(experiment, inline)
    run.play()
    inline.run_all(2)
    assert [task.seconds for task in handed[1:]] == [math.inf, 30.0]


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
    assert [look.step for look in run.history.looks] == [0, 2, 4, 6, 8, 10, 12]
    assert run.result
    assert run.history.looks[-1].scores is run.result.evaluation.scores


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
    assert [look.step for look in run.history.looks] == [0]
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


def test_a_fault_is_told(experiment: Experiment, inline: Inline) -> None:
    run = begun(experiment, inline)
    run.state = run.state.change(embedding=32)  # its weights are for another size
    run.play()
    inline.run_all()
    assert run.status == "failed"
    assert "size mismatch" in run.problem
    assert not run.busy
    run.reset()
    inline.run_all()
    assert (run.status, run.problem) == ("ready", "")


class Mortal(Executor):
    """Dies at the slices that it is told to, as a killed worker does."""

    def __init__(self, deaths: list[int]) -> None:
        self.inline, self.deaths, self.dead = Inline(), deaths, False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self.dead:
            raise BrokenExecutor("dead")
        return self.inline.submit(self.call, fn, *args)

    def call(self, fn: Callable[..., Any], *args: Any) -> Any:
        self.deaths[0] -= 1
        if self.deaths[0] == 0:
            self.deaths.pop(0)
            self.dead = True
            raise BrokenExecutor("killed")
        return fn(*args)


def test_a_dead_worker_takes_nothing_along(experiment: Experiment) -> None:
    made: list[Mortal] = []
    deaths = [3, 2, 99]  # at its third call, then at the second of the new one

    def make() -> Executor:
        made.append(Mortal(deaths))
        return made[-1]

    run = Run("one", start(QUICK), experiment, Pool(make))
    run.pace = 2
    run.play()
    while any(mortal.inline.run_all(1) for mortal in made):
        pass
    assert len(made) == 3
    assert (run.status, run.state.step) == ("finished", 12)
    alone = advance(start(QUICK), experiment.seen, 12)
    assert np.array_equal(run.state.history, alone.history)


def test_a_run_that_kills_all_its_workers_gives_up(experiment: Experiment) -> None:
    made: list[Mortal] = []

    def make() -> Executor:
        made.append(Mortal([1]))
        return made[-1]

    run = Run("one", start(QUICK), experiment, Pool(make))
    while any(mortal.inline.run_all(1) for mortal in made):
        pass
    assert run.status == "failed"
    assert run.problem
    assert len(made) == jobs.RETRIES + 1


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


def wait_for(what: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing happens"
        time.sleep(0.02)


@pytest.mark.slow
def test_in_processes_of_their_own(experiment: Experiment) -> None:
    """The real thing: a worker is killed in mid-run, another one takes over."""
    pool = jobs.processes(1)
    run = Run("one", start(QUICK), experiment, pool)
    wait_for(lambda: run.result)
    run.pace = 5
    before = pool.submit(worker).result(timeout=60)
    assert before != os.getpid()
    run.play()
    wait_for(lambda: run.state.step >= 5)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: run.status == "finished")
    assert run.state.step == 12
    assert pool.submit(worker).result(timeout=60) != before
    alone = advance(start(QUICK), experiment.seen, 12)
    assert np.array_equal(run.state.history, alone.history)
