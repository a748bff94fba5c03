"""Hair, strand by strand: guides grow from the scalp, are combed, and carry a lock of fibres."""

from dataclasses import dataclass

import numpy as np

from siamese.rendering.head import Canvas, Landmarks
from siamese.rendering.identity import Identity
from siamese.rendering.skin import GREY_HAIR, HAIR_TONES, hair_tone
from siamese.rendering.surfaces import Array, Surface, dot, grain, line, paint, ramp, unit, xyz

CENTRE = np.array([0.0, 0.14, -0.03], np.float32)  # the skull as an ellipsoid
RADII = np.array([0.695, 0.885, 0.885], np.float32)
KNOTS = 22  # points of a guide


@dataclass(frozen=True)
class Style:
    """A haircut; lengths and thicknesses in head units."""

    top: float = 0.0  # length of the hair on top
    sides: float = 0.0  # and at the sides and the back
    lift: float = 0.05  # how far the outermost layer stands off on top
    side_lift: float = 0.03  # and at the sides
    comb: str = "down"  # down from the parting, forward, back, out, or to a knot
    fringe: float = 0.0  # how far it falls over the forehead
    curl: float = 0.0  # radius of the curls
    waves: float = 0.0  # curls per unit of length
    lock: float = 0.035  # radius of a lock of fibres
    guides: int = 460  # locks on a full head
    fibres: int = 6  # fibres in a lock
    shell: float = 0.35  # how much of the lift is filled with a dark core


STYLES = {
    "bald": Style(),
    "ring": Style(0.0, 0.10, 0.02, 0.03, "down"),
    "buzz": Style(0.0, 0.0),
    "crop": Style(0.20, 0.09, 0.09, 0.022, "forward", 0.15, lock=0.022, guides=950, fibres=5),
    "side part": Style(0.42, 0.12, 0.13, 0.03, "side", lock=0.03, guides=700),
    "swept back": Style(0.50, 0.20, 0.09, 0.03, "back", lock=0.03, guides=700),
    "curls": Style(0.30, 0.20, 0.20, 0.10, "out", 0.3, 0.042, 6.0, 0.03, 780, 6, 0.6),
    "afro": Style(0.36, 0.31, 0.34, 0.27, "out", 0, 0.034, 9.0, 0.065, 820, 6, 0.75),
    "pixie": Style(0.46, 0.30, 0.11, 0.05, "forward", fringe=0.6, lock=0.03, guides=700),
    "bob": Style(1.15, 0.95, 0.10, 0.08, "down", fringe=0.8, lock=0.045),
    "long": Style(1.8, 1.4, 0.08, 0.06, "down", lock=0.045),
    "wavy": Style(1.7, 1.3, 0.11, 0.09, "down", 0, 0.030, 2.4, 0.045),
    "coils": Style(1.25, 1.05, 0.17, 0.15, "down", 0, 0.042, 5.5, 0.030, 520, 6),
    "braids": Style(1.7, 1.3, 0.05, 0.05, "down", 0, 0.0, 0.0, 0.026, 270, 10),
    "bun": Style(1.0, 0.9, 0.035, 0.03, "knot", lock=0.03, guides=600, fibres=5, shell=0.8),
    "ponytail": Style(1.0, 0.9, 0.035, 0.03, "knot", lock=0.03, guides=600, fibres=5, shell=0.8),
}  # fmt: skip
KNOT = {"bun": (0.0, 0.98, -0.42), "ponytail": (0.0, 0.52, -0.92)}


