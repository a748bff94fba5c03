"""Workers that something has stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_for

from siamese import stopped

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are told by /proc")
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def test_a_stopped_child_is_told_from_one_that_sleeps(child: subprocess.Popen[bytes]) -> None:
    assert child.pid not in stopped.stopped()
    os.kill(child.pid, signal.SIGSTOP)
    wait_for(lambda: child.pid in stopped.stopped())
    os.kill(child.pid, signal.SIGCONT)
    wait_for(lambda: child.pid not in stopped.stopped())


def test_somebody_elses_process_is_left_alone() -> None:
    parent = f"import subprocess, sys; p = subprocess.Popen({SLEEP}); print(p.pid); p.wait()"
    with subprocess.Popen([sys.executable, "-u", "-c", parent], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        grandchild = int(other.stdout.readline())
        try:
            os.kill(grandchild, signal.SIGSTOP)
            wait_for(lambda: " T " in Path(f"/proc/{grandchild}/stat").read_text())
            assert grandchild not in stopped.stopped()
        finally:
            os.kill(grandchild, signal.SIGKILL)


def test_who_stays_stopped_is_ended_and_who_goes_on_is_not(
    monkeypatch: pytest.MonkeyPatch, child: subprocess.Popen[bytes]
) -> None:
    looks = [{child.pid, 1}, {2}, {child.pid}, {child.pid}]
    monkeypatch.setattr(stopped, "EVERY", 0.0)
    monkeypatch.setattr(stopped, "stopped", lambda: looks.pop(0))
    with pytest.raises(IndexError):
        stopped._watch()
    assert child.wait(timeout=30) == -signal.SIGKILL
