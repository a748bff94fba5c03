"""Distances, labels → which pairs and triplets of a batch to learn from. Indices only, never data.

A batch of B pictures holds B(B−1)/2 pairs and many more triplets, most of them already right. A
miner picks the ones worth a step. All take distances (B, B), labels (B,) and a random generator,
and give triplets (T, 3) of indices: anchor, same person, someone else.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Miner = Callable[[Tensor, Tensor, torch.Generator], Tensor]


def same_and_different(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Labels (B,) → masks (B, B): two pictures of one person, two pictures of two people."""
    equal = labels[:, None] == labels[None]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    return equal & ~itself, ~equal


def all_pairs(labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Every pair once: i, j, is_same, each (B(B−1)/2,)."""
    count = len(labels)
    i, j = torch.triu_indices(count, count, offset=1, device=labels.device)
    return i, j, labels[i] == labels[j]


def pairs_of(triplets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Triplets (T, 3) → the 2T pairs in them: i, j, is_same; one half same, one half different."""
    anchor, same, different = triplets.T
    is_same = torch.arange(2 * len(triplets), device=triplets.device) < len(triplets)
    return torch.cat([anchor, anchor]), torch.cat([same, different]), is_same


def all_triplets(distance: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Every anchor with every same picture and every negative: a picture of somebody else."""
    same, different = same_and_different(labels)
    return (same[:, :, None] & different[:, None, :]).nonzero()


def hard_triplets(distance: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """For each anchor the furthest same picture and the nearest negative.

    Hermans, Beyer, Leibe 2017, 'batch hard'.
    """
    same, different = same_and_different(labels)
    furthest = distance.masked_fill(~same, -torch.inf).argmax(1)
    nearest = distance.masked_fill(~different, torch.inf).argmin(1)
    anchors = torch.arange(len(labels))
    return torch.stack([anchors, furthest, nearest], 1)[same.any(1) & different.any(1)]


def semi_hard_triplets(distance: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """For each anchor and same picture the nearest negative that is further away than that picture;
    where every negative is nearer, the furthest of them.

    Schroff, Kalenichenko, Philbin 2015, section 3.2, without their upper bound of one margin (a
    negative beyond it has no loss and changes nothing).
    """
    same, different = same_and_different(labels)
    anchor, positive = same.nonzero().T  # (T,)
    to_negative = distance[anchor].masked_fill(~different[anchor], torch.inf)  # (T, B)
    too_near = to_negative <= distance[anchor, positive, None]
    beyond = to_negative.masked_fill(too_near, torch.inf)
    furthest = distance[anchor].masked_fill(~different[anchor], -torch.inf).argmax(1)
    negative = torch.where(beyond.isinf().all(1), furthest, beyond.argmin(1))
    return torch.stack([anchor, positive, negative], 1)[different[anchor].any(1)]


def random_triplets(distance: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """For each anchor one same picture and one negative by lot: the naive choice."""
    same, different = same_and_different(labels)
    usable = (same.any(1) & different.any(1)).nonzero().squeeze(1)
    lot = torch.rand(distance.shape, generator=generator)
    positive = lot.masked_fill(~same, -1).argmax(1)
    negative = lot.masked_fill(~different, -1).argmax(1)
    return torch.stack([usable, positive[usable], negative[usable]], 1)


MINERS: dict[str, Miner] = {
    "all": all_triplets,
    "hard": hard_triplets,
    "semi-hard": semi_hard_triplets,
    "random": random_triplets,
}
