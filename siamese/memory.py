"""Memory that a step of training frees and the next one asks for again."""

import ctypes
import functools

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h
KEPT = 64 << 20  # bytes that are free and may stay with the process
LARGEST = 32 << 20  # bytes of one block that may; glibc allows no more


@functools.cache
def keep_freed() -> bool:
    """Let this process keep what it frees, up to `KEPT` bytes; False where that cannot be asked
    for, which is everywhere but on Linux with glibc.

    A step frees some ten megabytes. By default glibc hands them back, and the kernel fills them
    with zeros, page by page, as soon as the next step asks for them: a seventh of the time.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, KEPT))
