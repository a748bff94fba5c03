"""What a head carries besides skin and hair: eyes, teeth, ears, neck and clothes, glasses."""

import numpy as np

from siamese.rendering.head import EYEBALL, Canvas, Landmarks, Mouth, lid_curves
from siamese.rendering.identity import Identity, Scene
from siamese.rendering.skin import skin_tone
from siamese.rendering.surfaces import (
    Array,
    Surface,
    bell,
    grain,
    linear,
    mesh,
    paint,
    ramp,
    sheet,
    spread,
    unit,
    xyz,
)

IRIS_TONES = {
    "dark brown": linear(56, 34, 24), "brown": linear(98, 60, 34), "hazel": linear(128, 104, 58),
    "green": linear(104, 124, 86), "grey": linear(128, 140, 148), "blue": linear(98, 138, 178),
}  # fmt: skip
IRIS_RADIUS = 0.063
TEETH = linear(228, 220, 206)
GUMS = linear(70, 26, 26)
FRAMES = (linear(14, 14, 16), linear(74, 44, 26), linear(40, 44, 66), linear(150, 132, 100))


def eyeballs(who: Identity, scene: Scene, m: Landmarks, detail: float) -> list[Surface]:
    """Both eyes, looking where the scene says; the camera adds the catchlights."""
    return [eyeball(sign, who, scene, m, detail) for sign in (-1, 1)]


def eyeball(sign: int, who: Identity, scene: Scene, m: Landmarks, detail: float) -> Surface:
    wide, tall, deep = EYEBALL
    count = 46 * detail
    y, x = mesh(spread(0.90, -0.90, count) * tall, spread(-0.93, 0.93, count * 1.25) * wide)
    x, y = x + 0 * y, y + 0 * x
    bulge = np.sqrt(np.maximum(1 - (x / wide) ** 2 - (y / tall) ** 2, 0.02))
    points = xyz(x + sign * m.eye_x, y, m.eye_z + deep * bulge)
    radius = IRIS_RADIUS * (1 + 0.02 * who.eye_size)
    dx, dy = (x - 0.050 * scene.gaze_x) / radius, (y - 0.012 - 0.026 * scene.gaze_y) / radius
    along, up, high, low = lid_curves(m, sign * x + m.eye_x, y)
    colour = sclera(who, along)
    paint_iris(colour, dx, dy, who)
    free = 1 - 0.68 * ramp(0.046, -0.004, high - up) - 0.22 * ramp(0.016, -0.002, up - low)
    free *= 1 - 0.35 * ramp(0.6, 1.0, np.abs(along))
    seen = (up < high + 0.014) & (up > low - 0.014) & (np.abs(along) < 1.02)
    ball = sheet(points, colour, 1.0, free, "eye", seen)
    cornea = bell(dx * dx + dy * dy)[..., None] * xyz(dx, dy, 0) * 0.30
    out = unit(xyz(x / wide**2, y / tall**2, bulge / deep)) + cornea
    return Surface(ball.points, unit(out)[seen], ball.colour, ball.gloss, ball.openness, "eye")


def sclera(who: Identity, along: Array) -> Array:
    """The white of the eye: never white, and pink towards the corners."""
    white = xyz(0.53, 0.50, 0.47) * (1 - 0.26 * who.melanin)
    colour = np.broadcast_to(white, (*along.shape, 3)).astype(np.float32).copy()
    paint(colour, 0.55 * ramp(0.45, 1.05, np.abs(along)), linear(196, 140, 128))
    paint(colour, 0.9 * ramp(-0.86, -0.97, along), linear(190, 118, 108))
    return colour


