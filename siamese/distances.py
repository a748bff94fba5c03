"""Embeddings → distances. Smaller is always closer."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

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


def distance_matrix(
    a: Tensor, b: Tensor, kind: str = "euclidean", head: LearnedL1 | None = None
) -> Tensor:
    """All distances between embeddings (A, D) and (B, D) → (A, B).

    `kind` is one of `DISTANCES`; 'learned' needs the `head` that was trained with the net.
    """
    if kind in MATRICES:
        return MATRICES[kind](a, b)
    if kind != "learned" or head is None:
        raise ValueError(f"No distance '{kind}' for this net. Choose from {', '.join(DISTANCES)}.")
    return learned_matrix(head, a, b)