def hairline(who: Identity, m: Landmarks, angle: Array) -> Array:
    """Height of the edge of the hair at each angle around the head."""
    style, away = STYLES[who.hairstyle], np.abs(np.degrees(angle))
    front = 0.64 + 0.022 * who.hairline + 0.03 * max(who.build, 0) * m.old
    recede = 0.20 * max(who.build, 0) * m.old
    temple = 0.30 if who.build < 0 else 0.34
    height = line(
        away,
        [0, 22, 42, 56, 66, 73, 82, 88, 98, 112, 180],
        [
            front,
            front - 0.005,
            front - 0.06 + recede,
            0.46,
            temple,
            -0.05,
            -0.14,
            0.12,
            0.02,
            -0.28,
            -0.60,
        ],
    )
    if who.hairstyle == "ring":
        bare = line(away, [0, 45, 62, 80, 180], [1.2, 1.2, 0.7, 0.36, 0.40])
        lower = line(away, [0, 62, 68, 80, 180], [1.2, 0.9, 0.30, -0.1, -0.6])
        return np.where(away < 62, bare, np.maximum(height, lower))
    if style.comb in ("down", "knot") and style.top > 0.9:
        height = np.where(
            away > 60, np.minimum(height, line(away, [60, 74, 180], [0.36, -0.12, -0.6])), height
        )
    return height


def cover_scalp(c: Canvas, who: Identity, m: Landmarks) -> None:
    """Darken the scalp under the hair and thicken it to a core that light does not pass."""
    style = STYLES[who.hairstyle]
    up = c.rows(-0.68, 2)
    rng = np.random.default_rng([who.seed, 7])
    short = style.top == 0 and style.sides == 0
    patchy = grain(rng, (130, 420) if short else (60, 200), c.X[up].shape)
    into = c.Y[up] - hairline(who, m, c.angle) + 0.012 * patchy
    if who.hairstyle == "ring":
        into = np.minimum(into, 0.66 - c.Y[up] + 0.03 * patchy - 0.12 * np.cos(c.angle))
    mask = ramp(0.0, 0.07 if short else 0.045, into)
    strength = {"bald": 0.10, "buzz": 0.72}.get(who.hairstyle, 0.95)
    stipple = np.clip(1 + 0.22 * patchy, 0, 1.3) if short else 1.0
    streaks = 1 + 0.25 * grain(rng, (20, 260), c.X[up].shape)
    core = (hair_tone(who) * (0.9 if short else 0.5) * streaks[..., None]).astype(np.float32)
    paint(c.colour[up], np.clip(mask * strength * stipple, 0, 1), core)
    c.gloss[up] *= 1 - mask * strength
    if not short:
        lift = style.side_lift + (style.lift - style.side_lift) * ramp(0.25, 0.85, c.Y[up])
        thick = style.shell * lift * volume(who) * ramp(0.0, 0.22, into)
        out = unit(xyz(c.X[up], np.maximum(c.Y[up], 0) * 0.9, c.Z[up] + 0.1))
        c.X[up] += thick * out[..., 0]
        c.Y[up] += thick * out[..., 1]
        c.Z[up] += thick * out[..., 2]


def volume(who: Identity) -> float:
    return 1 + 0.14 * who.hair_volume


def roots(c: Canvas, who: Identity, m: Landmarks, count: int) -> Array:
    """Points (G, 3) evenly spread over the hairy part of the scalp."""
    k = np.arange(count, dtype=np.float32)
    height = 1 - 1.68 * (k + 0.5) / count
    angle = (k * 2.399963 + np.float32(who.seed % 7)) % (2 * np.pi) - np.pi
    rng = np.random.default_rng([who.seed, 8])
    into = height - hairline(who, m, angle.astype(np.float32)) - rng.uniform(0.0, 0.03, count)
    hairy = into > 0
    if who.hairstyle == "ring":
        hairy &= height < 0.62 - 0.12 * np.cos(angle)
    hairy &= (np.cos(angle) > -0.3) | (k % 2 == 0)  # the back of the head is hardly seen
    row = np.searchsorted(-c.Y[:, 0], -height[hairy]).clip(0, len(c.Y) - 1)
    column = np.searchsorted(c.angle, angle[hairy]).clip(0, len(c.angle) - 1)
    return np.stack([c.X[row, column], c.Y[row, column], c.Z[row, column]], -1)


