"""Whatever tells faces apart, under one roof: pictures → embeddings → distances, and how these
distances fall for people who are new to it.

Pixels, an untrained net, a trained one: each is a `Verifier`, so that they can be asked the same
question side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamese.checkpoints import Checkpoint
from siamese.config import TrainingConfig
from siamese.devices import CPU
from siamese.distances import Cohort, LearnedL1, distance_matrix
from siamese.evaluation import Evaluation, share_below
from siamese.networks import NETWORKS, EmbeddingNet, embed, embed_pixels, prepare
from siamese.training import TrainingState
from siamese.verification import curve, equal_error

Pictures = NDArray[np.uint8]
Distances = NDArray[np.float32]


def nothing() -> Distances:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Verifier:
    """A way to measure how far apart two faces are, and what is known of its errors."""

    name: str  # as on the screen
    about: str  # one sentence
    embed_crops: Callable[[Pictures], Tensor] = field(
        repr=False
    )  # faces as cut, (N, H, W, 3) → (N, D)
    distance: str = "euclidean"  # of `DISTANCES`
    head: LearnedL1 | None = field(default=None, repr=False)
    cohort: Cohort | None = field(default=None, repr=False)
    same: Distances = field(default_factory=nothing, repr=False)  # unseen people, rising
    different: Distances = field(default_factory=nothing, repr=False)  # likewise
    threshold: float = float("nan")  # a pair below it counts as one person
    cut: Callable[[Pictures], Pictures] | None = field(
        default=None, repr=False
    )  # None: as they are

    def faces(self, pictures: Pictures) -> Pictures:
        """The part of the pictures (N, H, W, 3) that is compared: the same, or aligned faces."""
        return self.cut(pictures) if self.cut else pictures

    def embed(self, pictures: Pictures) -> Tensor:
        """Pictures (N, H, W, 3) → embeddings (N, D) float32."""
        return self.embed_crops(self.faces(pictures))

    def matrix(self, a: Tensor, b: Tensor) -> NDArray[np.float64]:
        """All distances between embeddings (A, D) and (B, D), (A, B), none below 0."""
        with torch.no_grad():
            distances = distance_matrix(a, b, self.distance, self.head, self.cohort).numpy()
        return np.maximum(distances.astype(np.float64), 0)  # rounding may have gone below

    def frr(self, distance: float) -> float:
        """Share of the pairs of one person that lie at this distance or farther."""
        return 1 - share_below(self.same, distance)

    def far(self, distance: float) -> float:
        """Share of the pairs of two people that lie closer than this."""
        return share_below(self.different, distance)

    @property
    def proven(self) -> bool:
        """True where its distances on unseen people are known, so that there is a threshold."""
        return bool(len(self.same) and len(self.different))


def of_checkpoint(
    checkpoint: Checkpoint, name: str, about: str, device: torch.device = CPU
) -> Verifier:
    """A net from a model file, with the distances on unseen people that the file holds; it embeds
    on a device."""
    verifier = _of_net(checkpoint.net, checkpoint.config, name, about, device)
    known = _known(verifier, checkpoint.same, checkpoint.different, checkpoint.cohort)
    threshold = checkpoint.threshold
    return known if threshold is None or not known.proven else replace(known, threshold=threshold)


def of_state(
    state: TrainingState, evaluation: Evaluation | None, name: str, about: str
) -> Verifier:
    """The net of a run at one moment, and what an evaluation of it on unseen people has found."""
    return _tested(_of_net(state.net, state.config, name, about), evaluation)


def of_pixels(evaluation: Evaluation | None = None) -> Verifier:
    """No net at all: grey 32×32 pixels as they are."""
    about = "Grey 32×32 pixels, compared as they are: nothing has been learnt."
    return _tested(Verifier("Raw pixels", about, embed_pixels), evaluation)


def of_embedder(
    name: str,
    about: str,
    embed_crops: Callable[[Pictures], Tensor],
    cut: Callable[[Pictures], Pictures],
    evaluation: Evaluation | None = None,
) -> Verifier:
    """Anything that turns faces (N, H, W, 3), cut as it wants them, into points (N, D)."""
    return _tested(Verifier(name, about, embed_crops, cut=cut), evaluation)


def _of_net(
    net: EmbeddingNet, config: TrainingConfig, name: str, about: str, device: torch.device = CPU
) -> Verifier:
    spec = NETWORKS[config.net]

    def embed_crops(faces: Pictures) -> Tensor:
        return embed(net, prepare(faces, replace(spec, aligned=False)), device=device)

    cut = _aligned if spec.aligned else None
    return Verifier(name, about, embed_crops, config.distance, net.head, cut=cut)


def _aligned(pictures: Pictures) -> Pictures:
    from siamese.detection import close

    return close(pictures)


def _tested(verifier: Verifier, evaluation: Evaluation | None) -> Verifier:
    if not evaluation:
        return verifier
    known = _known(verifier, evaluation.same, evaluation.different, evaluation.cohort)
    return replace(known, threshold=evaluation.scores.threshold)


def _known(
    verifier: Verifier, same: Distances, different: Distances, cohort: Cohort | None
) -> Verifier:
    """The verifier with its distances on unseen people, and the threshold of equal errors of those
    that were kept: nearly that of all of them."""
    verifier = replace(verifier, cohort=cohort)
    if not len(same) or not len(different):
        return verifier
    distance = np.concatenate([same, different])
    _, threshold = equal_error(curve(distance, np.arange(len(distance)) < len(same)))
    return replace(verifier, same=same, different=different, threshold=threshold)
