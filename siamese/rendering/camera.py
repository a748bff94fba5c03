"""The camera: turns surfaces, light and a lens into a picture."""

import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from siamese.rendering.identity import Scene
from siamese.rendering.surfaces import Array, Cells, Surface, dot, grain, lowpass, ramp, unit, xyz

DISTANCE = 7.5  # of the camera from the middle of the head
UNIT = 0.46  # size of one unit in the picture, as a share of its width
FINENESS = 2  # rays per pixel and direction
GAP = 4  # cells between points of the skin that still count as closed
HOLLOW = 0.08  # so far behind its surroundings, a cell is a hole
HEAD_CENTRE = np.array([0, 0.05, -0.05], np.float32)
PIVOT = np.array([0, -0.35, -0.1], np.float32)  # where the head turns on the neck
EMPTY = -9.0  # depth of the backdrop
SKIN_WRAP = xyz(0.26, 0.14, 0.10)  # light that bleeds past the edge of the shadow, red most
PLAIN_WRAP = xyz(0.12, 0.12, 0.12)
WINDOW = unit(xyz(0.35, 0.62, 0.9))


def rotation(yaw: float, pitch: float, roll: float) -> Array:
    """Turn of the head as a (3, 3) matrix; angles in degrees."""
    angles = np.radians([yaw, pitch, roll])
    (a, b, c), (s, t, u) = np.cos(angles), np.sin(angles)
    about_z = np.array([[c, -u, 0], [u, c, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, b, -t], [0, t, b]])
    about_y = np.array([[a, 0, s], [0, 1, 0], [-s, 0, a]])
    result: Array = (about_z @ about_x @ about_y).astype(np.float32)
    return result


@dataclass(frozen=True, eq=False)
class Light:
    """The lamp of a scene and the light from all around it."""

    direction: Array  # (3,), towards the lamp
    colour: Array  # (3,), of the lamp
    ambient: float

    @classmethod
    def of(cls, scene: Scene) -> "Light":
        azimuth, elevation = math.radians(scene.light_azimuth), math.radians(scene.light_elevation)
        level = math.cos(elevation)
        towards = xyz(math.sin(azimuth) * level, math.sin(elevation), math.cos(azimuth) * level)
        warm = xyz(1 + 0.15 * scene.light_warmth, 1, 1 - 0.25 * scene.light_warmth)
        return cls(towards, warm * scene.light_strength, scene.ambient)

    def around(self, normal: Array, openness: Array) -> Array:
        """Light from all around, cool from above and warm from the ground (N, 3)."""
        ground, sky = xyz(0.58, 0.50, 0.46), xyz(0.88, 0.93, 1.0)
        amount = (0.85 + 0.20 * normal[:, 2]) * openness * self.ambient
        above = (0.5 + 0.5 * normal[:, 1])[:, None]
        result: Array = (ground + (sky - ground) * above) * amount[:, None]
        return result


