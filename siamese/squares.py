"""Bytes of a picture → a square of it, or why there is none; remembered by their contents."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from siamese.archives import File
from siamese.images import PictureError, open_picture, spoken
from siamese.labelling import PeopleBy

Align = Callable[[Image.Image], Image.Image]
Progress = Callable[[int, int], None]

CENTRING = (0.5, 0.4)  # a crop to a square keeps more of the top: portraits have their face there
ENOUGH = 1500  # pixels of a photo's shorter side: the face in it is found and cut out as well
FOUND = "doubts"  # where `align` leaves its sentences in the `info` of the picture that it returns
REMEMBERED = 1000  # pictures that a `Memory` keeps: 38 MB at 112 x 112


@dataclass(frozen=True, eq=False)
class Seen:
    """What a picture came to: a face of so many pixels a side, or why there is none."""

    picture: NDArray[np.uint8] | None  # (H, W, 3)
    said: tuple[str, ...] = ()  # doubts; where there is no picture, the reason
    is_cut: bool = False


class Memory:
    """What the pictures of a reading came to, by their contents.

    The next reading has a memory of its own that begins with this one: so pictures are looked at
    once, and one that is no longer there is not kept.
    """

    def __init__(self, before: "Memory | None" = None) -> None:
        self._before = dict(before._seen) if before else {}
        self._seen: dict[bytes, Seen] = {}

    def recall(self, key: bytes, look: Callable[[], Seen]) -> Seen:
        """What is known by a key, or else what a look at it gives."""
        seen = self._seen.get(key) or self._before.get(key) or look()
        if len(self._seen) < REMEMBERED:
            self._seen[key] = seen
        return seen

    @property
    def nbytes(self) -> int:
        """Of the pictures that it keeps."""
        return sum(seen.picture.nbytes for seen in self._seen.values() if seen.picture is not None)

    def close(self) -> "Memory":
        """Everything has been read: what was there before and is no longer is let go of."""
        self._before = {}
        return self


@dataclass(frozen=True)
class Reading:
    """How pictures are read."""

    size: int
    align: Align | None = None
    progress: Progress | None = None
    people_by: PeopleBy = "auto"
    memory: Memory | None = None


def square(file: File, how: Reading) -> Seen:
    data = file.read()
    look = partial(_look, data, str(file.path), how)
    if how.memory is None:
        seen = look()
    else:
        key = f"{how.size} {how.align is not None} ".encode() + hashlib.sha256(data).digest()
        seen = how.memory.recall(key, look)
    said = tuple(_of(file.path, sentence) for sentence in seen.said)
    if seen.picture is None:
        raise PictureError(" ".join(said))
    return replace(seen, said=said)


def _look(data: bytes, name: str, how: Reading) -> Seen:
    # Twice the size: then the reduced decoding of a large JPEG cannot be seen in the result.
    image = whole = open_picture(data, name, side=ENOUGH if how.align else 2 * how.size)
    if how.align is not None:
        try:
            image = how.align(whole)
        except PictureError as error:
            return Seen(None, (str(error),))
    said = tuple(image.info.get(FOUND, ())) if how.align else ()
    square = ImageOps.fit(image, (how.size, how.size), Image.Resampling.BICUBIC, centering=CENTRING)
    return Seen(np.asarray(square), said, image is not whole)


def _of(path: PurePosixPath, sentence: str) -> str:
    """A sentence that says which picture it is about."""
    name = spoken(str(path))
    return sentence if name in sentence else f"{name}: {sentence}"
