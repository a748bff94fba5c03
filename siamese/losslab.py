"""Losses looked at from outside: values by their own code, slopes by autograd, on lines and planes.

Nothing is computed a second time here. A curve on the page is the function that trains the nets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from siamese import losses

Floats = NDArray[np.float64]
SAME_AND_DIFFERENT = torch.tensor([[True, False]]), torch.tensor([[False, True]])


def value_and_slopes(
    loss: Callable[..., Tensor], *places: ArrayLike
) -> tuple[Floats, tuple[Floats, ...]]:
    """Loss per element at places (N,), and its slope along each of its arguments, each (N,)."""
    at = [torch.tensor(np.asarray(place, np.float64), requires_grad=True) for place in places]
    value = loss(*at)
    slopes = torch.autograd.grad(value.sum(), at, allow_unused=True)
    return value.detach().numpy(), tuple(
        np.zeros_like(value.detach().numpy()) if slope is None else slope.numpy()
        for slope in slopes
    )


def contrastive(same: bool, margin: float) -> Callable[[Tensor], Tensor]:
    """Distances of pairs of one kind → loss."""
    return lambda distance: losses.contrastive(
        distance, torch.full_like(distance, float(same)), margin
    )


def triplet(margin: float | None) -> Callable[[Tensor, Tensor], Tensor]:
    """d(a,p), d(a,n) → loss; without a margin the soft one."""
    if margin is None:
        return losses.soft_triplet
    return lambda to_same, to_different: losses.triplet(to_same, to_different, margin)


def circle(margin: float, gamma: float) -> Callable[[Tensor, Tensor], Tensor]:
    """s_n, s_p of one anchor with one partner of each kind → loss."""

    def loss(different: Tensor, same: Tensor) -> Tensor:
        similarity = torch.stack([same, different], -1)  # (N, 2)
        is_same, is_different = (mask.expand(len(same), 2) for mask in SAME_AND_DIFFERENT)
        return losses.circle(similarity, is_same, is_different, margin, gamma)

    return loss


def cross_entropy(same: bool) -> Callable[[Tensor], Tensor]:
    """Logits of 'same person' of pairs of one kind → loss."""
    return lambda logit: losses.binary_cross_entropy(logit, torch.full_like(logit, float(same)))


@dataclass(frozen=True, eq=False)
class Plane:
    """A loss over a square, N = n × n places."""

    x: Floats  # (N,)
    y: Floats  # (N,)
    value: Floats  # (N,)
    along_x: Floats  # (N,) slope
    along_y: Floats  # (N,) slope


def plane(loss: Callable[..., Tensor], low: float, high: float, count: int) -> Plane:
    """A loss of two numbers on a grid of count × count places from low to high."""
    axis = np.linspace(low, high, count)
    x, y = (side.ravel() for side in np.meshgrid(axis, axis))
    value, (along_x, along_y) = value_and_slopes(loss, x, y)
    return Plane(x, y, value, along_x, along_y)


def kind_of_triplet(to_same: float, to_different: float, margin: float) -> str:
    """'easy', 'semi-hard' or 'hard' (Schroff et al. 2015, section 3.2)."""
    if to_different >= to_same + margin:
        return "easy"
    return "semi-hard" if to_different > to_same else "hard"


def slope_at_zero(guarded: bool) -> float:
    """Slope of the distance between two equal embeddings: NaN of a bare square root, 0 of ours."""
    from siamese.distances import euclidean

    a = torch.tensor([0.6, 0.8], requires_grad=True)
    b = torch.tensor([0.6, 0.8])
    distance = euclidean(a, b) if guarded else (a - b).square().sum().sqrt()
    distance.backward()
    assert a.grad is not None
    return float(a.grad[0])


def least_push(margin: float, reach: float = 2.0) -> float:
    """Contrastive loss that two people keep however far they go; `reach` is the largest distance
    there is, 2 on the unit sphere."""
    (value, _) = value_and_slopes(contrastive(False, margin), [reach])
    return float(value[0])
