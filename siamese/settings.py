"""Settings: of a server, from its environment; and whether one is among its choices or in its
range."""

import logging
import os
from collections.abc import Collection, Mapping

ALL_MB = 2000  # somebody alone can have the largest zip, its 20,000 faces, and read it once more
VISITOR_MB = 30
DEVICES = ("auto", "cpu", "cuda", "mps")  # where a net can compute, see devices.py
RUNS_PER_CORE = 16  # two cores carry a class of thirty, the teacher and a second tab


def what_is_wrong(
    settings: object,
    choices: Mapping[str, Collection[str]],
    ranges: Mapping[str, tuple[float, float]],
) -> str:
    """A sentence on the first field that is none of its choices or out of its range, ends included;
    nothing where all are well."""
    for name, known in choices.items():
        value = getattr(settings, name)
        if value not in known:
            return f"There is no {name} '{value}'. Choose from {', '.join(known)}."
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        if not low <= value <= high:  # also false for NaN
            return f"{name} is {value}; it has to lie between {low} and {high}."
    return ""


def at_least_one(name: str, usual: int) -> int:
    """A whole number from 1 on that the environment gives by this name; `usual` where it gives
    none, and with a word in the log where it gives something else."""
    given = os.environ.get(name, "").strip()
    if given.isdecimal() and int(given) >= 1:
        return int(given)
    if given:
        logging.getLogger(__name__).warning(
            "%s is %r, and has to be a whole number from 1 on: %d is taken.", name, given, usual
        )
    return usual


def runs_per_core() -> int:
    """How many runs may train at once for each core of the server: SIAMESE_RUNS_PER_CORE."""
    return at_least_one("SIAMESE_RUNS_PER_CORE", RUNS_PER_CORE)


def all_bytes() -> int:
    """What all visitors may have brought at once, pictures and files: SIAMESE_ALL_MB."""
    return at_least_one("SIAMESE_ALL_MB", ALL_MB) * 1_000_000


def visitor_bytes() -> int:
    """What each visitor may have brought, however many there are: SIAMESE_VISITOR_MB."""
    return at_least_one("SIAMESE_VISITOR_MB", VISITOR_MB) * 1_000_000


def device() -> str:
    """Where the workers of this machine train: SIAMESE_DEVICE, one of `DEVICES`, or 'cpu'."""
    return os.environ.get("SIAMESE_DEVICE", "").strip() or "cpu"


def shows_status() -> bool:
    """Whether the server has its page of figures: SIAMESE_STATUS=1."""
    return os.environ.get("SIAMESE_STATUS", "").strip() == "1"


def cluster() -> str:
    """Where the scheduler is whose workers train: SIAMESE_CLUSTER=tcp://scheduler:8786. '' where
    this machine's own do."""
    return os.environ.get("SIAMESE_CLUSTER", "").strip()
