"""Embeddings → distances. Smaller is always closer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

NEAREST = 50  # members of a cohort that tell how near a face is to people in general
ROWS_AT_ONCE = 64  # the learned distance needs (rows, B, D) numbers at a time


def euclidean(a: Tensor, b: Tensor) -> Tensor:
    """Length of the difference of embeddings (…, D) → (…). In [0, 2] for normalised embeddings.

    The slope of a square root at zero is infinite, and infinity times a difference of zero is NaN.
    So the root is taken only where there is something to take it of; two equal embeddings have
    distance 0 and slope 0.
    """
    squared = (a - b).square().sum(-1)
    equal = squared == 0
    return torch.where(equal, 0.0, torch.where(equal, 1.0, squared).sqrt())


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """1 − cosine of the angle between embeddings (…, D) → (…), in [0, 2]: the dot product turned
    into a distance. For normalised embeddings it is half of the squared euclidean distance."""
    return 1 - (nn.functional.normalize(a, dim=-1) * nn.functional.normalize(b, dim=-1)).sum(-1)


class LearnedL1(nn.Module):
    """σ(w·|e₁ − e₂| + b): how likely two pictures show the same person.

    Koch, Zemel, Salakhutdinov 2015, 'Siamese neural networks for one-shot image recognition'.
    The distance is 1 minus that, in [0, 1].
    """

    def __init__(self, embedding: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(embedding))
        self.bias = nn.Parameter(torch.empty(()))

    def logit(self, a: Tensor, b: Tensor) -> Tensor:
        """Embeddings (…, D), (…, D) → logit of 'same person' (…)."""
        return (a - b).abs() @ self.weight + self.bias

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.sigmoid(-self.logit(a, b))


def euclidean_matrix(a: Tensor, b: Tensor) -> Tensor:
    """All distances between (A, D) and (B, D) → (A, B), exact where two embeddings are close."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def cosine_matrix(a: Tensor, b: Tensor) -> Tensor:
    return 1 - nn.functional.normalize(a, dim=-1) @ nn.functional.normalize(b, dim=-1).T


def learned_matrix(head: LearnedL1, a: Tensor, b: Tensor) -> Tensor:
    return torch.cat([head(rows[:, None], b[None]) for rows in a.split(ROWS_AT_ONCE)])  # (A, B)


MATRICES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "euclidean": euclidean_matrix,
    "cosine": cosine_matrix,
}
DISTANCES = ("euclidean", "cosine", "learned")


@dataclass(frozen=True, eq=False)
class Cohort:
    """People, one picture each, against whom distances are measured.

    Some faces, blurred ones or those without a feature of their own, lie near to everybody, and no
    threshold suits both them and the others. So a distance is divided by √(s(a)·s(b)), where s is
    the mean distance of a face to its `NEAREST` members: local scaling, Zelnik-Manor and Perona
    2004, 'Self-tuning spectral clustering'. Speaker verification normalises its scores by a cohort
    to the same end: Auckenthaler et al. 2000, 'Score normalization for text-independent speaker
    verification systems'. As s is counted in its mean over the cohort, distances keep their size.
    """

    embeddings: Tensor  # (M, D), of one picture each
    kind: str  # of MATRICES

    @cached_property
    def usual(self) -> float:
        """How far the members themselves are from their nearest, on average."""
        return float(self._nearest(self.embeddings, 1).mean())

    def scale(self, embeddings: Tensor) -> Tensor:
        """√s of embeddings (N, D) → (N,): below 1 for a face that is near to everybody."""
        return (self._nearest(embeddings) / self.usual).sqrt()

    def _nearest(self, embeddings: Tensor, without: int = 0) -> Tensor:
        """Mean distance (N,) to the nearest members but for the first few."""
        distance = MATRICES[self.kind](embeddings, self.embeddings)  # (N, M)
        count = min(NEAREST + without, len(self.embeddings))
        nearest = distance.topk(count, largest=False).values[:, without:]
        return nearest.mean(-1).clamp(min=1e-6)


def distance_matrix(
    a: Tensor,
    b: Tensor,
    kind: str = "euclidean",
    head: LearnedL1 | None = None,
    cohort: Cohort | None = None,
) -> Tensor:
    """All distances between embeddings (A, D) and (B, D) → (A, B).

    `kind` is one of `DISTANCES`; 'learned' needs the `head` that was trained with the net. With a
    `cohort`, distances are relative to it.
    """
    if cohort is not None:
        return distance_matrix(a, b, kind, head) / (cohort.scale(a)[:, None] * cohort.scale(b))
    if kind in MATRICES:
        return MATRICES[kind](a, b)
    if kind != "learned" or head is None:
        raise ValueError(f"No distance '{kind}' for this net. Choose from {', '.join(DISTANCES)}.")
    return learned_matrix(head, a, b)