def paint_iris(colour: Array, dx: Array, dy: Array, who: Identity) -> None:
    """Dark rim, fibres that run to the pupil, a lighter ring, the pupil."""
    tone, r, turn = IRIS_TONES[who.eye_colour], np.sqrt(dx * dx + dy * dy), np.arctan2(dy, dx)
    rng = np.random.default_rng([who.seed, 6])
    phase = rng.uniform(0, 6, 4)
    fibres = (
        sum(np.sin(k * turn + p + 2 * r) for k, p in zip((7, 13, 23, 31), phase, strict=True)) / 4
    )
    paint(colour, ramp(1.10, 0.96, r), tone * 0.38)
    inner = tone * (1.30 + 0.35 * fibres - 0.35 * np.clip(dy, -1, 1))[..., None]
    paint(colour, ramp(0.95, 0.74, r), inner.astype(np.float32))
    ring = bell((r - 0.50) / 0.10)
    paint(colour, 0.5 * ring, np.minimum(tone * xyz(1.9, 1.6, 1.2), 0.5).astype(np.float32))
    paint(colour, ramp(0.46, 0.38, r), np.array([0.006, 0.005, 0.006], np.float32))


def mouth_inside(c: Canvas, m: Landmarks, mouth: Mouth) -> Surface:
    """Teeth and what is behind them, shortly behind the lips."""
    rows = c.rows(m.mouth_y - m.gap - 0.10, m.mouth_y + 0.12)
    x, y = c.x[rows], c.y[rows]
    lip = c.z[int(np.searchsorted(-c.Y[:, 0], -m.mouth_y))]
    below = mouth.line[rows] - y
    points = xyz(x, y, lip - 0.07)
    colour = np.broadcast_to(GUMS * 0.5, points.shape).copy()
    tooth = 1 - 0.22 * bell(np.sin(x * np.pi / 0.066) / 0.16)
    shown = (
        ramp(-0.03, -0.02, below)
        * ramp(0.075, 0.062, below - 0.006 * tooth)
        * ramp(0.19, 0.15, c.side[rows])
    )
    paint(colour, shown * 0.94, (TEETH * tooth[..., None] * (1 - 0.15 * m.old)).astype(np.float32))
    inside = (below > -0.02) & (y > mouth.inner[rows] - 0.02) & (mouth.u[rows] < 0.97)
    free = np.clip(
        1 - 0.5 * ramp(0.03, -0.01, below) - 0.6 * (c.side[rows] / m.mouth_half) ** 2, 0.15, 1
    )
    return sheet(points, colour, 0.06, free, "plain", inside)


def ears(who: Identity, m: Landmarks, detail: float) -> list[Surface]:
    return [ear(sign, who, m, detail) for sign in (-1, 1)]


def ear(sign: int, who: Identity, m: Landmarks, detail: float) -> Surface:
    r, a = mesh(spread(0, 1, 34 * detail), spread(0, 2 * np.pi, 110 * detail))
    size = 1 + 0.08 * who.ear_size + 0.03 * who.build + 0.05 * m.old
    back = 0.128 * size * r * np.cos(a) * (1 + 0.20 * np.sin(a))
    up = 0.225 * size * r * np.sin(a)
    rim = bell((r - 0.86) / 0.11) * (1 - 0.75 * bell((np.sin(a) + 1) / 0.30))
    antihelix = bell((r - 0.52) / 0.10) * ramp(-0.4, 0.3, np.cos(a))
    bowl = bell(r / 0.34)
    lift = 0.045 * rim + 0.025 * antihelix - 0.045 * bowl
    out = 0.665 * m.width + 0.030 + 0.42 * back + 0.7 * lift
    points = xyz(sign * out, up - 0.09 + 0.12 * back, -0.06 - 0.86 * back + 0.5 * lift)
    shade = 1 - 0.35 * bowl - 0.22 * bell((r - 0.68) / 0.09)
    colour = skin_tone(who) * xyz(1, 0.84, 0.82) * shade[..., None]
    return sheet(points[:, ::-sign], colour, 0.03, 0.75 + 0.25 * rim, "skin")


