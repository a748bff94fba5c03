"""Settings: of a server, from its environment; and whether one is among its choices or in its
range."""

import os
from collections.abc import Collection, Mapping


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


def shows_status() -> bool:
    """Whether the server has its page of figures: SIAMESE_STATUS=1."""
    return os.environ.get("SIAMESE_STATUS", "").strip() == "1"


def cluster() -> str:
    """Where the scheduler is whose workers train: SIAMESE_CLUSTER=tcp://scheduler:8786. '' where
    this machine's own do."""
    return os.environ.get("SIAMESE_CLUSTER", "").strip()
