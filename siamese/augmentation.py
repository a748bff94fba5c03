"""Tensor batch → tensor batch, slightly changed: what a camera might have done to the same face.

Each change is one call for the whole batch with its own draw for each picture. Two are drawn for
each *person* instead: a mirrored or a wider face is somebody else's, and so the net meets more
people than there are. All chance comes from the generator that is handed in.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

TURN = 12.0  # degrees
ZOOM = 0.12  # ± share of the size
SHIFT = 0.06  # ± share of the width
STRETCH = 0.12  # ± share, width against height; one draw for each person
LIGHT = 0.3  # ± share of the contrast, and of the full range for brightness, halved
GRADIENT = 0.5  # light from one side: change of brightness from edge to edge
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


def affine(pictures: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Turn, zoom and shift pictures, stretch people; what comes in repeats the edge."""
    count = len(pictures)
    turn = math.radians(TURN) * spread(count, generator)
    zoom = 1 + ZOOM * spread(count, generator)
    stretch = 1 + STRETCH * for_each_person(labels, generator)
    cos, sin = turn.cos() * zoom, turn.sin() * zoom
    x, y = (2 * SHIFT * spread(count, generator) for _ in range(2))
    rows = torch.stack([cos * stretch, -sin, x, sin, cos / stretch, y], 1).view(count, 2, 3)
    grid = functional.affine_grid(rows, list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def light(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Contrast, brightness and a ramp of light across the picture in a random direction."""
    count, _, height, width = pictures.shape
    contrast = (1 + LIGHT * spread(count, generator))[:, None, None, None]
    brightness = (LIGHT / 2 * spread(count, generator))[:, None, None, None]
    angle = math.pi * spread(count, generator)
    slope = GRADIENT * torch.rand(count, generator=generator)
    x, y = torch.linspace(-0.5, 0.5, width), torch.linspace(-0.5, 0.5, height)
    across, down = (slope * angle.cos())[:, None, None], (slope * angle.sin())[:, None, None]
    ramp = 1 + (across * x + down * y[:, None])[:, None]  # (B, 1, H, W)
    middle = pictures.mean((1, 2, 3), keepdim=True)
    return (((pictures - middle) * contrast + middle) * ramp + brightness).clamp(0, 1)


def erase(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Paint a grey patch over half of the pictures, so that no single feature is relied on.

    Zhong et al. 2017, 'Random erasing data augmentation'.
    """
    count, _, height, width = pictures.shape
    x, y, w, h = torch.rand(4, count, 1, generator=generator)
    chosen = (torch.rand(count, 1, generator=generator) < 0.5) * ERASED
    columns = (torch.linspace(0, 1, width) - x).abs() < w * chosen / 2  # (B, W)
    rows = (torch.linspace(0, 1, height) - y).abs() < h * chosen / 2  # (B, H)
    patch = rows[:, None, :, None] & columns[:, None, None, :]
    return torch.where(patch, 0.5, pictures)


def augment(pictures: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Float pictures (B, C, H, W) in [0, 1] of people (B,) → photographed a bit differently."""
    pictures = affine(flip(pictures, labels, generator), labels, generator)
    return erase(light(pictures, generator), generator)
