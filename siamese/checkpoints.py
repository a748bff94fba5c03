"""Run ↔ one safetensors file with its configuration and scores inside. Never pickle: a model file
may come from anyone.

A complete file holds all of the state and goes on training as if never stopped; a light one holds
the averaged net alone, in half precision: an eighth of the size.
"""

import copy
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor

from siamese.config import ConfigError, TrainingConfig
from siamese.distances import MATRICES, Cohort
from siamese.networks import NETWORKS, EmbeddingNet
from siamese.training import COLUMNS, TrainingState, net_of

KEY = "siamese_lab"  # of our description in the file's metadata
FORMAT = 2
READABLE = (1, 2)  # 1 knows no `design`: its nets are of the first
LARGEST = 700_000_000  # bytes; the tutorial's baseline with its optimiser takes 620 MB
SHIPPED = Path(__file__).parent / "weights"


Weights = dict[str, Tensor]
MALFORMED = (  # what reading a file that somebody made up can end in
    *(SafetensorError, struct.error),
    *(KeyError, TypeError, ValueError, AttributeError, RuntimeError),
)

BEFORE = {"design": 1, "blending": False}  # settings that files of format 1 do not tell
FORMERLY = {"harsh": "strong_augmentation"}  # settings of files, by the names that they had


class CheckpointError(ValueError):
    """Not a model file of ours, or a damaged one; the message says so in a sentence."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What is in a file."""

    config: TrainingConfig
    step: int
    average: dict[str, Tensor]
    about: dict[str, Any]  # where the faces came from, how they were split, scores
    same: NDArray[np.float32]  # distances within unseen people, rising
    different: NDArray[np.float32]  # distances between unseen people, rising
    cohort: Cohort | None = field(default=None, repr=False)  # that distances are relative to
    state: TrainingState | None = field(default=None, repr=False)  # of a complete file

    @property
    def net(self) -> EmbeddingNet:
        """The averaged net, ready to embed with."""
        return net_of(self.config, self.average).eval()

    @property
    def trained_on(self) -> frozenset[str]:
        """Short hashes of the people whom the net has been trained on."""
        return frozenset(self.about.get("seen", ()))

    @property
    def threshold(self) -> float | None:
        """Where both errors were equally frequent over all pairs of unseen people; None where the
        file does not say."""
        scores = self.about.get("scores")
        value = scores.get("threshold") if isinstance(scores, dict) else None
        if not isinstance(value, int | float) or not 0 < value < math.inf:
            return None
        return float(value)

    def resume(self) -> TrainingState:
        """A state to train on from. Of a light file: the averaged net with a fresh optimiser."""
        return self.state or TrainingState(
            config=self.config,
            step=self.step,
            weights=self.average,
            average=copy.deepcopy(self.average),
            moments=[],
            generator=torch.Generator().manual_seed(self.config.seed).get_state(),
            history=np.empty((0, len(COLUMNS)), np.float32),
        )


def save(
    state: TrainingState,
    about: Mapping[str, Any],
    same: NDArray[np.float32] | None = None,
    different: NDArray[np.float32] | None = None,
    cohort: Cohort | None = None,
    complete: bool = True,
) -> bytes:
    """The file as bytes. `about` must be plain enough for JSON."""
    tensors = named("average", state.average if complete else halved(state.average))
    for name, distances in (("same", same), ("different", different)):
        tensors[f"distances.{name}"] = torch.tensor(
            np.zeros(0) if distances is None else distances, dtype=torch.float32
        )
    if cohort is not None:
        tensors["cohort"] = cohort.embeddings if complete else cohort.embeddings.half()
    if complete:
        tensors |= named("weights", state.weights)
        for index, moments in enumerate(state.moments):
            tensors |= named(f"moments.{index}", moments)
        tensors["generator"] = state.generator
        tensors["history"] = torch.tensor(state.history)
    description = {
        "format": FORMAT,
        "config": asdict(state.config),
        "step": state.step,
        "untold": state.step - len(state.history),  # steps before a light file was gone on with
        "about": dict(about),
    }
    return bytes(serialise(tensors, metadata={KEY: json.dumps(description)}))


def load(source: Path | str | bytes) -> Checkpoint:
    """Read a file or its bytes; CheckpointError if it is not one of ours."""
    data = source if isinstance(source, bytes) else read(Path(source))
    description = described(data)
    try:
        tensors = parse(data)
        config, step = config_of(description), step_of(description)
        return Checkpoint(
            config=config,
            step=step,
            average=weights_of(config, tensors, "average"),
            about=about_of(description),
            same=distances_of(tensors, "same"),
            different=distances_of(tensors, "different"),
            cohort=cohort_of(config, tensors),
            state=state_of(config, step, description.get("untold", 0), tensors)
            if "generator" in tensors
            else None,
        )
    except CheckpointError:
        raise
    except ConfigError as error:
        raise CheckpointError(f"This model file asks for what cannot be had. {error}") from error
    except MALFORMED as error:
        raise CheckpointError(
            "This model file is damaged: parts of it are missing or do not fit together."
        ) from error


def described(data: bytes) -> dict[str, Any]:
    """Our description in the head of a file; CheckpointError where there is none."""
    try:
        return describe(data)
    except CheckpointError:
        raise
    except MALFORMED as error:
        raise CheckpointError(
            "Not a model file of Siamese Lab. Choose one that was downloaded from its Train page "
            "or written by its command line."
        ) from error


def shipped(name: str = "small") -> Path:
    """A net that comes with the code, both made by our own command: `small`, of the built-in
    people, and `starter`, of photos of thousands of real ones."""
    return SHIPPED / f"{name}.safetensors"


