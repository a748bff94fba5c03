"""Who it is against how it is photographed: what moves a distance, and what should.

A *nuisance* is anything about a photo that is not who is on it. A sweep moves one of them and keeps
the rest; other people who differ as much in pixels are what it is compared with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from siamese.networks import embed_pixels
from siamese.rendering import (
    Control,
    Identity,
    Scene,
    controls,
    random_identity,
    random_scene,
    render,
)
from siamese.verifiers import Pictures, Verifier

Floats = NDArray[np.float64]

SIZE = 112  # pixels of a picture that is looked at closely, and kept
QUICK = 64  # pixels where many are compared: as many as the nets look at
PLAIN = Scene(ambient=0.3)  # the passport photo: straight ahead, nothing special
STEPS = {"sd": 0.1, "pixels of 112": 0.1}  # of sliders, by unit
OTHERS = 5  # other people, each of whom the person is turned into
FIRST_OTHER = 7000  # seed; nobody of the built-in people
SHARES = (0.0, 0.08, 0.2, 0.35, 0.5, 0.6, 0.8, 1.0)  # of the other one on the way there
CHANGEABLE = frozenset({
    "age", "greying", "hairline",  # by time
    "hairstyle", "hair_colour", "hair_volume", "parting", "beard",  # by comb, dye and razor
    "lip_tint", "freckles", "fullness",  # by make-up, sun and weight
})  # fmt: skip
"""Fields of `Identity` that a person or time can change; the others are who it is."""
USUAL_DIFFERENCE = 1.1  # sd, of two people in one trait: 2/√π, the mean of |a − b|
PANEL = tuple(range(7100, 7104))  # seeds of people over whom effects are averaged


@dataclass(frozen=True)
class Shot:
    """Somebody, photographed."""

    who: Identity
    scene: Scene = PLAIN

    def picture(self, size: int = SIZE) -> Pictures:
        """(size, size, 3)"""
        return _picture(self, size)


@lru_cache(maxsize=512)
def _picture(shot: Shot, size: int) -> Pictures:
    picture: Pictures = np.asarray(render(shot.who, shot.scene, size))
    picture.setflags(write=False)
    return picture


def step(control: Control) -> float:
    """How far a slider moves at once; the range has some 10 to 180 such steps."""
    width = control.high - control.low
    return STEPS.get(control.unit, 1.0 if width > 4 else 0.05 if width > 0.3 else 0.01)


def on_steps(record: Any) -> Any:
    """An `Identity` or `Scene` with all its numbers where sliders can put them."""
    values = {}
    for name, control in controls(type(record)).items():
        value = getattr(record, name)
        if isinstance(value, float):
            width = step(control)
            whole = round((value - control.low) / width)
            values[name] = round(min(control.low + whole * width, control.high), 4)
    return replace(record, **values)


@lru_cache(maxsize=64)
def person(seed: int) -> Identity:
    """The person of a seed, as sliders can make them: hardly to be told from `random_identity`."""
    made: Identity = on_steps(random_identity(seed))
    return made


def any_scene(seed: int) -> Scene:
    """The photo of a seed, as sliders can make it: with the backdrop of the plain one."""
    made: Scene = on_steps(replace(random_scene(seed), seed=PLAIN.seed))
    return made


def changes(record: Any, base: Any) -> dict[str, float | str]:
    """What somebody or a scene has that another one has not, by the name of the field."""
    values = {name: getattr(record, name) for name in controls(type(record))}
    return {name: value for name, value in values.items() if value != getattr(base, name)}


def altered(who: Identity, base: Identity) -> float:
    """How far a face differs from another in what stays with a person: the root of the sum of
    squares over its lasting traits, each in units of how much two people usually differ in it; so
    0 is the same face, and a choice that differs (the colour of the eyes) counts as 1."""
    total = 0.0
    for name in changes(who, base):
        if name not in CHANGEABLE:
            control, value, other = (
                controls(Identity)[name],
                getattr(who, name),
                getattr(base, name),
            )
            width = (control.high - control.low) / 3  # of two even draws from the range
            usual = USUAL_DIFFERENCE if control.unit == "sd" else width
            total += 1.0 if control.choices else ((value - other) / usual) ** 2
    return float(np.sqrt(total))


def written(shot: Shot, base: Shot) -> str:
    """How a shot differs from another, for a link: 'yaw:20,hairstyle:bob'."""
    told = changes(shot.who, base.who) | changes(shot.scene, base.scene)
    return ",".join(
        f"{name}:{value.replace(' ', '_') if isinstance(value, str) else format(value, 'g')}"
        for name, value in told.items()
    )


def read(text: str, base: Shot) -> Shot:
    """The shot that `written` told of. ValueError, in a plain sentence, where the text is none."""
    who: dict[str, Any] = {}
    scene: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, colon, value = part.partition(":")
        for kind, into in ((Identity, who), (Scene, scene)):
            if name in controls(kind):
                into[name] = _value(controls(kind)[name], name, value)
        if not colon or name not in who | scene:
            raise ValueError(f"{part[:40]} is nothing that a photo has.")
    return Shot(replace(base.who, **who), replace(base.scene, **scene))


def _value(control: Control, name: str, text: str) -> Any:
    if control.choices:
        return text.replace("_", " ")
    kind = int if name == "moles" else float
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {text[:40]}.") from None


def portraits(who: Identity, count: int, seed: int = 0) -> Pictures:
    """Photos of somebody in scenes like those of the built-in people, (count, 112, 112, 3)."""
    return photos(who, [random_scene(seed + number) for number in range(count)])


@dataclass(frozen=True)
class Nuisance:
    """Something about a photo that can be moved."""

    label: str
    field: str  # of Scene
    low: float
    high: float
    usual: tuple[float, float]  # where it lies in the photos of the built-in people
    unit: str = ""

    def scenes(self, count: int, scene: Scene = PLAIN) -> tuple[Floats, list[Scene]]:
        """So many values from low to high, (count,), and the scene with each."""
        values = np.linspace(self.low, self.high, count).round(6)
        return values, self.at(values, scene)

    def at(self, values: Sequence[float] | Floats, scene: Scene = PLAIN) -> list[Scene]:
        fields: list[dict[str, Any]] = [{self.field: float(value)} for value in values]
        return [replace(scene, **one) for one in fields]


NUISANCES: tuple[Nuisance, ...] = (
    Nuisance("Turn of the head", "yaw", -40, 40, (-15, 15), "degrees"),
    Nuisance("Nod of the head", "pitch", -22, 22, (-8, 8), "degrees"),
    Nuisance("Tilt of the head", "roll", -20, 20, (-11, 11), "degrees"),
    Nuisance("Side of the light", "light_azimuth", -85, 85, (-48, 48), "degrees"),
    Nuisance("Exposure", "exposure", -1.5, 1.5, (-1.2, 1.2), "stops"),
    Nuisance("Colour of the light", "light_warmth", -1, 1, (-1, 1)),
    Nuisance("Smile", "smile", -0.5, 1, (-0.3, 1)),
    Nuisance("Open mouth", "mouth_open", 0, 1, (0, 0.7)),
    Nuisance("Zoom", "zoom", 0.8, 1.25, (0.92, 1.12)),
    Nuisance("Shift", "shift_x", -0.1, 0.1, (-0.08, 0.08), "of the width"),
    Nuisance("Blur", "blur", 0, 2, (0, 0.7), "pixels"),
    Nuisance("Noise", "noise", 0, 0.1, (0, 0.02)),
)


def photos(who: Identity, scenes: Sequence[Scene], size: int = SIZE) -> Pictures:
    """One person in several scenes, (N, size, size, 3)."""
    return np.stack([np.asarray(render(who, scene, size)) for scene in scenes])


def distances(embed: Callable[[Pictures], Tensor], reference: Pictures, others: Pictures) -> Floats:
    """Euclidean distance of one picture (H, W, 3) to others (N, H, W, 3), (N,)."""
    codes = embed(np.concatenate([reference[None], others])).numpy().astype(np.float64)
    return np.asarray(np.linalg.norm(codes[1:] - codes[0], axis=1))


def relative(verifier: Verifier, reference: Pictures, others: Pictures) -> Floats:
    """Distance of a picture (H, W, 3) to others (N, H, W, 3) under a verifier, in units of its
    threshold: below 1 counts as the same person. (N,)"""
    codes = verifier.embed(np.concatenate([reference[None], others]))
    distance: Floats = verifier.matrix(codes[:1], codes[1:])[0] / verifier.threshold
    return distance


def nearest(
    verifier: Verifier, codes: Tensor, code: Tensor, count: int = 5
) -> tuple[list[int], Floats]:
    """The pictures nearest to one embedding (1, D) among (N, D): their indices and distances."""
    distance = verifier.matrix(code, codes)[0]
    order = np.argsort(distance, kind="stable")[:count]
    return order.tolist(), distance[order]


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


def ways(shot: Shot) -> list[list[Shot]]:
    """Five ways from a person to somebody else, all in the same scene: from the person as they are,
    by `SHARES`, to wholly another one."""
    ends = [random_identity(FIRST_OTHER + number) for number in range(OTHERS)]
    return [[replace(shot, who=blend(shot.who, to, share)) for share in SHARES] for to in ends]


@lru_cache(maxsize=16)
def others(shot: Shot) -> Pictures:
    """Pictures of everybody on these ways, (5, 8, H, W, 3)."""
    start = photos(shot.who, [shot.scene], QUICK)  # one for all ways
    rest = [[photos(to.who, [to.scene], QUICK) for to in way[1:]] for way in ways(shot)]
    return np.stack([np.concatenate([start, *way]) for way in rest])


def along(pixels: Floats, values: Floats, wanted: Floats) -> Floats:
    """Where a way first gets as far in pixels as is wanted, (N,), what is its value there?

    `pixels` and `values` (T,) are those of the places on the way; between two of them both count as
    straight lines. NaN where the way never gets so far.
    """
    farthest = np.maximum.accumulate(pixels) + 1e-9 * np.arange(len(pixels))
    return np.asarray(np.interp(wanted, farthest, values, right=np.nan))


@dataclass(frozen=True, eq=False)
class Sweep:
    """What happens to distances while one nuisance moves."""

    values: Floats  # (N,) of the nuisance
    shots: tuple[Shot, ...]  # (N,)
    distances: dict[str, Floats]  # (N,) by name of the verifier, in units of its threshold
    pixels: Floats  # (N,) difference in grey levels of 0 … 1: root of the sum of squares
    others: Floats  # (5, N) under the last verifier: other people who differ as much in pixels
    lookalikes: tuple[Shot, ...]  # (N,) of all on the way there the one who differs most nearly so
    lookalike_pixels: Floats  # (N,) how much that one does differ

    @property
    def other(self) -> Floats:
        """The mean of those others who can differ so much, (N,); NaN where nobody does."""
        known = np.isfinite(self.others)
        total = np.where(known, self.others, 0).sum(0)
        return np.asarray(np.where(known.any(0), total / np.maximum(known.sum(0), 1), np.nan))


def sweep(shot: Shot, nuisance: Nuisance, verifiers: Sequence[Verifier], count: int = 11) -> Sweep:
    """Move a nuisance over its range and measure the distance to the photo with nothing moved."""
    values, scenes = nuisance.scenes(count, shot.scene)
    pictures, there = photos(shot.who, scenes, QUICK), others(shot)
    reference, everybody = there[0, 0], there.reshape(-1, *there.shape[2:])
    pixels = distances(embed_pixels, reference, pictures)
    of_others = distances(embed_pixels, reference, everybody)
    by_judge = relative(verifiers[-1], reference, everybody)
    shape, shots = there.shape[:2], [other for way in ways(shot) for other in way]
    alike = np.abs(of_others[None] - pixels[:, None]).argmin(1)
    return Sweep(
        values=values,
        shots=tuple(replace(shot, scene=scene) for scene in scenes),
        distances={
            verifier.name: relative(verifier, reference, pictures) for verifier in verifiers
        },
        pixels=pixels,
        others=np.stack(
            [
                along(way, told, pixels)
                for way, told in zip(of_others.reshape(shape), by_judge.reshape(shape), strict=True)
            ]
        ),
        lookalikes=tuple(shots[i] for i in alike),
        lookalike_pixels=of_others[alike],
    )


@lru_cache(maxsize=256)
def moved(seed: int, nuisance: Nuisance) -> Pictures:
    """A seed's person, (5, H, W, 3): the plain photo, a nuisance at both ends of what is usual, and
    at both ends of its range."""
    ends = [*nuisance.usual, nuisance.low, nuisance.high]
    return photos(random_identity(seed), [PLAIN, *nuisance.at(ends)], QUICK)


def effect(
    verifier: Verifier, nuisance: Nuisance, people: Sequence[int] = PANEL
) -> tuple[float, float]:
    """How far a nuisance moves a photo, in units of the threshold: mean over the people of some
    seeds and over both its ends, as far as is usual and as far as it goes."""
    shown = [moved(seed, nuisance) for seed in people]
    told = np.stack([relative(verifier, pictures[0], pictures[1:]) for pictures in shown])
    return float(told[:, :2].mean()), float(told[:, 2:].mean())


def between(verifier: Verifier, people: Sequence[int] = PANEL) -> float:
    """How far two of these people are from each other in plain photos, in the mean, in units of
    the threshold."""
    codes = verifier.embed(np.stack([moved(seed, NUISANCES[0])[0] for seed in people]))
    distance = verifier.matrix(codes, codes) / verifier.threshold
    return float(distance[~np.eye(len(people), dtype=bool)].mean())
