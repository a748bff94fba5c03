"""Small tools for points in space: surfaces made of coloured points, and smooth functions.

Coordinates: x to the right, y up, z towards the camera.  The pupils lie at y = 0, the chin near
y = -1 and the crown at y = 1, so one unit is about 11 cm.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Cells = NDArray[np.intp]  # numbers of points or of places in a picture


@dataclass(frozen=True, eq=False)
class Surface:
    """A cloud of N points that is dense enough to look closed."""

    points: Array  # (N, 3)
    normals: Array  # (N, 3), out of the surface; along the strand if `material` is hair
    colour: Array  # (N, 3), linear light
    gloss: Array  # (N,), share of light that is mirrored
    openness: Array  # (N,), 1 = free, 0 = deep in a fold
    material: str = "skin"  # skin, hair, eye or plain

    def part(self, index: Cells) -> "Surface":
        """Only the points of these numbers."""
        return Surface(
            self.points[index], self.normals[index], self.colour[index],
            self.gloss[index], self.openness[index], self.material,
        )  # fmt: skip


def sheet(
    points: Array,
    colour: Array,
    gloss: Array | float = 0.0,
    openness: Array | float = 1.0,
    material: str = "plain",
    keep: NDArray[np.bool_] | None = None,
) -> Surface:
    """A surface from a grid of points (rows, columns, 3); `keep` leaves holes."""

    def flat(values: Array | float, *deep: int) -> Array:
        return np.broadcast_to(np.float32(values), (*points.shape[:2], *deep)).reshape(-1, *deep)

    whole = Surface(
        flat(points, 3), flat(grid_normals(points), 3), flat(colour, 3),
        flat(gloss), flat(openness), material,
    )  # fmt: skip
    return whole if keep is None else whole.part(np.flatnonzero(keep))


def stops(points: Array, axis: int, most: float) -> Array:
    """Places along an axis of a grid of points (R, C, 3): the numbers of all its rows or columns,
    and as many between two of them as bring nearly all neighbours within `most` of each other."""
    some = points[:, ::8] if axis == 0 else points[::8]
    gaps = np.linalg.norm(np.diff(some, axis=axis), axis=-1)
    parts = np.ceil(np.quantile(gaps, 0.95, axis=1 - axis) / most).astype(int).clip(1)
    first = np.cumsum(parts) - parts  # of the places from one row or column to the next
    between = (np.arange(parts.sum()) - first.repeat(parts)) / parts.repeat(parts)
    numbers = np.arange(len(parts)).repeat(parts) + between
    return np.append(numbers, len(parts)).astype(np.float32)


def at_stops(field: Array, rows: Array, columns: Array) -> Array:
    """A grid (R, C) or (R, C, K) read at `stops`, between its points along straight lines."""
    for axis, places in enumerate((rows, columns)):
        low = np.minimum(places.astype(int), field.shape[axis] - 2)
        share = (places - low).reshape(-1, *[1] * (field.ndim - 1 - axis))
        one, other = field.take(low, axis), field.take(low + 1, axis)
        field = one + share * (other - one)
    return field


def linear(*rgb: float) -> Array:
    """Screen colour (0 to 255) as linear light (0 to 1)."""
    return ((np.array(rgb) / 255) ** 2.2).astype(np.float32)


def ramp(low: float, high: float, x: Array) -> Array:
    """Smooth step from 0 at `low` to 1 at `high`; falls instead where `low` exceeds `high`."""
    t = np.clip((x - low) * (1 / (high - low)), 0, 1)
    result: Array = t * t * (3 - 2 * t)
    return result


def bell(x: Array) -> Array:
    """Gaussian: 1 at 0, 0.37 at ±1."""
    result: Array = np.exp(-x * x)
    return result


def line(x: Array, at: list[float], values: list[float]) -> Array:
    """Straight lines through the points (at, values)."""
    return np.interp(x, at, values).astype(np.float32)


def dot(a: Array, b: Array) -> Array:
    result: Array = np.einsum("...i,...i->...", a, b)
    return result


def unit(a: Array) -> Array:
    """Vectors brought to length 1."""
    result: Array = a * (1 / np.sqrt(dot(a, a) + 1e-12))[..., None]
    return result


def xyz(x: Array | float, y: Array | float, z: Array | float) -> Array:
    """Three numbers or grids stacked to points or colours (..., 3)."""
    return np.stack(np.broadcast_arrays(x, y, z), -1).astype(np.float32)


def mesh(rows: Array, columns: Array) -> tuple[Array, Array]:
    """A column (R, 1) and a row (1, C) that span a grid."""
    return rows.astype(np.float32)[:, None], columns.astype(np.float32)[None]


def spread(low: float, high: float, count: float) -> Array:
    """Evenly spaced numbers from `low` to `high`; the count is rounded down."""
    return np.linspace(low, high, int(count), dtype=np.float32)


def spline(knots: Array, at: Array) -> Array:
    """Cubic Hermite curve through evenly spaced knots (K, D), at positions 0 to 1 (N,): (N, D)."""
    x = at * (len(knots) - 1)
    j = np.minimum(x.astype(int), len(knots) - 2)
    f, slope = (x - j)[:, None], np.gradient(knots, axis=0)
    curve: Array = (
        (1 + 2 * f) * (1 - f) ** 2 * knots[j] + f * (1 - f) ** 2 * slope[j]
        + f * f * (3 - 2 * f) * knots[j + 1] + f * f * (f - 1) * slope[j + 1]
    )  # fmt: skip
    return curve.astype(np.float32)


def grid_normals(points: Array) -> Array:
    """Normals of a grid whose rows run down and whose columns run to the right, from outside."""
    down, right = np.empty_like(points), np.empty_like(points)
    down[1:-1] = points[2:] - points[:-2]
    down[0], down[-1] = points[1] - points[0], points[-1] - points[-2]
    right[:, 1:-1] = points[:, 2:] - points[:, :-2]
    right[:, 0], right[:, -1] = points[:, 1] - points[:, 0], points[:, -1] - points[:, -2]
    ax, ay, az = down[..., 0], down[..., 1], down[..., 2]
    bx, by, bz = right[..., 0], right[..., 1], right[..., 2]
    return unit(np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1))


@lru_cache(maxsize=64)
def _blend(few: int, many: int) -> Array:
    """Weights (many, few) that draw a smooth line, a cubic B-spline, through few values."""
    place = (np.arange(many) + 0.5) * few / many - 0.5
    away = np.abs(place[:, None] - np.arange(few))
    near, far = 2 / 3 - away**2 + away**3 / 2, np.maximum(2 - away, 0) ** 3 / 6
    weights = np.where(away < 1, near, far)
    result: Array = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return result


def enlarged(field: Array, rows: int, columns: int) -> Array:
    """A small field (r, c) as a smooth large one (rows, columns)."""
    return _blend(field.shape[0], rows) @ field @ _blend(field.shape[1], columns).T


def grain(rng: np.random.Generator, cells: tuple[int, int], shape: tuple[int, ...]) -> Array:
    """Smooth random field of about ±1 with so many (rows, columns) of blotches."""
    return 1.6 * enlarged(rng.standard_normal(cells, np.float32), shape[0], shape[1])


def lowpass(field: Array, cell: int, grow: int = 1) -> Array:
    """Mean over cells of so many points, smoothly enlarged to `grow` times the old size."""
    rows, columns = field.shape[0] // cell, field.shape[1] // cell
    small = field[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell).mean((1, 3))
    return enlarged(small, field.shape[0] * grow, field.shape[1] * grow)


def paint(canvas: Array, mask: Array, colour: Array) -> None:
    """Blend a colour (3,) or picture (R, C, 3) into the canvas as much as the mask (R, C) says."""
    rows = np.flatnonzero(mask.max(1) > 1e-3)
    if len(rows):
        part = slice(rows[0], rows[-1] + 1)
        wanted = colour[part] if colour.ndim == 3 else colour
        canvas[part] += mask[part, :, None] * (wanted - canvas[part])
