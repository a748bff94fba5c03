"""Runs in the background: who calls `advance`, and where.

A `Run` belongs to one visitor. It hands its state to a pool of processes for a slice of training,
takes the new state back and asks for the next slice. All runs stand in one queue, so thirty
visitors take turns; a visitor alone gets all cores. A worker that dies takes nothing along: the
state from before the slice is still here.
"""

import functools
import logging
import math
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from siamese import projection
from siamese.config import ConfigError, TrainingConfig, preset
from siamese.evaluation import Evaluation, evaluate
from siamese.experiment import Experiment, cohort_before, first_state
from siamese.faces import DataError
from siamese.history import History
from siamese.networks import Prepared
from siamese.sharing import Once
from siamese.threads import Threads
from siamese.training import TrainingState, advance, start

Status = Literal["ready", "running", "paused", "finished", "failed"]

FIRST_SLICE, SLICE = 0.1, 0.7  # seconds of training between two looks: soon first, then steadily
PATIENCE = 90.0  # seconds without a sign of life from the visitor before a run pauses itself
LIMIT = 3000  # steps after which a run pauses, so that a forgotten one does not go on for ever
NEIGHBOURS = 8  # of a face on the map: about as many as there are photos of a person
RETRIES = 3  # workers that may die under one run, one after another without a result


@dataclass(frozen=True, eq=False)
class Slice:
    """One turn of a run, all that a worker has to know."""

    state: TrainingState
    seen: Prepared
    unseen: Prepared
    map: NDArray[np.float32] | None  # the map before
    steps: int  # to train, at most; 0 for a look only
    seconds: float  # likewise
    threads: Threads


@dataclass(frozen=True, eq=False)
class Result:
    """What comes back of a turn."""

    state: TrainingState
    evaluation: Evaluation
    map: NDArray[np.float32]  # (N, 2), the unseen faces
    map_method: str  # 'umap', 'pca', or 'plane' for embeddings drawn as they are
    seconds: float  # spent on training alone
    looking: float  # seconds spent on the evaluation and the map
    threads: Threads  # and their pace


def work(task: Slice) -> Result:
    """Train for a while, then look at the unseen people. Runs in a worker."""
    threads = task.threads
    torch.set_num_threads(threads.count)
    began = time.perf_counter()
    state, seconds, done = task.state, 0.0, 0
    while done < task.steps and seconds < task.seconds:
        # As many as fit in the time that is left, by the pace so far; each call costs some time.
        fitting = (task.seconds - seconds) * done / seconds if done else 1
        steps = int(min(task.steps - done, max(1, fitting), 4 * max(1, done)))
        state = threads.advance(state, task.seen, steps)
        done, seconds = done + steps, time.perf_counter() - began
    cohort = cohort_before(state.config)
    evaluation = evaluate(state.net, state.config.distance, task.unseen, cohort)
    placed, method = draw(evaluation.embedding, task.map)
    looking = time.perf_counter() - began - seconds
    return Result(state, evaluation, placed, method, seconds, looking, threads)


def draw(
    embedding: NDArray[np.float32], before: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], str]:
    """The map of a moment: the plane itself, or UMAP, or PCA while UMAP is not ready."""
    if embedding.shape[1] == 2:
        return embedding, "plane"
    if not projection.is_warm():
        return projection.project(embedding, "pca", start=before), "pca"
    return projection.project(embedding, "umap", start=before, neighbours=NEIGHBOURS), "umap"


def lay_out(
    embedding: NDArray[np.float32], method: str, choices: dict[str, Any]
) -> tuple[NDArray[np.float32], str]:
    """A map by a method of `PROJECTIONS`, and the method that drew it: PCA while this worker's UMAP
    is not ready. Runs in a worker."""
    if method == "umap" and not projection.is_warm():
        known = {name: choices[name] for name in ("dimensions", "start") if name in choices}
        return projection.project(embedding, "pca", **known), "pca"
    return projection.project(embedding, method, **choices), method


def lay_out_film(
    moments: list[NDArray[np.float16]], method: str, choices: dict[str, Any]
) -> list[NDArray[np.float32]]:
    """`projection.film`. Runs in a worker, and waits for its UMAP."""
    if method == "umap":
        projection.warm_up()
    return projection.film(moments, method, **choices)


