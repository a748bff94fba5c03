"""A distance that was read: the two embeddings, the threshold, and where it falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages.ui.session import recalled
from siamese.sharing import digest

if TYPE_CHECKING:
    from torch import Tensor

    from siamese.verifiers import Verifier

BINS = 48
FACES = 128  # embeddings that are kept: a page asks some five nets for three


@dataclass(frozen=True, eq=False)
class Reading:
    """What the net says of a pair, and how its distances fall for people that it never saw."""

    a: NDArray[np.float32]  # (D,)
    b: NDArray[np.float32]  # (D,)
    distance: float
    threshold: float
    same: NDArray[np.integer[Any]]  # (bins,) from 0 to reach: pairs of one person, both new to it
    different: NDArray[np.integer[Any]]  # (bins,) pairs of two such people
    reach: float  # the largest distance on the ruler

    @property
    def below(self) -> bool:
        return self.distance < self.threshold


def heights(counts: NDArray[np.integer[Any]]) -> list[float]:
    """A histogram as shares, gently smoothed: hills, not teeth."""
    shares = counts / max(counts.sum(), 1)
    smooth = np.convolve(shares, np.array([1, 4, 6, 4, 1]) / 16, "same")
    return [float(height) for height in smooth.round(5)]


def embedded(verifier: Verifier, pictures: NDArray[np.uint8]) -> Tensor:
    """Pictures (N, H, W, 3) → their embeddings (N, D), each by itself: the last ones are kept."""
    import torch

    def one(picture: NDArray[np.uint8]) -> Tensor:
        key = verifier, digest(picture)
        return recalled("face", key, lambda: verifier.embed(picture[None]), most=FACES)

    return torch.cat([one(picture) for picture in pictures])


def embed_two(verifier: Verifier, pictures: NDArray[np.uint8]) -> tuple[Tensor, float]:
    """Two pictures (2, H, W, 3) → their embeddings (2, D) and the distance between them."""
    e = embedded(verifier, pictures)
    return e, float(verifier.matrix(e[:1], e[1:]).item())


def read(verifier: Verifier, pictures: NDArray[np.uint8]) -> Reading:
    """Two pictures (2, H, W, 3): how far apart, and how such distances fall otherwise."""
    e, distance = embed_two(verifier, pictures)
    reach = float(
        np.ceil(
            2 * max(verifier.same.max(initial=0.1), verifier.different.max(initial=0), distance)
        )
        / 2
    )
    return Reading(
        a=e[0].numpy(),
        b=e[1].numpy(),
        distance=distance,
        threshold=verifier.threshold,
        same=np.histogram(verifier.same, BINS, (0, reach))[0],
        different=np.histogram(verifier.different, BINS, (0, reach))[0],
        reach=reach,
    )
