"""Two faces through one net, drawn: photos → the same box twice → numbers → a distance.

The drawing is in `twins.js`; it asks for another face through the callback.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.ui.component import component
from pages.ui.facemap.sprites import Sprites
from siamese.datasets import FaceSet


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
        named = named or [i for i, name in enumerate(faces.people) if _in_link(name) == person]
        if len(named) != 1 or not (picture.isascii() and picture.isdecimal() and len(picture) < 6):
            return None
        (label,) = named
        if not 1 <= int(picture) <= faces.counts[label]:
            return None
        return Photo.of(faces, label, int(picture))


def draw_pair(faces: FaceSet, people: Collection[str], same: bool) -> tuple[Photo, Photo]:
    """Two photos by chance, of one of these people or of two of them."""
    chance = np.random.default_rng()
    labels = [label for label, name in enumerate(faces.people) if name in people]
    if same:
        labels = [label for label in labels if faces.counts[label] > 1]
        ours = np.flatnonzero(faces.labels == chance.choice(labels))
        first, second = chance.choice(ours, 2, replace=False)
    else:
        ours = chance.choice(labels, 2, replace=False)
        first, second = (chance.choice(np.flatnonzero(faces.labels == label)) for label in ours)
    return Photo.at(faces, int(first)), Photo.at(faces, int(second))


@dataclass(frozen=True, eq=False)
class Reading:
    """What the net says of a pair, and how its distances fall for people that it never saw."""

    a: NDArray[np.float32]  # (D,)
    b: NDArray[np.float32]  # (D,)
    distance: float
    threshold: float
    same: NDArray[np.integer[Any]]  # (bins,) from 0 to reach: pairs of one person, both new to it
    different: NDArray[np.integer[Any]]  # (bins,) pairs of two such people
    reach: float  # the largest distance on the ruler

    @property
    def below(self) -> bool:
        return self.distance < self.threshold


def twins(
    faces: FaceSet,
    a: Photo,
    b: Photo,
    *,
    unseen: Collection[str],
    reading: Reading | None,
    told: Sequence[str],
    choose: Callable[[Literal["a", "b"], str], None],
    key: str,
) -> None:
    """Draw the pair; without a reading the net is shown waiting.

    `told` are paragraphs in plain words; the first is the headline.
    """
    portraits = Sprites.of(faces.pictures[np.searchsorted(faces.labels, range(len(faces.people)))])
    portraits.mount()

    def chosen() -> None:
        wish = st.session_state[key].chosen
        if isinstance(wish, dict) and wish.get("side") in ("a", "b"):
            choose(wish["side"], str(wish.get("face")))

    component(__file__)(
        key=key,
        data={
            "a": _sent(faces, a),
            "b": _sent(faces, b),
            "people": [
                {"person": name, "name": spoken(name), "unseen": name in unseen}
                for name in faces.people
            ],
            "sprites": portraits.digest,
            "numbers": len(reading.a) if reading else 64,
            "told": list(told),
            "side": reading and ("same" if reading.below else "different"),
            "reading": reading
            and {
                "a": reading.a.round(4).tolist(),
                "b": reading.b.round(4).tolist(),
                "distance": reading.distance,
                "threshold": reading.threshold,
                "reach": reading.reach,
                "same": heights(reading.same),
                "different": heights(reading.different),
            },
        },
        on_chosen_change=chosen,
    )


def _sent(faces: FaceSet, photo: Photo) -> dict[str, Any]:
    file = io.BytesIO()
    Image.fromarray(faces.pictures[photo.index]).save(file, "WEBP", quality=88)
    image = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
    return {**photo.__dict__, "id": photo.id, "image": image}


def heights(counts: NDArray[np.integer[Any]]) -> list[float]:
    """A histogram as shares, gently smoothed: hills, not teeth."""
    shares = counts / max(counts.sum(), 1)
    smooth = np.convolve(shares, np.array([1, 4, 6, 4, 1]) / 16, "same")
    return [float(height) for height in smooth.round(5)]


def _in_link(name: str) -> str:
    return "-".join(name.lower().split())


def spoken(name: str) -> str:
    return name if name != name.lower() else name.title()