def shadow(points: Array, light: Array, asked: Array) -> Array:
    """How much of the light reaches the points `asked`, 0 to 1, past the cloud `points`.

    An exponential shadow map: soft at its edges (Annen and others, 2008).
    """
    cells, hardness = 80, np.float32(11)
    across = unit(np.cross([0, 1, 0], light).astype(np.float32))
    axes = np.stack([across, np.cross(light, across), light], 1).astype(np.float32)
    seen, asked = points @ axes, asked @ axes

    def cell(where: Array, size: int) -> Cells:
        at = np.clip((where[:, :2] * (size / 3.6) + size // 2).astype(np.int32), 0, size - 1)
        return at[:, 0] + at[:, 1] * size

    nearest = np.full(cells * cells, -2, np.float32)
    np.maximum.at(nearest, cell(seen, cells), seen[:, 2])
    blocked = np.exp(-hardness * (nearest - 0.05)).reshape(cells, cells)
    blocked = lowpass(lowpass(blocked, 2, 1), 1, 2).ravel()
    return np.clip(np.exp(hardness * asked[:, 2]) * blocked[cell(asked, 2 * cells)], 0, 1)


def shade(s: Surface, light: Light, lit: Array, centre: Array) -> Array:
    """Colour (N, 3), in linear light, of points of which the share `lit` is not in shadow."""
    view = unit(xyz(0, 0, DISTANCE) - s.points)
    half = unit(view + light.direction)
    if s.material == "hair":
        return shade_hair(s, light, lit, centre, half)
    normal = np.where((dot(s.normals, view) < 0)[:, None], -s.normals, s.normals)
    facing, mirrored = normal @ light.direction, np.clip(dot(normal, half), 0, 1)
    lit = lit + (1 - lit) * ramp(0.35, 0.0, facing)  # grazing light is dim enough by itself
    wrap = SKIN_WRAP if s.material == "skin" else PLAIN_WRAP
    direct = np.clip((facing[:, None] + wrap) / (1 + wrap), 0, 1)
    direct = direct * ((0.06 + 0.94 * lit) * (0.45 + 0.55 * s.openness))[:, None]
    matt: Array = s.colour * (light.around(normal, s.openness) + 0.95 * direct * light.colour)
    if s.material == "eye":  # wet: the lamp and a window are mirrored in it
        window = 0.5 * light.ambient * np.clip(normal @ WINDOW, 0, 1) ** 220
        spark = 1.5 * mirrored**320 * (0.3 + 0.7 * lit)
        return np.asarray(matt + spark[:, None] * light.colour + window[:, None])
    rim = (1 - np.clip(dot(normal, view), 0, 1)) ** 4 * np.clip(facing, 0, 1)
    shine = s.gloss * (mirrored**14 + 0.6 * mirrored**48 + 0.5 * rim) * lit
    return np.asarray(matt + shine[:, None] * light.colour)


def shade_hair(s: Surface, light: Light, lit: Array, centre: Array, half: Array) -> Array:
    """Strands mirror light in a cone around themselves (Kajiya and Kay, 1989)."""
    out = unit(s.points - centre)

    def across(direction: Array) -> Array:
        """Sine of the angle between strand and direction."""
        cosine = dot(s.normals, direction)
        return np.asarray(np.sqrt(np.clip(1 - cosine * cosine, 0, 1)))

    free = lit * s.openness
    facing = np.clip((out @ light.direction + 0.35) / 1.35, 0, 1)
    matt = (0.35 + 0.65 * across(light.direction[None])) * (0.15 * s.openness + 0.85 * free)
    ring = across(half)
    lamp = (facing * (0.95 * matt + 0.55 * ring**14 * free))[:, None] * light.colour
    white = (0.045 * facing * ring**60 * free)[:, None] * light.colour
    result: Array = s.colour * (light.around(out, s.openness) + lamp) + white
    return result


def photograph(parts: list[Surface], body: Surface, scene: Scene, size: int) -> Image.Image:
    """A picture of the parts of a head, which the camera turns, and of a body, already posed."""
    fine, turn = size * FINENESS, rotation(scene.yaw, scene.pitch, scene.roll)
    head = np.concatenate([part.points for part in parts])
    points = np.concatenate([head @ turn.T + (PIVOT - PIVOT @ turn.T), body.points])
    surfaces = [*parts, body]
    index, cell = projected(points, scene, fine)
    skin = np.repeat([s.material == "skin" for s in surfaces], [len(s.points) for s in surfaces])
    z, skin = points[index, 2], skin[index]
    depth, lid = nearest(cell, z, fine), closed(nearest(cell[skin], z[skin], fine))
    front = z > depth.ravel()[cell] - 0.02
    index, cell = index[front], cell[front]
    seen = picked(surfaces, index, points, turn)
    light = Light.of(scene)
    centre = (HEAD_CENTRE - PIVOT) @ turn.T + PIVOT
    lit = shadow(
        points[::3],
        light.direction,
        np.concatenate([shadow_probe(s, light.direction, centre) for s in seen]),
    )
    ends = np.cumsum([len(s.points) for s in seen])[:-1]
    colours = [
        shade(s, light, share, centre) for s, share in zip(seen, np.split(lit, ends), strict=True)
    ]
    picture = gather(np.concatenate(colours), cell, fine)
    fill(picture, depth, lid)
    return develop(picture, depth, scene, size)


def picked(surfaces: list[Surface], index: Cells, points: Array, turn: Array) -> list[Surface]:
    """What can be seen of each surface, posed; all but the last turn with the head."""
    starts = np.cumsum([0] + [len(s.points) for s in surfaces])
    cuts, seen = np.searchsorted(index, starts), []
    for s, start, a, b in zip(surfaces, starts, cuts, cuts[1:], strict=False):
        part = s.part(index[a:b] - start)
        normals = part.normals if s is surfaces[-1] else part.normals @ turn.T
        seen.append(replace(part, points=points[index[a:b]], normals=normals))
    return seen


def shadow_probe(s: Surface, light: Array, centre: Array) -> Array:
    """Points a little above the surface, more in grazing light: none shall shade itself."""
    normal = unit(s.points - centre) if s.material == "hair" else s.normals
    facing = np.clip(normal @ light, 0, 1)
    return s.points + normal * (0.13 - 0.09 * facing)[:, None]


def projected(points: Array, scene: Scene, fine: int) -> tuple[Cells, Cells]:
    """Indices of the points that fall into the picture, and their cells in it."""
    scale = (UNIT * fine * scene.zoom * DISTANCE) / (DISTANCE - points[:, 2])
    column = (fine * (0.5 + scene.shift_x) + scale * points[:, 0]).astype(np.int32)
    row = (fine * (0.50 + scene.shift_y) - scale * points[:, 1]).astype(np.int32)
    index = np.flatnonzero((column >= 0) & (column < fine) & (row >= 0) & (row < fine))
    return index, row[index] * fine + column[index]


def nearest(cell: Cells, z: Array, fine: int) -> Array:
    """Depth of the picture (fine, fine): in each cell that of the point nearest to the camera."""
    depth = np.full(fine * fine, EMPTY, np.float32)
    np.maximum.at(depth, cell, z)
    return depth.reshape(fine, fine)


def closed(depth: Array) -> Array:
    """The depth of a surface with all gaps closed that are at most `GAP` cells wide (grey closing,
    Serra 1982)."""
    field = np.pad(depth, GAP, "edge")
    for outermost in (np.maximum, np.minimum):
        for _ in range(GAP // 2):
            rows = outermost(outermost(field[:-2], field[1:-1]), field[2:])
            field = outermost(outermost(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return field


def gather(rgb: Array, cell: Cells, fine: int) -> Array:
    """Mean colour per cell (fine, fine, 3)."""
    count = np.maximum(np.bincount(cell, minlength=fine * fine), 1)
    channels = [np.bincount(cell, c, fine * fine) / count for c in rgb.T]
    picture: Array = np.stack(channels, -1).astype(np.float32).reshape(fine, fine, 3)
    return picture


def fill(picture: Array, depth: Array, lid: Array) -> None:
    """Close pinholes in place: cells that lie behind most of their neighbours, or behind the closed
    skin (`lid`), take after the neighbours in front of them."""
    around = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    fine = len(depth)
    for _ in range(GAP // 2):
        rim = np.maximum(depth + HOLLOW, (depth + lid) / 2)  # what lies before it is in front
        edge = np.pad(depth, 1, "edge")
        votes = np.zeros((fine, fine), np.int8)
        for a, b in around:
            votes += edge[1 + a : 1 + a + fine, 1 + b : 1 + b + fine] > rim
        r, c = np.nonzero((votes >= 5) | (lid > depth + HOLLOW) & (votes > 0))
        total: Array = np.full(len(r), 1e-6, np.float32)
        colour: Array = np.zeros((len(r), 3), np.float32)
        deep: Array = np.zeros(len(r), np.float32)
        for a, b in around:
            rr, cc = np.clip(r + a, 0, fine - 1), np.clip(c + b, 0, fine - 1)
            w = (depth[rr, cc] > rim[r, c]).astype(np.float32)
            total, colour = total + w, colour + w[:, None] * picture[rr, cc]
            deep = deep + w * depth[rr, cc]
        picture[r, c], depth[r, c] = colour / total[:, None], deep / total


def develop(picture: Array, depth: Array, scene: Scene, size: int) -> Image.Image:
    """Backdrop, exposure, tone curve, blur and noise."""
    cover = (depth > EMPTY).astype(np.float32)[..., None]

    def shrink(field: Array) -> Array:
        return np.asarray(field.reshape(size, FINENESS, size, FINENESS, -1).mean((1, 3)))

    picture, cover = shrink(picture * cover), shrink(cover)
    # automatic exposure, half-hearted
    picture = picture * (0.22 / (picture.sum() / (3 * cover.sum()) + 0.01)) ** 0.55
    picture = (picture + (1 - cover) * backdrop(scene, size)) * 2**scene.exposure
    picture = np.clip(picture * (1 + 0.10 * picture) / (1 + 0.25 * picture), 0, 1) ** (1 / 2.2)
    rng = np.random.default_rng([scene.seed, 12])
    noisy = picture + rng.standard_normal(picture.shape, np.float32) * scene.noise
    image = Image.fromarray((np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(scene.blur * size / 112)) if scene.blur else image


def backdrop(scene: Scene, size: int) -> Array:
    """An uneven wall, out of focus (size, size, 3)."""
    rng = np.random.default_rng([scene.seed, 13])
    wall = 1 + 0.20 * grain(rng, (3, 3), (size, size)) + 0.06 * grain(rng, (7, 7), (size, size))
    hue = rng.uniform(0.7, 1.3, 3)
    return (np.clip(scene.background * wall, 0.01, 1)[..., None] ** 1.8 * hue).astype(np.float32)
