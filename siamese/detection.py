"""Picture → faces with box, score and five landmarks; photos → portraits, close crops.

What looks like a face is told by `yunet`, which way up it is by `righting`, and `alignment` cuts it
out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from siamese.alignment import CLOSE, PORTRAIT, align, portrait, roll, similarity
from siamese.datasets import FOUND
from siamese.images import REDUCED, PictureError, open_picture
from siamese.righting import LIES, SCORE, SURE, placed, righted
from siamese.yunet import Face, Floats, packaged, search, weights

__all__ = [
    "CLOSE", "FINER", "LONGEST", "PORTRAIT", "TINY", "Face", "NoFaceError", "align", "as_portrait",
    "close", "detect", "find", "packaged", "portrait", "roll", "several", "similarity", "warnings",
    "weights",
]  # fmt: skip

LONGEST = 640  # pixels; what is larger is searched smaller at first
FINER = (1280, 2560)  # pixels in which it is searched again where faces are small, or none is found
PANORAMA = (2, 12)  # times as long as wide; what is longer still is a strip
FINEST = 3000  # pixels of the shorter side from which small faces are cut
SMALLEST = 160  # what is smaller is searched larger
BORDER = 0.2  # of the longer side, repeated around the picture: crops often cut chin and forehead
LEAST_BORDER = 32  # pixels: from narrower strips the detector gives numbers without sense
NEAR_THE_EDGE = 64  # pixels of that border at most, where only small faces are looked for
MOST = 6  # faint ones that are looked at, the largest: a head that lies is one of them, if any
SMALL = 32  # pixels, as searched: others in the picture may be smaller still, and missed
ENOUGH = 112  # pixels of a face's side that a crop can show

DOUBTFUL = 0.75  # score below which a person should look at the crop
TINY = 40  # pixels of a face's side below which it has too little to show
BLURRED = 25.0  # variance of the Laplacian on the 112×112 crop; sharp photos have hundreds
TURNED = 0.33  # nose off the middle between the eyes, as a share of their distance: some 40°

FILLS = 0.4  # of the shorter side: a picture whose face is as wide is a portrait already


class NoFaceError(PictureError):
    """A picture without a face in it; the message says what to do."""

    def __init__(self, name: str = "") -> None:
        super().__init__(
            f"No face was found in {name or 'the picture'}: come closer, take more light, turn the "
            "photo upright, and look at the camera with nothing over the face."
        )


def find(data: bytes, name: str = "", *, lying: bool = True) -> tuple[Image.Image, list[Face]]:
    """Bytes that nobody has checked → an upright picture and the faces in it, the largest first.

    A large picture comes smaller, but for small faces. Heads that lie on their side or stand on
    their head are found too, unless `lying` is False: the picture stays as it is, their landmarks
    tell; one that may be either way up is left out. PictureError says what is wrong with the
    picture, NoFaceError that nobody is in it.
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
    """The faces in an RGB picture, the largest first; none is an empty list. Heads that
    lie are looked for too, if `lying`."""
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
    """The faces with their landmarks in place, the largest first."""
    seen = [replace(placed(pixels, face), reduced=reduced) for face in faces]
    return sorted(_surest(seen), key=lambda face: -face.side)


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
        faces = _surest([*faces, *_found(pixels, longest, lying)])
        if scale >= 1 or (faces and min(face.side for face in faces) * scale >= SMALL):
            break
    return faces


def _found(pixels: NDArray[np.uint8], longest: int, lying: bool) -> list[Face]:
    """The faces of a picture at one scale; heads that lie where nobody is found for sure."""
    seen = _search(pixels, longest)
    plain = [face for face in seen if face.score >= SCORE]
    if not lying:
        return plain
    faces = _righted(pixels, plain)
    if any(face.score >= SURE for face in faces):
        return faces
    faint = sorted((face for face in seen if face.score < SCORE), key=lambda face: -face.side)
    return [*faces, *_righted(pixels, faint[:MOST])]


def _righted(pixels: NDArray[np.uint8], faces: Sequence[Face]) -> list[Face]:
    return [found for face in faces if (found := righted(pixels, face))]


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


def _search(pixels: NDArray[np.uint8], longest: int) -> list[Face]:
    """What the detector tells of a picture that is `longest` pixels long."""
    height, width = pixels.shape[:2]
    scale = _scale(pixels.shape, longest) * max(1.0, SMALLEST / max(height, width))
    border = round(BORDER * scale * min(max(height, width), 2 * min(height, width)))
    if longest > LONGEST:
        border = min(border, NEAR_THE_EDGE)
    return search(pixels, scale, max(border, LEAST_BORDER))


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
