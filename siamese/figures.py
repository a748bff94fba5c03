"""How busy this server is, in numbers that name nobody: for a teacher's page, and as text in the
format that Prometheus reads."""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

PROC = Path("/proc")
WINDOW = 15.0  # seconds that speed and shares are taken over

MEANING = {
    "visitors": "Visitors with a session on this server.",
    "cores": "Worker processes that train.",
    "cluster_missing": "1 where a cluster is to train and is not there, else 0.",
    "training": "Runs that a worker trains at this moment.",
    "waiting": "Runs under way whose turn is still to come.",
    "queued": "Runs in the queue for a place among those under way.",
    "steps_per_second": "Training steps a second, of all runs together.",
    "least_share": "Training time of the run that got least, 1 where all get the same.",
    "most_share": "Training time of the run that got most, 1 where all get the same.",
    "uploads_bytes": "Pictures and files that visitors have brought, the same ones counted once.",
    "server_bytes": "Resident memory of the server process.",
    "workers_bytes": "Resident memory of the worker processes, pages they share counted in each.",
}


class Running(Protocol):
    """A run under way, as far as it is measured here; `Run` of jobs.py is one."""

    steps: int
    seconds: float  # spent on training


@dataclass(frozen=True)
class Figures:
    """One look at a server; None where nothing can be said. `MEANING` explains each."""

    visitors: int
    cores: int
    cluster_missing: int
    training: int
    waiting: int
    queued: int
    steps_per_second: float | None
    least_share: float | None
    most_share: float | None
    uploads_bytes: int
    server_bytes: int | None
    workers_bytes: int | None

    def as_dict(self) -> dict[str, int | float | None]:
        return asdict(self)

    def as_prometheus(self) -> str:
        """Text exposition format, version 0.0.4; what is not known is left out."""
        return "".join(
            f"# HELP siamese_{name} {MEANING[name]}\n# TYPE siamese_{name} gauge\n"
            f"siamese_{name} {value}\n"
            for name, value in self.as_dict().items()
            if value is not None
        )


@dataclass(frozen=True)
class Pace:
    """What runs did between two looks; None where there is nothing to compare."""

    steps_per_second: float | None = None
    least_share: float | None = None
    most_share: float | None = None


@dataclass(frozen=True)
class _Sample:
    at: float
    done: "WeakKeyDictionary[Running, tuple[int, float]]"  # steps, seconds of training


class Meter:
    """Compares the runs with how far they were some `WINDOW` ago. Several may look through the same
    meter; it holds no run that nobody else holds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._samples: deque[_Sample] = deque()

    def look(self, runs: Iterable[Running]) -> Pace:
        """The pace of these runs since the first look that is not older than the window, or since
        the last one."""
        now = self._clock()
        sample = _Sample(now, WeakKeyDictionary({run: (run.steps, run.seconds) for run in runs}))
        with self._lock:
            while len(self._samples) > 1 and now - self._samples[0].at > WINDOW:
                self._samples.popleft()
            before = self._samples[0] if self._samples else None
            self._samples.append(sample)
        return _between(before, sample) if before else Pace()


def _between(before: _Sample, now: _Sample) -> Pace:
    took = now.at - before.at
    if took <= 0:
        return Pace()
    steps, seconds = 0, []
    for run, (step, second) in now.done.items():
        if run in before.done:
            step_before, second_before = before.done[run]
            steps += max(0, step - step_before)  # it may have been begun anew
            seconds.append(max(0.0, second - second_before))
    mean = sum(seconds) / len(seconds) if seconds else 0.0
    if not mean:
        return Pace(steps / took)
    return Pace(steps / took, min(seconds) / mean, max(seconds) / mean)


def memory(pid: int | None = None, proc: Path = PROC) -> tuple[int | None, int | None]:
    """Resident bytes of a process (this one by default) and of all that it has started, together.

    Without /proc, this process's peak stands for the first, and the second is not known.
    """
    pid = os.getpid() if pid is None else pid
    own = _resident(proc / str(pid))
    if own is None:
        return (_peak() if pid == os.getpid() else None), None
    return own, sum(_resident(proc / str(each)) or 0 for each in descendants(pid, proc))


def descendants(pid: int, proc: Path = PROC) -> list[int]:
    """All processes below one, however far."""
    children: dict[int, list[int]] = {}
    for each in proc.iterdir():
        if each.name.isdigit():
            with suppress(OSError, ValueError, IndexError):  # it may end at any moment
                after_name = (each / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(after_name[1]), []).append(int(each.name))
    found, left = [], [pid]
    while left:
        born = children.get(left.pop(), [])
        found += born
        left += born
    return found


def _resident(process: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _peak() -> int | None:
    """Of this process, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
