"""Picture → the same picture, spoilt on purpose: how much of it does a verifier need?"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]

LIMITS = {"grey": (0.0, 1.0), "blur": (0.0, 8.0), "crop": (0.0, 0.6), "light": (-2.0, 2.0)}
GREY = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look; ITU-R BT.601


@dataclass(frozen=True)
class Damage:
    """What is done to a picture; nothing by default. ValueError beyond `LIMITS`."""

    grey: float = 0.0  # share of the colour that is taken away
    blur: float = 0.0  # deviation of the Gaussian bell that every point becomes, in pixels
    crop: float = 0.0  # share of the width and height that is cut off, half on either side
    light: float = 0.0  # stops: each doubles or halves the numbers of all pixels
    mirror: bool = False  # left and right change places

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}, and {low} to {high} are meant.")

    @property
    def nothing(self) -> bool:
        return all(getattr(self, field.name) == field.default for field in fields(self))


def damage(picture: Pixels, how: Damage) -> Pixels:
    """A picture (H, W, 3), cropped, mirrored, lit, blurred, greyed, in this order: (H, W, 3)."""
    height, width, _ = picture.shape
    image = Image.fromarray(picture)
    if how.crop:
        x, y = how.crop * width / 2, how.crop * height / 2
        inner = (x, y, width - x, height - y)
        image = image.resize((width, height), Image.Resampling.BILINEAR, box=inner)
    if how.mirror:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(image, np.float64)
    if how.light:
        pixels = np.clip(pixels * 2**how.light, 0, 255)
    if how.blur:
        blurred = Image.fromarray(rounded(pixels)).filter(ImageFilter.GaussianBlur(how.blur))
        pixels = np.asarray(blurred, np.float64)
    if how.grey:
        pixels = pixels + how.grey * ((pixels @ GREY)[..., None] - pixels)
    return rounded(pixels)


def rounded(pixels: NDArray[np.float64]) -> Pixels:
    return np.asarray((pixels + 0.5).astype(np.uint8))
