"""A folder or a zip of photos → the faces in them, as the page *People* reads its uploads."""

from dataclasses import replace
from pathlib import Path

from siamese.datasets import load
from siamese.detection import as_portrait
from siamese.faces import DataError, FaceSet
from siamese.labelling import PeopleBy
from siamese.squares import Progress

FEW = 0.25  # share of pictures with a face below which it is the pictures that are of another kind


def load_portraits(
    source: str | Path, *, progress: Progress | None = None, people_by: PeopleBy = "auto"
) -> FaceSet:
    """The faces in photos, each cut out and upright; a picture that a face fills stays as it is.

    A picture without a face is left out, as `FaceSet.skipped` says. Where hardly any has one, such
    as patterns or faces from behind, all are taken as they are, which `FaceSet.unsure` says.
    DataError as from `datasets.load`.
    """
    try:
        faces = load(source, align=as_portrait, progress=progress, people_by=people_by)
        found = len(faces)
    except DataError:
        found = 0
    if found and found >= FEW * (found + len(faces.skipped)):
        return faces
    whole = load(source, progress=progress, people_by=people_by)
    if found >= FEW * len(whole):  # files that are no pictures were left out as well
        return faces
    said = (
        f"A face was found in {found or 'none'} of the {len(whole):,} pictures, so they were taken "
        "as they are."
    )
    return replace(whole, unsure=(*whole.unsure, said))
