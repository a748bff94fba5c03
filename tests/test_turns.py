"""A worker as a process: how it begins, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from waiting import wait_for

SERVER = """
import gc, os, sys, time
from loky import ProcessPoolExecutor
from siamese import projection, turns

def watched():
    while not projection.is_warm():
        time.sleep(0.1)
    time.sleep(1)  # the thread that warmed it up has ended
    return os.getpid(), len(gc.get_objects())

worker = ProcessPoolExecutor(1, initializer=turns.warm_worker)
print(*worker.submit(watched).result(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    """A server with one worker, of which it tells the process and how much its garbage collector
    has to go through."""
    words = [sys.executable, "-c", SERVER]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def test_a_worker_collects_little_and_ends_with_its_server(
    server: subprocess.Popen[str],
) -> None:
    assert server.stdout is not None
    worker, objects = map(int, server.stdout.readline().split())
    assert objects < 50_000, "torch and UMAP alone are some 300 000"
    assert is_there(worker)
    server.kill()
    server.wait()
    try:
        wait_for(lambda: not is_there(worker))
    finally:
        with suppress(ProcessLookupError):
            os.kill(worker, 9)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