def combed(who: Identity, style: Style, start: Array, p: Array, out: Array) -> Array:
    """The way (G, 3) the comb takes at the points p of strands that began at `start`."""
    side = np.sign(who.parting) * 0.28 * abs(who.parting) if abs(who.parting) > 0.1 else 0.0
    if style.comb == "out":
        return out + xyz(0, -0.1, 0.1)
    if style.comb == "knot":
        return unit(np.array(KNOT[who.hairstyle], np.float32) - p)
    if style.comb == "back":
        return xyz(0.25 * start[:, 0], -0.25 - 0.5 * (start[:, 1] < 0.2), -1)
    if style.comb == "forward":
        top: Array = ramp(0.25, 0.6, start[:, 1]) * ramp(-0.5, 0.0, start[:, 2])
        return xyz(start[:, 0] * 0.7 - side * top, -0.15 - 0.85 * (1 - top), 1.0 * top)
    if style.comb == "side":
        top = ramp(0.35, 0.65, start[:, 1])
        over = np.where(
            start[:, 0] * side > side * side, np.sign(side), -np.sign(side) + (side == 0)
        )
        top = top * ramp(0.62, 0.35, np.abs(p[:, 0]))
        return xyz(over * top, -0.1 - 0.9 * (1 - top), -0.45 * top + 0.1 * (1 - top))
    away = p - xyz(side, 0.95, np.clip(p[:, 2], -0.35, 0.30))
    away[:, 1] = 0
    fringe = (
        (style.fringe > 0) * ramp(0.30, 0.50, start[:, 2]) * ramp(0.38, 0.25, np.abs(start[:, 0]))
    )
    return unit(away) * (1 - fringe)[:, None] + xyz(0.35 * start[:, 0], -0.3, 1.0) * fringe[:, None]


