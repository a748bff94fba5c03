"""state, faces → state: training as a pure step.

`advance` changes nothing that it is given and keeps nothing to itself. So play, pause, single
steps, a change of margin in mid-run, saving, resuming and training in another process are all the
same thing: who calls it, and where.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamese import losses
from siamese.augmentation import augment
from siamese.config import ConfigError, TrainingConfig
from siamese.devices import CPU, where
from siamese.distances import distance_matrix
from siamese.losses import LOSSES
from siamese.memory import keep_freed
from siamese.mining import MINERS, all_pairs, pairs_of, same_and_different
from siamese.networks import (
    NETWORKS,
    EmbeddingNet,
    Prepared,
    as_float,
    build,
    has_fast_bf16,
    initialise,
)
from siamese.sampling import people_and_pictures

EVERYBODY = 0.55  # share of a run's horizon over which all people are drawn equally often

COLUMNS = (
    "loss",
    "active",  # share of pairs, triplets or anchors that still have a loss
    "gradient",  # length of the gradient over all weights
    *("same", "same_low", "same_high"),  # distances within a person: mean, 10 %, 90 %
    *("different", "different_low", "different_high"),  # distances between people, likewise
    "margin",
    "lr",
)


@dataclass(frozen=True, eq=False)
class TrainingState:
    """All that a run is, at one moment; small and picklable."""

    config: TrainingConfig
    step: int
    weights: dict[str, Tensor]  # as the optimiser sees them
    average: dict[str, Tensor]  # their moving average: the net that is scored and saved
    moments: list[dict[str, Tensor]]  # AdamW's memory for each parameter of the net, in their order
    generator: Tensor  # state of the random generator
    history: NDArray[np.float32] = field(repr=False)  # (steps, columns), see COLUMNS

    def column(self, name: str) -> NDArray[np.float32]:
        """One column of the history, (steps,)."""
        return self.history[:, COLUMNS.index(name)]

    @property
    def net(self) -> EmbeddingNet:
        """The averaged net, ready to embed with."""
        return net_of(self.config, self.average).eval()

    def light(self) -> "TrainingState":
        """The same moment without weights and all that it takes to go on from it."""
        nothing = torch.empty(0, dtype=torch.uint8)
        return replace(self, weights={}, average={}, moments=[], generator=nothing)

    def change(self, **changes: Any) -> "TrainingState":
        """The same run with another margin, learning rate, … from the next step on."""
        return replace(self, config=replace(self.config, **changes))


def net_of(config: TrainingConfig, weights: dict[str, Tensor]) -> EmbeddingNet:
    net = empty(config)
    net.load_state_dict(weights)
    return net


def empty(config: TrainingConfig) -> EmbeddingNet:
    """A net without weights."""
    learned = config.distance == "learned"
    return build(config.net, config.embedding, config.normalise, learned, config.design)


def start(config: TrainingConfig, weights: Mapping[str, Tensor] | None = None) -> TrainingState:
    """Step 0: a net with random weights, or with those that it is handed, as a `tuned` run needs
    them. Raises ConfigError where they are missing."""
    spec = NETWORKS[config.net]
    if spec.fixed and config.embedding != spec.embedding:
        raise ConfigError(f"The embedding of the net '{config.net}' has {spec.embedding} numbers.")
    generator = torch.Generator().manual_seed(config.seed)
    if weights is None:
        if config.tuned:
            raise ConfigError("A tuned run begins with the weights of a trained net.")
        weights = initialise(empty(config), generator).state_dict()
    return TrainingState(
        config=config,
        step=0,
        weights=dict(weights),
        average=copy.deepcopy(dict(weights)),
        moments=[],
        generator=generator.get_state(),
        history=np.empty((0, len(COLUMNS)), np.float32),
    )


def advance(
    state: TrainingState, faces: Prepared, steps: int, device: torch.device = CPU
) -> TrainingState:
    """The state after so many more steps on these faces; `state` itself stays as it is.

    On one thread of the processor the result does not depend on how the steps are cut into calls.
    Another device meets the same batches and rounds otherwise; states, faces and what comes back
    are at home on the processor.
    """
    if steps < 1:
        return state
    keep_freed()
    config = state.config
    generator = torch.Generator()
    generator.set_state(state.generator)
    net = net_of(config, state.weights).to(device).train()
    optimiser = optimiser_of(net, state)
    average = {name: weight.to(device, copy=True) for name, weight in state.average.items()}
    rows = []
    for step in range(state.step, state.step + steps):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(config, step)
        batch = people_and_pictures(
            faces.labels,
            config.people,
            config.pictures,
            generator,
            config.singles,
            picture_weight(config, step),
        )
        rows.append(one_step(net, optimiser, faces, batch, config, generator))
        blend(average, net, min(config.averaging, (1 + step) / (10 + step)))
    return TrainingState(
        config=config,
        step=state.step + steps,
        weights=at_home(net.state_dict()),
        average=at_home(average),
        moments=[at_home(optimiser.state[weight]) for weight in net.parameters()],
        generator=generator.get_state(),
        history=np.concatenate([state.history, np.array(rows, np.float32)]),
    )


def at_home(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same on the processor."""
    return {name: tensor.cpu() for name, tensor in tensors.items()}


