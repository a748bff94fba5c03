"""A head that may lie in its picture → the same head, seen upright; or nothing.

The detector knows upright heads. On one that lies it takes a chin for a forehead and the like, at
scores of up to .91. But turn what it found round, and one side scores highest: the upright one.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siamese.alignment import PORTRAIT, roll, similarity, warped
from siamese.yunet import Face, Floats, search

CERTAIN = 0.915  # what scores more stands upright: lying heads reach .911
SCORE = 0.6  # below it, what looks like a face is none, unless it lies
SURE = 0.88  # of what lies: sides of walls reach .87
SURER = 0.015  # by so much the best side of what lies must score higher than those against it
SIDES = (0, 30, -30, 60, -60, 90, -90, 120, -120, 150, -150, 180)  # degrees

LIES = 45.0  # degrees from which a head is not upright
AGREE = 20.0  # degrees between two looks that tell the same; else one of them is misread
ASLANT = 8.0  # degrees from which its landmarks are looked for once more
GLANCE = 160  # pixels of a look at one head from its sides, as much around it as it is wide
WINDOW = 224  # pixels of a look at one head to place its landmarks
BORDER = 0.2  # around that, as a share of its pixels


def righted(pixels: NDArray[np.uint8], face: Face) -> Face | None:
    """What was found in a picture (H, W, 3), as its best side shows it. None for what is no face,
    and for one whose upright side is in doubt: that is refused rather than misread."""
    if face.score >= CERTAIN:
        return face
    seen = _sides(pixels, face)
    best = max(seen, key=lambda look: look.score, default=face)
    upright = face.score >= SCORE and abs(roll(best)) < LIES
    if upright and _apart(best, face) < AGREE:
        return face
    against = max((look.score for look in seen if _apart(look, best) >= LIES), default=0.0)
    least = SCORE if upright else SURE
    return best if best.score >= max(least, against + SURER) else None


def _sides(pixels: NDArray[np.uint8], face: Face) -> list[Face]:
    """Looks at a face from its sides, until one is certain."""
    seen: list[Face] = []
    for angle in SIDES:
        if look := _look(pixels, face, _turn(face, angle), GLANCE):
            seen.append(look)
            if look.score >= CERTAIN:
                break
    return seen


def _apart(one: Face, other: Face) -> float:
    """Between the ways up of two looks at a face: 0 … 180 degrees."""
    return abs((roll(one) - roll(other) + 180) % 360 - 180)


def placed(pixels: NDArray[np.uint8], face: Face) -> Face:
    """The detector places landmarks badly on heads aslant: turn such a one upright, look again."""
    if abs(roll(face)) < ASLANT:
        return face
    again = _look(pixels, face, similarity(face.landmarks, PORTRAIT * WINDOW), WINDOW)
    if again is None or again.score < SCORE:
        return face
    return replace(face, landmarks=again.landmarks, score=again.score)


def _look(pixels: NDArray[np.uint8], face: Face, matrix: Floats, size: int) -> Face | None:
    """What is found where `matrix` (2, 3) leads, in the middle of a small picture, if anything."""
    found = [
        look
        for look in search(warped(pixels, matrix, size), 1.0, round(BORDER * size))
        if np.linalg.norm(look.landmarks.mean(0) - size / 2) < size / 4
    ]
    if not found:
        return None
    best = max(found, key=lambda look: look.score)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    scale = float(np.sqrt(abs(np.linalg.det(back[:, :2]))))
    left, top, wide, high = best.box
    x, y = back[:, :2] @ [left + wide / 2, top + high / 2] + back[:, 2]
    box = (x - wide * scale / 2, y - high * scale / 2, wide * scale, high * scale)
    return replace(
        face, box=box, landmarks=best.landmarks @ back[:, :2].T + back[:, 2], score=best.score
    )


def _turn(face: Face, degrees: float) -> Floats:
    """The turn and scale (2, 3) that bring a face, and as much around it, into a small picture."""
    left, top, wide, high = face.box
    angle, scale = np.radians(degrees), GLANCE / (2 * max(wide, high))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, GLANCE / 2 - turn @ [left + wide / 2, top + high / 2]])
