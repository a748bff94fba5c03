"""The trap: one net, scored on pairs that it has trained on, on new pictures of people whom it has
met (what a split by picture does), and on people whom it has never met."""

from dataclasses import dataclass

from siamese.config import TrainingConfig
from siamese.evaluation import evaluate
from siamese.experiment import prepared
from siamese.faces import FaceSet, split_by_person, split_by_picture
from siamese.networks import Prepared
from siamese.training import TrainingState, advance, start
from siamese.verification import Scores

TRAINED, KNOWN, NEW = "pairs it trained on", "new pictures, people it knows", "people it never met"


@dataclass(frozen=True, eq=False)
class Cut:
    """Faces in three: two ways to be tested, only one of them fair."""

    trained: FaceSet  # what the net learns from
    known: FaceSet  # other pictures of the same people: what a split by picture tests on
    new: FaceSet  # other people: what a split by person tests on

    def ready(self, net: str) -> dict[str, Prepared]:
        """As a net of `NETWORKS` wants them, by what they are."""
        parts = (TRAINED, self.trained), (KNOWN, self.known), (NEW, self.new)
        return {name: prepared(faces, net) for name, faces in parts}


def cut(faces: FaceSet, unseen: float = 0.25, seed: int = 0) -> Cut:
    """Set a share of the people aside, and then the same share of the others' pictures.

    DataError where there are too few people, or too few pictures of them.
    """
    people = split_by_person(faces, unseen, seed)
    pictures = split_by_picture(people.seen, unseen, seed)
    return Cut(pictures.seen, pictures.unseen, people.unseen)


def scores(state: TrainingState, parts: dict[str, Prepared]) -> dict[str, Scores]:
    """One net on each of the parts."""
    return {
        name: evaluate(state.net, state.config.distance, faces).scores
        for name, faces in parts.items()
    }


def leak(parts: dict[str, Prepared], config: TrainingConfig, steps: int) -> dict[str, Scores]:
    """Train one net on the first of the parts and score it on all three."""
    return scores(advance(start(config), parts[TRAINED], steps), parts)
