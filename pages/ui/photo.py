"""A face that was chosen: out of a set, or found in a picture of one's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pages.ui.text import in_link, spoken
from siamese.faces import FaceSet

if TYPE_CHECKING:
    from siamese.detection import Face

FILE, CAMERA, BUILT_IN, GALLERY = "File", "Camera", "Built-in people", "Your people"
Crop = NDArray[np.uint8]  # (H, W, 3)


@dataclass(frozen=True)
class Photo:
    """One picture of a face set, and how it is called on the screen and in a link."""

    index: int  # in the face set
    person: str  # as in the data set: 'bo'
    name: str  # as on the screen: 'Bo'
    picture: int  # 1, 2, … among the person's pictures
    pictures: int  # of the person

    @property
    def id(self) -> str:
        """As in a link: 'bo-3'."""
        return f"{self.person}-{self.picture}"

    def among(self, people: Collection[str]) -> bool:
        """True if it shows one of these people of a face set."""
        return self.person in people

    @staticmethod
    def of(faces: FaceSet, label: int, picture: int) -> Photo:
        """A person's first, second … picture; the last one where there are fewer."""
        first, pictures = int(np.searchsorted(faces.labels, label)), int(faces.counts[label])
        picture, person = min(picture, pictures), faces.people[label]
        return Photo(first + picture - 1, person, spoken(person), picture, pictures)

    @staticmethod
    def at(faces: FaceSet, index: int) -> Photo:
        label = int(faces.labels[index])
        return Photo.of(faces, label, index - int(np.searchsorted(faces.labels, label)) + 1)

    @staticmethod
    def find(faces: FaceSet, id: str) -> Photo | None:
        """The photo of a link's `bo-3`, or None where there is no such photo. Whose name has
        spaces or capitals may be called without: `ann-lee-3`, if nobody else is called so."""
        person, _, picture = id.rpartition("-")
        named = [i for i, name in enumerate(faces.people) if name == person]
        named = named or [i for i, name in enumerate(faces.people) if in_link(name) == person]
        if len(named) != 1 or not (picture.isascii() and picture.isdecimal() and len(picture) < 6):
            return None
        (label,) = named
        if not 1 <= int(picture) <= faces.counts[label]:
            return None
        return Photo.of(faces, label, int(picture))


@dataclass(frozen=True, eq=False)
class Picked:
    """A face, and where it was found."""

    name: str  # as on the screen
    crop: Crop = field(repr=False)  # (112, 112, 3), a portrait
    picture: Crop = field(repr=False)  # (H, W, 3), in which the face was found
    face: Face | None  # in `picture`; None in a portrait that the detector finds nobody in
    source: str = FILE  # FILE, CAMERA, BUILT_IN or GALLERY
    doubts: tuple[str, ...] = ()  # sentences: small, blurred, turned away
    person: str = ""  # as in the data set, of a built-in person or one of one's own
    seen: Seen | None = field(default=None, repr=False)  # with the other faces of the picture


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture in which somebody was found."""

    name: str
    picture: Crop = field(repr=False)  # (H, W, 3)
    faces: tuple[Face, ...]  # at least one, the largest first
    source: str = FILE

    def pick(self, which: int = 0) -> Picked:
        """One of the faces, cut out."""
        from siamese import detection

        face = self.faces[which]
        return Picked(
            name=self.name if len(self.faces) == 1 else f"{self.name}, face {which + 1}",
            crop=detection.portrait(self.picture, face),
            picture=self.picture,
            face=face,
            source=self.source,
            doubts=tuple(detection.warnings(self.picture, face)),
            seen=self,
        )

    def all(self) -> list[Picked]:
        """Each of the faces, cut out."""
        return [self.pick(which) for which in range(len(self.faces))]


def find(data: bytes, name: str, source: str = FILE) -> Seen:
    """All faces of a picture; PictureError says what is wrong, also where there is no face."""
    from siamese import detection

    picture, faces = detection.find(data, name)
    return Seen(name, np.asarray(picture), tuple(faces), source)


def titles(faces: FaceSet) -> list[str]:
    """Each picture by its person and number: 'bo, photo 3'."""
    return [
        f"{faces.people[person]}, photo {number}"
        for person, number in zip(faces.labels, numbers(faces.labels), strict=True)
    ]


def numbers(labels: NDArray[np.int64]) -> list[int]:
    """1, 2, 3, … for the photos of each person; labels (N,) are in the order of people."""
    return [index - int(np.searchsorted(labels, person)) + 1 for index, person in enumerate(labels)]
