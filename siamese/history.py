"""What a run has looked like from its first step to its last, in little memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siamese.evaluation import Evaluation
from siamese.verification import Scores

MOST = 60  # snapshots that are kept
FEWEST = 8  # however large one is
BYTES = 24_000_000  # of all embeddings together


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The unseen people at one moment."""

    step: int
    embedding: NDArray[np.float16]  # (N, D)
    scores: Scores
    same: float  # mean distance of two pictures of one person
    different: float  # mean distance of pictures of two people
    seconds: float = 0.0  # of training alone, until then


class History:
    """Snapshots in the order of their steps. When there are too many, every second one goes; the
    first and the last always stay, the others lie evenly spread over those that there were."""

    def __init__(self) -> None:
        self._snapshots: list[Snapshot] = []  # the last may stand out of turn
        self._added, self._stride = 0, 1

    def __len__(self) -> int:
        return len(self._snapshots)

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        return tuple(self._snapshots)

    def back_to(self, step: int) -> None:
        """Forget what came after a step."""
        while self._snapshots and self._snapshots[-1].step > step:
            self._snapshots.pop()
        self._added = 1 + self._stride * (len(self._snapshots) - 1)

    def add(self, step: int, evaluation: Evaluation, seconds: float = 0.0) -> None:
        """One more look, after so many seconds of training. At the step of the last look it takes
        that one's place."""
        embedding = evaluation.embedding.astype(np.float16)
        snapshot = Snapshot(
            step,
            embedding,
            evaluation.scores,
            float(evaluation.same.mean()),
            float(evaluation.different.mean()),
            seconds,
        )
        if self._snapshots and self._snapshots[-1].step >= step:
            self._snapshots[-1] = snapshot
            return
        if self._added and (self._added - 1) % self._stride:  # the last one was out of turn
            self._snapshots.pop()
        self._snapshots.append(snapshot)
        self._added += 1
        most = int(np.clip(BYTES // max(1, embedding.nbytes), FEWEST, MOST))
        if len(self._snapshots) > most:
            last = self._snapshots[-1]
            self._snapshots = self._snapshots[::2]
            self._stride *= 2
            if self._snapshots[-1] is not last:
                self._snapshots.append(last)
