"""A film for Chromium's fake camera: people who do not exist, standing before it in turn."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT, RATE = 480, 360, 30  # pixels; pictures a second, as Chromium plays such files
FACE = 240  # pixels of a portrait before the wall

# True once the camera of the page shows something; a click before that takes nothing.
LIVE = "document.querySelector('video')?.readyState >= 2"

Pictures = Sequence[NDArray[np.uint8]]


def still(portrait: NDArray[np.uint8]) -> Image.Image:
    """Somebody before a grey wall."""
    wall = Image.new("RGB", (WIDTH, HEIGHT), (132, 134, 138))
    face = Image.fromarray(portrait).resize((FACE, FACE), Image.Resampling.LANCZOS)
    wall.paste(face, ((WIDTH - FACE) // 2, (HEIGHT - FACE) // 2))
    return wall


def jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def shoot(path: Path, portraits: Pictures, seconds: int) -> Path:
    """Write a film in which each of them stands for so long; Chromium plays it again and again."""
    frames = [jpeg(still(portrait)) for portrait in portraits]
    path.write_bytes(b"".join(frame * (RATE * seconds) for frame in frames))
    return path


def flags(film: Path) -> list[str]:
    """With which Chromium plays the film as its camera, and does not ask."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
