"""A net and faces that it has not learnt from → how well it tells them apart."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from siamese.distances import Cohort, distance_matrix
from siamese.networks import EmbeddingNet, Prepared, embed, embed_pixels
from siamese.verification import Scores, accuracies, pairs_of, score

Floats = NDArray[np.float32]
DRAWN = 2000  # distances of a kind that are kept for histograms


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the distances between faces say."""

    scores: Scores
    embedding: Floats  # (N, D)
    same: Floats  # distances within people, rising, at most DRAWN of them
    different: Floats  # distances between people, likewise
    cohort: Cohort | None = None  # that they are relative to


def evaluate(
    net: EmbeddingNet,
    distance: str,
    faces: Prepared,
    cohort: Cohort | None = None,
    quick: bool = False,
) -> Evaluation:
    """Scores of a net under a distance of `DISTANCES`, relative to a `cohort` if there is one, by a
    full or a `quick` look at the faces.

    Raises ValueError where the faces have no pair of one person, or none of two.
    """
    found = verifier(*_measured(net, distance, faces, cohort, quick), faces.labels.numpy())
    return replace(found, cohort=cohort)


def report(
    net: EmbeddingNet, distance: str, faces: Prepared, cohort: Cohort | None = None
) -> dict[str, Any]:
    """All scores by name, and the accuracies that papers on face verification tell."""
    return scores_of(_measured(net, distance, faces, cohort)[1].numpy(), faces.labels.numpy())


def scores_of(matrix: NDArray[Any], labels: NDArray[np.int64]) -> dict[str, Any]:
    """The same of any distances (N, N) between pictures of the people `labels` (N,)."""
    return score(matrix, labels).as_dict() | accuracies(matrix, labels)


@torch.no_grad()
def _measured(
    net: EmbeddingNet, distance: str, faces: Prepared, cohort: Cohort | None, quick: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings (N, D) and all their distances (N, N)."""
    embedding = embed(net, faces.pictures, quick)
    return embedding, distance_matrix(embedding, embedding, distance, net.head, cohort)


def evaluate_pixels(pictures: NDArray[np.uint8], labels: NDArray[np.int64]) -> Evaluation:
    """Scores of comparing grey 32×32 pixels, pictures (N, H, W, 3): what learning has to beat."""
    embedding = embed_pixels(pictures)
    return verifier(embedding, distance_matrix(embedding, embedding), labels)


def verifier(
    embedding: torch.Tensor, matrix: torch.Tensor, labels: NDArray[np.int64]
) -> Evaluation:
    values = matrix.numpy()
    distance, is_same = pairs_of(values, labels)
    return Evaluation(
        scores=score(values, labels),
        embedding=embedding.numpy(),
        same=thinned(distance[is_same]),
        different=thinned(distance[~is_same]),
    )


def share_below(kept: Floats, distance: float) -> float:
    """Which share of the distances lies below this one, 0 … 1, told from those that were `kept`,
    rising. Where not all were, straight between two of them: otherwise the share would come in
    steps of 1 / DRAWN, and differ from that of all pairs in a digit that is shown."""
    below = int(np.searchsorted(kept, distance))
    if len(kept) < DRAWN or below in (0, len(kept)):
        return below / len(kept)
    low, high = float(kept[below - 1]), float(kept[below])
    return (below - 1 + (distance - low) / (high - low)) / (len(kept) - 1)


def thinned(distance: NDArray[np.float64]) -> Floats:
    """Sorted, and if there are many, every so-manieth: the same distribution in fewer numbers."""
    ordered = np.sort(distance).astype(np.float32)
    if len(ordered) <= DRAWN:
        return ordered
    return np.take(ordered, np.linspace(0, len(ordered) - 1, DRAWN).round().astype(int))
