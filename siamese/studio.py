"""Who it is against how it is photographed: what moves a distance, and what should.

A *nuisance* is anything about a photo that is not who is on it. A sweep moves one of them and keeps
the rest; a stranger with the same difference in pixels is what it is compared with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from siamese.judges import Judge, Pictures
from siamese.networks import embed_pixels
from siamese.rendering import Identity, Scene, controls, random_identity, render

Floats = NDArray[np.float64]

SIZE = 112  # pixels of a picture that is compared
QUICK = 64  # pixels where many are compared: as many as the nets look at
PLAIN = Scene(ambient=0.3)  # the passport photo: straight ahead, nothing special
STRANGERS = 6  # whose blends with a person make the strangers of equal pixel difference
FIRST_STRANGER = 7000  # seed; nobody of the built-in people
STEPS = (0.12, 0.25, 0.5, 0.75, 1.0)  # of a blend


@dataclass(frozen=True)
class Nuisance:
    """Something about a photo that can be moved."""

    label: str
    field: str  # of Scene
    low: float
    high: float
    unit: str = ""

    def scenes(self, count: int, scene: Scene = PLAIN) -> tuple[Floats, list[Scene]]:
        """So many values from low to high, (count,), and the scene with each."""
        values = np.linspace(self.low, self.high, count)
        return values, [replace(scene, **{self.field: float(value)}) for value in values]


NUISANCES: tuple[Nuisance, ...] = (
    Nuisance("Turn of the head", "yaw", -40, 40, "degrees"),
    Nuisance("Nod of the head", "pitch", -22, 22, "degrees"),
    Nuisance("Tilt of the head", "roll", -20, 20, "degrees"),
    Nuisance("Side of the light", "light_azimuth", -85, 85, "degrees"),
    Nuisance("Exposure", "exposure", -1.5, 1.5, "stops"),
    Nuisance("Colour of the light", "light_warmth", -1, 1),
    Nuisance("Smile", "smile", -0.5, 1),
    Nuisance("Open mouth", "mouth_open", 0, 1),
    Nuisance("Zoom", "zoom", 0.8, 1.25),
    Nuisance("Shift", "shift_x", -0.1, 0.1, "of the width"),
    Nuisance("Blur", "blur", 0, 2, "pixels"),
    Nuisance("Noise", "noise", 0, 0.1),
)


def photos(who: Identity, scenes: Sequence[Scene], size: int = SIZE) -> Pictures:
    """One person in several scenes, (N, size, size, 3)."""
    return np.stack([np.asarray(render(who, scene, size)) for scene in scenes])


def blend(a: Identity, b: Identity, share: float) -> Identity:
    """A person between two: numbers are mixed, choices are those of the nearer."""
    mixed: dict[str, object] = {}
    for name, control in controls(Identity).items():
        one, other = getattr(a, name), getattr(b, name)
        if control.choices:
            mixed[name] = other if share > 0.5 else one
        else:
            value = (1 - share) * one + share * other
            mixed[name] = round(value) if isinstance(one, int) else value
    return replace(b if share > 0.5 else a, **mixed)  # type: ignore[arg-type]


@lru_cache(maxsize=16)
def strangers(who: Identity, scene: Scene = PLAIN, size: int = QUICK) -> Pictures:
    """Other people in the same scene, from hardly another to wholly another one."""
    others = [random_identity(FIRST_STRANGER + number) for number in range(STRANGERS)]
    return np.concatenate(
        [photos(blend(who, other, share), [scene], size) for other in others for share in STEPS]
    )


def distances(look: Callable[[Pictures], Tensor], reference: Pictures, others: Pictures) -> Floats:
    """Euclidean distance of one picture (H, W, 3) to others (N, H, W, 3), (N,)."""
    codes = look(np.concatenate([reference[None], others])).numpy().astype(np.float64)
    return np.asarray(np.linalg.norm(codes[1:] - codes[0], axis=1))


def relative(judge: Judge, reference: Pictures, others: Pictures) -> Floats:
    """Distance of a picture (H, W, 3) to others (N, H, W, 3) under a judge, in units of its
    threshold: below 1 counts as the same person. (N,)"""
    codes = judge.embed(np.concatenate([reference[None], others]))
    return judge.matrix(codes[:1], codes[1:])[0] / judge.threshold


@dataclass(frozen=True)
class Sweep:
    """What happens to distances while one nuisance moves; all (N,)."""

    values: Floats  # of the nuisance
    distances: dict[str, Floats]  # by name of the judge, in units of its threshold
    pixels: Floats  # difference in raw pixels, in grey levels of 0 … 1, root of the sum of squares
    stranger: Floats  # under the last judge: another person who differs as much in pixels
    stranger_pixels: Floats  # how much that other person does differ


def sweep(
    who: Identity,
    nuisance: Nuisance,
    judges: Sequence[Judge],
    count: int = 11,
    scene: Scene = PLAIN,
) -> Sweep:
    """Move a nuisance over its range and measure the distance to the photo with nothing moved."""
    values, scenes = nuisance.scenes(count, scene)
    reference = photos(who, [scene], QUICK)[0]
    moved = photos(who, scenes, QUICK)
    others = strangers(who, scene)
    pixels = distances(embed_pixels, reference, moved)
    of_others = distances(embed_pixels, reference, others)
    nearest = np.abs(of_others[None] - pixels[:, None]).argmin(1)
    return Sweep(
        values=values,
        distances={judge.name: relative(judge, reference, moved) for judge in judges},
        pixels=pixels,
        stranger=relative(judges[-1], reference, others)[nearest],
        stranger_pixels=of_others[nearest],
    )


@lru_cache(maxsize=128)
def extremes(person: int, nuisance: Nuisance) -> Pictures:
    """The plain photo of a seed's person and the two ends of a nuisance, (3, H, W, 3)."""
    scenes = [PLAIN, *nuisance.scenes(2)[1]]
    return photos(random_identity(person), scenes, QUICK)


def effects(judge: Judge, people: Sequence[int] = range(7100, 7106)) -> dict[str, float]:
    """How far each nuisance moves a photo at its ends, in units of the threshold: the mean over the
    people of some seeds, by label."""
    found = {}
    for nuisance in NUISANCES:
        shown = [extremes(person, nuisance) for person in people]
        moved = [relative(judge, pictures[0], pictures[1:]) for pictures in shown]
        found[nuisance.label] = float(np.mean(moved))
    return found


def nearest(codes: Tensor, code: Tensor, judge: Judge, count: int = 5) -> tuple[list[int], Floats]:
    """The pictures nearest to one embedding (1, D) among (N, D): their indices and distances."""
    distance = judge.matrix(code, codes)[0]
    order = np.argsort(distance, kind="stable")[:count]
    return order.tolist(), distance[order]
