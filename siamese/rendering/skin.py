"""The skin of a head, painted on the grid that it was carved on: its tone, wrinkles, freckles and
moles, lips, the shadow of a beard, brows and lashes.

`sculpt` carves a head and paints it; `skin_surface` is what the camera then sees of it.
"""

import numpy as np

from siamese.rendering.head import (
    Canvas,
    Expression,
    Landmarks,
    Mouth,
    carve,
    lid_curves,
    wing_groove,
)
from siamese.rendering.identity import Identity
from siamese.rendering.surfaces import (
    Array,
    Surface,
    at_stops,
    bell,
    enlarged,
    grain,
    line,
    linear,
    lowpass,
    paint,
    ramp,
    sheet,
    stops,
    xyz,
)

SKIN_TONES = np.stack([
    linear(246, 214, 198), linear(238, 198, 174), linear(222, 176, 146), linear(200, 148, 114),
    linear(164, 112, 82), linear(124, 82, 60), linear(90, 60, 47),
])  # fmt: skip
HAIR_TONES = {
    "black": linear(22, 19, 20), "espresso": linear(42, 30, 25), "brown": linear(74, 50, 36),
    "chestnut": linear(98, 60, 40), "auburn": linear(120, 60, 38), "ginger": linear(170, 94, 52),
    "dark blond": linear(146, 114, 76), "blond": linear(204, 168, 116),
}  # fmt: skip
GREY_HAIR = linear(176, 174, 172)
MESH = 0.024  # at detail 1, nearly all points of the skin have neighbours within this


def skin_tone(who: Identity) -> Array:
    """Mean colour of the skin, linear light."""
    place = who.melanin * (len(SKIN_TONES) - 1)
    tone = np.stack(
        [line(np.array(place), list(range(len(SKIN_TONES))), c) for c in SKIN_TONES.T.tolist()]
    )
    return tone * xyz(1, 1 + 0.025 * who.undertone, 1 - 0.07 * who.undertone)


def hair_tone(who: Identity) -> Array:
    """Mean colour of the hair, linear light."""
    tone = HAIR_TONES[who.hair_colour]
    return tone + (GREY_HAIR - tone) * np.float32(0.95 * who.greying)


def paint_skin(c: Canvas, who: Identity, m: Landmarks, wrinkles: Array, tone: Array) -> None:
    """Warm cheeks and nose, shade by the eyes, mottling, wrinkles, freckles, moles, ears aside."""
    hill, shape = c.hill, c.side.shape
    c.colour[:] = tone
    fine, broad = grain(c.rng, (95, 95), shape), grain(c.rng, (13, 13), shape)
    c.skin *= (1 + 0.026 * broad + (0.016 + 0.022 * m.old) * fine)[..., None]
    warm = 0.17 * (1 - 0.55 * who.melanin) * (
        hill(0.37, -0.30, 0.16, 0.13) + 0.9 * hill(0, m.nose_base + 0.07, 0.10, 0.09)
        + 0.4 * hill(0, m.chin_y, 0.14, 0.09)
    )  # fmt: skip
    shade = (0.07 + 0.12 * m.old) * hill(m.eye_x - 0.03, -0.08, 0.13, 0.05)
    shade += 0.13 * wing_groove(c, m)
    shade += 0.10 * hill(m.eye_x, 0.08, 0.15, 0.05) + 0.10 * hill(
        m.eye_x - m.eye_half, 0.0, 0.05, 0.06
    )
    c.skin *= 1 - xyz(0.05 * warm + 0.75 * shade, warm + shade, 0.85 * warm + 0.9 * shade)
    c.skin *= 1 - np.clip(wrinkles, 0, 1)[..., None] * xyz(0.20, 0.27, 0.27)
    speckle(c, who, tone)
    nostril = hill(0.47 * m.nose_half, m.nose_base + 0.010, 0.22 * m.nose_half + 0.006, 0.016)
    paint(c.skin, np.clip(1.3 * nostril, 0, 0.9), tone * xyz(0.22, 0.12, 0.10))
    c.gloss[c.front] += 0.035 * (hill(0, 0.42, 0.3, 0.16) + hill(0, m.nose_base + 0.09, 0.06, 0.14))
    c.gloss[c.front] += 0.02 * hill(0.38, -0.18, 0.12, 0.09)
    c.gloss *= 1 - 0.3 * who.melanin
    c.gloss[c.front] *= 1 + 0.15 * fine


