"""More runs than the server can carry: who waits for a place, and who is called."""

import gc
import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import wait_for

from pages.ui.wire.wire import Feed
from siamese import jobs, projection, settings
from siamese.config import preset
from siamese.experiment import Experiment
from siamese.jobs import Inline, Pool, Run
from siamese.training import start
from siamese.workers import Runner, Worker

QUICK = preset("triplet", people=4, pictures=2)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection._umap_ready, "is_set", lambda: False)  # maps by PCA: quick
    monkeypatch.setattr(jobs, "LIMIT", 4)
    monkeypatch.setattr(jobs, "WATCHED", math.inf)
    for name in ("FIRST_SLICE", "SLICE", "ROUND"):  # a turn ends after `pace` steps, however slow
        monkeypatch.setattr(jobs, name, math.inf)


class Class:
    """Visitors with a run each, on a server that carries few of them."""

    def __init__(self, experiment: Experiment, visitors: int, places: float) -> None:
        self.inline = Inline()
        self.pool = Pool(lambda: self.inline, places=places)
        self.runs = [self.newcomer(experiment, f"run {each}") for each in range(visitors)]
        self.inline.run_all()  # the first looks

    def newcomer(self, experiment: Experiment, name: str) -> Run:
        run = Run(name, start(QUICK), experiment, self.pool)
        run.pace = 2
        return run

    def play(self) -> list[str]:
        for run in self.runs:
            run.play()
        return self.statuses

    @property
    def statuses(self) -> list[str]:
        return [run.status for run in self.runs]

    @property
    def numbers(self) -> list[int]:
        return [run.number for run in self.runs]


def test_who_finds_no_place_waits_and_takes_no_turn(experiment: Experiment) -> None:
    here = Class(experiment, 4, places=2)
    assert here.play() == ["running", "running", "waiting", "waiting"]
    assert here.numbers == [0, 0, 1, 2]
    assert (here.pool.running, here.pool.queued) == (2, 2)
    assert here.runs[2].busy
    here.inline.run_all(2)
    assert [run.steps for run in here.runs] == [2, 2, 0, 0]


def test_a_pool_without_a_limit_carries_all(experiment: Experiment) -> None:
    assert Class(experiment, 3, places=math.inf).play() == ["running"] * 3


def pauses(here: Class) -> None:
    here.runs[0].pause()


def steps(here: Class) -> None:
    here.runs[0].step()


def begins_anew(here: Class) -> None:
    here.runs[0].reset()


def finishes(here: Class) -> None:
    wait_for(lambda: here.inline.run_all() == 0 and here.runs[0].status == "finished")


def falls_silent(here: Class) -> None:
    here.runs[0]._alive = -math.inf
    here.inline.run_all(1)


def fails(here: Class) -> None:
    here.runs[0]._fail(MemoryError())


@pytest.mark.parametrize("ends", [pauses, steps, begins_anew, finishes, falls_silent, fails])
def test_the_next_begins_by_itself(experiment: Experiment, ends: Callable[[Class], None]) -> None:
    here = Class(experiment, 2, places=1)
    here.play()
    ends(here)
    wait_for(lambda: here.runs[1].status in ("running", "finished"))
    assert here.runs[0].status != "running"
    wait_for(lambda: here.inline.run_all() == 0 and here.runs[1].steps == 4)


def test_a_run_that_nobody_holds_gives_its_place(experiment: Experiment) -> None:
    here = Class(experiment, 2, places=1)
    here.play()
    here.inline._waiting.clear()  # its turn never comes back
    here.pool.workers[0].out.clear()
    here.pool.workers[0].waiting.clear()
    gone = here.runs.pop(0)
    del gone
    gc.collect()
    wait_for(lambda: here.statuses == ["running"])


def test_first_come_first_served_and_the_numbers_move_up(experiment: Experiment) -> None:
    here = Class(experiment, 5, places=1)
    here.play()
    for first in range(4):
        here.runs[first].pause()
        wait_for(lambda first=first: here.runs[first + 1].status == "running")
        assert here.numbers == [0] * (first + 2) + list(range(1, 4 - first))
    here.runs[0].play()
    assert here.statuses == ["waiting", "paused", "paused", "paused", "running"]


def test_who_gives_up_waiting_is_at_the_end_afterwards(experiment: Experiment) -> None:
    here = Class(experiment, 4, places=1)
    here.play()
    here.runs[2].play()  # once more changes nothing
    assert here.numbers == [0, 1, 2, 3]
    here.runs[1].pause()
    assert (here.runs[1].status, here.numbers) == ("paused", [0, 0, 1, 2])
    here.runs[1].play()
    assert here.numbers == [0, 3, 1, 2]
    here.runs[2].step()  # a single step needs no place, and gives up the one in the queue
    here.runs[0].limit = 1000
    wait_for(lambda: here.inline.run_all(1) and here.runs[2].steps == 1)
    assert here.runs[2].status == "paused"
    assert here.numbers == [0, 2, 0, 1]


