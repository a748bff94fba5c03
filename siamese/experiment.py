"""One experiment from faces to figures: what the command line and the pages have in common."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from siamese import checkpoints
from siamese.archives import DataError
from siamese.checkpoints import Checkpoint
from siamese.datasets import FaceSet, Split
from siamese.evaluation import Evaluation, evaluate, evaluate_pixels
from siamese.networks import NETWORKS, Prepared, parameters, prepare
from siamese.training import TrainingState


def prepared(faces: FaceSet, net: str) -> Prepared:
    """Faces as a net of `NETWORKS` wants them."""
    return Prepared(prepare(faces.pictures, NETWORKS[net]), torch.tensor(faces.labels))


def short_hash(person: str) -> str:
    """A person's name as it is kept in a model file: enough to recognise it, not to read it."""
    return hashlib.sha256(person.encode()).hexdigest()[:12]


@dataclass(frozen=True, eq=False)
class Experiment:
    """Faces, split, for one net."""

    source: str  # where the faces come from, in words
    split: Split
    net: str

    @cached_property
    def seen(self) -> Prepared:
        return prepared(self.split.seen, self.net)

    @cached_property
    def unseen(self) -> Prepared:
        return prepared(self.split.unseen, self.net)

    @cached_property
    def pixels(self) -> Evaluation:
        """What comparing pixels gives on the unseen people."""
        return evaluate_pixels(self.split.unseen.pictures, self.split.unseen.labels)

    def ready(self) -> "Experiment":
        """Does now what would be done at the first use."""
        _ = self.seen, self.unseen
        return self

    def evaluate(self, state: TrainingState) -> Evaluation:
        return evaluate(state.net, state.config.distance, self.unseen)

    def report(
        self,
        state: TrainingState,
        trained: Evaluation,
        untrained: Evaluation,
        seconds: float,
        since: int = 0,
    ) -> dict[str, Any]:
        """All figures of a run by their names on the command line; it has trained for so many
        seconds since a step."""
        batch = state.config.people * state.config.pictures
        scores = trained.scores.as_dict()
        scores["people_unseen"] = scores.pop("people")
        return scores | {
            "people_seen": len(self.split.seen.people),
            "steps": state.step,
            "seconds": round(seconds, 2),
            "pictures_per_second": round((state.step - since) * batch / seconds, 1)
            if seconds
            else 0.0,
            "parameters": parameters(state.net),
            "eer_untrained": untrained.scores.eer,
            "eer_pixels": self.pixels.scores.eer,
        }

    def save(
        self,
        state: TrainingState,
        trained: Evaluation,
        report: dict[str, Any],
        complete: bool = True,
    ) -> bytes:
        """A model file that knows where it comes from and how good it is."""
        about = {
            "source": self.source,
            "seen": [short_hash(person) for person in self.split.seen.people],
            "scores": report,
        }
        return checkpoints.save(state, about, trained.same, trained.different, complete)


def is_new(people: Iterable[str], checkpoint: Checkpoint) -> NDArray[np.bool_]:
    """For each person, True where the net has not been trained on them; told by their names."""
    seen = set(checkpoint.about.get("seen", ()))
    return np.array([short_hash(person) not in seen for person in people])


def only_new(faces: FaceSet, checkpoint: Checkpoint) -> FaceSet:
    """The people that the net has not been trained on. DataError where there are none."""
    new = is_new(faces.people, checkpoint)
    if not new.any():
        raise DataError(
            "The net was trained on all of these people, so there is nobody new to be tested on."
        )
    return faces.choose(new[faces.labels])