def grow(
    who: Identity, m: Landmarks, style: Style, start: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Guides (G, KNOTS, 3) and the layer (G,) of each, 0 at the skin to 1 outermost."""
    count = len(start)
    radii = RADII * np.array([m.width, 1, 1], np.float32)
    high = ramp(0.2, 0.8, start[:, 1])
    layer = rng.uniform(0.5, 1.0, count).astype(np.float32)
    length = (style.sides + (style.top - style.sides) * high) * rng.uniform(0.82, 1.08, count)
    fringe = (
        ramp(0.42, 0.58, start[:, 2]) * ramp(0.42, 0.30, np.abs(start[:, 0])) * (style.fringe > 0)
    )
    if style.comb == "down":
        length = length * (1 - fringe) + style.fringe * 0.62 * fringe * rng.uniform(
            0.85, 1.05, count
        )
    lift = (style.side_lift + (style.lift - style.side_lift) * high) * volume(who) * layer
    out = unit((start - CENTRE) / radii**2)
    p, path = start.copy(), np.empty((count, KNOTS, 3), np.float32)
    pace = (length / (KNOTS - 1))[:, None].astype(np.float32)
    fall = style.comb in ("down",)
    for k in range(KNOTS):
        path[:, k] = p
        way = unit(combed(who, style, start, p, out)) + out * np.maximum(0, 0.6 - 6 * k * pace)
        if fall:
            way = way * (0.9 * ramp(0.30, 0.95, p[:, 1]))[:, None] + xyz(0, -0.75, 0)
        p = p + unit(way) * pace
        q = (p - CENTRE) / radii
        far = np.sqrt(dot(q, q))
        least = 1 + lift / 0.8 * np.minimum(1.0, 0.7 + (k + 1) * pace[:, 0] / 0.25)
        p = CENTRE + q * radii * np.maximum(1, least / far)[:, None]
        if fall:
            p = keep_face_free(p, m, fringe, style)
    return path, layer


def keep_face_free(p: Array, m: Landmarks, fringe: Array, style: Style) -> Array:
    """Hair that hangs beside the face is pushed out of it."""
    edge = (
        line(p[:, 1], [-1.5, -0.9, -0.5, 0.0, 0.35, 0.62], [0.50, 0.56, 0.62, 0.63, 0.48, 0.10])
        * m.width
    )
    push = (p[:, 2] > 0.05) & (p[:, 1] < 0.62) & (fringe < 0.5) & (np.abs(p[:, 0]) < edge)
    x = np.where(
        push, np.where(p[:, 0] < 0, -1, 1) * (0.35 * np.abs(p[:, 0]) + 0.65 * edge), p[:, 0]
    )
    back = line(p[:, 1], [-1.5, 0.1, 0.4, 0.62], [0.30, 0.38, 0.55, 1.0])
    z = np.where(fringe < 0.5, np.minimum(p[:, 2], back), p[:, 2])
    return xyz(x, p[:, 1], z)


def locks(
    who: Identity, style: Style, path: Array, layer: Array, rng: np.random.Generator, detail: float
) -> Surface:
    """Give each guide its fibres, curled and loose, as a dense cloud of points."""
    guides, fibres = len(path), style.fibres
    long = float(np.linalg.norm(np.diff(path, axis=1), axis=-1).sum(1).max())
    points = int(np.clip(long * 58 * detail, 8, 400))
    at = np.linspace(0, KNOTS - 1, points)
    weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(KNOTS))).astype(
        np.float32
    )  # (P, KNOTS)
    spine = np.einsum("pk,gkd->gpd", weights, path)
    t = np.linspace(0, 1, points, dtype=np.float32)
    loose = rng.standard_normal((guides, fibres, 1, 3), np.float32) * (0.55 * style.lock)
    strands = (
        spine[:, None] + loose * (ramp(0.0, 0.25, t) * (1 - 0.35 * t))[:, None]
    )  # (G, F, P, 3)
    if style.curl:
        phase = rng.uniform(0, 2 * np.pi, (guides, 1, 1)) + rng.normal(0, 0.5, (guides, fibres, 1))
        turn = (2 * np.pi * style.waves * long * t + phase).astype(np.float32)
        size = (
            style.curl
            * ramp(0.0, 0.3, t)
            * rng.uniform(0.6, 1.2, (guides, 1, 1)).astype(np.float32)
        )
        strands = strands + xyz(
            np.sin(turn) * size, 0.5 * np.sin(turn + 2) * size, np.cos(turn) * size
        )
    tangent = np.gradient(strands, axis=2)
    shade = (
        1
        + 0.16 * rng.standard_normal((guides, 1, 1))
        + 0.20 * rng.standard_normal((guides, fibres, 1))
    )
    if who.hairstyle == "braids":
        bead = np.sin(t * long * 60 + rng.uniform(0, 6, (guides, 1, 1)))
        shade = (1 + 0.08 * rng.standard_normal((guides, fibres, 1))) * (0.85 + 0.35 * bead)
    shade = np.clip(shade * (0.82 + 0.25 * t), 0.35, 1.8)
    colour = fibre_tones(who, rng, guides, fibres)[:, :, None] * shade[..., None]
    free = np.clip(0.45 + 0.35 * layer[:, None, None] + 0.3 * ramp(0, 0.4, t) + 0 * shade, 0, 1)
    return cloud(strands, unit(tangent), colour, free)


def fibre_tones(who: Identity, rng: np.random.Generator, guides: int, fibres: int) -> Array:
    """Some fibres are greyer than others: (G, F, 3)."""
    alike = 1 if who.hairstyle == "braids" else fibres  # a braid is grey as a whole
    spread = 0.9 * who.greying * (1 - who.greying)
    grey = np.clip(who.greying + spread * rng.standard_normal((guides, alike, 1)), 0, 1)
    tone = HAIR_TONES[who.hair_colour]
    return (tone + 0.9 * grey * (GREY_HAIR - tone)).astype(np.float32)


def cloud(points: Array, tangents: Array, colour: Array, free: Array) -> Surface:
    def flat(values: Array) -> Array:
        return np.ascontiguousarray(values.reshape(-1, 3), np.float32)

    size = points.size // 3
    return Surface(
        flat(points), flat(tangents), flat(np.broadcast_to(colour, points.shape)),
        np.full(size, 0.05, np.float32), np.broadcast_to(free, points.shape[:-1]).ravel(), "hair",
    )  # fmt: skip


def knot(who: Identity, rng: np.random.Generator, detail: float) -> Surface:
    """A bun: loops of hair wound around a ball; or the tail that hangs from the knot."""
    count, points = int(330 * detail), int(64 * detail)
    t = np.linspace(0, 1, points, dtype=np.float32)
    centre = np.array(KNOT[who.hairstyle], np.float32)
    if who.hairstyle == "bun":
        axis = unit(rng.normal(0, 1, (count, 3)) * [1.0, 0.5, 0.35])
        a = unit(np.cross(axis, [0.1, 0.2, 1.0]))
        b = np.cross(axis, a)
        size = 0.27 * volume(who) * rng.uniform(0.9, 1.02, (count, 1, 1))
        turn = 2 * np.pi * t[None, :, None]
        strands = centre + size * (a[:, None] * np.cos(turn) + b[:, None] * np.sin(turn))
    else:
        side = 0.28 * (1 if who.parting > 0 else -1)
        spine = centre + xyz(
            side * np.sin(1.6 * t),
            -1.9 * t + 0.25 * np.sin(3 * t),
            -0.16 * np.sin(3.1 * t) + 0.35 * t,
        )
        width = 0.11 * (0.5 + np.sin(3.0 * t**0.7))[:, None]
        strands = spine + rng.normal(0, 0.6, (count, 1, 3)) * width
    shade = np.clip(1 + 0.22 * rng.standard_normal((count, 1, 1)), 0.4, 1.7)
    colour = fibre_tones(who, rng, count, 1) * shade
    strands = strands.astype(np.float32)
    return cloud(
        strands, unit(np.gradient(strands, axis=1)), colour, np.full((count, 1), 0.85, np.float32)
    )


def hair(who: Identity, c: Canvas, m: Landmarks, detail: float) -> list[Surface]:
    """All hair of the head but the core; `c` is the skull without a face."""
    style = STYLES[who.hairstyle]
    if style.top == 0 and style.sides == 0:
        return []
    rng = np.random.default_rng([who.seed, 10])
    start = roots(c, who, m, round(style.guides * detail))
    path, layer = grow(who, m, style, start, rng)
    surfaces = [locks(who, style, path, layer, rng, detail)]
    return [*surfaces, knot(who, rng, detail)] if who.hairstyle in KNOT else surfaces


def beard(who: Identity, c: Canvas, detail: float) -> list[Surface]:
    """Short hairs over the part of the face where the beard grows."""
    if not c.beard.any():
        return []
    rng = np.random.default_rng([who.seed, 11])
    rows, columns = np.nonzero(rng.random(c.beard.shape) < 0.16 * c.beard)
    start = np.stack([c.x[rows, columns], c.y[rows, columns], c.z[rows, columns]], -1)
    count, points = len(start), max(4, int(7 * detail))
    way = unit(start * [1.0, 0.0, 0.6] + rng.normal(0, 0.25, (count, 3)) + [0, -1.1, 0.25])
    t = np.linspace(0, 1, points, dtype=np.float32)[None, :, None]
    length = rng.uniform(0.03, 0.075, (count, 1, 1))
    strands = (start[:, None] + way[:, None] * t * length + 0.012).astype(np.float32)
    # darker than the hair of the head: a white beard on dark skin hides the face from detectors
    shade = np.clip(0.6 + 0.14 * rng.standard_normal((count, 1, 1)), 0.3, 1.0)
    colour, free = fibre_tones(who, rng, count, 1) * shade, np.full((count, 1), 0.85, np.float32)
    return [cloud(strands, unit(np.gradient(strands, axis=1)), colour, free)]