def trunk(who: Identity, scene: Scene, m: Landmarks, detail: float) -> tuple[Surface, Array]:
    """Neck, shoulders and clothes; and for each point how little it follows the head (0 to 1)."""
    rng = np.random.default_rng([scene.seed, 5])
    t, a = mesh(spread(0, 1, 95 * detail), spread(-1.75, 1.75, 170 * detail))
    y = -0.58 - 1.05 * t
    slope = np.clip((-0.98 + 0.05 * who.build - y) / 0.5, 0, 1.5)
    neck = (0.425 + 0.060 * who.build + 0.015 * who.fullness) * m.width
    half = neck + 0.03 * t + (0.80 + 0.13 * who.build) * slope**1.6
    cords = 0.018 * bell((np.abs(a) - 0.45 - 0.25 * t) / 0.10) * ramp(0.2, -0.3, slope - 0.4)
    forward = neck * 0.86 + cords + 0.16 * slope
    points = xyz(half * np.sin(a), y - 0.06 * slope * np.sin(a) ** 2, -0.16 + forward * np.cos(a))
    colour = (
        np.broadcast_to(skin_tone(who) * xyz(0.97, 0.93, 0.92), points.shape)
        .astype(np.float32)
        .copy()
    )
    neckline = -1.20 + 0.16 * np.sin(a) ** 2 - rng.choice([0.0, 0.06, 0.25]) * bell(a / 0.45)
    cloth = (
        cloth_colour(rng) * (1 + 0.10 * grain(rng, (12, 30), y.shape[:1] + a.shape[1:]))[..., None]
    )
    paint(colour, ramp(0.008, -0.008, y - neckline), cloth.astype(np.float32))
    hem = bell((y - neckline + 0.025) / 0.012)
    colour *= 1 - 0.25 * hem[..., None]
    free = 0.42 + 0.58 * ramp(-0.92, -1.28, y + 0 * a)
    follow = np.broadcast_to(ramp(0.05, 0.5, t), points.shape[:2]).reshape(-1, 1)
    return sheet(points, colour, 0.02, free, "skin"), 1 - follow


def cloth_colour(rng: np.random.Generator) -> Array:
    """Quiet colours, light or dark."""
    hue = rng.uniform(0, 2 * np.pi) + np.array([0, 2.1, 4.2])
    brightness = rng.choice([0.03, 0.10, 0.22, 0.45])
    colour: Array = (brightness * (1 + 0.45 * np.cos(hue))).astype(np.float32)
    return colour


def glasses(scene: Scene, m: Landmarks, detail: float) -> list[Surface]:
    """Rims, bridge and temples as thin tubes; no lenses, so that the eyes stay visible."""
    if scene.glasses == "none":
        return []
    rng = np.random.default_rng([scene.seed, 9])
    wide, tall, tube, power = {
        "round": (0.195, 0.180, 0.011, 2.0),
        "square": (0.225, 0.155, 0.013, 4.0),
        "heavy": (0.225, 0.170, 0.020, 3.0),
    }[scene.glasses]
    around, along = spread(0, 2 * np.pi, 200 * detail), spread(0, 1, 140 * detail)
    front, middle = m.eye_z + EYEBALL[2] + 0.085, max(m.eye_x, wide + 0.065)
    outer, inner = middle + wide, middle - wide

    def bent(wave: Array) -> Array:
        return np.sign(wave) * np.abs(wave) ** (2 / power)

    x = inner * (2 * along - 1)
    paths = [xyz(x, 0.035 + 0.10 * along * (1 - along), front + 0.01 - 0.30 * x * x)]
    for sign in (-1, 1):
        x = sign * middle + wide * bent(np.cos(around))
        paths.append(xyz(x, tall * bent(np.sin(around)) - 0.015, front - 0.30 * x * x))
        x = sign * (outer + (0.72 * m.width - outer) * np.sqrt(along))
        paths.append(xyz(x, 0.045, front - 0.30 * outer**2 - front * along))
    turn = spread(0, 2 * np.pi, 7)
    ring = tube * xyz(np.cos(turn), np.sin(turn), np.cos(turn))
    tone = FRAMES[rng.integers(3 if scene.glasses == "heavy" else 4)]
    return [sheet(path[:, None] + ring, tone, 0.30, 1.0, "plain") for path in paths]
