"""Tensor batch → tensor batch, slightly changed: what a camera might have done to the same face.

Each change is one call for the whole batch with its own draw for each picture. Two are drawn for
each *person* instead: a mirrored or a wider face is somebody else's, and so the net meets more
people than there are. All chance comes from the generator that is handed in.
"""

import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

TURN = 12.0  # degrees
ZOOM = 0.12  # ± share of the size
SHIFT = 0.06  # ± share of the width
YAW, PITCH = 10.0, 7.0  # degrees, deviations of the turns of a head, left to right and up to down
STRETCH = 0.12  # ± share, width against height; one draw for each person
LIGHT = 0.3  # ± share of the contrast, and of the full range for brightness, halved
GRADIENT = 0.5  # light from one side: change of brightness from edge to edge
COARSE = (20, 56)  # pixels a side of a picture from a bad camera
GAMMA = 0.35  # ± natural logarithm of the exponent
NOISE = 0.05  # largest deviation, as a share of the full range
BLENDED = 0.5  # largest share of somebody else in a face
ERASED = 0.45  # largest side of the patch that is painted over, as a share of the width


def spread(count: int, generator: torch.Generator) -> Tensor:
    """Uniform numbers in [−1, 1), one for each picture."""
    return 2 * torch.rand(count, generator=generator) - 1  # (B,)


