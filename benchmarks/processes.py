"""A server of our own, and what it and its workers take of the machine. Needs Linux."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent


def children(process: int) -> list[int]:
    """All below a process, by what /proc says."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, front = [], [process]
    while front:
        front = [child for parent in front for child in parents.get(parent, [])]
        found += front
    return found


def working(server: int) -> list[int]:
    """The server's workers, without those who only count what is left behind."""
    return [each for each in children(server) if b"resource_tracker" not in _read(each, "cmdline")]


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
    """Port and process of a server, whose log lies in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    words += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    words += ["--server.fileWatcherType", "none"]
    with (folder / "log").open("w") as log:
        home = os.environ | {"HOME": str(folder)}
        process = subprocess.Popen(words, cwd=ROOT, env=home, stdout=log, stderr=log)
    try:
        yield port, process.pid
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """With all below it; a worker whose server has ended in a hurry may not know."""
    below = children(process.pid)
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for each in below:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