def resolved(model: str | Path) -> Path:
    """The file of a model: the name of a shipped net, or a path."""
    named = shipped(str(model))
    return named if str(model) == named.stem and named.is_file() else Path(model)


def read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise CheckpointError(f"{path.name} is larger than any model file of ours.")
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"Cannot read {path}: {error.strerror}.") from error


def describe(data: bytes) -> dict[str, Any]:
    """Our description in the head of a safetensors file: length (8 bytes), JSON, then tensors."""
    if len(data) > LARGEST:
        raise CheckpointError("This file is larger than any model file of ours.")
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + min(length, len(data))])
    description: dict[str, Any] = json.loads(head["__metadata__"][KEY])
    if description["format"] not in READABLE:
        raise CheckpointError(
            f"This model file has format {description['format']}; this version reads "
            f"{' and '.join(map(str, READABLE))}."
        )
    return description


def config_of(description: Mapping[str, Any]) -> TrainingConfig:
    """The configuration of a run, also of a file whose settings go by former names."""
    given = {FORMERLY.get(name, name): value for name, value in description["config"].items()}
    return TrainingConfig(**BEFORE | given)


def step_of(description: dict[str, Any]) -> int:
    step = description["step"]
    if not isinstance(step, int) or step < 0:
        raise CheckpointError(f"The number of steps in this model file is {step!r}.")
    return step


def about_of(description: dict[str, Any]) -> dict[str, Any]:
    about = dict(description["about"])
    if not all(isinstance(person, str) for person in about.get("seen", ())):
        raise CheckpointError("The list of people in this model file is damaged.")
    return about


def weights_of(config: TrainingConfig, tensors: Mapping[str, Tensor], prefix: str) -> Weights:
    """The weights under a prefix, if they are such a net's: by name, shape and type, and finite."""
    weights = {
        name: weight.float() if weight.dtype == torch.float16 else weight
        for name, weight in part(tensors, prefix).items()
    }
    for name, expected in net_of(config, weights).state_dict().items():
        if weights[name].dtype != expected.dtype:
            raise CheckpointError(f"The weights {name} in this model file are of a wrong type.")
        if not weights[name].isfinite().all():
            raise CheckpointError("This model file holds weights that are not numbers.")
    return weights


def halved(weights: Weights) -> Weights:
    return {
        name: weight.half() if weight.is_floating_point() else weight
        for name, weight in weights.items()
    }


def moments_of(
    config: TrainingConfig, weights: Weights, tensors: Mapping[str, Tensor]
) -> list[Weights]:
    """The optimiser's memory of each parameter; empty before the first step."""
    if not any(name.startswith("moments.") for name in tensors):
        return []
    moments = []
    for index, weight in enumerate(net_of(config, weights).parameters()):
        moments.append(part(tensors, f"moments.{index}"))
        shapes = {"step": (), "exp_avg": weight.shape, "exp_avg_sq": weight.shape}
        if {name: tensor.shape for name, tensor in moments[-1].items()} != shapes:
            raise CheckpointError("The optimiser in this model file does not fit its net.")
    return moments


def distances_of(tensors: Mapping[str, Tensor], kind: str) -> NDArray[np.float32]:
    distances = tensors[f"distances.{kind}"].numpy()
    if distances.ndim != 1 or distances.dtype != np.float32 or not np.isfinite(distances).all():
        raise CheckpointError("The distances in this model file are not a list of numbers.")
    return distances


def cohort_of(config: TrainingConfig, tensors: Mapping[str, Tensor]) -> Cohort | None:
    if "cohort" not in tensors:
        return None
    embeddings = tensors["cohort"].float()
    fits = config.distance in MATRICES and embeddings.shape[1:] == (config.embedding,)
    if not fits or len(embeddings) < 2 or not embeddings.isfinite().all():
        raise CheckpointError("The cohort in this model file does not fit its net.")
    return Cohort(embeddings, config.distance)


def state_of(
    config: TrainingConfig, step: int, untold: int, tensors: Mapping[str, Tensor]
) -> TrainingState:
    """`untold`: steps before the first that the history tells of."""
    history = tensors["history"].numpy()
    if history.shape != (step - untold, len(COLUMNS)) or history.dtype != np.float32:
        raise CheckpointError("The history in this model file does not fit its number of steps.")
    torch.Generator().set_state(tensors["generator"])  # RuntimeError if it is none
    weights = weights_of(config, tensors, "weights")
    return TrainingState(
        config=config,
        step=step,
        weights=weights,
        average=weights_of(config, tensors, "average"),
        moments=moments_of(config, weights, tensors),
        generator=tensors["generator"],
        history=history,
    )


def named(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor.contiguous() for name, tensor in tensors.items()}


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {
        name[len(start) :]: tensor for name, tensor in tensors.items() if name.startswith(start)
    }


def shipped_weights(config: TrainingConfig) -> dict[str, Tensor]:
    """Of the net that comes with the lab under this name; ConfigError where there is none such."""
    path = shipped(config.net)
    if not path.is_file():
        raise ConfigError(f"No trained net '{config.net}' comes with the lab.")
    file = load(path)
    given = file.config
    if NETWORKS[given.net].of(given.design) != NETWORKS[given.net].of(config.design):
        raise ConfigError(
            f"The net '{config.net}' that comes with the lab is of design {given.design}: it can "
            "be tuned only as such."
        )
    if (given.embedding, given.normalise) != (config.embedding, config.normalise):
        kind = "of length 1" if given.normalise else "of free length"
        raise ConfigError(
            f"The net '{config.net}' that comes with the lab has embeddings of {given.embedding} "
            f"numbers, {kind}: it can be tuned only as such."
        )
    return file.average
