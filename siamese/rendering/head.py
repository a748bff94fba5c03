"""The shape of a head with an expression.

A `Canvas` is a grid of points, rows from the crown down to under the chin, columns once around. The
face is carved by pushing the front of the grid in and out with smooth hills; `skin.py` paints it on
the same grid. Eyes and mouth are real openings; what shines through them is made in `features.py`.
"""

from dataclasses import dataclass

import numpy as np

from siamese.rendering.identity import Identity, Scene
from siamese.rendering.surfaces import Array, bell, ramp, spline, spread

EYEBALL = (0.180, 0.135, 0.130)  # half width, half height, half depth
FACE_EDGE = 1.75  # angle from the middle of the face, in radians, up to which the grid is dense


@dataclass(frozen=True)
class Expression:
    """The part of a scene that moves the face."""

    smile: float
    mouth_open: float
    brow_raise: float
    squint: float

    @classmethod
    def of(cls, scene: Scene) -> "Expression":
        return cls(scene.smile, scene.mouth_open, scene.brow_raise, scene.squint)


RELAXED = Expression(0.0, 0.0, 0.0, 0.0)


class Landmarks:
    """Where things lie in this face; half widths, heights and depths in head units."""

    def __init__(self, who: Identity, how: Expression) -> None:
        sturdy, smile = who.build, how.smile
        self.old = old = min(max((who.age - 32) / 45, 0.0), 1.0)
        self.width = 1 + 0.045 * who.head_width
        self.length = 1 + 0.055 * who.face_length + 0.02 * sturdy
        self.jaw_drop = 0.11 * how.mouth_open

        self.eye_x = 0.288 * self.width * (1 + 0.065 * who.eye_spacing)
        self.eye_half = 0.136 * (1 + 0.075 * who.eye_size - 0.02 * sturdy)
        self.eye_tilt = 0.08 + 0.085 * who.eye_tilt
        lift = 0.062 * (
            1 + 0.15 * who.eye_opening + 0.05 * who.eye_size - 0.06 * sturdy - 0.14 * old
        )
        drop = 0.040 * (1 + 0.10 * who.eye_opening) * (1 - 0.35 * max(smile, 0.0))
        self.eye_z = 0.568 - 0.016 * who.eye_depth - 0.008 * who.eye_spacing - 0.007 * sturdy
        closed = max(how.squint, 0.0)
        self.lid_relaxed = lift
        self.lid_low = drop * (1 - 0.25 * closed)
        self.lid_up = lift * (1 + 0.10 * how.brow_raise - 0.5 * min(how.squint, 0.0))
        self.lid_up -= (self.lid_up + self.lid_low) * closed
        self.brow_y = 0.214 + 0.031 * who.brow_height - 0.022 * sturdy + 0.045 * how.brow_raise

        self.nose_base = -(0.405 + 0.050 * who.nose_length) * self.length
        self.nose_half = 0.118 * (1 + 0.20 * who.nose_width + 0.06 * sturdy)
        self.nose_out = 0.180 * (1 + 0.13 * who.nose_forward + 0.07 * sturdy)

        self.mouth_y = (
            self.nose_base - (0.205 + 0.020 * who.mouth_height + 0.01 * old) * self.length
        )
        self.mouth_half = 0.222 * (
            1 + 0.13 * who.mouth_width + 0.15 * smile - 0.10 * how.mouth_open
        )
        self.gap = 0.11 * how.mouth_open + 0.045 * max(smile - 0.45, 0.0)
        thin = (1 - 0.25 * old) * (1 - 0.22 * max(smile, 0.0))
        self.upper_lip = 0.075 * (1 + 0.31 * who.upper_lip - 0.14 * sturdy) * thin
        self.lower_lip = 0.084 * (1 + 0.30 * who.lower_lip - 0.08 * sturdy) * thin
        self.mouth_is_open = self.gap > 0.006
        self.chin_y = -0.9 * self.length - self.jaw_drop