def speckle(c: Canvas, who: Identity, tone: Array) -> None:
    """Freckles and moles stay where the seed of the person put them."""
    rng = np.random.default_rng([who.seed, 4])
    if who.freckles > 0.02:
        spots = (rng.random((100, 100)) < 0.12) * rng.uniform(0.3, 1, (100, 100))
        rows, columns = c.side.shape
        mask = 1.8 * enlarged(spots.astype(np.float32), rows, columns)
        mask = mask * (c.hill(0.17, -0.17, 0.27, 0.18) + 0.3 * c.hill(0, 0.4, 0.3, 0.15))
        c.skin *= 1 - np.clip(0.8 * who.freckles * mask, 0, 0.6)[..., None] * xyz(0.55, 0.85, 1)
    for _ in range(int(who.moles)):
        x, y, radius = rng.uniform(-0.45, 0.45), rng.uniform(-0.8, 0.5), rng.uniform(0.020, 0.030)
        away = ((c.x - x) ** 2 + (c.y - y) ** 2) / radius**2
        paint(c.skin, (0.8 * np.exp(-away * away)).astype(np.float32), tone * xyz(0.32, 0.22, 0.18))


def paint_mouth(c: Canvas, who: Identity, m: Landmarks, mouth: Mouth, tone: Array) -> None:
    tint = 0.62 + 0.33 * who.lip_tint
    rose = tone * (xyz(0.84, 0.45, 0.46) * (1 - who.melanin) + xyz(0.86, 0.58, 0.60) * who.melanin)
    rose = rose * xyz(1, 1 - 0.28 * who.lip_tint, 1 - 0.20 * who.lip_tint)
    creases = 1 + 0.06 * grain(c.rng, (3, 150), c.side.shape)
    paint(c.skin, mouth.upper * tint, (rose * 0.86 * creases[..., None]).astype(np.float32))
    paint(c.skin, mouth.lower * tint, (rose * creases[..., None]).astype(np.float32))
    closed = 0.25 if m.mouth_is_open else 0.75
    c.skin *= 1 - (closed * mouth.seam)[..., None] * xyz(0.72, 0.9, 0.9)
    corner = c.hill(m.mouth_half * 1.02, m.mouth_y + 0.015, 0.026, 0.026)
    c.skin *= 1 - (0.28 * corner)[..., None] * xyz(0.8, 1, 1)
    c.gloss[c.front] += 0.05 * mouth.lower + 0.02 * mouth.upper
    c.hole = np.maximum(c.hole, mouth.opening)