def for_each_person(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Uniform numbers in [−1, 1), one for each person: the same on all pictures of a label (B,)."""
    people, person = labels.unique(return_inverse=True)
    return spread(len(people), generator)[person]  # (B,)


def flip(pictures: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Left and right change places in all pictures of half of the people."""
    chosen = for_each_person(labels, generator) < 0
    return torch.where(chosen[:, None, None, None], pictures.flip(-1), pictures)


def centres(count: int) -> Tensor:
    """Middles of so many pixels in a row, from −1 at its one edge to 1 at the other, (count,)."""
    return (torch.arange(count) + 0.5) * 2 / count - 1


def column(values: Tensor) -> Tensor:
    """(B,) → (B, 1, 1)."""
    return values[:, None, None]


def relief(x: Tensor, y: Tensor) -> Tensor:
    """How far a face stands out of the picture at these places of an aligned crop, in halves of its
    width, from the plane of the eyes and the mouth on: an egg with a nose, one for everybody."""
    egg = 0.75 * (1 - (x / 0.95) ** 2 - ((y - 0.05) / 1.3) ** 2).clamp(min=0.02).sqrt()
    nose = 0.25 * torch.exp(-((x / 0.13) ** 2) - ((y - 0.2) / 0.22) ** 2)
    return egg + nose - 0.62


def turned(columns: Tensor, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Places (B, H, W) to take pixels from, as if each head had turned a little.

    Masi et al. 2016, 'Do we really need to collect millions of faces?', render faces anew on a
    solid head; for a few degrees a relief will do, and costs next to nothing.
    """
    across, down = torch.randn(2, len(columns), generator=generator).clamp(-2, 2)
    yaw, pitch = column(math.radians(YAW) * across), column(math.radians(PITCH) * down)
    out = relief(columns, rows)
    return (columns - out * yaw.sin()) / yaw.cos(), (rows - out * pitch.sin()) / pitch.cos()


def affine(
    pictures: Tensor, labels: Tensor, generator: torch.Generator, heads: bool = False
) -> Tensor:
    """Turn, zoom and shift pictures, stretch people; what comes in repeats the edge. With `heads`,
    the heads turn, too, for which faces have to be aligned."""
    count = len(pictures)
    turn = math.radians(TURN) * spread(count, generator)
    zoom = 1 + ZOOM * spread(count, generator)
    stretch = 1 + STRETCH * for_each_person(labels, generator)
    cos, sin = turn.cos() * zoom, turn.sin() * zoom
    right, low = (2 * SHIFT * spread(count, generator) for _ in range(2))
    # Where each pixel is taken from. functional.affine_grid says the same, five times as slowly.
    matrix = torch.stack([cos * stretch, -sin, right, sin, cos / stretch, low], 1)  # (B, 6)
    grid = by_places(matrix, *pictures.shape[-2:])
    if heads:
        columns, rows = grid.movedim(-1, 0).contiguous()
        grid = torch.stack(turned(columns, rows, generator), -1)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def by_places(matrix: Tensor, height: int, width: int) -> Tensor:
    """Matrices (B, 6), by rows, times the middles (x, y, 1) of all pixels → (B, H, W, 2)."""
    x, y = centres(width).expand(height, -1), centres(height)[:, None].expand(-1, width)
    middles = torch.stack([x, y, torch.ones(height, width)])  # (3, H, W)
    basis = torch.zeros(2, 3, height, width, 2)
    basis[0, ..., 0] = basis[1, ..., 1] = middles
    return (matrix @ basis.view(6, -1)).view(-1, height, width, 2)


def light(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Contrast, brightness and a ramp of light across the picture in a random direction."""
    count, _, height, width = pictures.shape
    contrast = (1 + LIGHT * spread(count, generator))[:, None, None, None]
    brightness = (LIGHT / 2 * spread(count, generator))[:, None, None, None]
    angle = math.pi * spread(count, generator)
    slope = GRADIENT * torch.rand(count, generator=generator)
    x, y = torch.linspace(-0.5, 0.5, width), torch.linspace(-0.5, 0.5, height)
    across, down = column(slope * angle.cos()), column(slope * angle.sin())
    ramp = (across * x + (1 + down * y[:, None]))[:, None]  # (B, 1, H, W)
    middle = pictures.mean((1, 2, 3), keepdim=True)
    changed = torch.addcmul(middle * (1 - contrast), pictures, contrast)
    return changed.mul_(ramp).add_(brightness).clamp_(0, 1)


def erase(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Paint a grey patch over half of the pictures, so that no single feature is relied on.

    Zhong et al. 2017, 'Random erasing data augmentation'.
    """
    count, _, height, width = pictures.shape
    x, y, w, h = torch.rand(4, count, 1, generator=generator)
    chosen = (torch.rand(count, 1, generator=generator) < 0.5) * ERASED
    columns = (torch.linspace(0, 1, width) - x).abs() < w * chosen / 2  # (B, W)
    rows = (torch.linspace(0, 1, height) - y).abs() < h * chosen / 2  # (B, H)
    patch = rows[:, None, :, None].float() * columns[:, None, None, :]  # (B, 1, H, W)
    return pictures.lerp(torch.tensor(0.5), patch)


def worsen(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """What bad cameras do: a quarter of the pictures blurred by a low resolution, all with another
    gamma, a third with noise."""
    count, _, *size = pictures.shape
    blurred, noisy = torch.rand(2, count, 1, 1, 1, generator=generator)
    side = int(torch.randint(*COARSE, (1,), generator=generator))
    coarse = functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
    coarse = functional.interpolate(coarse, size, mode="bilinear")
    pictures = torch.where(blurred < 0.25, coarse, pictures)
    gamma = torch.exp(GAMMA * spread(count, generator))[:, None, None, None]
    strength = NOISE * torch.rand(count, 1, 1, 1, generator=generator) * (noisy < 0.3)
    noise = torch.randn(pictures.shape, generator=generator)
    changed: Tensor = pictures.clamp(1e-3, 1) ** gamma + strength * noise
    return changed.clamp(0, 1)


def blend(pictures: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the people get up to `BLENDED` of somebody else's face: other people than there are.

    Like Zhang et al. 2018, 'mixup', but with one partner and one share for all pictures of a
    person, who so remains one person. Faces have to be aligned for it.
    """
    people, person = labels.unique(return_inverse=True)
    count = len(people)
    partner = torch.randperm(count, generator=generator)[person]  # (B,)
    chosen = torch.rand(count, generator=generator) < 0.5
    share = (BLENDED * torch.rand(count, generator=generator) * chosen)[person]  # (B,)
    lot = torch.rand(len(labels), len(labels), generator=generator)
    other = lot.masked_fill(person[None] != partner[:, None], -1).argmax(1)  # a picture of theirs
    return torch.lerp(pictures, pictures[other], share[:, None, None, None])


def augment(
    pictures: Tensor,
    labels: Tensor,
    generator: torch.Generator,
    strong_augmentation: bool = False,
    blending: bool = False,
) -> Tensor:
    """Float pictures (B, C, H, W) in [0, 1] of people (B,) → photographed a bit differently.

    `blending` makes other people of half of them. `strong_augmentation` does so, too, and changes
    all more: for many aligned faces and many steps.
    """
    pictures = flip(pictures, labels, generator)
    if strong_augmentation or blending:
        pictures = blend(pictures, labels, generator)
    pictures = affine(pictures, labels, generator, strong_augmentation)
    pictures = erase(light(pictures, generator), generator)
    return worsen(pictures, generator) if strong_augmentation else pictures


# What the tutorial does to the pictures of a person who enrols, each within these limits.
BRIGHTER = 0.02  # ± share of the full range
CONTRAST = (0.6, 1.0)
SATURATION = (0.9, 1.0)
QUALITY = (90, 100)  # of JPEG


def variants(
    picture: NDArray[np.uint8], count: int, generator: torch.Generator
) -> NDArray[np.uint8]:
    """One picture (H, W, 3) → `count` of it (count, H, W, 3), each with a little other light,
    contrast and colour, compressed again, and every other one in the mirror: the tutorial's way to
    make ten pictures of a face out of one."""
    return np.stack([_variant(picture, generator) for _ in range(count)])


def _variant(picture: NDArray[np.uint8], generator: torch.Generator) -> NDArray[np.uint8]:
    from siamese.vision import v2

    change = v2.functional
    light, contrast, colour, quality, mirror = torch.rand(5, generator=generator).tolist()
    pixels = torch.tensor(picture).permute(2, 0, 1).float() / 255  # (3, H, W)
    pixels = (pixels + BRIGHTER * (2 * light - 1)).clamp(0, 1)
    pixels = change.adjust_contrast(pixels, between(CONTRAST, contrast))
    pixels = change.adjust_saturation(pixels, between(SATURATION, colour))
    if mirror < 0.5:
        pixels = change.horizontal_flip(pixels)
    changed = (255 * pixels).round().to(torch.uint8).permute(1, 2, 0).numpy()
    return compressed(changed, round(between(QUALITY, quality)))


def between(limits: tuple[float, float], share: float) -> float:
    low, high = limits
    return low + share * (high - low)


def compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Through JPEG and back. By Pillow: torchvision's own needs its compiled operators."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))