def learning_rate(config: TrainingConfig, step: int) -> float:
    """It rises over the first steps, and falls along a cosine where there is a horizon.

    Loshchilov and Hutter 2017, 'SGDR', without restarts. A hundredth is left at the end.
    """
    rate = config.lr * min(1, (step + 1) / (config.warmup + 1))
    if config.horizon:
        passed = min(1, step / config.horizon)
        rate *= 0.01 + 0.99 * (1 + math.cos(math.pi * passed)) / 2
    return rate


def picture_weight(config: TrainingConfig, step: int) -> float:
    """How much people with many pictures are preferred, see `people_and_pictures`.

    Over the first part of a run with a horizon not at all: the more people, the better. But the one
    pair of somebody with two pictures is soon known by heart, while fifty pictures keep teaching
    how much a face can vary; so afterwards people count by their pictures.
    """
    return float(bool(config.horizon) and step >= EVERYBODY * config.horizon)


def optimiser_of(net: EmbeddingNet, state: TrainingState) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) with the memory of the state, copied."""
    config = state.config
    matrices = [weight for weight in net.parameters() if weight.ndim > 1]
    rest = [weight for weight in net.parameters() if weight.ndim <= 1]  # scales and offsets
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": rest, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.decay, fused=True)
    for weight, moments in zip(net.parameters(), state.moments, strict=False):
        optimiser.state[weight] = {
            # Laid out in memory like the weight, which is what the fused step relies on.
            name: torch.empty_like(weight).copy_(value).detach()
            if value.ndim
            else value.to(weight.device, copy=True)
            for name, value in moments.items()
        }
    return optimiser


def one_step(
    net: EmbeddingNet,
    optimiser: torch.optim.Optimizer,
    faces: Prepared,
    batch: Tensor,
    config: TrainingConfig,
    generator: torch.Generator,
) -> list[float]:
    """Embed a batch (B,) of faces once, compare all of it, move the weights → a row of the
    history."""
    pictures, labels = as_float(faces.pictures[batch]), faces.labels[batch]
    if config.augment:
        changes = config.strong_augmentation, config.blending
        pictures = augment(pictures, labels, generator, *changes)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
    kept = net.kept(len(pictures), config.dropout, generator) if config.dropout else None
    device = where(net)  # all chance has been on the processor: batches are the same everywhere
    pictures, labels = pictures.to(device), labels.to(device)
    with torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bf16()):
        embedding = net(pictures, None if kept is None else kept.to(device))  # (B, D)
    distance = distance_matrix(embedding, embedding, config.distance, net.head)  # (B, B)
    elements, loss = batch_loss(distance, embedding, labels, net, config, generator)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    gradient = torch.nn.utils.get_total_norm(
        [weight.grad for weight in net.parameters() if weight.grad is not None]
    )
    active = losses.mean((elements.detach() > 1e-6).float())
    return [
        *(loss.item(), active.item(), gradient.item()),
        *spread_of(distance.detach().cpu(), labels.cpu()),
        *(config.margin, optimiser.param_groups[0]["lr"]),
    ]


def batch_loss(
    distance: Tensor,
    embedding: Tensor,
    labels: Tensor,
    net: EmbeddingNet,
    config: TrainingConfig,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Distances (B, B) of a batch → the loss of each pair, triplet or anchor; their average."""
    if config.loss == "circle":
        elements = losses.circle(
            1 - distance, *same_and_different(labels), config.margin, config.gamma
        )
        return elements, losses.mean(elements)
    if LOSSES[config.loss].eats == "triplets":
        anchor, same, different = mined(distance, labels, config, generator).T
        to_same, to_different = distance[anchor, same], distance[anchor, different]
        if config.loss == "soft-triplet":
            elements = losses.soft_triplet(to_same, to_different)
            return elements, losses.mean(elements)
        elements = losses.triplet(to_same, to_different, config.margin)
        return elements, losses.mean_of_active(elements)
    if config.mining == "all":
        i, j, is_same = all_pairs(labels)
    else:
        i, j, is_same = pairs_of(mined(distance, labels, config, generator))
    if config.loss == "contrastive":
        elements = losses.contrastive(distance[i, j], is_same, config.margin)
    else:
        assert net.head is not None  # bce and the learned distance go together
        elements = losses.binary_cross_entropy(net.head.logit(embedding[i], embedding[j]), is_same)
    return elements, losses.balanced_mean(elements, is_same)


