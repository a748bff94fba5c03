"""A Streamlit server in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOG = "server.log"  # in the home of a server


@contextmanager
def serving(script: Path, home: Path) -> Iterator[str]:
    """Address of a server of its own for a script, once it answers."""
    with launched(script, home) as (port, process):
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/_stcore/health", process, home / LOG)
        yield address


@contextmanager
def launched(script: Path, home: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Port and process of a server of its own for a script: empty home, nothing cached."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    with (home / LOG).open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"HOME": str(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield port, process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(
    address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"The server does not answer:\n{log.read_text()[-2000:]}")
