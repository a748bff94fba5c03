"""One experiment from faces to figures: what the command line and the pages have in common."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from siamese import checkpoints
from siamese.checkpoints import Checkpoint
from siamese.config import TrainingConfig
from siamese.distances import Cohort
from siamese.evaluation import Evaluation, evaluate, evaluate_pixels
from siamese.faces import DataError, FaceSet, Split, pair_counts
from siamese.networks import NETWORKS, EmbeddingNet, Prepared, embed, parameters, prepare
from siamese.sharing import digest
from siamese.training import TrainingState, start

SAME_BRIGHTNESS = 2  # by which the same picture may differ, of 255
SAME_PICTURES = 0.9  # share of the pictures that have to be the same


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
    known: frozenset[str] = frozenset()  # short hashes of whom the net has learnt from before
    cohort: int = 0  # how many of the seen people distances are relative to, see `Cohort`

    @cached_property
    def trained_on(self) -> list[str]:
        """Short hashes of all whom the net has learnt from in the end."""
        seen = [short_hash(person) for person in self.split.seen.people]
        return [*seen, *sorted(self.known - set(seen))]

    @cached_property
    def unseen_people(self) -> FaceSet:
        """The unseen people without those whom the net has learnt from before: it is tested on
        them. DataError where they make no test."""
        faces = self.split.unseen
        # A split by pictures has everybody on both sides, and says so where it is chosen.
        before = self.known - {short_hash(person) for person in self.split.seen.people}
        new = is_new(faces.people, before)
        if new.all():
            return faces
        left = faces.choose(new[faces.labels])
        if not all(pair_counts(left)):
            raise DataError(
                f"This net has already learnt from {(~new).sum()} of the {len(new)} people kept "
                "for the test, and the others make no pairs to test it on. Choose other people, or "
                "begin with an untrained net."
            )
        return left

    @cached_property
    def seen(self) -> Prepared:
        return prepared(self.split.seen, self.net)

    @cached_property
    def unseen(self) -> Prepared:
        return prepared(self.unseen_people, self.net)

    @cached_property
    def digests(self) -> tuple[str, str]:
        """Of the seen and of the unseen faces, as they are prepared for a net."""
        seen, unseen = (
            digest(each.pictures.numpy()) + digest(each.labels.numpy())
            for each in (self.seen, self.unseen)
        )
        return seen, unseen

    @cached_property
    def pixels(self) -> Evaluation:
        """What comparing pixels gives on the unseen people."""
        return evaluate_pixels(self.unseen_people.pictures, self.unseen_people.labels)

    @cached_property
    def brightness(self) -> list[int]:
        """Of each of the seen pictures, 0 … 255, in their order: enough to tell whether a file has
        learnt from the same ones, and not to see anybody."""
        return [round(float(picture.mean())) for picture in self.split.seen.pictures]

    def has_learnt(self, file: Checkpoint) -> bool:
        """Whether a file of a run has learnt from the same pictures, as far as it can tell.

        Another machine may cut a face out of a photo a fraction of a pixel aside, so a few
        pictures may differ a little. Older files do not tell.
        """
        then = file.about.get("brightness", self.brightness)
        numbers = isinstance(then, list) and all(isinstance(value, int) for value in then)
        if not numbers or len(then) != len(self.brightness):
            return False
        apart = np.abs(np.subtract(then, self.brightness))
        return bool(np.mean(apart <= SAME_BRIGHTNESS) >= SAME_PICTURES)

    def ready(self) -> "Experiment":
        """Does now what would be done at the first use."""
        _ = self.seen, self.unseen
        return self

    def evaluate(self, state: TrainingState) -> Evaluation:
        net, distance = state.net, state.config.distance
        cohort = self.cohort_of(net, distance) or cohort_before(state.config)
        return evaluate(net, distance, self.unseen, cohort)

    def cohort_of(self, net: EmbeddingNet, distance: str) -> Cohort | None:
        """The first picture of each of the seen people who have most of them. None where no cohort
        is wanted; nor is a single person one."""
        if self.cohort < 2:
            return None
        _, first, counts = np.unique(
            self.seen.labels.numpy(), return_index=True, return_counts=True
        )
        rows = first[np.argsort(-counts, kind="stable")[: self.cohort]]
        return Cohort(embed(net, self.seen.pictures[rows]), distance)

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
        about: dict[str, Any] = {
            "source": self.source,
            "seen": self.trained_on,
            "scores": report,
        }
        if self.split.rule:
            about["split"] = asdict(self.split.rule)
        if complete:  # and can be resumed
            about["brightness"] = self.brightness
        return checkpoints.save(
            state, about, trained.same, trained.different, trained.cohort, complete
        )


def first_state(config: TrainingConfig) -> TrainingState:
    """Step 0 of a run: random weights, or those of the net that comes with the lab where the run is
    `tuned`. Raises ConfigError where there is no such net."""
    return start(config, checkpoints.shipped_weights(config) if config.tuned else None)


def known_before(config: TrainingConfig) -> frozenset[str]:
    """Short hashes of whom a net knows before its first step: nobody, unless it is `tuned`."""
    if not config.tuned:
        return frozenset()
    return checkpoints.load(checkpoints.shipped(config.net)).trained_on


def cohort_before(config: TrainingConfig) -> Cohort | None:
    """The cohort against which a net measures before its first step, and goes on to: that of the
    file that it begins with where it is `tuned`, so that step 0 is that very net."""
    cohort = _shipped_cohort(config.net) if config.tuned else None
    return cohort and Cohort(cohort.embeddings, config.distance)


@cache
def _shipped_cohort(net: str) -> Cohort | None:
    return checkpoints.load(checkpoints.shipped(net)).cohort


def is_new(people: Iterable[str], learnt: Iterable[str]) -> NDArray[np.bool_]:
    """For each person, told by their name, True where they are not among those (short hashes) whom
    a net has learnt from."""
    seen = set(learnt)
    return np.array([short_hash(person) not in seen for person in people], bool)


def only_new(faces: FaceSet, checkpoint: Checkpoint) -> FaceSet:
    """The people that the net has not been trained on. DataError where there are none."""
    new = is_new(faces.people, checkpoint.trained_on)
    if not new.any():
        raise DataError(
            "The net was trained on all of these people, so there is nobody new to be tested on."
        )
    return faces.choose(new[faces.labels])
