"""Runs in the background: who asks for the next turn, and when.

A `Run` belongs to one visitor. It asks a worker for a turn of training, takes what comes back and
asks for the next one; thirty visitors take turns, a visitor alone gets all cores. Its state stays
with the worker and comes home every few seconds: a worker that dies takes along no more than these.
"""

import functools
import logging
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from typing import Any, Literal

from siamese.config import ConfigError
from siamese.evaluation import Evaluation
from siamese.experiment import Experiment, first_state
from siamese.faces import DataError
from siamese.history import History
from siamese.threads import Threads
from siamese.training import TrainingState
from siamese.turns import Done, Result, Turn, UnknownError, better, lay_out, lay_out_film, work
from siamese.workers import Call, Pool, Process, at_the_end, processes

__all__ = ["Inline", "Pool", "Result", "Run", "lay_out", "lay_out_film", "processes"]

# Who is 'waiting' is to train as soon as there is a place in the pool.
Status = Literal["ready", "waiting", "running", "paused", "finished", "failed"]

FIRST_SLICE, SLICE = 0.1, 0.7  # seconds of training between two looks: soon first, then steadily
ROUND = 2.0  # seconds until everybody who shares a worker has had a turn
TRAINING = 3.0  # times as long as a look takes, a run trains from look to look, where others wait
HOME, SOON = 5.0, 1.0  # seconds after which the state comes home: among many runs, among few
WATCHED = 4.0  # seconds for which a run is taken to be watched after a sign of it
PATIENCE = 90.0  # seconds without a sign of life from the visitor before a run pauses itself
LIMIT = 3000  # steps after which a run pauses, so that a forgotten one does not go on for ever
RETRIES = 3  # workers that may die under one run, one after another without a result


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
        self.state = self._first = state  # the last one that is here
        self.config, self.steps = state.config, state.step  # of the next turn; done so far
        self.status: Status = "ready"
        self.problem = ""  # a sentence, when status is 'failed'
        # Steps at which it pauses by itself: with a horizon, nothing is learnt after that.
        self.limit = state.step + (state.config.horizon or LIMIT)
        self.pace: int | None = None  # steps between two looks; None: as many as there is time for
        self.version = 0  # goes up with all that can be seen of a run
        self.result: Result | None = None  # the last look; its state may have stayed in the worker
        self.home: Result | None = None  # the last look at a state that is here
        self.untrained: Evaluation | None = None  # the look at step 0
        self.best: Result | None = None  # the look with the lowest equal error rate so far
        self.history = History()  # of the looks
        self.seconds = 0.0  # spent on training alone
        self.looked = time.monotonic()  # when the last look came
        self.every = 0.0  # seconds from turn to turn
        self._turned = 0.0  # when the last turn was over
        self._single_steps, self._singles_out = 0, 0  # asked for and not done yet; in this turn
        self._threads = Threads(1)
        self._looks = deque([0.0], maxlen=2)  # seconds that the last ones took
        self._unlooked = 0.0  # seconds of training since the last one
        self._turn = 0  # the one that is out; an older one comes back in vain
        self._out, self._deaths = False, 0  # deaths of workers since the last result
        self._id, self._worker = secrets.token_hex(8), pool.place(self, None)
        self._faces = [
            pool.faces(told, faces)
            for told, faces in zip(
                experiment.digests, (experiment.seen, experiment.unseen), strict=True
            )
        ]
        self._is_new = True  # whether the worker has to take over `state`, whatever it has
        self._came = self._alive = self._watched = time.monotonic()  # home; signs of the visitor
        self._lock = threading.RLock()
        at_the_end(self, pool.drop, self._id)
        self._next()

    @property
    def busy(self) -> bool:
        """Is there anything new to be expected?"""
        return self._out or self.is_played

    @property
    def is_played(self) -> bool:
        """Does it train, or wait for a place to train?"""
        return self.status in ("running", "waiting")

    @property
    def is_here(self) -> bool:
        """Has its visitor given a sign of life lately?"""
        return time.monotonic() - self._alive <= PATIENCE

    @property
    def number(self) -> int:
        """Which in the queue it is, from 1 on, while it waits for a place; else 0."""
        return self.pool.number(self) if self.status == "waiting" else 0

    @property
    def pictures_per_second(self) -> float:
        steps = self.steps - self._first.step
        batch = self.config.people * self.config.pictures
        return steps * batch / self.seconds if self.seconds else 0.0

    @property
    def shares(self) -> tuple[int, int]:
        """How many runs are under way, and the cores that they share."""
        return self.pool.running, self.pool.cores

    def play(self) -> None:
        """Train on, until told otherwise or `limit` is reached; where there is no place in the
        pool, as soon as there is one."""
        with self._lock:
            self.touch()
            if self.steps >= self.limit:
                self.limit = self.steps + LIMIT
            self._set_out()

    def called(self) -> None:
        """There is a place for it now. Who has gone in the meantime gives it to the next."""
        with self._lock:
            if self.status != "waiting":
                return
            if self.is_here:
                self._set_out()
            else:
                self.pause()

    def _set_out(self) -> None:
        self._become("running")
        self._turned = 0.0
        self._next()

    def pause(self) -> None:
        """Stop after the turn that is under way."""
        with self._lock:
            if self.is_played:
                self._become("paused")
                self._next()

    def step(self) -> None:
        """One step, then pause."""
        with self._lock:
            self._become("paused")
            self._single_steps += 1
            self._next()

    def reset(self) -> None:
        """Back to the untrained net, with the configuration as it is now."""
        with self._lock:
            self._first = first_state(self.config)
            self.result = self.home = self.untrained = self.best = None
            self.history = History()
            self.seconds, self.problem = 0.0, ""
            self.limit = self.config.horizon or LIMIT
            self._take_up(self._first)
            self._become("ready")
            self._next()

    def back_to_best(self) -> None:
        """Take up the state of the best look again, and wait."""
        with self._lock:
            if self.best is None:
                return
            self.result = self.home = self.best
            self.history.back_to(self.best.state.step)
            self._take_up(self.best.state)
            self._become("paused")

    def _take_up(self, state: TrainingState) -> None:
        """Go on from another state; what is out comes back in vain."""
        self.state, self.config, self.steps = state, state.config, state.step
        self._single_steps, self._out, self._is_new = 0, False, True
        self._turn += 1

    def change(self, **changes: Any) -> None:
        """Another margin, learning rate, … from the next turn on. ConfigError if it cannot be."""
        with self._lock:
            self.config = replace(self.config, **changes)

    def rename(self, name: str) -> None:
        """It goes by another name from now on."""
        with self._lock:
            self.name = name
            self.version += 1

    def touch(self) -> None:
        """A sign of life from the visitor. Who was away for too long has lost the place in the
        queue."""
        if self.status == "waiting" and not self.is_here:
            self.pause()
        self._alive = time.monotonic()

    def watch(self) -> None:
        """The visitor looks at it: let there be looks to see."""
        self.touch()
        self._watched = self._alive

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
        if status != "running":
            self.pool.leave(self)
        elif not self.pool.enter(self, self._worker):
            status = "waiting"
        self.status = status
        self.version += 1

    @property
    def _is_away(self) -> bool:
        """Is there a newer state than the one that is here?"""
        return self.steps != self.state.step

    def _next(self) -> None:
        """Ask for the next turn, if there is one to ask for."""
        if self.status == "running":
            if self.steps >= self.limit:
                self._become("finished")
            elif not self.is_here:
                self._become("paused")
        wanted = (
            self._single_steps or self.status == "running" or self._is_away or not self._is_seen
        )
        if self._out or not wanted:
            return
        if self._is_new or not self._is_away:
            self._move()
        self._out = True
        self._turn += 1
        turn = self._turn
        try:
            done = self.pool.hand(
                self._worker, self._made(self._plan()), self._id, soon=not self._is_under_way
            )
            done.add_done_callback(lambda done: self._take(done, turn))
        except Exception as error:
            self._fail(error)

    def _move(self) -> None:
        """To where there is less to do, if there is."""
        self._worker = self.pool.place(self, self._worker)
        if self.status == "running":
            self.pool.enter(self, self._worker)

    def _plan(self) -> Turn:
        """The next turn."""
        now = time.monotonic()
        self._singles_out = self._single_steps if self.result else 0
        steps, seconds = self._length()
        is_live = bool(steps) and not self._singles_out
        home = self.result is not None and (not is_live or now - self._came >= self._stay)
        watched = now - self._watched < WATCHED and self._unlooked + seconds >= self._between
        return Turn(
            run=self._id,
            seen=self._faces[0].digest,
            unseen=self._faces[1].digest,
            faces={},
            state=self.state,
            config=self.config,
            map=self.result.map if self.result else None,
            steps=steps,
            seconds=seconds,
            threads=self._threads.at_most(self.pool.threads),
            looks=(watched or home) if steps else not self._is_seen,
            quick=bool(steps) and self._is_crowded,
            home=home,
        )

    @property
    def _stay(self) -> float:
        """Seconds for which the state may stay away."""
        return HOME if self._is_crowded else SOON

    @property
    def _is_under_way(self) -> bool:
        """Has there been a look at what it has trained?"""
        return self.result is not None and self.steps > self._first.step

    @property
    def _is_crowded(self) -> bool:
        """Are there more runs under way than cores?"""
        return self.pool.running > self.pool.cores

    @property
    def _is_seen(self) -> bool:
        """Has there been a full look at the state as it is?"""
        last = self.result
        return last is not None and not last.quick and last.state.step == self.steps

    def _length(self) -> tuple[int, float]:
        """Steps and seconds of the next turn, at most."""
        if self.result is None:
            return 0, 0.0  # the first look
        if self._singles_out:
            return self._singles_out, math.inf
        if self.status != "running":
            return 0, 0.0  # the state is to come home
        left = self.limit - self.steps
        steps = min(self.pace or left, left)
        return steps, FIRST_SLICE if self.steps == self._first.step else self._seconds()

    def _seconds(self) -> float:
        """Of training in a turn: as long as leaves a turn to everybody soon."""
        fair = ROUND / max(1, len(self._worker.runs)) - self._looking
        return min(SLICE, max(fair, self._between))

    @property
    def _looking(self) -> float:
        """Seconds that a look takes. One may have had something to load first."""
        return min(self._looks)

    @property
    def _between(self) -> float:
        """Seconds of training from look to look. A net that is slow to look at is looked at less
        often: most of the time is training, half of it where nobody waits for it."""
        return self._looking * (TRAINING if len(self._worker.runs) > 1 else 1)

    def _made(self, plan: Turn) -> Callable[[Process], Call]:
        """The turn for a process: with what it has not got yet."""
        faces, is_new = self._faces, self._is_new

        def made(process: Process) -> Call:
            missing = {
                each.digest: each.prepared for each in faces if each.digest not in process.has
            }
            goes_on = not is_new and plan.run in process.has
            process.has.update([plan.run, plan.seen, plan.unseen])
            return work, (replace(plan, faces=missing, state=None if goes_on else plan.state),)

        return made

    def _take(self, done: "Future[Done]", turn: int) -> None:
        """A turn came back, or its worker died. Called from a thread of the executor."""
        with self._lock:
            if turn != self._turn:
                return
            self._out = False
            try:
                self._accept(done.result())
            except (BrokenExecutor, UnknownError) as error:
                self._deaths += 1  # little is lost: there is the state that came home last
                self._is_new = True
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
        self.steps, self._is_new = self.state.step, True
        self._become("failed")

    def _accept(self, done: Done) -> None:
        self._single_steps -= self._singles_out
        if done.state.step < self.steps:  # its worker had died
            self.history.back_to(done.state.step)
        self.steps, self.seconds = done.state.step, self.seconds + done.seconds
        self._deaths, self._threads, self._is_new = 0, done.threads, False
        self._unlooked += done.seconds
        now = time.monotonic()
        self.every, self._turned = now - self._turned if self._turned else 0.0, now
        if done.state.weights:
            self.state, self._came = done.state, now
        if done.result:
            self._see(done.result, done.looking)
        self._bring_home(done.best)
        self.version += 1

    def _see(self, result: Result, looking: float) -> None:
        self.result, self.looked, self._unlooked = result, time.monotonic(), 0.0
        self._looks.append(looking)
        self.history.add(result.state.step, result.evaluation, self.seconds)
        if result.state.step == 0:
            self.untrained = result.evaluation

    def _bring_home(self, best: Result | None) -> None:
        """The last look and the best one, where their states are here."""
        self.best = better(self.best, best)
        if self._is_away or self.result is None or self.result.state.step != self.steps:
            return
        self.result = self.home = replace(self.result, state=self.state)
        self.best = better(self.best, self.home)
