"""Points that the loss itself moves: no net, no photos, only pull and push.

Each point stands for a photo, each colour for a person. A step is plain gradient descent on the
places of the points, by the same losses, miners and distances that train a net. What a net can do
less well than free points, it does for other reasons than the loss.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamese import losses
from siamese.distances import distance_matrix
from siamese.mining import MINERS, all_pairs, pairs_of, same_and_different
from siamese.settings import what_is_wrong

Floats = NDArray[np.float32]

GAMMA = 64.0  # of circle loss, as in TrainingConfig
REACH = 0.8  # from so near, tied points move alike
ACTIVE = 1e-6  # an element with less loss than that is idle
MEASURES = ("loss", "active", "same", "different", "gap", "wrong")  # of a frame, see Trajectory
CHOICES = {
    "loss": ("contrastive", "triplet", "circle"),
    "mining": tuple(MINERS),
    "start": ("spread", "heap"),
}
RANGES: dict[str, tuple[float, float]] = {
    "margin": (0.0, 5.0),
    "lr": (1e-4, 0.5),
    "people": (2, 8),
    "photos": (2, 8),
    "noise": (0.0, 2.0),
    "tied": (0.0, 1.0),
    "seed": (0, 2**31 - 1),
    "steps": (0, 1000),
}


@dataclass(frozen=True)
class Playground:
    """Everything that decides how the points move. Same playground, same trajectory."""

    loss: str = "triplet"  # of CHOICES
    margin: float = 0.5  # in units of the distance; for circle loss of the cosine
    mining: str = "all"  # a key of MINERS; circle loss weighs all pairs itself
    lr: float = 0.005  # learning rate: how far a force of one moves a point in a step
    people: int = 4  # colours
    photos: int = 6  # points of each colour
    noise: float = 0.5  # how far a point starts from the centre of its person
    normalised: bool = False  # points stay on the circle of radius 1
    tied: float = 0.0  # how much points that start side by side have to move alike, as in a net
    flipped: bool = False  # same and different change places: the sign slip
    start: str = "spread"  # each person around a place of their own, or all on one heap
    seed: int = 0  # start, and the lots of random mining
    steps: int = 150

    def __post_init__(self) -> None:
        if wrong := what_is_wrong(self, CHOICES, RANGES):
            raise ValueError(wrong)
        for setting in fields(self):
            if setting.type is int and not isinstance(getattr(self, setting.name), int):
                raise ValueError(f"{setting.name} has to be a whole number.")
        if self.loss == "circle" and not self.normalised:
            raise ValueError("Circle loss works on angles: its points lie on the circle.")

    @property
    def count(self) -> int:
        """N, number of points."""
        return self.people * self.photos

    @property
    def labels(self) -> Tensor:
        """(N,) the person of each point, 0, 0, …, 1, 1, …"""
        return torch.arange(self.people).repeat_interleave(self.photos)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """All frames of a playground, T = steps + 1; frame 0 is the start.

    Distances are straight lines in the plane, for every loss: what one sees.
    """

    playground: Playground
    positions: Floats = field(repr=False)  # (T, N, 2)
    loss: Floats = field(repr=False)  # (T,) the loss that the next step goes down
    active: Floats = field(repr=False)  # (T,) share of the mined pairs, triplets, anchors with loss
    same: Floats = field(repr=False)  # (T,) mean distance within people
    different: Floats = field(repr=False)  # (T,) mean distance between people
    gap: Floats = field(repr=False)
    """(T,) nearest photo of somebody else − furthest one of the same person, for the point where
    that is least. At least the margin: every triplet is satisfied. Below 0: some point is among
    those of others."""
    wrong: Floats = field(
        repr=False
    )  # (T,) share of points with somebody else nearer than that photo
    forces: NDArray[np.int8] = field(repr=False)
    """(T, N(N−1)/2) who is pulled (> 0) and pushed (< 0) by whom, in the order of `all_pairs`, in
    127ths of the strongest force of the frame; all 0 where nothing moves any more."""

    @property
    def idle(self) -> float:
        """Mean share of idle elements over the last fifth of the steps, in [0, 1]."""
        return 1 - float(self.active[-max(1, len(self.active) // 5) :].mean())


@lru_cache(maxsize=128)
def trajectory(playground: Playground) -> Trajectory:
    """Let the loss move the points, from the start of the playground."""
    generator = torch.Generator().manual_seed(playground.seed)
    return _trajectory(playground, start_of(playground, generator), generator)


def trajectory_from(playground: Playground, places: Floats) -> Trajectory:
    """The same from other places (N, 2): somebody has moved a point.

    Raises ValueError where there are not N of them, or one is no finite number.
    """
    if places.shape != (playground.count, 2) or not np.isfinite(places).all():
        raise ValueError(f"This needs {playground.count} points in the plane.")
    generator = torch.Generator().manual_seed(playground.seed)
    return _trajectory(playground, torch.from_numpy(places.astype(np.float32)), generator)


def start_of(playground: Playground, generator: torch.Generator) -> Tensor:
    """Places (N, 2) to start from: around 0, or on the circle."""
    strays = playground.noise * torch.randn(playground.count, 2, generator=generator)
    turn = torch.rand(1, generator=generator)
    angle = 2 * math.pi * (playground.labels + turn) / playground.people
    if playground.start == "heap":
        angle, strays = 0 * angle, 0.2 * strays
    centres = torch.stack([angle.cos(), angle.sin()], 1)
    places = (1 if playground.normalised else 0.6) * centres + strays
    if not playground.normalised:
        places = places - places.mean(0)
    return on_the_circle(places) if playground.normalised else places


def on_the_circle(places: Tensor) -> Tensor:
    return torch.nn.functional.normalize(places, dim=1)


def _trajectory(playground: Playground, places: Tensor, generator: torch.Generator) -> Trajectory:
    labels = playground.labels
    i, j, _ = all_pairs(labels)
    if playground.normalised:
        places = on_the_circle(places)
    same, different = same_and_different(labels)
    ties = ties_of(playground, places)
    positions, measures, pulls = [], [], []
    for _ in range(playground.steps + 1):
        loss, active, pull, slope = look(playground, places, labels, generator)
        positions.append(places)
        seen = distance_matrix(places, places)
        gaps = seen.masked_fill(~different, torch.inf).amin(1) - (seen * same).amax(1)  # (N,)
        means = seen[same].mean(), seen[different].mean()
        measures.append(torch.stack([loss, active, *means, gaps.min(), (gaps < 0).float().mean()]))
        pulls.append(pull[i, j] + pull[j, i])
        places = places - playground.lr * playground.count * (ties @ slope)
        if playground.normalised:
            places = on_the_circle(places)
    arrays: dict[str, NDArray[Any]] = {
        "positions": torch.stack(positions).numpy(),
        "forces": compact(torch.stack(pulls)),
    }
    arrays |= zip(MEASURES, torch.stack(measures).numpy().T, strict=True)
    for array in arrays.values():
        array.setflags(write=False)  # kept for all visitors
    return Trajectory(playground, **arrays)


def ties_of(playground: Playground, places: Tensor) -> Tensor:
    """Who moves along with whom, (N, N): the step of a point is its row times all slopes.

    Untied points have the unit matrix. A net has one set of weights for all photos, so those that
    look alike move alike; to first order its embeddings move by such a kernel over the photos
    (Jacot, Gabriel, Hongler 2018). Here photos look the more alike the nearer they start. The
    matrix is symmetric and positive semi-definite: the loss still goes down, only by other ways.
    """
    alike = torch.exp(-((torch.cdist(places, places) / REACH).square()) / 2)
    ties = playground.tied * alike + (1 - playground.tied) * torch.eye(len(places))
    return ties / ties.sum(1).mean()  # a step that all agree on is as long as without ties


def look(
    playground: Playground, places: Tensor, labels: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Places (N, 2) → the loss, the active share, the slope of the loss against each distance
    (N, N), and against each place (N, 2).

    A positive slope against a distance pulls the two together, a negative one pushes them apart.
    """
    places = places.detach().requires_grad_()
    kind = "cosine" if playground.loss == "circle" else "euclidean"
    distance = distance_matrix(places, places, kind)
    elements, loss = loss_of(playground, distance, labels, generator)
    (pull,) = torch.autograd.grad(loss, distance, retain_graph=True)
    (slope,) = torch.autograd.grad(distance, places, pull)
    if playground.loss == "circle":  # γ only says how sharply the worst pairs are told apart
        pull, slope = pull / GAMMA, slope / GAMMA
    return loss.detach(), losses.mean((elements.detach() > ACTIVE).float()), pull, slope


