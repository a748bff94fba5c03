"""The workers that all visitors share: who works where, and what waits.

Each worker is a process of its own with a queue of its own, so a death costs the turn that was
being done and nothing that waits. A run stays with its worker, where its state and its faces are,
until another one has less to do.
"""

import math
import os
import random
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from functools import partial
from time import monotonic as clock
from typing import Any, Protocol

from siamese import cluster, settings, stopped, turns
from siamese.networks import Prepared
from siamese.sharing import Once, Shared

AHEAD = 2  # calls that a worker has at a time: one that it does, one so that it need not wait
LONGEST = 4.0  # seconds after which a run is due again, however long its turn took
FEW = 5  # runs of a worker: where there are no more, one more or less makes shares unequal

Call = tuple[Callable[..., Any], tuple[Any, ...]]
Make = Callable[[], Executor]


class Runner(Protocol):
    """What may be under way; `Run` of jobs.py is one."""

    @property
    def is_here(self) -> bool:
        """Has its visitor given a sign of life lately?"""

    def called(self) -> None:
        """There is a place for it now. Called from a thread of its own."""


@dataclass(eq=False)
class Process:
    """What works, and what it has got."""

    executor: Executor
    has: set[str] = field(default_factory=set)  # runs and faces
    is_dead: bool = False


@dataclass(eq=False)
class Job:
    """A call that waits; it is `made` for the process that takes it."""

    made: Callable[[Process], Call]
    name: str = ""  # whose turn it is; a call without a name goes before all turns
    due: float = -math.inf  # who has been due for longest is next
    future: "Future[Any]" = field(default_factory=Future)
    process: Process | None = None


@dataclass(frozen=True, eq=False)
class KeptFaces:
    """Somebody's faces, which workers keep by their digest as long as this is held."""

    digest: str
    prepared: Prepared


class Worker:
    """A process and those who stand before it. The lock of its pool guards it.

    Time is shared fairly: after a turn that took so long, a run is due again when all others that
    stand here could have had as much, but in `LONGEST` at the latest. As a turn may have taken long
    by chance, the shorter of a run's last two counts. A newcomer is due at once.
    """

    def __init__(self, make: Make) -> None:
        self.make = make
        self._process: Process | None = None
        self._since = 0.0  # when the process began what it does
        self.waiting: list[Job] = []
        self.out: list[Job] = []
        self.runs: weakref.WeakSet[Runner] = weakref.WeakSet()  # under way here
        self._took: dict[str, float] = {}  # seconds of the last turn of each run

    @property
    def executor(self) -> Executor | None:
        """Of the process that is at work."""
        return self._process.executor if self._process else None

    @property
    def load(self) -> int:
        return len(self.waiting) + len(self.out)

    def has(self, name: str) -> bool:
        """Whether a run or faces are kept here."""
        return self._process is not None and name in self._process.has

    def wait(self, job: Job, due: float | None = None) -> None:
        """One job more for this worker."""
        if job.name:
            job.due = clock() if due is None else due
        self.waiting.append(job)

    def next(self) -> Job | None:
        """The job that the process is to be given now, if it is to be given one."""
        may_choose = len(self.waiting) > 1
        if not self.waiting or len(self.out) >= (AHEAD if may_choose else 1):
            return None
        job = min(self.waiting, key=lambda each: each.due)  # of equals, who came first
        self.waiting.remove(job)
        self._since = self._since if self.out else clock()
        self.out.append(job)
        return job

    def over(self, job: Job) -> float:
        """A job is done, or cannot be done. When the next turn of the same run is due."""
        self.out.remove(job)
        began, self._since = self._since, clock()
        took = self._since - began
        usual = min(took, self._took.get(job.name, took))
        if job.name:
            self._took[job.name] = took
        return self._since + min(LONGEST, usual * self.load)

    def forget(self, name: str) -> None:
        """This run is no more."""
        self._took.pop(name, None)

    def start(self, job: Job) -> "Future[Any]":
        """Hand a job to the process; where that has died, to a new one, which has got nothing."""
        try:
            return self._start(job)
        except BrokenExecutor:
            self._process = None
            return self._start(job)

    def _start(self, job: Job) -> "Future[Any]":
        if self._process is None:
            self._process = Process(self.make())
        job.process = self._process
        call, arguments = job.made(self._process)
        return self._process.executor.submit(call, *arguments)

    def bury(self, process: Process) -> bool:
        """A job has not come back, as its process has died. Whether it is the one that was being
        done: the first to be heard of, of those that the process was given."""
        if process.is_dead:
            return False
        process.is_dead = True
        if self._process is process:
            self._process = None
        return True


