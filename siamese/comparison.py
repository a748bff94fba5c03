"""Two photos, a verifier → how far apart their faces are, and what that is worth."""

from pathlib import Path
from typing import Any

import numpy as np

from siamese import detection
from siamese.images import PictureError
from siamese.verifiers import Pictures, Verifier


def compare_photos(verifier: Verifier, a: Path, b: Path) -> dict[str, Any]:
    """The figures of a comparison by name; JSON takes them as they are.

    The largest face of each photo counts. `far` and `frr` are how often the verifier errs on unseen
    people at its threshold. Raises PictureError where a photo cannot be read or shows no face, and
    where nothing is known of the verifier's errors.
    """
    if not verifier.proven:
        raise PictureError(
            "This model file does not say how its net did on unseen people, so no threshold is "
            "known: save the run again after an evaluation."
        )
    crops, found, doubts = zip(*(_face(path) for path in (a, b)), strict=True)
    codes = verifier.embed(np.stack(crops))
    distance = float(verifier.matrix(codes[:1], codes[1:]).item())
    return {
        "distance": distance,
        "threshold": verifier.threshold,
        "verdict": "same person" if distance < verifier.threshold else "two people",
        "far": verifier.far(verifier.threshold),
        "frr": verifier.frr(verifier.threshold),
        "faces_found": list(found),
        "warnings": [f"{path.name}: {doubt}" for path, said in zip((a, b), doubts, strict=True)
                     for doubt in said],
    }  # fmt: skip


def _face(path: Path) -> tuple[Pictures, int, list[str]]:
    """Portrait of the largest face, how many faces there are, what may spoil the comparison."""
    picture, faces = detection.find(path.read_bytes(), path.name)
    doubts = [*detection.several(faces), *detection.warnings(picture, faces[0])]
    return detection.portrait(picture, faces[0]), len(faces), doubts
