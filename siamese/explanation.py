"""Two faces, a verifier → which places of them carry the distance.

Occlusion: cover a place of a face and see what becomes of the distance. Nothing of the net needs to
be known, so it works for pixels and for every net alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siamese.plots import DIFFERENT, SAME

if TYPE_CHECKING:  # torch takes seconds to import
    from siamese.verifiers import Pictures, Verifier

Floats = NDArray[np.float64]

PLACES = 12  # covers across and down a face
COVER = 0.22  # side of a cover, in sides of the picture: an eye with its brow


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What covering each place of either face does to their distance."""

    distance: float  # with nothing covered
    faces: Pictures  # (2, H, W, 3) what was compared: aligned, where the verifier wants it so
    change: Floats  # (2, H, W) mean change of the distance over the covers that hide a pixel

    @property
    def reach(self) -> float:
        """The largest change at any place, up or down."""
        return float(np.abs(self.change).max())

    def drawn(self) -> Pictures:
        """Both faces with their maps laid over, in one scale of colours, (2, H, W, 3)."""
        pairs = zip(self.faces, self.change, strict=True)
        return np.stack([overlaid(face, change, self.reach) for face, change in pairs])


def occlusion(
    verifier: Verifier, a: Pictures, b: Pictures, places: int = PLACES, cover: float = COVER
) -> Occlusion:
    """Cover each place of two crops (H, W, 3) in turn, the other one staying as it is.

    Zeiler and Fergus 2014, 'Visualizing and understanding convolutional networks', section 4.2;
    they watch the probability of a class, we the distance of a pair. A cover is a square in the
    mean colour of its picture, `cover` of a side wide, at `places` × `places` positions. Where the
    change is below 0, the place holds the two apart: without it they come closer. Where it is above
    0, the place speaks for one person. All covered pictures go through one call of the verifier.
    """
    faces = verifier.faces(np.stack([a, b]))  # (2, H, W, 3)
    _, height, width, _ = faces.shape
    weights = squares(height, width, places, cover)  # (M, H, W)
    covers = weights > 0
    grey = faces.mean((1, 2), keepdims=True).round().astype(np.uint8)  # (2, 1, 1, 3)
    hidden = np.where(covers[None, ..., None], grey[:, None], faces[:, None])  # (2, M, H, W, 3)
    codes = verifier.embed_crops(np.concatenate([faces, hidden.reshape(-1, height, width, 3)]))
    count = len(covers)
    distance = float(verifier.matrix(codes[:1], codes[1:2]).item())
    covered = np.stack(
        [
            verifier.matrix(codes[2 : 2 + count], codes[1:2])[:, 0],  # of a, against b as it is
            verifier.matrix(codes[2 + count :], codes[:1])[:, 0],  # of b, against a as it is
        ]
    )  # (2, M)
    change = (covered - distance) @ weights.reshape(count, -1) / weights.sum(0).ravel()
    return Occlusion(distance, faces, change.reshape(2, height, width))


def squares(height: int, width: int, places: int, cover: float) -> Floats:
    """Square covers (places², H, W) whose middles are spread evenly, from edge to edge.

    0 where nothing is covered; else how much the cover tells of a pixel, from nearly 0 at its edge
    to 1 in its middle, which makes the map smooth.
    """
    if places < 1 or not 0 < cover <= 1:
        raise ValueError("Needs at least one place, and covers of more than 0 and at most 1 side.")
    if places * cover < 1:
        raise ValueError(f"{places} covers of {cover:g} of a side leave gaps between them.")

    def along(length: int) -> Floats:
        middles = (np.arange(places) + 0.5) * length / places
        pixels = np.arange(length) + 0.5
        off = np.abs(pixels - middles[:, None]) / (cover * length / 2)  # (places, length)
        return np.where(off <= 1, np.maximum(1 - off, 0.02), 0.0)

    down, across = along(height), along(width)
    return (down[:, None, :, None] * across[None, :, None, :]).reshape(-1, height, width)


def overlaid(face: Pictures, change: NDArray[np.floating[Any]], reach: float) -> Pictures:
    """A map (H, W) over a face (H, W, 3), from no colour at 0 to full colour at ±`reach`.

    Orange holds the faces apart (covering it brings them closer), teal holds them together. The
    face itself is grey, so that all colour is the map's.
    """
    grey = face.astype(float) @ [0.299, 0.587, 0.114]  # luma of ITU-R BT.601
    strength = np.clip(np.abs(change) / (reach or 1), 0, 1)[..., None]  # (H, W, 1)
    colour = np.where((change < 0)[..., None], _rgb(DIFFERENT), _rgb(SAME))
    mixed = (1 - 0.75 * strength) * grey[..., None] + 0.75 * strength * colour
    return np.asarray(mixed.round().clip(0, 255).astype(np.uint8))


def _rgb(colour: str) -> Floats:
    """'#0E9F8E' → (14, 159, 142)."""
    return np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)], float)