def test_who_has_gone_is_passed_over_and_not_counted(experiment: Experiment) -> None:
    here = Class(experiment, 4, places=1)
    here.play()
    here.runs[1]._alive -= jobs.PATIENCE + 1
    assert here.numbers[2:] == [1, 2]
    here.runs[0].pause()
    wait_for(lambda: here.runs[2].status == "running")
    assert here.statuses == ["paused", "paused", "running", "waiting"]
    assert here.numbers == [0, 0, 0, 1]


@pytest.mark.parametrize("sign", ["touch", "watch", "play"])
def test_who_comes_back_too_late_has_lost_the_place(experiment: Experiment, sign: str) -> None:
    here = Class(experiment, 3, places=1)
    here.play()
    here.runs[1]._alive -= jobs.PATIENCE + 1
    getattr(here.runs[1], sign)()
    assert here.runs[1].number == (2 if sign == "play" else 0)
    assert here.runs[1].status == ("waiting" if sign == "play" else "paused")
    here.runs[2].touch()
    assert here.runs[2].number == 1


def test_a_place_that_was_left_before_its_call_goes_to_the_next(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Class(experiment, 3, places=1)
    here.play()
    late: list[threading.Thread] = []
    with monkeypatch.context() as patch:  # calls that are under way for a while
        patch.setattr(threading.Thread, "start", lambda call: late.append(call))
        here.runs[0].pause()
        assert here.statuses == ["paused", "waiting", "waiting"]
        here.runs[1].pause()
        here.runs[1].play()
        assert here.numbers == [0, 1, 0]  # the place is kept for the third
    for call in late:
        call.start()
    wait_for(lambda: here.statuses == ["paused", "waiting", "running"])
    assert here.pool.running == 1


def test_the_browser_hears_that_the_queue_moves(experiment: Experiment) -> None:
    here = Class(experiment, 3, places=1)
    here.play()
    feed = Feed(here.runs[2])
    words, _ = feed.told()
    assert words["queue"].startswith(
        "You are number 2 in the queue: this server trains 1 run, as many as it can carry."
    )
    assert words["under_way"].startswith("You are number 2 in the queue · run 2 · step 0")
    here.runs[1].pause()
    moved, _ = feed.told()
    assert moved["queue"].startswith("You are number 1 in the queue")
    assert moved["version"] != words["version"]
    assert moved["state"] == words["state"]  # the page need not be run again
    here.runs[0].pause()
    wait_for(lambda: here.runs[2].status == "running")
    trains, _ = feed.told()
    assert trains["queue"] == ""
    assert trains["state"] != words["state"]


class Counting(Pool):
    """Keeps how many runs were under way at once."""

    most = 0

    def enter(self, run: Runner, worker: Worker) -> bool:
        with self._lock:
            entered = super().enter(run, worker)
            self.most = max(self.most, self.running)
        return entered


def test_ten_at_once_train_in_the_end_and_never_more_than_there_are_places(
    experiment: Experiment,
) -> None:
    pool = Counting(lambda: ThreadPoolExecutor(1), 2, places=3)
    runs = [Run(f"run {each}", start(QUICK), experiment, pool) for each in range(10)]
    with ThreadPoolExecutor(10) as visitors:
        list(visitors.map(Run.play, runs))
    wait_for(lambda: all(run.status == "finished" for run in runs), 120)
    assert [run.steps for run in runs] == [4] * 10
    assert pool.most == 3
    assert (pool.running, pool.queued) == (0, 0)


def test_ten_who_change_their_minds_do_not_block_each_other(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "_next", lambda run: None)  # nobody trains: this is about places
    pool = Counting(lambda: Inline(), 2, places=3)
    runs = [Run(f"run {each}", start(QUICK), experiment, pool) for each in range(10)]

    def fidget(run: Run) -> None:
        chance = random.Random(run.name)
        for _ in range(300):
            chance.choice([run.play, run.play, run.pause, run.reset, run.watch])()
        run.play()

    with ThreadPoolExecutor(10) as visitors:
        list(visitors.map(fidget, runs, timeout=60))

    def is_settled() -> bool:
        statuses = [run.status for run in runs]
        return (statuses.count("running"), statuses.count("waiting")) == (3, 7)

    wait_for(is_settled)
    assert (pool.running, pool.queued, pool.most) == (3, 7, 3)
    assert sorted(run.number for run in runs) == [0, 0, 0, *range(1, 8)]
    for _ in range(10):  # whoever trains pauses, until nobody is left
        next(run for run in runs if run.status == "running").pause()
        wait_for(lambda: any(run.status == "running" for run in runs) or pool.queued == 0)
        time.sleep(0.05)
    assert {run.status for run in runs} == {"paused"}


def test_the_one_who_runs_the_server_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loky.ProcessPoolExecutor", lambda *_, **__: Inline())
    pool_of = jobs.processes.__wrapped__  # type: ignore[attr-defined]
    assert pool_of(2).places == 2 * settings.RUNS_PER_CORE
    monkeypatch.setenv("SIAMESE_RUNS_PER_CORE", " 3 ")
    assert pool_of(2).places == 6


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5", "²"])
def test_what_is_no_number_is_told_and_not_taken(
    given: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SIAMESE_RUNS_PER_CORE", given)
    assert settings.runs_per_core() == settings.RUNS_PER_CORE
    assert "SIAMESE_RUNS_PER_CORE" in caplog.text
    assert given in caplog.text
