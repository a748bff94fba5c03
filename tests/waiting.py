"""Waiting for what happens elsewhere: in another thread, in another process."""

import time
from collections.abc import Callable


def wait_for(what: Callable[[], object], seconds: float = 30) -> None:
    """Until it is so; a failure where it is not in time."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing happens"
        time.sleep(0.02)