def warm_worker() -> None:
    """The first thing that a worker does: be polite, load what takes long, answer quickly later."""
    os.nice(2)  # pages come first
    torch.set_num_threads(1)
    noise = torch.randint(0, 255, (8, 1, 64, 64), dtype=torch.uint8)
    faces = Prepared(noise, torch.arange(8) // 2)
    advance(start(replace(preset("triplet"), people=4, pictures=2)), faces, 2)
    threading.Thread(target=projection.warm_up, daemon=True).start()


class Pool:
    """Workers that all visitors share, and the runs that are under way on them."""

    def __init__(self, make: Callable[[], Executor], cores: int = 1) -> None:
        self.cores = cores
        self._make, self._executor = make, make()
        self._lock = threading.Lock()
        self._line: Future[Any] | None = None  # the last of those who go one by one
        self._running: weakref.WeakSet[object] = weakref.WeakSet()

    def submit(self, call: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """As of an executor. Where the workers have died, there are new ones first."""
        with self._lock:
            try:
                return self._executor.submit(call, *arguments)
            except BrokenExecutor:
                self._executor = self._make()
                return self._executor.submit(call, *arguments)

    def submit_alone(self, call: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """As `submit`, after all others that have been submitted so. When a worker dies, everything
        that waits is lost with it; where one goes at a time, it is known which one killed it."""
        waits: Future[Any] = Future()

        def go(_: object = None) -> None:
            try:
                self.submit(call, *arguments).add_done_callback(lambda done: hand_on(done, waits))
            except Exception as error:
                waits.set_exception(error)

        with self._lock:
            before, self._line = self._line, waits
        waits.add_done_callback(self._forget)  # not to hold on to somebody's result
        if before is None:
            go()
        else:
            before.add_done_callback(go)
        return waits

    def _forget(self, done: "Future[Any]") -> None:
        with self._lock:
            if self._line is done:
                self._line = None

    def enter(self, run: object) -> None:
        self._running.add(run)

    def leave(self, run: object) -> None:
        self._running.discard(run)

    @property
    def threads(self) -> int:
        """Cores for each run that is under way; a run takes as many of them as pay."""
        return max(1, self.cores // max(1, len(self._running)))


def hand_on(done: "Future[Any]", waits: "Future[Any]") -> None:
    """What became of one future becomes of another one."""
    error = done.exception()
    if error is None:
        waits.set_result(done.result())
    else:
        waits.set_exception(error)


@Once
def processes(workers: int | None = None) -> Pool:
    """The pool of this server: one process a core, started once and kept warm.

    loky's workers do not import the main module again (which would be a Streamlit page), and a dead
    one is noticed at once.
    """
    from loky import ProcessPoolExecutor

    count = workers or os.cpu_count() or 1
    pool = Pool(lambda: ProcessPoolExecutor(count, initializer=warm_worker), count)
    for _ in range(count):
        pool.submit(time.sleep, 0.01)  # workers come to life with the first work
    return pool


def reason_of(error: Exception) -> str:
    """Why a run could not go on, in words for its visitor; the words of Python go into the log."""
    if isinstance(error, ConfigError | DataError):
        return str(error)
    if isinstance(error, BrokenExecutor):
        return "the process that trains it was ended by the system, perhaps out of memory."
    if isinstance(error, MemoryError):
        return "the memory of this machine is full."
    logging.getLogger(__name__).error("A run has failed.", exc_info=error)
    if isinstance(error, OSError):
        return "the system grants no process, memory or disk space for it now."
    return "that is a fault of this program; its log says more."


class Inline(Executor):
    """Does the work in the thread that calls `run_all`, and not before: training turn by turn,
    without processes."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self._waiting.append((future, functools.partial(fn, *args, **kwargs)))
        return future

    def run_all(self, at_most: int = 10_000) -> int:
        """Do what waits and what it brings about; how many calls that were."""
        for done in range(at_most):
            if not self._waiting:
                return done
            future, call = self._waiting.popleft()
            try:
                result = call()
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(result)
        return at_most


class Run:
    """One training run of one visitor. Its methods may be called from any thread."""

    def __init__(self, name: str, state: TrainingState, experiment: Experiment, pool: Pool) -> None:
        self.name, self.experiment, self.pool = name, experiment, pool
        self.state = self._first = state
        self.status: Status = "ready"
        self.problem = ""  # a sentence, when status is 'failed'
        # Steps at which it pauses by itself: with a horizon, nothing is learnt after that.
        self.limit = state.step + (state.config.horizon or LIMIT)
        self.pace: int | None = None  # steps between two looks; None: as many as SLICE allows
        self.result: Result | None = None  # the last look
        self.untrained: Evaluation | None = None  # the look at step 0
        self.best: Result | None = None  # the look with the lowest equal error rate so far
        self.history = History()  # of the looks
        self.seconds = 0.0  # spent on training alone
        self._changes: dict[str, Any] = {}  # that the next slice starts with
        self._single_steps = 0  # asked for and not done yet
        self._threads = Threads(1)
        self._turn = 0  # of the slice that is out; an older one comes back in vain
        self._out, self._deaths = False, 0  # deaths of workers since the last result
        self._alive = time.monotonic()
        self._lock = threading.RLock()
        self._next()

    @property
    def config(self) -> TrainingConfig:
        """The configuration of the next slice."""
        return replace(self.state.config, **self._changes)

    @property
    def busy(self) -> bool:
        """Is there anything new to be expected?"""
        return self._out or self.status == "running"

    @property
    def pictures_per_second(self) -> float:
        steps = self.state.step - self._first.step
        batch = self.state.config.people * self.state.config.pictures
        return steps * batch / self.seconds if self.seconds else 0.0

    def play(self) -> None:
        """Train on, until told otherwise or `limit` is reached."""
        with self._lock:
            if self.state.step >= self.limit:
                self.limit = self.state.step + LIMIT
            self._become("running")
            self.touch()
            self._next()

    def pause(self) -> None:
        """Stop after the slice that is under way."""
        with self._lock:
            if self.status == "running":
                self._become("paused")

    def step(self) -> None:
        """One step, then pause."""
        with self._lock:
            self._become("paused")
            self._single_steps += 1
            self._next()

    def reset(self) -> None:
        """Back to the untrained net, with the configuration as it is now."""
        with self._lock:
            self.state = self._first = first_state(self.config)
            self.result = self.untrained = self.best = None
            self.history = History()
            self.seconds, self.problem = 0.0, ""
            self._changes, self._single_steps, self._out = {}, 0, False
            self.limit = self.config.horizon or LIMIT
            self._turn += 1
            self._become("ready")
            self._next()

    def back_to_best(self) -> None:
        """Take up the state of the best look again, and wait."""
        with self._lock:
            if self.best is None:
                return
            self.state, self.result = self.best.state, self.best
            self.history.back_to(self.state.step)
            self._changes, self._single_steps, self._out = {}, 0, False
            self._turn += 1  # a slice that is out comes back in vain
            self._become("paused")

    @property
    def lost(self) -> float:
        """How much higher the equal error rate is than at the best look."""
        if self.best is None or self.result is None:
            return 0.0
        return self.result.evaluation.scores.eer - self.best.evaluation.scores.eer

    def change(self, **changes: Any) -> None:
        """Another margin, learning rate, … from the next slice on. ConfigError if it cannot be."""
        with self._lock:
            replace(self.config, **changes)
            self._changes |= changes

    def touch(self) -> None:
        """A sign of life from the visitor."""
        self._alive = time.monotonic()

    def save(self) -> bytes:
        """The run as a model file: the net, its scores, and all that it takes to train on."""
        with self._lock:  # it may train on meanwhile
            state, untrained = self.state, self.untrained
            seconds, since = self.seconds, self._first.step
        trained = self.experiment.evaluate(state)
        untrained = untrained or self.experiment.evaluate(first_state(state.config))
        report = self.experiment.report(state, trained, untrained, seconds, since)
        return self.experiment.save(state, trained, report)

    def _become(self, status: Status) -> None:
        self.status = status
        (self.pool.enter if status == "running" else self.pool.leave)(self)

    def _next(self) -> None:
        """Hand out the next slice, if there is one to hand out."""
        if self.status == "running":
            if self.state.step >= self.limit:
                self._become("finished")
            elif time.monotonic() - self._alive > PATIENCE:
                self._become("paused")
        last = self.result
        if self._out or not (last is None or self._single_steps or self.status == "running"):
            return
        if self._changes:
            self.state, self._changes = self.state.change(**self._changes), {}
        if last is None:
            steps, seconds = 0, 0.0  # the first look
        elif self._single_steps:
            steps, seconds = self._single_steps, math.inf
        else:
            left = self.limit - self.state.step
            # A net that is slow to look at is looked at less often: half of the time is training.
            steps, seconds = min(self.pace or left, left), max(SLICE, last.looking)
            if self.state.step == self._first.step:
                seconds = FIRST_SLICE
        task = Slice(
            state=self.state,
            seen=self.experiment.seen,
            unseen=self.experiment.unseen,
            map=last.map if last else None,
            steps=steps,
            seconds=seconds,
            threads=self._threads.at_most(self.pool.threads),
        )
        self._out = True
        self._turn += 1
        turn = self._turn
        submit = self.pool.submit_alone if self._deaths else self.pool.submit
        try:
            submit(work, task).add_done_callback(lambda done: self._take(done, turn))
        except Exception as error:
            self._fail(error)

    def _take(self, done: "Future[Result]", turn: int) -> None:
        """A slice came back, or its worker died. Called from a thread of the executor."""
        with self._lock:
            if turn != self._turn:
                return
            self._out = False
            try:
                self._accept(done.result())
            except BrokenExecutor as error:
                self._deaths += 1  # nothing is lost: the state is still that of before the slice
                if self._deaths > RETRIES:
                    self._fail(error)
                    return
            except Exception as error:
                self._fail(error)
                return
            self._next()

    def _fail(self, error: Exception) -> None:
        """Stop and say why. It can be played again."""
        self.problem = f"Training stopped: {reason_of(error)}"
        self._out, self._deaths = False, min(self._deaths, 1)
        self._become("failed")

    def _accept(self, result: Result) -> None:
        self._single_steps = max(0, self._single_steps - (result.state.step - self.state.step))
        self.seconds += result.seconds
        self._deaths = 0
        self.state, self.result, self._threads = result.state, result, result.threads
        if self.best is None or self.lost <= 0:
            self.best = result
        self.history.add(result.state.step, result.evaluation)
        if result.state.step == 0:
            self.untrained = result.evaluation