def profile(who: Identity, marks: Landmarks) -> Array:
    """Rings of the skull from the crown down: height, half width, front and back (K, 4)."""
    jaw = 0.030 * who.jaw_width + 0.030 * who.build
    chin = 0.030 * who.chin_width + 0.030 * who.build
    full = 0.020 * who.fullness
    knots = np.array([
        [1.00, 0.00, -0.12, -0.12], [0.97, 0.23, 0.16, -0.42], [0.88, 0.41, 0.40, -0.64],
        [0.73, 0.545, 0.61, -0.79], [0.50, 0.640, 0.745, -0.87], [0.25, 0.675, 0.805, -0.89],
        [0.00, 0.658, 0.815, -0.85], [-0.25, 0.628 + 0.5 * full, 0.820, -0.72],
        [-0.48, 0.580 + 0.6 * jaw + 1.5 * full, 0.825, -0.55],
        [-0.68, 0.515 + 1.2 * jaw + 1.2 * full, 0.825, -0.40],
        [-0.86, 0.385 + 0.8 * (jaw + chin) + 0.9 * full, 0.815 + 0.02 * who.chin_forward, -0.25],
        [-0.985, 0.225 + chin + 0.4 * full, 0.735 + 0.03 * who.chin_forward, -0.10],
        [-1.04, 0.09, 0.50, 0.05], [-1.045, 0.0, 0.25, 0.25],
    ])  # fmt: skip
    knots[7:12, 1] = np.clip(
        knots[7:12, 1], [0.57, 0.49, 0.40, 0.28, 0.16], [0.66, 0.63, 0.575, 0.46, 0.33]
    )
    knots[:, 1] *= marks.width
    knots[knots[:, 0] < 0, 0] *= marks.length
    knots[9:, 0] -= marks.jaw_drop * np.array([0.45, 0.9, 1, 1, 1])
    return knots.astype(np.float32)


class Canvas:
    """The grid of the head while it is carved and painted; `x`, `y`, … are its front part."""

    def __init__(self, who: Identity, marks: Landmarks, detail: float) -> None:
        self.detail = detail
        self.rng = np.random.default_rng([who.seed, 3])
        height, half, front, back = self._rows(profile(who, marks)).T[:, :, None]
        edge, side = int(36 * detail), int(200 * detail)
        t = spread(-1, 1, side)  # denser near the middle, where the nose is
        facing = FACE_EDGE * (t - 0.09 * np.sin(np.pi * t) - 0.02 * np.sin(2 * np.pi * t))
        left = np.linspace(-np.pi, -FACE_EDGE, edge, endpoint=False)
        self.angle = np.concatenate([left, facing, -left[::-1]]).astype(np.float32)
        middle = np.clip(
            0.02 + 0.12 * ramp(0, -0.8, height) - 0.12 * ramp(0.6, 1, height), back, front
        )
        cosine = np.cos(self.angle)
        ahead, behind = (front - middle) * np.abs(cosine) ** 0.88, (middle - back) * cosine
        self.X = half * np.sin(self.angle)
        self.Y = np.repeat(height, len(self.angle), 1)
        self.Z = middle + np.where(cosine > 0, ahead, behind)
        self.front = np.s_[:, edge : edge + side]
        self.x, self.y, self.z = self.X[self.front], self.Y[self.front], self.Z[self.front]
        self.side = np.abs(self.x - 0.016 * who.asymmetry * np.sin(self.y * 4 + 0.6))
        self.colour = np.empty((*self.X.shape, 3), np.float32)
        self.skin = self.colour[self.front]
        self.gloss = np.full_like(self.X, 0.05)
        self.hole = np.zeros_like(self.x)  # 1 where the face is open
        self.beard = np.zeros_like(self.x)

    def _rows(self, knots: Array) -> Array:
        """Rows evenly spaced along the surface, denser below the nose and at the eyes."""
        curve = spline(knots, spread(0, 1, 2000))
        pace = np.abs(np.diff(curve, axis=0)) @ np.array([1, 0.25, 0.25, 0])
        height = curve[1:, 0]
        pace *= 1 + bell((height + 0.41) / 0.06) + 0.4 * bell(height / 0.1)
        way = np.concatenate([[0], np.cumsum(pace)])
        places = np.interp(np.linspace(0, way[-1], int(215 * self.detail)), way, spread(0, 1, 2000))
        return spline(knots, places.astype(np.float32))

    def rows(self, low: float, high: float) -> slice:
        """The rows between two heights."""
        down = -self.Y[:, 0]
        return slice(int(np.searchsorted(down, -high)), int(np.searchsorted(down, -low)))

    def hill(self, x: float, y: float, wide: float, tall: float) -> Array:
        """Gaussian hill of height 1 on both sides of the face."""
        result: Array = np.zeros_like(self.side)
        near = self.rows(y - 2.6 * tall, y + 2.6 * tall)
        across = (self.side[near] - x) * (1 / wide)
        up = (self.y[near] - y) * (1 / tall)
        result[near] = bell(across) * bell(up)
        return result