def mined(
    distance: Tensor, labels: Tensor, config: TrainingConfig, generator: torch.Generator
) -> Tensor:
    """The triplets (T, 3) that the run's miner chooses, on the processor, where chance is; as
    indices of the distances (B, B)."""
    chosen = MINERS[config.mining](distance.detach().cpu(), labels.cpu(), generator)
    return chosen.to(distance.device)


def spread_of(distance: Tensor, labels: Tensor) -> list[float]:
    """Mean, 10 % and 90 % of the distances within people, then between people."""
    numbers: list[float] = []
    for mask in same_and_different(labels):
        chosen = np.sort(distance[mask].numpy())
        if len(chosen):
            places = np.array([0.1, 0.9]) * (len(chosen) - 1)
            low, high = np.interp(places, np.arange(len(chosen)), chosen)
            numbers += [float(chosen.mean()), low, high]
        else:
            numbers += [math.nan] * 3
    return numbers


def blend(average: dict[str, Tensor], net: EmbeddingNet, memory: float) -> None:
    """Moving average of weights (Polyak and Juditsky 1992): as good at any moment as the end of
    a schedule that lets the learning rate fall."""
    for name, weight in net.state_dict().items():
        if weight.is_floating_point():
            average[name].lerp_(weight, 1 - memory)
        else:
            average[name].copy_(weight)


def loss_of_collapse(config: TrainingConfig) -> float:
    """The loss of a net that gives every face the same embedding: where a stuck run sits."""
    if config.loss == "contrastive":
        return config.margin**2 / 2
    if config.loss == "triplet":
        return config.margin
    if config.loss == "circle":
        logit = config.gamma * (1 - 2 * config.margin**2)
        logit += math.log(config.pictures - 1) + math.log((config.people - 1) * config.pictures)
        return float(np.logaddexp(0, logit))
    return math.log(2)


LAST = 10  # steps that are looked at for signs of a collapse
WIDTH = 0.05  # of a heap: between the nearest photos of one person and the furthest of two people
ORDER = 1.1  # times that two people are further apart than photos of one, where it counts


def is_collapsed(state: TrainingState) -> bool:
    """Do all faces lie on one heap, without order? The distances of the last steps hardly differ,
    two people are no further apart than photos of one, and the loss is that of collapse."""
    if not _is_stuck(state):
        return False
    nearest, furthest = _recent(state, "same_low"), _recent(state, "different_high")
    return furthest - nearest < WIDTH and order(state) < ORDER


def is_shrunk(state: TrainingState) -> bool:
    """Do all faces lie on one heap, but in order? The loss is that of collapse, as hardly any
    two people are a margin apart, and yet they are further apart than photos of one person: scores
    and maps, which ask what is nearer and not how near, can be good."""
    if state.config.distance == "learned" or not _is_stuck(state):
        return False
    reach = state.config.margin or WIDTH
    return _recent(state, "different_high") < reach and order(state) >= ORDER


def order(state: TrainingState) -> float:
    """How many times as far apart two people are as photos of one, over the last steps: 1
    where the distances say nothing."""
    same, different = _recent(state, "same"), _recent(state, "different")
    return different / same if same else 1.0


def _is_stuck(state: TrainingState) -> bool:
    stuck = 0.9 * loss_of_collapse(state.config)
    return len(state.history) >= LAST and _recent(state, "loss") > stuck


def _recent(state: TrainingState, column: str) -> float:
    """Mean of a column over the last steps."""
    return float(state.column(column)[-LAST:].mean())


def train(
    state: TrainingState,
    faces: Prepared,
    steps: int | None = None,
    seconds: float | None = None,
    at_once: int = 10,
    by: Callable[[TrainingState, Prepared, int], TrainingState] | None = None,
) -> Iterator[TrainingState]:
    """States of a run from this one on, one every `at_once` steps, until it has so many steps or so
    many seconds are over. The steps are taken `by` `advance` or something that does the same."""
    began = time.perf_counter()
    yield state
    while (steps is None or state.step < steps) and (
        seconds is None or time.perf_counter() - began < seconds
    ):
        left = at_once if steps is None else min(at_once, steps - state.step)
        state = (by or advance)(state, faces, left)
        yield state
