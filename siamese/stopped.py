"""Workers that something has stopped, as SIGSTOP does, and that would keep their runs waiting."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

EVERY = 5.0  # seconds between two times of looking
PROCESSES = Path("/proc")


def watch() -> None:
    """End children of this process that are found stopped twice running, for as long as it lives:
    a worker that has died is replaced. Where there is no /proc, nothing is known of them."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    before: set[int] = set()
    while True:
        time.sleep(EVERY)
        now = stopped()
        for child in now & before:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        before = now


def stopped() -> set[int]:
    """Children of this process that do not run until somebody lets them."""
    return {int(stat.parent.name) for stat in PROCESSES.glob("[0-9]*/stat") if _is_stopped(stat)}


def _is_stopped(stat: Path) -> bool:
    try:
        told = stat.read_text()
    except OSError:  # it has ended
        return False
    state, parent, *_ = told.rpartition(")")[2].split()  # its name may have blanks
    return state == "T" and int(parent) == os.getpid()
