"""What one may look at closely: one part at a time, and only that is computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pages.ui.pairs import trap
from pages.ui.pairs.choice import MARGIN, PART, TRAP, TRIAL, TWO, WORST
from pages.ui.pairs.margin import margin_and_threshold
from pages.ui.pairs.pairset import PairSet
from pages.ui.pairs.trial import on_trial
from pages.ui.pairs.two_faces import two_faces
from pages.ui.pairs.worst import worst_pairs
from pages.ui.parts import Part, one_part

PARTS: dict[str, Callable[[PairSet, float], None]] = {
    TWO: two_faces,
    WORST: worst_pairs,
    TRIAL: on_trial,
    MARGIN: margin_and_threshold,
    TRAP: trap.trap,
}


def chosen(pair_set: PairSet, threshold: float) -> None:
    """The part that was asked for."""
    parts = {name: Part(partial(show, pair_set, threshold)) for name, show in PARTS.items()}
    one_part(parts, PART)