class Mouth:
    """The curves of the mouth over the front of the grid, and what they enclose."""

    def __init__(self, c: Canvas, m: Landmarks, smile: float) -> None:
        u = np.clip(c.side / m.mouth_half, 0, 1.6)
        arch = np.clip(1 - u * u, 0, 1)
        self.arch = arch**0.75
        self.line = m.mouth_y + (0.012 + 0.075 * smile) * u * u - 0.007 * np.cos(u * 5) + 0.004 * u
        dip = bell(c.side / 0.035)
        peak = bell((c.side - 0.065) / 0.045)
        self.top = self.line + m.upper_lip * arch**0.9 * (0.95 - 0.24 * dip + 0.14 * peak)
        self.inner = self.line - m.gap * self.arch
        self.bottom = self.inner - m.lower_lip * arch**0.62
        edge, inside = 0.010, ramp(1.03, 0.92, u)
        self.upper = ramp(-edge, edge, self.top - c.y) * ramp(-edge, edge, c.y - self.line) * inside
        self.lower = (
            ramp(-edge, edge, self.inner - c.y) * ramp(-edge, edge, c.y - self.bottom) * inside
        )
        self.opening = (self.line > c.y) * (c.y > self.inner) * (self.line - self.inner > 0.006)
        self.seam = bell((c.y - self.line) / 0.011) * ramp(1.06, 0.85, u)
        self.u = u


def carve(c: Canvas, who: Identity, how: Expression, m: Landmarks, mouth: Mouth) -> Array:
    """Push the front of the head in and out; returns how deep the wrinkles are (0 to 1)."""
    sturdy, smile, hill = who.build, max(how.smile, 0.0), c.hill
    depth = (0.024 + 0.016 * sturdy) * hill(0.2, m.brow_y - 0.02, 0.17, 0.07)
    depth -= (0.070 + 0.018 * who.eye_depth + 0.008 * sturdy) * hill(
        m.eye_x - 0.02, 0.02, 0.16, 0.115
    )
    depth -= 0.028 * hill(0.13, 0.03, 0.06, 0.1)
    depth += (0.032 + 0.020 * who.cheekbones) * hill(0.42, -0.19 + 0.03 * smile, 0.15, 0.12)
    depth += (0.024 + 0.014 * who.fullness + 0.034 * smile) * hill(
        0.32, -0.35 + 0.03 * smile, 0.13, 0.12
    )
    depth -= (0.022 + 0.012 * who.cheekbones - 0.02 * who.fullness + 0.016 * m.old) * hill(
        0.43, -0.6, 0.13, 0.16
    )
    depth += 0.055 * hill(0, m.mouth_y - 0.4 * m.gap, 0.25, 0.18)
    depth += nose(c, who, m)
    depth += lips(c, m, mouth)
    depth -= 0.040 * hill(0, m.mouth_y - m.gap - m.lower_lip - 0.075, 0.16, 0.05)
    depth += (0.055 + 0.02 * who.chin_forward) * hill(
        0, m.chin_y, 0.15 + 0.025 * who.chin_width, 0.11
    )
    depth -= 0.012 * max(sturdy, 0.0) * hill(0, m.chin_y - 0.01, 0.03, 0.06)
    depth += 0.035 * m.old * hill(0.40, -0.80, 0.10, 0.10)  # jowls
    wrinkles = fold_skin(c, how, m)
    c.z += depth - 0.014 * wrinkles
    close_lids(c, m)
    return wrinkles


def nose(c: Canvas, who: Identity, m: Landmarks) -> Array:
    base, half, out = m.nose_base, m.nose_half, m.nose_out
    tip = base + 0.075
    along = np.clip((0.10 - c.y) * (1 / (0.10 - tip)), 0, 1)
    bridge = 0.30 + 0.10 * who.nose_bridge
    ridge = (bridge + (1 - bridge) * along**1.25) * ramp(0.20, 0.02, c.y)
    under = c.y - base - 0.5 * np.minimum(c.side, 1.1 * half) ** 2 / half
    ridge *= ramp(-0.050, 0.080, under)
    wide = 0.064 + 0.030 * along * (half / 0.118)
    shape: Array = out * ridge * bell(c.side / wide)
    shape += 0.10 * out * ridge * bell(c.side / (2.2 * wide))
    shape += 0.22 * out * c.hill(0, tip - 0.004, 0.52 * half, 0.050)
    wings = c.hill(0.82 * half, base + 0.048, 0.34 * half, 0.046)
    shape += 0.52 * out * wings - 0.009 * wing_groove(c, m)
    shape -= 0.022 * c.hill(0.48 * half, base + 0.006, 0.25 * half, 0.018)  # nostrils
    shape -= 0.014 * c.hill(0, (base + m.mouth_y + m.upper_lip) / 2, 0.028, 0.06)  # philtrum
    return shape


