"""What decides how a run goes: its configuration, with values that work."""

import numbers
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any

from siamese.distances import DISTANCES
from siamese.losses import LOSSES
from siamese.mining import MINERS
from siamese.networks import DESIGN, NETWORKS
from siamese.settings import what_is_wrong

KINDS: dict[Any, tuple[type, str]] = {
    str: (str, "a name"),
    bool: (bool, "true or false"),
    int: (numbers.Integral, "a whole number"),
    float: (numbers.Real, "a number"),
}
RANGES: dict[str, tuple[float, float]] = {
    "margin": (0.0, 10.0),
    "gamma": (1.0, 1024.0),
    "design": (1, DESIGN),
    "embedding": (1, 4096),
    "people": (2, 256),
    "pictures": (2, 64),
    "lr": (1e-6, 1.0),
    "decay": (0.0, 1.0),
    "warmup": (0, 10_000),
    "horizon": (0, 10_000_000),
    "dropout": (0.0, 0.9),
    "singles": (0, 256),
    "averaging": (0.0, 0.9999),
    "seed": (0, 2**31 - 1),
}
RECIPES: dict[str, dict[str, Any]] = {  # what a net needs beside its loss, where it differs
    "baseline": {"lr": 1e-4},
    "starter": {
        "people": 28,
        "pictures": 6,
        "singles": 24,
        "lr": 2e-3,
        "decay": 5e-2,
        "warmup": 50,
        "averaging": 0.998,
        "strong_augmentation": True,
        "dropout": 0.3,
    },
}
TUNING: dict[str, Any] = {  # for a net that knows faces already, on a few people more
    "design": 1,  # of the nets that ship
    "people": 16,
    "singles": 0,
    "lr": 3e-5,  # ten times that forgets more than a few people teach
    "horizon": 150,
}
TUNED_MARGINS = {"contrastive": 1.4}  # two people are so far apart for the starter net


class ConfigError(ValueError):
    """A setting that cannot be trained with; the message says which and what is possible."""


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides how a run goes. Same configuration, same faces: same result."""

    net: str = "small"  # a key of NETWORKS
    design: int = DESIGN  # which way of building that net
    loss: str = "triplet"  # a key of LOSSES
    margin: float = 0.3  # in units of the distance; see LOSSES for ranges
    gamma: float = 64.0  # circle loss only: how steep
    mining: str = "all"  # a key of MINERS
    distance: str = "euclidean"  # of DISTANCES: what the loss sees
    embedding: int = 64  # D, numbers in an embedding
    normalise: bool = True  # embeddings of length 1
    people: int = 16  # P, people in a batch
    pictures: int = 4  # K, pictures of each
    lr: float = 3e-3  # learning rate of AdamW
    decay: float = 1e-2  # weight decay of AdamW
    warmup: int = 20  # steps until the learning rate is reached
    horizon: int = 0  # steps until it has fallen to nothing, along a cosine; 0: it stays
    averaging: float = 0.997  # memory of the weights' moving average, 0 for none
    augment: bool = True  # change the pictures a little at each look
    blending: bool = True  # half of the people get a share of somebody else's face
    # change them more, as bad cameras do: for many people and many steps
    strong_augmentation: bool = False
    dropout: float = 0.0  # share of the features that a picture is embedded without
    singles: int = 0  # people with one picture in a batch, beside the P who have more
    tuned: bool = False  # begin with the weights that ship for this net, not by chance
    seed: int = 0  # first weights, batches, augmentation

    def __post_init__(self) -> None:
        for setting in fields(self):
            kind, words = KINDS[setting.type]
            if not isinstance(getattr(self, setting.name), kind):
                value = getattr(self, setting.name)
                raise ConfigError(f"{setting.name} is {value!r}; it has to be {words}.")
        choices: dict[str, Collection[str]] = {
            "net": NETWORKS,
            "loss": LOSSES,
            "mining": MINERS,
            "distance": DISTANCES,
        }
        if wrong := what_is_wrong(self, choices, RANGES):
            raise ConfigError(wrong)
        if (self.loss == "bce") != (self.distance == "learned"):
            raise ConfigError("The learned distance and the loss 'bce' go together.")
        if self.loss == "circle" and self.distance != "cosine":
            raise ConfigError("Circle loss works on angles: its distance is 'cosine'.")
        if self.tuned and self.loss == "bce":
            raise ConfigError(
                "The nets that ship have no learned distance: tune with another loss."
            )


def preset(loss: str, net: str = "small", **changes: Any) -> TrainingConfig:
    """A configuration that works on the built-in people, with changes on top.

    Raises ConfigError for an unknown loss or net, or a value out of its range.
    """
    if loss not in LOSSES or net not in NETWORKS:
        return TrainingConfig(loss=loss, net=net)  # says what is wrong
    by_loss, by_net, tuned = LOSSES[loss], NETWORKS[net], changes.get("tuned")
    usual = TrainingConfig(
        net=net,
        loss=loss,
        margin=TUNED_MARGINS.get(loss, by_loss.margin) if tuned else by_loss.margin,
        mining=by_loss.mining,
        distance=by_loss.distance,
        embedding=by_net.embedding,
        normalise=by_net.normalise and loss != "bce",
        **RECIPES.get(net, {}) | (TUNING if tuned else {}),
    )
    return replace(usual, **changes)


OF_THE_LOSS = ("margin", "gamma", "mining", "distance")  # settings that mean nothing to another one


def with_loss(config: TrainingConfig, loss: str) -> TrainingConfig:
    """The same run with another loss: same seed, net, people in a batch and steps, and what belongs
    to the loss as its preset has it. Raises ConfigError where the loss cannot be had so."""
    usual = preset(loss, config.net, tuned=config.tuned)
    own = {name: getattr(usual, name) for name in OF_THE_LOSS}
    if "bce" in (loss, config.loss):  # its learned distance wants embeddings of free length
        own["normalise"] = usual.normalise
    return replace(config, loss=loss, **own)
