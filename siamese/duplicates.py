"""Pictures that are there twice: one photo saved again, lighter, smaller, or under another name.

Each picture is told by 128 bits (a *difference hash*, after N. Krawetz 2013, 'Kind of Like That'):
is it lighter here than next to it, along the rows and along the columns. Two pictures with hardly a
bit between them are then compared in their details: in what is left of a picture without its softer
shades, which two shots of somebody sitting still have in common. A copy that was cut or turned
differently passes for another photo.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from siamese.faces import FaceSet, Split

Pictures = NDArray[np.uint8]

CELLS = 8  # of the hash, across and down
BITS = 10  # of the 128, by which two copies of a photo differ at most
SIDE = 32  # pixels at which two pictures are compared
ALIKE = 0.95  # correlation of their details from which they count as one photo
AT_ONCE = 256  # pictures compared with all the others in one go


@dataclass(frozen=True)
class Twins:
    """Two pictures of a set that show the same photo."""

    first: int  # index of a picture
    second: int  # likewise, larger
    likeness: float  # correlation of their details, `ALIKE` … 1
    across: bool  # True where they stand under two people's names


def near(faces: FaceSet) -> list[Twins]:
    """All pairs of pictures that look like one photo, those under two names first."""
    pairs = _alike(faces.pictures, faces.pictures)
    found = [
        Twins(one, other, likeness, bool(faces.labels[one] != faces.labels[other]))
        for one, other, likeness in pairs
        if one < other
    ]
    return sorted(found, key=lambda twins: (not twins.across, twins.first, twins.second))


def leaks(split: Split) -> dict[int, int]:
    """The photos of the test that the net learns from, too, or nearly: number among the unseen
    pictures → that of the first seen one that looks like it."""
    first: dict[int, int] = {}
    for ours, theirs, _ in _alike(split.unseen.pictures, split.seen.pictures):
        first.setdefault(ours, theirs)
    return first


def once(faces: FaceSet, twins: list[Twins]) -> FaceSet:
    """The set with each photo once. One that stands under two names goes altogether: nobody can say
    whose it is."""
    leave = {pair.second for pair in twins}
    leave |= {pair.first for pair in twins if pair.across}
    kept = np.setdiff1d(np.arange(len(faces)), list(leave))
    return replace(faces.choose(kept), skipped=faces.skipped, doubts=faces.doubts)


def fingerprints(pictures: Pictures) -> NDArray[np.uint64]:
    """Pictures (N, H, W, 3) → their difference hashes, (N, 2): lighter than on the left, than
    above."""
    across = [_shrunk(picture, CELLS + 1, CELLS) for picture in pictures]
    down = [_shrunk(picture, CELLS, CELLS + 1) for picture in pictures]
    if not across:
        return np.zeros((0, 2), np.uint64)
    bits = np.stack(
        [np.diff(np.stack(across), axis=2) > 0, np.diff(np.stack(down), axis=1) > 0], 1
    )  # (N, 2, 8, 8)
    return np.packbits(bits.reshape(len(bits), 2, -1), axis=2).view(np.uint64)[..., 0]


def _alike(ours: Pictures, theirs: Pictures) -> list[tuple[int, int, float]]:
    """Which of our pictures looks like which of theirs, and how much."""
    our_bits, their_bits = fingerprints(ours), fingerprints(theirs)
    our_details, their_details = _details(ours), _details(theirs)
    found = []
    for start in range(0, len(our_bits), AT_ONCE):
        part = our_bits[start : start + AT_ONCE]
        apart = np.bitwise_count(part[:, None] ^ their_bits).sum(2)  # (A, N)
        for row, other in np.argwhere(apart <= BITS):
            one = int(start + row)
            likeness = _likeness(our_details[one], their_details[other])
            if likeness >= ALIKE:
                found.append((one, int(other), likeness))
    return found


def _shrunk(picture: Pictures, width: int, height: int) -> NDArray[np.float32]:
    grey = Image.fromarray(picture).convert("L")
    return np.asarray(grey.resize((width, height), Image.Resampling.LANCZOS), np.float32)


def _details(pictures: Pictures) -> NDArray[np.float32]:
    """(N, H, W, 3) → (N, 1024), of mean 0 and length 1: each grey less the mean of the nine around
    it, so that light and shade on a face count for nothing."""
    if not len(pictures):
        return np.zeros((0, SIDE * SIDE), np.float32)
    grey = np.stack([_shrunk(picture, SIDE, SIDE) for picture in pictures])  # (N, 32, 32)
    wide = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (3, 3), axis=(1, 2))
    details: NDArray[np.float32] = (grey - windows.mean((3, 4))).reshape(len(grey), -1)
    details -= details.mean(1, keepdims=True)
    details /= np.maximum(np.linalg.norm(details, axis=1, keepdims=True), 1e-6)
    return details


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Correlation; two plain surfaces have none to speak of and count as equal."""
    return float(a @ b) if a.any() and b.any() else float(not a.any() and not b.any())
