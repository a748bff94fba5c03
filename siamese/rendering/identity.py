"""Who a made-up person is (`Identity`) and how a picture of them is taken (`Scene`).

The two share nothing: changing a scene never changes the person.  Every field carries a `Control`
that says its range, its group and its plain label, so that a page can build its sliders from
`controls(Identity)` and `controls(Scene)`; the same ranges are checked when an object is made.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

HAIRSTYLES = (
    "bald", "ring", "buzz", "crop", "side part", "swept back", "curls", "afro",
    "pixie", "bob", "long", "wavy", "coils", "braids", "bun", "ponytail",
)  # fmt: skip
HAIR_COLOURS = (
    "black", "espresso", "brown", "chestnut", "auburn", "ginger", "dark blond", "blond",
)  # fmt: skip
EYE_COLOURS = ("dark brown", "brown", "hazel", "green", "grey", "blue")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "round", "square", "heavy")

NAMES = tuple(
    """
    alex amara amal ari ariel asa ash avery aya bao bela billie blair bo brook cam casey chi chidi
    dael dana dani darcy deniz devon drew eden eilif ellis emery esme fela finley flo folami frankie
    gale gioia haru hana hayden hollis ida ife ilham imani indra ines ira isa jai jamie jia jo jona
    jude juno kai kalani kamau karam kei kiran kit kofi koa lale lani lee leith lior lou lumi luca
    makoto malika marlo maru mika milan minh mina mori nao naveen nia nikita nima noa noor nuri oke
    olu ona orli oyin paz peyton pilar quinn raj ravi rei remy ren rio robin romy rowan ruma sage
    sam sami sasha sena shai shan sibo sol soren suki sunny tala tamar taj tao tayo temi teo thandi
    toni toivo tova uli uma vale vanya wale wren xia yael yara yuki yumi zain zaza zola zuri
    """.split()  # noqa: SIM905
)

# A stride without a factor in common with the list: neighbours do not share a first letter.
NAME_STRIDE = 45


@dataclass(frozen=True)
class Control:
    """How one field may be set: a number from `low` to `high`, or one of `choices`."""

    label: str
    group: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> None:
        """Raise ValueError, in a plain sentence, if `value` cannot stand in the field `name`."""
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{name} must be one of {', '.join(self.choices)}, not {value!r}.")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number, not {value!r}.")
        elif not self.low <= value <= self.high:
            raise ValueError(f"{name} must lie from {self.low:g} to {self.high:g}, not {value!r}.")


def controls(kind: type) -> dict[str, Control]:
    """The controls of `Identity` or `Scene`, by field name, in the order of the page."""
    return {f.name: f.metadata["control"] for f in fields(kind) if "control" in f.metadata}


def _number(default: float, low: float, high: float, label: str, group: str, unit: str = "") -> Any:
    return field(default=default, metadata={"control": Control(label, group, low, high, unit)})


def _trait(label: str, group: str) -> Any:
    """A measure in standard deviations from the average person."""
    return _number(0.0, -2.0, 2.0, label, group, "sd")


def _choice(default: str, choices: tuple[str, ...], label: str, group: str) -> Any:
    return field(default=default, metadata={"control": Control(label, group, choices=choices)})


def _check(record: Any) -> None:
    for name, control in controls(type(record)).items():
        control.check(name, getattr(record, name))
    if not isinstance(record.seed, int) or isinstance(record.seed, bool) or record.seed < 0:
        raise ValueError(f"seed must be a whole number from 0 on, not {record.seed!r}.")


@dataclass(frozen=True)
class Identity:
    """Who it is.  `build` and `melanin` are ways to draw, not kinds of people."""

    seed: int = 0  # where single hairs, moles and freckles fall

    age: float = _number(32.0, 18.0, 85.0, "Age", "Person", "years")
    build: float = _number(0.0, -1.0, 1.0, "Build, delicate to sturdy", "Person")
    asymmetry: float = _trait("Asymmetry", "Person")

    melanin: float = _number(0.35, 0.0, 1.0, "Skin, fair to dark", "Skin")
    undertone: float = _trait("Undertone, rosy to golden", "Skin")
    freckles: float = _number(0.0, 0.0, 1.0, "Freckles", "Skin")
    moles: int = _number(0, 0, 6, "Moles", "Skin")

    head_width: float = _trait("Width of the head", "Head")
    face_length: float = _trait("Length of the face", "Head")
    fullness: float = _trait("Fullness of the cheeks", "Head")
    cheekbones: float = _trait("Cheekbones", "Head")
    jaw_width: float = _trait("Width of the jaw", "Head")
    chin_width: float = _trait("Width of the chin", "Head")
    chin_forward: float = _trait("Chin, back to forward", "Head")
    ear_size: float = _trait("Size of the ears", "Head")

    eye_size: float = _trait("Size of the eyes", "Eyes")
    eye_opening: float = _trait("Opening of the eyes", "Eyes")
    eye_spacing: float = _trait("Distance of the eyes", "Eyes")
    eye_tilt: float = _trait("Tilt of the eyes", "Eyes")
    eye_depth: float = _trait("Depth of the eyes", "Eyes")
    lid_fold: float = _trait("Fold of the upper lid", "Eyes")
    eye_colour: str = _choice("brown", EYE_COLOURS, "Colour of the eyes", "Eyes")

    brow_height: float = _trait("Height of the brows", "Brows")
    brow_thickness: float = _trait("Thickness of the brows", "Brows")
    brow_arch: float = _trait("Arch of the brows", "Brows")

    nose_length: float = _trait("Length of the nose", "Nose")
    nose_width: float = _trait("Width of the nose", "Nose")
    nose_forward: float = _trait("Nose, flat to prominent", "Nose")
    nose_bridge: float = _trait("Bridge of the nose", "Nose")

    mouth_width: float = _trait("Width of the mouth", "Mouth")
    mouth_height: float = _trait("Height of the mouth", "Mouth")
    upper_lip: float = _trait("Upper lip", "Mouth")
    lower_lip: float = _trait("Lower lip", "Mouth")
    lip_tint: float = _number(0.2, 0.0, 1.0, "Colour of the lips", "Mouth")

    hairstyle: str = _choice("crop", HAIRSTYLES, "Hairstyle", "Hair")
    hair_colour: str = _choice("espresso", HAIR_COLOURS, "Colour of the hair", "Hair")
    greying: float = _number(0.0, 0.0, 1.0, "Grey hair", "Hair")
    hair_volume: float = _trait("Fullness of the hair", "Hair")
    hairline: float = _trait("Height of the hairline", "Hair")
    parting: float = _number(0.4, -1.0, 1.0, "Parting, right to left", "Hair")
    beard: str = _choice("none", BEARDS, "Beard", "Hair")

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True)
class Scene:
    """How the picture is taken.  Left and right are those of the picture."""

    seed: int = 0  # clothes, backdrop and sensor noise

    yaw: float = _number(0.0, -45.0, 45.0, "Turn, left to right", "Pose", "degrees")
    pitch: float = _number(0.0, -25.0, 25.0, "Nod, up to down", "Pose", "degrees")
    roll: float = _number(0.0, -25.0, 25.0, "Tilt, right to left", "Pose", "degrees")

    light_azimuth: float = _number(25.0, -90.0, 90.0, "Light, left to right", "Light", "degrees")
    light_elevation: float = _number(30.0, -20.0, 80.0, "Height of the light", "Light", "degrees")
    light_strength: float = _number(1.0, 0.2, 1.8, "Strength of the light", "Light")
    light_warmth: float = _number(0.0, -1.0, 1.0, "Light, blue to orange", "Light")
    ambient: float = _number(0.45, 0.05, 1.0, "Light from all around", "Light")
    exposure: float = _number(0.0, -1.5, 1.5, "Exposure of the picture", "Light", "stops")

    smile: float = _number(0.2, -0.5, 1.0, "Smile", "Expression")
    mouth_open: float = _number(0.0, 0.0, 1.0, "Open mouth", "Expression")
    brow_raise: float = _number(0.0, -1.0, 1.0, "Raised brows", "Expression")
    squint: float = _number(0.0, -0.3, 1.0, "Eyes, wide to closed", "Expression")
    gaze_x: float = _number(0.0, -1.0, 1.0, "Gaze, left to right", "Expression")
    gaze_y: float = _number(0.0, -1.0, 1.0, "Gaze, down to up", "Expression")

    glasses: str = _choice("none", GLASSES, "Glasses", "Things")
    background: float = _number(0.4, 0.0, 1.0, "Brightness of the backdrop", "Things")

    zoom: float = _number(1.0, 0.8, 1.25, "Zoom", "Camera")
    shift_x: float = _number(0.0, -0.1, 0.1, "Shift, left to right", "Camera", "of the width")
    shift_y: float = _number(0.0, -0.1, 0.1, "Shift, up to down", "Camera", "of the height")
    blur: float = _number(0.0, 0.0, 2.0, "Blur", "Camera", "pixels of 112")
    noise: float = _number(0.0, 0.0, 0.1, "Noise", "Camera")

    def __post_init__(self) -> None:
        _check(self)


def person_name(seed: int) -> str:
    """A first name for the person of this seed: ASCII, in small letters, never used twice.

    Most names are given to all genders somewhere; when the list is through, it starts again with
    a number: `alex`, …, `zuri`, `alex2`, …
    """
    if seed < 0:
        raise ValueError(f"seed must be a whole number from 0 on, not {seed!r}.")
    again, place = divmod(seed, len(NAMES))
    name = NAMES[place * NAME_STRIDE % len(NAMES)]
    return f"{name}{again + 1}" if again else name


def _draw(rng: np.random.Generator, odds: Mapping[str, float]) -> str:
    """One of the keys, as often as its odds say (they need not add up to one)."""
    weights = np.array(list(odds.values()))
    return str(list(odds)[rng.choice(len(odds), p=weights / weights.sum())])


def _traits(rng: np.random.Generator) -> dict[str, float]:
    """All measures at once: clearly different people, but nobody extreme in everything."""
    names = [name for name, control in controls(Identity).items() if control.unit == "sd"]
    values = rng.uniform(-2.0, 2.0, len(names))
    length = math.sqrt(float(np.mean(values**2)))
    return {
        name: float(value)
        for name, value in zip(names, values / max(length / 1.2, 1.0), strict=True)
    }


def _hair_colour(rng: np.random.Generator, fair: float, dark: float) -> str:
    if rng.random() < 1.15 * fair:
        return _draw(rng, dict.fromkeys(HAIR_COLOURS[2:], 1.0))
    return _draw(rng, {"black": 1 + 2 * dark, "espresso": 1.0, "brown": 0.4 * (1 - dark)})


def _hairstyle(rng: np.random.Generator, build: float, old: float, dark: float) -> str:
    if build > 0:
        return _draw(rng, {
            "bald": 0.2 + 0.7 * old, "ring": 0.1 + 1.4 * old, "buzz": 1 + dark, "crop": 3,
            "side part": 2.6 - 2.3 * dark, "swept back": 1.8 - 1.5 * dark, "curls": 1.5 + dark,
            "afro": 0.2 + 0.5 * dark, "wavy": 0.5 * (1 - dark), "braids": 0.7 * dark,
        })  # fmt: skip
    return _draw(rng, {
        "pixie": 1.2 - 0.9 * dark, "bob": 1.8 - 0.8 * dark, "long": 2.6 - 1.6 * dark,
        "wavy": 2.4 - 2 * dark, "coils": 0.6 + 1.4 * dark, "braids": 0.1 + 1.8 * dark,
        "bun": 1.2 + 0.5 * dark, "ponytail": 1.3, "curls": 0.7 + dark, "afro": 0.1 + 0.8 * dark,
        "buzz": 0.1 + 0.6 * dark,
    })  # fmt: skip


def random_identity(seed: int) -> Identity:
    """The person of this seed: any age from 18 to 80, any skin, as often delicate as sturdy."""
    rng = np.random.default_rng([seed, 1])
    melanin = float(rng.uniform(0, 1))
    build = float(rng.choice([-1, 1]) * rng.uniform(0.3, 1))
    age = float(18 + 62 * rng.beta(1.1, 1.6))
    old, fair, dark = (age - 18) / 62, max(0.0, 1 - 2 * melanin), float(melanin > 0.62)
    beards = {"none": 3.5, "stubble": 1.5, "moustache": 1.2, "goatee": 1.3, "full": 1.8}
    pale_eyes = rng.random() < 1.2 * fair
    return Identity(
        seed=seed,
        age=age,
        build=build,
        melanin=melanin,
        freckles=float(max(0.0, rng.uniform(-1, 1)) * fair),
        moles=int(rng.choice([0, 0, 1, 1, 2, 3])),
        eye_colour=_draw(
            rng, dict.fromkeys(EYE_COLOURS[1:] if pale_eyes else EYE_COLOURS[:2], 1.0)
        ),
        lip_tint=float(rng.uniform(0.3, 1.0) if build < 0 else rng.uniform(0, 0.35)),
        hairstyle=_hairstyle(rng, build, old, dark),
        hair_colour=_hair_colour(rng, fair, dark),
        greying=float(np.clip((old - rng.uniform(0.3, 0.75)) * 3, 0, 1)),
        parting=float(rng.choice([-1, 0, 1]) * rng.uniform(0.4, 1)),
        beard=_draw(rng, beards) if build > 0 else "none",
        **_traits(rng),
    )


def random_scene(seed: int) -> Scene:
    """The picture of this seed: turned and lit from anywhere, but never past knowing."""
    rng = np.random.default_rng([seed, 2])

    def about(centre: float, spread: float, low: float, high: float) -> float:
        return float(np.clip(rng.normal(centre, spread), low, high))

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    return Scene(
        seed=seed,
        yaw=about(0, 7, -15, 15),
        pitch=about(0, 4, -8, 8),
        roll=about(0, 6, -11, 11),
        light_azimuth=between(-48, 48),
        light_elevation=between(0, 50),
        light_strength=between(0.6, 1.6),
        light_warmth=about(0, 0.5, -1, 1),
        ambient=between(0.2, 0.38),
        exposure=about(0, 0.65, -1.2, 1.2),
        smile=about(0.3, 0.4, -0.3, 1),
        mouth_open=max(0.0, between(-1, 0.7)),
        brow_raise=about(0, 0.4, -0.8, 0.8),
        squint=about(0.05, 0.1, -0.2, 0.3),
        gaze_x=about(0, 0.35, -0.9, 0.9),
        gaze_y=about(0, 0.2, -0.5, 0.5),
        glasses=_draw(rng, {"none": 28, "round": 1, "square": 1, "heavy": 0.5}),
        background=between(0.34, 0.46),
        zoom=between(0.92, 1.12),
        shift_x=about(0, 0.052, -0.08, 0.08),
        shift_y=about(0, 0.036, -0.06, 0.07),
        blur=max(0.0, between(-0.7, 0.7)),
        noise=between(0, 0.02),
    )
