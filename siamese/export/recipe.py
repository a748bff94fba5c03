"""What a model file tells of its run, checked so that it can be written into a program.

A model file may come from anyone. Numbers are numbers and names are names of ours before they
become code; words of the file are kept to letters that cannot end a text.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from siamese.checkpoints import Checkpoint
from siamese.config import TrainingConfig
from siamese.datasets import SOURCES
from siamese.faces import SplitRule
from siamese.losses import LOSSES
from siamese.progress import moves

LONGEST = 36  # letters of a name


@dataclass(frozen=True)
class Recipe:
    """All that it takes to train the net of a run once more."""

    config: TrainingConfig  # at the first step
    steps: int
    moves: Mapping[int, Mapping[str, float]]  # step → settings that have another value from then on
    source: str  # where the faces came from, in words
    data: str  # their name in `SOURCES`; '' where the user has to say where they are
    split: SplitRule  # who was kept for the test
    cohort: int  # people that distances are relative to
    eer: float | None  # on the people kept for the test

    @property
    def title(self) -> str:
        """'Triplet loss, faces from sample_faces', in letters that are safe in a program."""
        return f"{LOSSES[self.config.loss].label} loss, faces from {self.source}"

    @property
    def score(self) -> str:
        """What the run came to, in a sentence."""
        if self.eer is None:
            return f"The run took {self.steps:,} steps."
        return f"After {self.steps:,} steps the run had an equal error rate of {self.eer:.4f}."


def recipe(file: Checkpoint) -> Recipe:
    """The recipe of a run."""
    source = worded(file.about.get("source"))
    config, moved = begun(file)
    return Recipe(
        config=config,
        steps=file.step,
        moves=moved,
        source=source,
        data=source if source in SOURCES else "",
        split=split_of(file),
        cohort=len(file.cohort.embeddings) if file.cohort else 0,
        eer=eer_of(file.about),
    )


def begun(file: Checkpoint) -> tuple[TrainingConfig, dict[int, dict[str, float]]]:
    """The configuration before any setting was moved, and the moves by their steps."""
    moved: dict[int, dict[str, float]] = {}
    first: dict[str, float] = {}
    for move in moves(file.state) if file.state else ():
        first.setdefault(move.name, move.before)
        moved.setdefault(move.step, {})[move.name] = move.after
    return replace(file.config, **first), moved  # type: ignore[arg-type]


def split_of(file: Checkpoint) -> SplitRule:
    """How the people were split; where the file is too old to tell, as the command line does it."""
    try:
        return SplitRule(**file.about["split"])
    except (KeyError, TypeError, ValueError):
        return SplitRule("person", 0.25, file.config.seed)


def eer_of(about: Mapping[str, Any]) -> float | None:
    scores = about.get("scores")
    value = scores.get("eer") if isinstance(scores, Mapping) else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def worded(source: object) -> str:
    """Words of a file as a text of a program may hold them: no quote, no backslash, one line."""
    plain = re.sub(r"[^\w .,()-]+", " ", source if isinstance(source, str) else "")
    return " ".join(plain.split())[:LONGEST] or "photos of your own"
