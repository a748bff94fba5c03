"""Workers of a real Dask scheduler: runs train there as here, and go on whoever is lost."""

import math
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import wait_for

from pages.ui import status
from pages.ui.train import live
from siamese import cluster, jobs, turns, workers
from siamese.config import preset
from siamese.experiment import Experiment
from siamese.jobs import Inline, Pool, Run
from siamese.training import advance, start
from siamese.turns import Turn

ROOT = Path(__file__).parent.parent
QUICK = preset("triplet", people=4, pictures=2)


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WATCHED", math.inf)


def run_on(pool: Pool, experiment: Experiment, name: str = "run") -> Run:
    run = Run(name, start(QUICK), experiment, pool)
    run.pace = 3
    run.limit = 100_000
    return run


# Without a cluster


@pytest.fixture(name="warmed")
def _warmed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fakes have nothing to load in the process of the tests. One entry for each that was told."""
    told: list[int] = []
    monkeypatch.setattr(turns, "warm", lambda: told.append(1))
    return told


class Lost(Inline):
    """One whose work never comes back by itself, as that of a worker that is gone."""

    def start(self) -> Executor:
        return self

    def lose(self) -> None:
        while self._waiting:
            self._waiting.popleft()[0].set_exception(BrokenExecutor("gone"))


@pytest.mark.usefixtures("warmed")
def test_a_run_moves_from_a_worker_that_has_left(experiment: Experiment) -> None:
    here, there = Inline(), Inline()
    pool = Pool(lambda: here)
    run = run_on(pool, experiment)
    run.play()
    here.run_all(4)
    assert run.steps > 0
    pool.staff([lambda: there], 1)
    here.run_all(200)
    before = run.steps
    assert run._worker is pool.workers[0]
    assert run.busy
    there.run_all(6)
    assert run.steps > before, "it goes on from where it was"
    run.pause()
    there.run_all()


@pytest.mark.usefixtures("warmed")
def test_what_waits_for_a_lost_worker_is_done_by_another() -> None:
    lost, other = Lost(), Inline()
    pool = Pool(lambda: lost)
    (gone,) = pool.workers
    done = [pool.submit(pow, 2, each) for each in (3, 4, 5)]
    pool.staff([lambda: other], 1)
    gone.make = _broken
    lost.lose()
    other.run_all()
    assert isinstance(done[0].exception(0), BrokenExecutor), "it was being done"
    assert [each.result(0) for each in done[1:]] == [16, 32]


def _broken() -> Executor:
    raise BrokenExecutor("gone")


def test_a_worker_that_cannot_be_replaced_fails_its_turns_and_does_not_hang() -> None:
    lost = Lost()
    pool = Pool(lambda: lost)
    (gone,) = pool.workers
    turns = [pool.hand(gone, lambda _: (pow, (2, 3)), name) for name in "abc"]
    gone.make = _broken
    lost.lose()
    assert all(isinstance(each.exception(0), BrokenExecutor) for each in turns)


def test_workers_that_stay_are_kept_and_one_run_has_the_cores_of_one_machine(
    warmed: list[int],
) -> None:
    inlines = [Inline() for _ in range(3)]
    makes = [partial(lambda inline: inline, inline) for inline in inlines]
    pool = Pool(Inline)
    pool.staff(makes[:2], 1)
    first, second = pool.workers
    pool.staff(makes[1:], 2)
    assert pool.workers[0] is second
    assert first not in pool.workers
    assert (pool.cores, pool.threads) == (2, 2)
    pool.staff(makes, 1)
    assert (pool.cores, pool.threads) == (3, 1)
    for inline in inlines:
        inline.run_all()
    assert len(warmed) == 4, "of the newcomers each, the one that came back included"


@pytest.mark.usefixtures("warmed")
def test_runs_keep_their_places_when_their_worker_leaves(experiment: Experiment) -> None:
    inline = Inline()
    makes = [partial(lambda inline: inline, inline) for _ in range(3)]
    pool = Pool(lambda: inline, places=2)
    runs = [run_on(pool, experiment, name) for name in "abcd"]
    inline.run_all()
    for run in runs:
        run.play()
    pool.staff(makes[:1], 1)
    inline.run_all(20)
    assert [run.status for run in runs] == ["running", "running", "waiting", "waiting"]
    assert (pool.running, len(pool.workers[0].runs)) == (2, 2)
    pool.staff(makes, 3)
    wait_for(lambda: [run.status for run in runs] == ["running"] * 4)
    assert pool.places == 6
    for run in runs:
        run.pause()


@pytest.mark.parametrize(
    ("addresses", "together"),
    [
        (["tcp://10.0.0.1:1", "tcp://10.0.0.1:2", "tcp://10.0.0.2:1"], 1),
        (["tls://a:1", "tls://a:2"], 2),
        ([], 1),
    ],
)
def test_workers_of_a_machine_are_counted(addresses: Sequence[str], together: int) -> None:
    assert cluster._together(addresses) == together


@pytest.fixture(name="locally")
def _locally(monkeypatch: pytest.MonkeyPatch, warmed: list[int]) -> Inline:
    """This machine's own workers."""
    inline = Inline()
    monkeypatch.setattr(workers, "process", lambda: inline)
    return inline


