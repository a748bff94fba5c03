"""The shipped net, and people whom it has never met: on them the experiments are made."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from siamese.enrolment import Enrolled
    from siamese.faces import FaceSet
    from siamese.verifiers import Verifier


def shipped_net() -> "Verifier":
    from siamese import checkpoints
    from siamese.verifiers import of_checkpoint

    return of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")


def unseen_people() -> "FaceSet":
    from siamese.datasets import load
    from siamese.faces import split_by_person

    return split_by_person(load("sample_faces")).unseen


def crowd(seed: int) -> "tuple[Verifier, list[Enrolled], list[NDArray[np.uint8]]]":
    """The shipped net; all people it has never met with four pictures each, and the other four of
    each, (4, H, W, 3)."""
    import numpy as np

    from siamese.enrolment import Enrolled

    unseen = unseen_people()
    chance = np.random.default_rng(seed)
    enrolled, outside = [], []
    for person, name in enumerate(unseen.people):
        rows = chance.permutation(np.flatnonzero(unseen.labels == person))
        enrolled.append(Enrolled(name, unseen.pictures[rows[:4]]))
        outside.append(unseen.pictures[rows[4:]])
    return shipped_net(), enrolled, outside
