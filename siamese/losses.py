"""Distances → loss, one value per pair, triplet or anchor. Averages: at the end of the file.

`is_same` is 1 for two pictures of one person and 0 for two people, as a bool or a float tensor.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional


def contrastive(distance: Tensor, is_same: Tensor, margin: float) -> Tensor:
    """Y·D² + (1−Y)·max(m − D, 0)², one value per pair.

    Hadsell, Chopra, LeCun 2006, eq. 4, without its ½ and with its Y turned round (theirs is 0 for
    a similar pair). One person is pulled together; two people are pushed until they are a margin
    apart, then left alone.
    """
    same = is_same.to(distance.dtype)
    pull = distance.square()
    push = (margin - distance).clamp(min=0).square()
    return same * pull + (1 - same) * push


def triplet(distance_same: Tensor, distance_different: Tensor, margin: float) -> Tensor:
    """max(d(a,p) − d(a,n) + m, 0), one value per triplet.

    Schroff, Kalenichenko, Philbin 2015, eq. 2, on plain instead of squared distances (Hermans,
    Beyer, Leibe 2017). The negative has to be further from the anchor than the same person, by a
    margin.
    """
    return (distance_same - distance_different + margin).clamp(min=0)


def soft_triplet(distance_same: Tensor, distance_different: Tensor) -> Tensor:
    """log(1 + exp(d(a,p) − d(a,n))), one value per triplet: the triplet loss without a margin.

    Hermans, Beyer, Leibe 2017, 'soft margin'. It never reaches zero, so it never stops pushing.
    """
    return functional.softplus(distance_same - distance_different)


def circle(
    similarity: Tensor, is_same: Tensor, is_different: Tensor, margin: float, gamma: float
) -> Tensor:
    """log[1 + Σ_n exp(γ α_n (s_n − m)) · Σ_p exp(−γ α_p (s_p − (1 − m)))], one value per anchor.

    Sun et al. 2020, eq. 6, with α_p = max(1 + m − s_p, 0) and α_n = max(s_n + m, 0), both without
    gradient: a pair that is already good is pushed less. `similarity` (anchors, others) is the
    cosine; the masks say which of the others count for the anchor. An anchor without a same or
    without a different partner has loss 0.
    """
    alpha_same = (1 + margin - similarity).clamp(min=0).detach()
    alpha_different = (similarity + margin).clamp(min=0).detach()
    pull = -gamma * alpha_same * (similarity - (1 - margin))
    push = gamma * alpha_different * (similarity - margin)
    pull = pull.masked_fill(~is_same, -math.inf).logsumexp(1)  # (anchors,)
    push = push.masked_fill(~is_different, -math.inf).logsumexp(1)  # (anchors,)
    return functional.softplus(pull + push)


def binary_cross_entropy(logit: Tensor, is_same: Tensor) -> Tensor:
    """−Y·log σ(z) − (1−Y)·log(1 − σ(z)), one value per pair; z is the logit of 'same person'.

    Koch, Zemel, Salakhutdinov 2015: verification as a yes-or-no question to a learned L1 distance.
    """
    return functional.binary_cross_entropy_with_logits(
        logit, is_same.to(logit.dtype), reduction="none"
    )


def mean(loss: Tensor) -> Tensor:
    """Plain average; 0 where there is nothing to average."""
    return loss.sum() / max(len(loss), 1)


def mean_of_active(loss: Tensor) -> Tensor:
    """Average over the elements above zero, so that idle triplets do not drown the others.

    Hermans, Beyer, Leibe 2017, 'batch all, non-zero'.
    """
    return loss.sum() / (loss > 0).sum().clamp(min=1)


def balanced_mean(loss: Tensor, is_same: Tensor) -> Tensor:
    """Same and different pairs count half each, however few the same ones are."""
    same = is_same.to(torch.bool)
    return (mean(loss[same]) + mean(loss[~same])) / 2


@dataclass(frozen=True)
class LossSpec:
    """What the rest of the code has to know of a loss."""

    label: str  # its name on the screen
    eats: Literal["pairs", "triplets", "anchors"]  # what one value of the loss stands for
    distance: str  # the distance it is trained with
    mining: str  # a choice of pairs or triplets that works from a random start
    margin: float  # a margin that works on the built-in people
    margins: tuple[float, float]  # the range of margins worth trying; equal ends: no margin
    paper: str


LOSSES: dict[str, LossSpec] = {
    "contrastive": LossSpec(
        "Contrastive", "pairs", "euclidean", "hard", 1.0, (0.1, 2.5), "Hadsell et al. 2006"
    ),
    "triplet": LossSpec(
        "Triplet", "triplets", "euclidean", "semi-hard", 0.3, (0.05, 2.5), "Schroff et al. 2015"
    ),
    "soft-triplet": LossSpec(
        "Soft triplet", "triplets", "euclidean", "hard", 0.0, (0.0, 0.0), "Hermans et al. 2017"
    ),
    "circle": LossSpec("Circle", "anchors", "cosine", "all", 0.25, (0.05, 0.6), "Sun et al. 2020"),
    "bce": LossSpec("BCE", "pairs", "learned", "all", 0.0, (0.0, 0.0), "Koch et al. 2015"),
}
