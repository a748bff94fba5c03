"""The tutorial's last step: a face at the door against the pictures of those who are enrolled.

Two thresholds, as in the tutorial. *Detection*: the distance below which one enrolled picture is a
match. *Verification*: the share of a person's enrolled pictures that have to match before the
door opens for that person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamese.augmentation import variants
from siamese.verifiers import Pictures, Verifier


@dataclass(frozen=True, eq=False)
class Enrolled:
    """A person who may come in."""

    name: str
    pictures: Pictures = field(repr=False)  # (K, H, W, 3) face crops
    _seen: "WeakKeyDictionary[Verifier, Tensor]" = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )

    def under(self, verifier: Verifier) -> Tensor:
        """Embeddings (K, D) of the pictures; made once for each verifier."""
        if verifier not in self._seen:
            self._seen[verifier] = verifier.embed(self.pictures)
        return self._seen[verifier]

    def with_variants(self, count: int, seed: int = 0) -> "Enrolled":
        """The same person with so many variants of each picture beside it, as in the tutorial."""
        generator = torch.Generator().manual_seed(seed)
        made = [variants(picture, count, generator) for picture in self.pictures]
        return Enrolled(self.name, np.concatenate([self.pictures, *made]))


@dataclass(frozen=True, eq=False)
class Verdict:
    """How a face compares with one enrolled person."""

    name: str
    distances: NDArray[np.float64]  # (K,) to each enrolled picture
    detection: float  # distance below which a picture matches
    verification: float  # share of matching pictures that opens the door, in (0, 1]

    @property
    def matches(self) -> NDArray[np.bool_]:
        """Which of the enrolled pictures match, (K,)."""
        return self.distances < self.detection

    @property
    def share(self) -> float:
        return float(self.matches.mean())

    @property
    def opens(self) -> bool:
        return self.share >= self.verification


def verify(
    face: Pictures,
    enrolled: Iterable[Enrolled],
    verifier: Verifier,
    detection: float,
    verification: float,
) -> list[Verdict]:
    """A face crop (H, W, 3) against everybody who is enrolled, the likeliest person first.

    Raises ValueError where the share asked for is not in (0, 1].
    """
    if not 0 < verification <= 1:
        raise ValueError(f"The share is {verification}; it has to be above 0 and at most 1.")
    code = verifier.embed(face[None])  # (1, D)
    verdicts = [
        Verdict(
            person.name, verifier.matrix(code, person.under(verifier))[0], detection, verification
        )
        for person in enrolled
    ]
    return sorted(verdicts, key=lambda verdict: (-verdict.share, verdict.distances.mean()))
