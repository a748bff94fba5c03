"""The net that ships with the lab: small, trained by our own command on the built-in people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pages.ui.twins import Photo, Reading

if TYPE_CHECKING:  # torch takes seconds to import, and the page is to stand before
    from siamese.checkpoints import Checkpoint

BINS = 48


@dataclass(frozen=True)
class ShippedNet:
    """The net, and the distances that it gave to pairs of people whom it had never seen."""

    checkpoint: Checkpoint

    @property
    def threshold(self) -> float:
        """Where both errors are equally frequent: a pair below it is taken for one person."""
        return float(self.checkpoint.about["scores"]["threshold"])

    def missed(self, distance: float) -> float:
        """Share of the pairs of one person that lie at this distance or farther."""
        return float((self.checkpoint.same >= distance).mean())

    def passed(self, distance: float) -> float:
        """Share of the pairs of two people that lie closer than this."""
        return float((self.checkpoint.different < distance).mean())

    def read(self, pictures: NDArray[np.uint8]) -> Reading:
        """Two pictures (2, H, W, 3) → their embeddings and the distance between them."""
        from siamese.distances import distance_matrix
        from siamese.networks import NETWORKS, embed, prepare

        kind, net = self.checkpoint.config.distance, self.checkpoint.net
        e = embed(net, prepare(pictures, NETWORKS[self.checkpoint.config.net]))  # (2, D)
        distance = max(float(distance_matrix(e[:1], e[1:], kind, net.head)), 0.0)  # rounding
        same, different = self.checkpoint.same, self.checkpoint.different
        reach = float(np.ceil(2 * max(same.max(), different.max(), distance)) / 2)
        return Reading(
            a=e[0].numpy(),
            b=e[1].numpy(),
            distance=distance,
            threshold=self.threshold,
            same=np.histogram(same, BINS, (0, reach))[0],
            different=np.histogram(different, BINS, (0, reach))[0],
            reach=reach,
        )


@cache
def starter() -> ShippedNet:
    """The net, fetched once for this server. The first call imports torch: some seconds."""
    from siamese.checkpoints import load, shipped

    return ShippedNet(load(shipped()))


def ready() -> bool:
    """True once `starter` answers at once."""
    return starter.cache_info().currsize > 0


def tell(
    net: ShippedNet, reading: Reading, a: Photo, b: Photo, unseen: Collection[str]
) -> list[str]:
    """The reading in words: where the distance falls, what is true, how often that goes wrong."""
    right = reading.below == (a.person == b.person)
    if a == b:
        truth = f"one picture of {a.name}, twice"
    elif a.person == b.person:
        truth = f"two pictures of {a.name}"
    else:
        truth = f"{a.name} and {b.name}"
    words = [
        f"{reading.distance:.2f} is {'below' if reading.below else 'above'} the threshold of "
        f"{net.threshold:.2f}, so it counts as {'one person' if reading.below else 'two people'}.",
        f"That is {'right' if right else 'wrong'}: these are {truth}.",
        f"Among people whom the net had never seen, {share(net.missed(reading.distance))} of the "
        "pairs of one person lie farther apart than this, and "
        f"{share(net.passed(reading.distance))} of the pairs of two people lie closer.",
        f"With this threshold, {share(net.passed(net.threshold))} of the pairs of two people pass "
        f"for one person, and {share(net.missed(net.threshold))} of the pairs of one person for "
        "two.",
    ]
    met = sorted({photo.name for photo in (a, b) if not photo.among(unseen)})
    if met:
        words[1] += (
            f" But the net was trained with pictures of {' and '.join(met)}: such a pair proves "
            "nothing about people who are new to it."
        )
    return words


def share(part: float) -> str:
    """0.034 → '3.4 %'."""
    if part in (0, 1):
        return "none" if part == 0 else "all"
    if part < 0.001:
        return "less than 0.1 %"
    return f"{part:.1%}".replace("%", " %") if part < 0.0995 else f"{100 * part:.0f} %"