def grow_beard(c: Canvas, who: Identity, m: Landmarks, mouth: Mouth, tone: Array) -> None:
    """Where the beard grows (kept in `c.beard`), its shadow on the skin and its thickness."""
    side, y = c.side, c.y
    if who.beard == "none" and who.build <= 0:
        return
    patchy = grain(c.rng, (side.shape[0] // 2, side.shape[1] // 2), side.shape)
    low, reach = m.mouth_y - m.gap - m.lower_lip, side / (m.mouth_half + 0.06)
    above = m.nose_base - 0.02 - 0.11 * reach * reach + 0.006 * patchy - y
    moustache = ramp(1.12, 0.85, reach) * ramp(0, 0.03, above) * ramp(-0.09, -0.03, y - mouth.line)
    edge = line(side, [0, 0.2, 0.27, 0.5, 0.62, 0.7],
                [*(m.mouth_y + np.array([0.2, 0.2, 0.03, 0.12])), -0.25, -0.05])  # fmt: skip
    cheeks = ramp(-0.03, 0.07, edge - y + 0.014 * patchy)
    cheeks = cheeks * (
        1 - ramp(m.mouth_half + 0.05, m.mouth_half - 0.03, side) * ramp(low - 0.06, low, y)
    )
    chin = ramp(0.26, 0.16, side + 0.25 * np.maximum(y - low, 0)) * ramp(low - 0.01, low - 0.06, y)
    strips = (
        0.8
        * ramp(0.045, 0, np.abs(side - m.mouth_half - 0.03))
        * ramp(m.mouth_y + 0.06, m.mouth_y, y)
    )
    chin = np.maximum(chin, strips * ramp(low - 0.15, low - 0.1, y))
    whole = np.maximum(cheeks, moustache)
    parts = {
        "stubble": whole,
        "full": whole,
        "moustache": moustache,
        "goatee": np.maximum(moustache, chin),
    }
    bare = 1 - np.clip(mouth.upper + mouth.lower + mouth.opening, 0, 1)
    shadow = whole * bare * (0.16 if who.beard != "stubble" else 0.42) * max(who.build, 0.3)
    hair = np.minimum(hair_tone(who), tone * 0.8)
    paint(c.skin, np.clip(shadow * (1 + 0.25 * patchy), 0, 1), hair + tone * xyz(0.22, 0.25, 0.28))
    if who.beard in ("moustache", "goatee", "full"):
        c.beard = parts[who.beard] * bare
        paint(c.skin, np.clip(c.beard * (0.8 + 0.12 * patchy), 0, 1), hair * 0.8 + tone * 0.04)
        c.z += c.beard * 0.022
        c.x *= 1 + 0.022 * c.beard
    c.gloss[c.front] *= 1 - 0.8 * np.clip(c.beard + shadow, 0, 1)


def paint_brows(c: Canvas, who: Identity, how: Expression, m: Landmarks, tone: Array) -> None:
    """Single hairs that lean outwards, denser in the middle of the brow."""
    near = c.rows(m.brow_y - 0.16, m.brow_y + 0.2)
    side, y = c.side[near], c.y[near]
    u = (side - m.eye_x + 0.015) / (m.eye_half * 1.30)  # -1 by the nose .. 1 at the temple
    arch = (0.026 + 0.010 * who.brow_arch - 0.006 * who.build) * (1 - (u - 0.25) ** 2)
    middle = m.brow_y - 0.03 + arch + (0.006 - 0.008 * who.build) * u + 0.008 * how.brow_raise
    half = 0.034 * max(1 + 0.36 * who.brow_thickness + 0.22 * who.build, 0.4)
    half = half * np.clip(1.05 - 0.5 * u, 0.3, 1.2)
    hairs = grain(c.rng, (9, 340), side.shape)
    strength = (
        np.exp(-(((y - middle) / half) ** 2) * 1.1)
        * ramp(-1.15, -0.65, u + 0.05 * hairs)
        * ramp(1.12, 0.6, u)
    )
    colour = np.minimum(hair_tone(who) * 0.8, tone * 0.62)
    paint(c.skin[near], np.clip(strength * (0.95 + 0.20 * hairs), 0, 0.95), colour)


def paint_eyes(c: Canvas, who: Identity, m: Landmarks, tone: Array) -> None:
    """Lashes, the fold of the lid, the wet rim, and a little shadow around the eye."""
    near = c.rows(-0.22, 0.28)
    side, y, skin = c.side[near], c.y[near], c.skin[near]
    along, up, high, low = lid_curves(m, side, y)
    ends = ramp(1.16, 0.95, np.abs(along))
    paint(skin, 0.5 * bell((up - low + 0.006) / 0.010) * ends, tone * xyz(1.0, 0.66, 0.62))
    fold_y = high + 0.032 + 0.007 * who.lid_fold - 0.012 * along * along
    fold = bell((up - fold_y) / 0.011) * ramp(1.12, 0.75, np.abs(along))
    paint(skin, fold * (0.42 + 0.14 * who.lid_fold), tone * xyz(0.45, 0.31, 0.28))
    strong = 0.85 - 0.2 * min(who.build, 0.0) if who.build < 0 else 0.72
    thick = (0.014 - 0.003 * who.build) * np.maximum(1 + 0.45 * along, 0.1)  # never 0
    lashes = bell((up - high - 0.2 * thick) / thick) * ramp(1.2, 1.0, np.abs(along))
    dark = np.minimum(hair_tone(who) * 0.5, 0.03)
    paint(skin, np.clip(lashes * strong, 0, 1), dark.astype(np.float32))
    paint(skin, 0.30 * bell((up - low + 0.004) / 0.006) * ramp(0, 0.6, along) * ends, dark)


def openness(c: Canvas, m: Landmarks) -> Array:
    """How much of the sky a point sees: less in hollows and under the chin."""
    result: Array = np.ones_like(c.X)
    hollow = np.clip(lowpass(c.z, int(16 * c.detail)) - c.z - 0.004, 0, 1)
    result[c.front] = np.clip(1 - 4.5 * hollow, 0.6, 1)
    result *= 1 - 0.45 * ramp(m.chin_y + 0.1, m.chin_y - 0.13, c.Y) * ramp(0.75, 0.45, c.Z)
    return result


def sculpt(who: Identity, how: Expression, m: Landmarks, detail: float) -> Canvas:
    """The finished head as a grid, still without hair."""
    c, tone = Canvas(who, m, detail), skin_tone(who)
    mouth = Mouth(c, m, how.smile)
    wrinkles = carve(c, who, how, m, mouth)
    paint_skin(c, who, m, wrinkles, tone)
    paint_mouth(c, who, m, mouth, tone)
    grow_beard(c, who, m, mouth, tone)
    paint_brows(c, who, how, m, tone)
    paint_eyes(c, who, m, tone)
    return c


def skin_surface(c: Canvas, m: Landmarks) -> Surface:
    """The grid as a surface with its openings, dense enough for the camera on all sides."""
    hole = np.zeros_like(c.X)
    hole[c.front] = c.hole
    points, rest = xyz(c.X, c.Y, c.Z), xyz(c.gloss, openness(c, m), hole)
    rows, columns = (stops(points, axis, MESH / c.detail) for axis in (0, 1))
    grid = at_stops(np.concatenate([points, c.colour, rest], -1), rows, columns)
    *_, gloss, free, hole = np.moveaxis(grid, -1, 0)
    return sheet(grid[..., :3], grid[..., 3:6], gloss, free, "skin", hole < 0.5)