def loss_of(
    playground: Playground, distance: Tensor, labels: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Distances (N, N) → the loss of each pair, triplet or anchor; their average, as a net is
    trained. `flipped` lets same and different change places in the formula."""
    flip, margin = playground.flipped, playground.margin
    if playground.loss == "circle":
        same, different = same_and_different(labels)
        masks = (different, same) if flip else (same, different)
        elements = losses.circle(1 - distance, *masks, margin, GAMMA)
        return elements, losses.mean(elements)
    triplets = None
    if playground.loss == "triplet" or playground.mining != "all":
        triplets = MINERS[playground.mining](distance.detach(), labels, generator)
    if playground.loss == "triplet":
        assert triplets is not None
        anchor, same, different = triplets.T
        sides = distance[anchor, same], distance[anchor, different]
        elements = losses.triplet(*(sides[::-1] if flip else sides), margin)
        return elements, losses.mean_of_active(elements)
    i, j, is_same = all_pairs(labels) if triplets is None else pairs_of(triplets)
    is_same = ~is_same if flip else is_same
    elements = losses.contrastive(distance[i, j], is_same, margin)
    return elements, losses.balanced_mean(elements, is_same)


def compact(pulls: Tensor) -> NDArray[np.int8]:
    """Forces (T, pairs) as whole numbers from −127 to 127, by the strongest of each frame."""
    strongest = pulls.abs().amax(1, keepdim=True)
    share = torch.where(strongest > 0, pulls / strongest.clamp(min=1e-30), 0.0)
    return (127 * share).round().to(torch.int8).numpy()


@dataclass(frozen=True)
class Setup:
    """A ready playground, what one sees in it, and the test of that."""

    name: str  # on the screen
    caption: str  # Markdown
    playground: Playground
    ends: Callable[[Trajectory], bool]  # True where it ended as the caption says
    beside: str = "A good margin"  # name of the set-up that it is compared with


def changed(now: Playground, base: Playground) -> dict[str, tuple[Any, Any]]:
    """The settings of one playground that another has otherwise: its value there, and here."""
    both = {one.name: (getattr(base, one.name), getattr(now, one.name)) for one in fields(base)}
    return {name: values for name, values in both.items() if values[0] != values[1]}


_NET = Playground(margin=0.5, noise=0.46, lr=0.05, tied=0.99)
_ROUND = Playground(margin=0.3, noise=0.45, lr=0.01, normalised=True)

SETUPS: tuple[Setup, ...] = (
    Setup(
        "A good margin",
        "In the end every stranger is further away than every photo of the same person, by the "
        "margin or more. Then nothing moves any more.",
        Playground(),
        lambda end: bool(not end.forces[-1].any() and end.gap[-1] >= 0.5),
    ),
    Setup(
        "Too small",
        "Nothing moves any more here, either, and sooner. But people nearly **touch**: the clear "
        "space between them is less than their own width.",
        Playground(margin=0.05),
        lambda end: bool(not end.forces[-1].any() and 0 <= end.gap[-1] < end.same[-1]),
    ),
    Setup(
        "Too big",
        "Strangers are soon further apart than with the good one, "
        "and the loss is **still** far from zero: more than a third of the triplets go on pushing. "
        "Free points can bear that; what it does to a real net is drawn below.",
        Playground(margin=3.0),
        lambda end: bool(end.loss[-1] > 0.5 and end.active[-1] > 1 / 3 and end.different[-1] > 2),
    ),
    Setup(
        "Collapse",
        "Points that start side by side move alike here, as in a net. With the **hardest** "
        "triplets only, everybody falls onto one heap, and the loss sits at the margin.",
        replace(_NET, mining="hard"),
        lambda end: bool(end.different[-1] < 0.4 and abs(end.loss[-1] / 0.5 - 1) < 0.2),
    ),
    Setup(
        "Escape",
        "The same start, tied in the same way, with **semi-hard** triplets: nobody falls onto a "
        "heap, and strangers end clearly further apart than photos of one person.",
        replace(_NET, mining="semi-hard"),
        lambda end: bool(end.different[-1] > 1.2 and end.different[-1] > 1.3 * end.same[-1]),
        beside="Collapse",
    ),
    Setup(
        "Random triplets",
        "By lot, most triplets are right already and teach nothing: in the end more than four of "
        "five are **idle**, while some points still have a stranger in their midst.",
        Playground(margin=0.1, mining="random", people=8, lr=0.002),
        lambda end: end.idle > 0.8 and end.wrong[-1] > 0,
    ),
    Setup(
        "Free plane",
        "Nothing holds the points: five people simply move **outwards** until a margin of 1.5 is "
        "met and the loss is zero.",
        Playground(margin=1.5, people=5, lr=0.01),
        lambda end: end.loss[-1] == 0 and float(np.abs(end.positions[-1]).max()) > 1,
    ),
    Setup(
        "Normalised circle",
        "The same five people on the circle. There is no outwards: neighbours are at most 1.18 "
        "apart, so a margin of 1.5 **cannot** be met.",
        Playground(margin=1.5, people=5, lr=0.01, normalised=True),
        lambda end: bool(end.loss.min() > 0.3),
        beside="Free plane",
    ),
    Setup(
        "Triplet rests",
        "Triplet loss stops as soon as strangers are far **enough**: the loss is zero, and the "
        "people are left as wide as they happen to be.",
        _ROUND,
        lambda end: end.loss[-1] == 0 and end.same[-1] > 0.1,
    ),
    Setup(
        "Circle goes on",
        "The same start with circle loss. It has an aim for every pair, **never** rests, and draws "
        "each person much closer together than triplet loss does.",
        replace(_ROUND, loss="circle", margin=0.25),
        lambda end: bool((end.active == 1).all() and end.same[-1] < 0.08),
        beside="Triplet rests",
    ),
    Setup(
        "Flipped sign",
        "max(d(a,n) − d(a,p) + m, 0), the slip of the pen: it pulls strangers together and pushes "
        "people **apart from themselves**.",
        Playground(flipped=True),
        lambda end: bool(end.same[-1] > end.different[-1]),
    ),
)
