"""A server of our own, and what it and its workers take of the machine. Needs Linux."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))

from serving import LOG, ROOT, launched

from siamese.figures import descendants

__all__ = ["LOG", "ROOT", "cpu_seconds", "descendants", "megabytes", "serving", "working"]


def working(server: int) -> list[int]:
    """The server's workers, without those who only count what is left behind."""
    return [
        each for each in descendants(server) if b"resource_tracker" not in _read(each, "cmdline")
    ]


def _read(process: int, name: str) -> bytes:
    """A file in /proc; empty where the process has ended."""
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""


def megabytes(processes: Iterable[int]) -> float:
    """Memory; what processes share is divided among them (PSS)."""
    kilobytes = [
        int(found[1])
        for each in processes
        if (found := re.search(rb"\nPss:\s+(\d+) kB", _read(each, "smaps_rollup")))
    ]
    return round(sum(kilobytes) / 1024, 1)


def cpu_seconds(processes: Iterable[int]) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    rows = [_read(each, "stat").rpartition(b")")[2].split() for each in processes]
    return sum(int(row[11]) + int(row[12]) for row in rows if row) / ticks


@contextmanager
def serving(folder: Path, script: Path = ROOT / "app.py") -> Iterator[tuple[int, int]]:
    """Port and process of a server, whose log lies in the folder. It ends with all below it; a
    worker whose server has ended in a hurry may not know."""
    below: list[int] = []
    try:
        with launched(script, folder) as (port, process):
            try:
                yield port, process.pid
            finally:
                below = descendants(process.pid)
    finally:
        for each in below:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