def wing_groove(c: Canvas, m: Landmarks) -> Array:
    """The groove around each wing of the nose."""
    across = (c.side - 0.80 * m.nose_half) / (0.50 * m.nose_half)
    up = (c.y - m.nose_base - 0.042) / 0.060
    ring = np.sqrt(across * across + up * up)
    return bell((ring - 1) / 0.20) * ramp(0.1, 0.7, 0.8 * across + 0.6 * up)


def lips(c: Canvas, m: Landmarks, mouth: Mouth) -> Array:
    def roll(high: Array, low: Array, thick: float) -> Array:
        middle = (c.y - 0.5 * (high + low)) / (0.62 * thick + 0.012)
        return np.asarray(bell(middle) * mouth.arch)

    shape: Array = 0.042 * roll(mouth.top, mouth.line, m.upper_lip)
    shape += 0.055 * roll(mouth.inner, mouth.bottom, m.lower_lip)
    corner = c.hill(m.mouth_half * 1.03, m.mouth_y + 0.02, 0.035, 0.035)
    shape -= 0.024 * mouth.seam * float(not m.mouth_is_open) + 0.016 * corner
    return shape


def fold_skin(c: Canvas, how: Expression, m: Landmarks) -> Array:
    """Lines that age and expression draw."""
    side, y, smile = c.side, c.y, max(how.smile, 0.0)
    run = (side - (m.nose_half + 0.055) - (m.nose_base + 0.06 - y) * 0.42) / 0.026
    folds: Array = bell(run) * ramp(m.nose_base + 0.1, m.nose_base, y)
    folds *= ramp(m.mouth_y - 0.14, m.mouth_y, y) * (0.10 + 0.65 * m.old + 0.45 * smile)
    bag = (y + 0.105 - (side - m.eye_x) ** 2 * 1.6) / 0.018
    folds += bell(bag) * c.hill(m.eye_x, -0.1, 0.13, 0.3) * (0.10 + 0.5 * m.old)
    waves = np.sin(y * 78 + np.cos(side * 5 + 1) * 1.5)
    folds += (
        ramp(0.6, 1, waves)
        * c.hill(0, 0.43, 0.32, 0.13)
        * (0.42 * m.old + 0.35 * max(how.brow_raise, 0.0))
    )
    fan = np.sin(np.arctan2(y - 0.01, side - m.eye_x) * 16)
    folds += (
        ramp(0.4, 1, fan) * c.hill(m.eye_x + 0.21, 0, 0.05, 0.075) * (0.4 * m.old + 0.2 * smile)
    )
    jowl = (side - m.mouth_half - 0.03 - 0.15 * (m.mouth_y - y)) / 0.02
    folds += (
        bell(jowl)
        * ramp(m.mouth_y + 0.02, m.mouth_y - 0.05, y)
        * (0.35 * m.old * ramp(m.mouth_y - 0.26, m.mouth_y - 0.12, y))
    )
    return folds


def lid_curves(m: Landmarks, side: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """For points by the eye: place along it (-1 inner corner to 1 outer), height above its axis,
    and the heights of the upper and of the lower lid there."""
    along = (side - m.eye_x) / m.eye_half
    up = y - m.eye_tilt * (side - m.eye_x)
    arc = np.clip(1 - along * along, 0, 1)
    low = -m.lid_low * arc * (1 + 0.25 * along)
    high = np.maximum(m.lid_up * arc**0.72 * (1 - 0.14 * along), low)
    return along, up, high, low


def close_lids(c: Canvas, m: Landmarks) -> None:
    """Lay the lids over the eyeball and cut the opening between them."""
    near = c.rows(-0.2, 0.2)
    side, y = c.side[near], c.y[near]
    along, up, high, low = lid_curves(m, side, y)
    wide, tall, deep = (half + 0.014 for half in EYEBALL)
    ball = 1 - ((side - m.eye_x) / wide) ** 2 - (y / tall) ** 2
    over = m.eye_z + deep * np.sqrt(np.maximum(ball, 0)) - c.z[near]
    soft = 0.5 * (over + np.sqrt(over * over + 0.012**2)) * ramp(0.02, 0.55, ball)
    crease_y = 0.75 * max(m.lid_up, 0.3 * m.lid_relaxed) + 0.045
    crease = (up - crease_y * np.clip(1 - 0.75 * along * along, 0, 1)) / 0.014
    c.z[near] += soft - 0.007 * bell(crease) * ramp(1.1, 0.7, np.abs(along))
    c.hole[near] = (up < high) * (up > low) * (np.abs(along) < 1)