class Pool:
    """Workers, the runs that are under way on them, and those that wait for a place: who comes
    first is called first."""

    def __init__(self, make: Make, cores: int = 1, places: float = math.inf) -> None:
        self.notice = ""  # a sentence, where other workers were wanted than those that there are
        self._places_each = places / cores
        self._queue: weakref.WeakKeyDictionary[Runner, None] = weakref.WeakKeyDictionary()
        self.workers = [Worker(make) for _ in range(cores)]
        self._together = cores
        self._faces: Shared[KeptFaces] = Shared()
        self._due: dict[str, float] = {}  # the next turn of a run that has had one
        self._lock = threading.RLock()

    @property
    def cores(self) -> int:
        """Each worker has one."""
        return len(self.workers)

    @property
    def places(self) -> float:
        """How many runs may be under way at once."""
        return self._places_each * self.cores

    def staff(self, makes: Sequence[Make], together: int, notice: str = "") -> None:
        """Have a worker for each of these, of which so many share a machine: those that are here
        already, and new ones, which are warmed up. The others do what they have been given, and
        runs move away from them; all keep their places."""
        with self._lock:
            here = {worker.make: worker for worker in self.workers}
            under_way = {run for worker in self.workers for run in worker.runs}
            self.workers = [here.get(make) or Worker(make) for make in makes]
            self._together, self.notice = together, notice
            for run in under_way.difference(*(worker.runs for worker in self.workers)):
                self.place(run, None).runs.add(run)
            self._call()
        for worker in self.workers:
            if worker.make not in here:
                self.hand(worker, lambda _: (turns.warm, ()))

    def submit(self, call: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """As of an executor: by the worker that has least to do, and before the turns of runs, as
        somebody waits for it."""
        worker = min(self.workers, key=lambda each: each.load)
        return self.hand(worker, lambda _: (call, arguments))

    def hand(
        self, worker: Worker, made: Callable[[Process], Call], name: str = "", soon: bool = False
    ) -> "Future[Any]":
        """A job for this worker: a turn, with the name of whose turn it is, or a call that is to go
        before all turns, as do turns that somebody waits for from the beginning."""
        job = Job(made, name)
        with self._lock:
            due = self._due.pop(name, None)
            worker.wait(job, -math.inf if soon else due)
        self._feed(worker)
        return job.future

    def _feed(self, worker: Worker) -> None:
        """Let a worker have as many of its jobs as it may have at a time."""
        while True:
            with self._lock:
                job = worker.next()
                if job is None:
                    return
                try:
                    doing = worker.start(job)
                except Exception as error:
                    doing = Future()
                    doing.set_exception(error)
            doing.add_done_callback(partial(self._back, worker, job))

    def _back(self, worker: Worker, job: Job, done: "Future[Any]") -> None:
        """A job is done, or could not be. Where its process died while it did another one, it waits
        again."""
        error = done.exception()
        with self._lock:
            due = worker.over(job)
            heir = self._heir(worker, job) if isinstance(error, BrokenExecutor) else None
            if heir:
                heir.wait(job)
            elif job.name:
                self._due[job.name] = due
            if isinstance(error, turns.UnknownError) and job.process:
                job.process.has.clear()
        for each in {worker, heir or worker}:
            self._feed(each)
        if error is None:
            job.future.set_result(done.result())
        elif not heir:
            job.future.set_exception(error)

    def _heir(self, worker: Worker, job: Job) -> Worker | None:
        """Who is to do a job whose process has died, unless it was the one being done: who had it,
        or, where that worker has left and the job is nobody's turn, another one."""
        has_left = worker not in self.workers and not job.name
        was_given, job.process = job.process, None
        if was_given is None and not has_left:
            return None
        if was_given is not None and worker.bury(was_given):
            return None
        return min(self.workers, key=lambda each: each.load) if has_left else worker

    def faces(self, digest: str, prepared: Prepared) -> KeptFaces:
        """Faces that workers may keep; hold what comes back as long as they are needed."""

        def make() -> KeptFaces:
            made = KeptFaces(digest, prepared)
            at_the_end(made, self.drop, digest)
            return made

        return self._faces.get(digest, make)

    def drop(self, name: str) -> None:
        """Let all workers forget a run or faces. From any thread, at any time: also while the
        garbage collector is at work, so nothing is waited for here."""
        threading.Thread(target=self._drop, args=[name], daemon=True).start()

    def _drop(self, name: str) -> None:
        with self._lock:
            self._due.pop(name, None)
            for worker in self.workers:
                worker.forget(name)
        for worker in self.workers:
            if worker.has(name):
                self.hand(worker, lambda process: forgetting(process, name))
        self._call()  # it may have been under way

    def place(self, run: Runner, now: Worker | None) -> Worker:
        """The worker for a run that is free to move: its own, unless others have fewer runs. Where
        that makes shares unequal, it moves on as well, so that the shares are equal in the end."""

        def others(worker: Worker) -> int:
            return len(worker.runs) - (run in worker.runs)

        fewest = min(self.workers, key=others)
        if now not in self.workers or others(fewest) < others(now):
            return fewest
        equal = [each for each in self.workers if each is not now and others(each) == others(now)]
        if not equal or not 0 < others(now) < FEW:
            return now
        return random.choice(equal)

    def enter(self, run: Runner, worker: Worker) -> bool:
        """A run is under way here, and nowhere else; or it waits in the queue, as there is no place
        for it. Whether it is under way."""
        with self._lock:
            has_place = any(run in each.runs for each in self.workers)
            if not has_place and (self._queue or self.running >= self.places):
                self._queue.setdefault(run)
                self._call()
                return False
            self._discard(run)
            worker.runs.add(run)
            return True

    def leave(self, run: Runner) -> None:
        """A run is not under way any more, nor does it wait: its place is another one's."""
        with self._lock:
            self._discard(run)
            self._call()

    def _discard(self, run: Runner) -> None:
        self._queue.pop(run, None)
        for worker in self.workers:
            worker.runs.discard(run)

    def _call(self) -> None:
        """Those who wait, as many as there are places for. A place is kept for who is called; the
        call has a thread of its own, as it waits for the lock of a run."""
        with self._lock:
            for first in list(self._queue):
                if self.running >= self.places:
                    return
                del self._queue[first]
                self.place(first, None).runs.add(first)
                threading.Thread(target=first.called, daemon=True).start()

    def number(self, run: Runner) -> int:
        """Which in the queue a run is, from 1 on, those left out who have gone; 0 if not there."""
        with self._lock:
            queue = [each for each in self._queue if each is run or each.is_here]
        return queue.index(run) + 1 if run in queue else 0

    @property
    def queued(self) -> int:
        """How many runs wait for a place."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many runs are under way."""
        return sum(len(worker.runs) for worker in self.workers)

    def at_work(self) -> tuple[list[Runner], int]:
        """The runs that are under way, and how many workers have something to do."""
        with self._lock:
            runs = [run for worker in self.workers for run in worker.runs]
            return runs, sum(bool(worker.out) for worker in self.workers)

    @property
    def threads(self) -> int:
        """Cores of one machine for each run that is under way; a run takes as many as pay."""
        return max(1, self._together // max(1, self.running))


def at_the_end(of: object, call: Callable[..., Any], *arguments: Any) -> None:
    """Call when nobody holds a thing any more; not at the end of the program."""
    weakref.finalize(of, call, *arguments).atexit = False


def forgetting(process: Process, name: str) -> Call:
    process.has.discard(name)
    return turns.drop, (name,)


def process() -> Executor:
    """A process of this machine.

    loky's workers do not import the main module again (which would be a Streamlit page), and a dead
    one is noticed at once.
    """
    from loky import ProcessPoolExecutor

    executor: Executor = ProcessPoolExecutor(1, initializer=turns.warm_worker)
    return executor


@Once
def processes(workers: int | None = None) -> Pool:
    """The pool of this server, started once and kept warm: the workers of the cluster that the
    environment names, and, where there is none, one process of this machine for each core."""
    count = workers or os.cpu_count() or 1
    own = [partial(process) for _ in range(count)]  # not the same to `staff`
    stopped.watch()
    pool = Pool(process, count, count * settings.runs_per_core())

    def staff(remotes: Sequence[cluster.Remote], together: int, notice: str) -> None:
        if remotes:
            pool.staff([remote.start for remote in remotes], together)
        else:
            pool.staff(own, count, notice)

    if address := settings.cluster():
        cluster.follow(address, staff)
    else:
        staff([], 1, "")
    return pool