def all_processes(address: str, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> Pool:
    monkeypatch.setenv("SIAMESE_CLUSTER", address)
    pool: Pool = workers.processes.__wrapped__(count)  # type: ignore[attr-defined]
    return pool


@pytest.mark.parametrize("address", ["scheduler", "scheduler:8786", "tcp://x:y", "http://x:80"])
def test_no_address(
    address: str,
    locally: Inline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    experiment: Experiment,
) -> None:
    pool = all_processes(address, monkeypatch)
    assert pool.notice == (
        "Training runs on this machine: the cluster's address has to be such as "
        "tcp://scheduler:8786."
    )
    assert capsys.readouterr().err == f"SIAMESE_CLUSTER={address}: {pool.notice}\n"
    assert_trains(pool, locally, experiment)


def test_without_the_package(
    locally: Inline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    experiment: Experiment,
) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    pool = all_processes("tcp://scheduler:8786", monkeypatch)
    assert capsys.readouterr().err.endswith(f": {pool.notice}\n")
    assert "requirements-cluster.txt" in pool.notice
    assert_trains(pool, locally, experiment)


def assert_trains(pool: Pool, locally: Inline, experiment: Experiment) -> None:
    run = run_on(pool, experiment)
    run.play()
    locally.run_all(8)
    assert run.steps > 0
    assert live.share(run) == pool.notice, "the page says so where it says what a run gets"
    run.pause()
    locally.run_all()
    assert live.share(run) == ""


def test_the_status_page_says_it(
    locally: Inline, monkeypatch: pytest.MonkeyPatch, experiment: Experiment
) -> None:
    pool = all_processes("nowhere", monkeypatch)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    told = status.now()
    assert told.cluster_missing == 1
    assert "siamese_cluster_missing 1\n" in told.as_prometheus()
    assert "<p>" not in status.page(told)
    assert "<p>Training runs on this machine: " in status.page(told, status.notice())
    assert "<p>&lt;b&gt;</p>" in status.page(told, "<b>")
    pool.notice = ""
    assert status.now().cluster_missing == 0
    assert status.notice() == ""


# With a scheduler

needs_dask = pytest.mark.skipif(
    cluster.find_spec("distributed") is None,
    reason="requirements-cluster.txt is not installed.",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Dask:
    """A scheduler and its workers, each a process of its own as in a deployment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.started: list[subprocess.Popen[bytes]] = []

    def scheduler(self) -> "subprocess.Popen[bytes]":
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        return self._start("scheduler", *options, "--no-show")

    def worker(self) -> "subprocess.Popen[bytes]":
        options = ["--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        return self._start("worker", self.address, *options)

    def _start(self, what: str, *options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.fixture(name="dask")
def _dask(tmp_path: Path) -> Iterator[Dask]:
    dask = Dask(tmp_path)
    yield dask
    dask.end()


@needs_dask
def test_somebody_else_answers(
    locally: Inline, monkeypatch: pytest.MonkeyPatch, experiment: Experiment
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:

        def answer() -> None:
            caller, _ = web.accept()
            with caller:
                caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3)

        threading.Thread(target=answer, daemon=True).start()
        pool = all_processes(f"tcp://127.0.0.1:{web.getsockname()[1]}", monkeypatch)
        wait_for(lambda: pool.notice)
    assert pool.notice == "Training runs on this machine: the cluster does not answer."
    assert_trains(pool, locally, experiment)


@needs_dask
@pytest.mark.slow
def test_a_life_on_a_cluster(
    dask: Dask,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    experiment: Experiment,
) -> None:
    """It trains there as here, faces go there once, a worker more is used, one that is killed costs
    seconds, and without a scheduler this machine takes over, until there is one again."""
    sent = spy(monkeypatch)
    scheduler = dask.scheduler()
    dask.worker()
    pool = all_processes(dask.address, monkeypatch)
    wait_for(lambda: not pool.notice)
    assert pool.cores == 1
    there = pool.submit(os.getppid).result(60)
    assert there == dask.started[1].pid, "the worker's nanny is its parent"
    pool.submit(turns.warm).result(60)
    monkeypatch.setattr(turns, "warm", os.getpid)  # UMAP in each of the others takes long

    runs = [run_on(pool, experiment, name) for name in "ab"]
    for run in runs:
        run.limit = 12
        run.play()
    wait_for(lambda: all(run.status == "finished" and not run.busy for run in runs), 60)
    alone = advance(start(QUICK), experiment.seen, 12)
    for run in runs:
        assert run.state.step == 12
        assert np.array_equal(run.state.history, alone.history)
        for name, weight in run.state.weights.items():
            assert np.array_equal(weight, alone.weights[name]), name
    assert sum(len(turn.faces) for turn in sent) == 2, "those to learn from, and the unseen ones"
    assert sum(turn.state is not None for turn in sent) == 2, "of each run once"

    dask.worker()
    wait_for(lambda: pool.cores == 2, 30)
    for run in runs:
        run.limit = 100_000
        run.play()
    wait_for(lambda: {len(each.runs) for each in pool.workers} == {1}, 30)

    died = pool.workers[0]
    os.kill(pool.hand(died, lambda _: (os.getpid, ())).result(30), signal.SIGKILL)
    wait_for(lambda: died not in pool.workers, 10)
    assert_all_go_on(runs)
    wait_for(lambda: pool.cores == 2, 30)  # its nanny has started another one

    capfd.readouterr()
    scheduler.kill()
    wait_for(lambda: pool.notice, 20)
    assert pool.cores == 1
    assert_all_go_on(runs)
    assert pool.submit(os.getppid).result(30) == os.getpid()
    assert pool.notice == "Training runs on this machine: the cluster does not answer."
    assert pool.notice in live.share(runs[0])
    assert capfd.readouterr().err == f"SIAMESE_CLUSTER={dask.address}: {pool.notice}\n"

    dask.scheduler()
    dask.worker()  # the others have ended with the first one
    wait_for(lambda: not pool.notice, 40)
    sent.clear()
    wait_for(lambda: len({turn.run for turn in sent}) == 2, 60)
    assert_all_go_on(runs)
    for run in runs:
        run.pause()
    wait_for(lambda: not any(run.busy for run in runs))


def assert_all_go_on(runs: Sequence[Run]) -> None:
    """States newer than all that were made before come home, and looks at them."""
    before = [run.steps for run in runs]

    def go_on() -> bool:
        return all(
            run.home is not None and run.home.state.step > step
            for run, step in zip(runs, before, strict=True)
        )

    wait_for(go_on, 60)
    assert [run.status for run in runs] == ["running"] * len(runs)


def spy(monkeypatch: pytest.MonkeyPatch) -> list[Turn]:
    """The turns that workers of the cluster are given."""
    sent: list[Turn] = []
    submit = cluster.Remote.submit

    def submitted(self: cluster.Remote, fn: Any, *args: Any, **kwargs: Any) -> "Future[Any]":
        sent.extend(each for each in args if isinstance(each, Turn))
        return submit(self, fn, *args, **kwargs)

    monkeypatch.setattr(cluster.Remote, "submit", submitted)
    return sent
