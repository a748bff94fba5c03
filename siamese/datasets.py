"""Folder, zip, uploads, built-in people or a public set → `FaceSet`; sets joined, split, packed."""

import hashlib
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from siamese.archives import MARK, File, Files, is_list, natural, opened
from siamese.faces import SIZE, DataError, FaceSet, counted
from siamese.filenames import person_in as person_in
from siamese.images import PictureError, spoken
from siamese.labelling import Labelling, PeopleBy, label, listed
from siamese.squares import FOUND as FOUND
from siamese.squares import Align, Memory, Progress, Reading, Seen, square

MAX_PICTURES = 20_000  # 750 MB at 112 x 112

SOURCES: dict[str, Path | None] = {
    "sample_faces": Path(__file__).resolve().parent.parent / "sample_faces",
    "olivetti": None,  # public sets are fetched once, by `siamese.public`
    "lfw": None,
}


def load(
    source: str | Path | bytes | BinaryIO,
    size: int = SIZE,
    *,
    align: Align | None = None,
    progress: Progress | None = None,
    people_by: PeopleBy = "auto",
) -> FaceSet:
    """The faces of a name in `SOURCES`, of a folder or of a zip (its path, bytes or stream).

    Whose picture it is says the folder that behaves like a person, or the file's name
    (`anna_1.jpg`), or a list such as `identity_CelebA.txt`; `people_by` chooses instead, see
    `labelling.label`. How it was told is in the set. `align` turns a picture into a face crop
    before it is cut to a square; it may raise `PictureError`. `progress` hears (done, of all).
    Public sets come aligned, and from the internet where this machine does not have them yet.
    Raises `DataError` where no picture is left, or nothing says who is on them.
    """
    if isinstance(source, bytes):
        source = io.BytesIO(source)
    if isinstance(source, str):
        place = SOURCES.get(source, Path(source).expanduser())
        if place is None:
            from siamese.public import fetch

            return fetch(source, size)
        source = place
    name = spoken(str(source if isinstance(source, Path) else getattr(source, "name", "The zip")))
    with opened(source, name) as files:
        return _gather(files, name, Reading(size, align, progress, people_by))


def from_uploads(
    uploads: Iterable[tuple[str, bytes]],
    size: int = SIZE,
    *,
    align: Align | None = None,
    progress: Progress | None = None,
    people_by: PeopleBy = "auto",
    memory: Memory | None = None,
) -> FaceSet:
    """The faces of files that somebody chose: (name, bytes), pictures and zips of them.

    They are read together, as `load` reads a folder in which each zip is a folder of its own: so a
    zip for each person does as well as one of all of them. What `memory` has seen before is not
    looked at again.
    """
    files, skipped = Files(), []
    chosen = list(uploads)
    with ExitStack() as stack:
        for name, data in chosen:
            try:
                inside = _inside(stack, name, data, alone=len(chosen) == 1)
            except DataError as error:
                skipped.append(str(error))
                continue
            files.is_ours = inside.is_ours and len(chosen) == 1
            files += inside
        if not files:
            raise DataError(" ".join(skipped) or "There are no pictures yet: choose some.")
        reading = Reading(size, align, progress, people_by, memory)
        try:
            faces = _gather(files, "The upload", reading)
        except DataError as error:
            raise DataError(" ".join([*skipped, str(error)])) from None
    return replace(faces, skipped=(*skipped, *faces.skipped))


def _inside(stack: ExitStack, name: str, data: bytes, alone: bool) -> Files:
    """An upload as files: one picture, or those of a zip, below its name where it is not alone."""
    if PurePosixPath(name).suffix.lower() != ".zip":
        return Files([File(_below(name), partial(bytes, data))])
    files = stack.enter_context(opened(io.BytesIO(data), spoken(name)))
    if alone:
        return files
    around = _DOWNLOADED.sub("", _below(name).stem) or "zip"
    below = Files(replace(file, path=PurePosixPath(around) / file.path) for file in files)
    below.is_ours = files.is_ours
    return below


_DOWNLOADED = re.compile(  # what Google Drive and browsers append: -20260101T120000Z-001, (2)
    r"([-_ ]\d{8}T\d{6}Z(-\d+)*| ?\(\d+\)|[ _-]+copy)+$", re.IGNORECASE
)


def merge(sets: Sequence[FaceSet]) -> FaceSet:
    """All pictures of several sets; people of the same name are one person."""
    if not sets:
        raise DataError("There are no pictures yet: choose some.")
    if len({faces.pictures.shape[1:] for faces in sets}) > 1:
        raise DataError("Sets with pictures of different sizes cannot be joined.")
    if len(sets) == 1:
        return sets[0]
    items = [
        _Item(faces.people[person], PurePosixPath(file), partial(Seen, picture))
        for faces in sets
        for picture, person, file in zip(faces.pictures, faces.labels, faces.files, strict=True)
    ]
    faces = _assemble(items, sets[0].pictures.shape[1], "The set")
    before = [sentence for faces in sets for sentence in faces.skipped]
    doubts = [sentence for faces in sets for sentence in faces.doubts]
    cut = sum(faces.cut for faces in sets)
    return replace(faces, skipped=(*before, *faces.skipped), doubts=tuple(doubts), cut=cut)


def of_people(gallery: Mapping[str, NDArray[np.uint8]]) -> FaceSet:
    """The faces of people by name, each (K, H, W, 3); `DataError` where there is nobody."""
    people = sorted((name for name in gallery if len(gallery[name])), key=natural)
    if not people:
        raise DataError("There are no pictures yet: choose some.")
    counts = [len(gallery[name]) for name in people]
    return FaceSet(
        np.concatenate([gallery[name] for name in people]),
        np.repeat(np.arange(len(people)), counts),
        tuple(people),
        tuple(
            f"{name}/{number:02}.jpg"
            for name, count in zip(people, counts, strict=True)
            for number in range(1, count + 1)
        ),
    )


def with_strangers(own: FaceSet, strangers: FaceSet) -> FaceSet:
    """Both together; a stranger who is called like one of one's own people is somebody else."""
    names = set(own.people)
    people = tuple(f"{n} (stranger)" if n in names else n for n in strangers.people)
    return merge([own, replace(strangers, people=people)])


def to_zip(faces: FaceSet, quality: int = 95) -> bytes:
    """The pictures as a zip of JPEG files, person/nn.jpg, that `load` reads again."""
    stream = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(stream, "w") as archive:  # JPEG does not shrink any further
        archive.comment = MARK
        for label, person in enumerate(faces.people):
            folder = _folder(person, taken)
            for number, row in enumerate(np.flatnonzero(faces.labels == label), 1):
                file = io.BytesIO()
                Image.fromarray(faces.pictures[row]).save(file, "JPEG", quality=quality)
                archive.writestr(f"{folder}/{number:02}.jpg", file.getvalue())
    return stream.getvalue()


def _folder(person: str, taken: set[str]) -> str:
    """A person's name as a folder that every system can unpack, once."""
    plain = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", person).lstrip(". ").rstrip(". ")
    plain = plain.removeprefix("__MACOSX") or "person"
    name = next(
        name
        for number in itertools.count(1)
        if (name := plain if number == 1 else f"{plain} ({number})").casefold() not in taken
    )
    taken.add(name.casefold())
    return name


def _gather(files: Files, name: str, how: Reading) -> FaceSet:
    astray = [file for file in files if file.is_astray]
    pictures = [file for file in files if not is_list(file.path) and not file.is_astray]
    labelling = _labelling(files, pictures, how.people_by)
    shown = _shown(labelling.people)
    items = [_Item("", file.path, partial(square, file, how)) for file in astray]
    skipped = []
    for file, who in zip(pictures, labelling.people, strict=True):
        if who:
            items.append(_Item(shown[who], file.path, partial(square, file, how)))
        else:
            skipped.append(_without_a_name(file))
    faces = _assemble(items, how.size, name, how.progress)
    skipped += faces.skipped
    if len(faces) == 0:
        raise DataError(_nobody(name, labelling, skipped))
    return replace(
        faces,
        skipped=tuple(skipped),
        told=f"by {labelling.by}: {counted(faces.people)}",
        unsure=labelling.doubts,
    )


def _labelling(files: Files, pictures: list[File], people_by: PeopleBy) -> Labelling:
    paths = [file.path for file in pictures]
    if people_by == "auto":
        for file in files:
            if is_list(file.path) and (found := _listed(file, paths)):
                return found
    return label(paths, "folder" if files.is_ours and people_by == "auto" else people_by)


def _listed(file: File, paths: list[PurePosixPath]) -> Labelling | None:
    try:
        return listed(file.read(), file.path.name, paths)
    except PictureError:
        return None


def _shown(people: Iterable[str]) -> dict[str, str]:
    """Each person's name as it may be shown, printable and on one line, and still their own."""
    taken: set[str] = set()
    shown: dict[str, str] = {}
    for who in sorted(set(people) - {""}, key=natural):
        plain = spoken(who) or "?"
        numbers = itertools.count(2)
        name = plain
        while name in taken:
            name = f"{plain} ({next(numbers)})"
        taken.add(name)
        shown[who] = name
    return shown


def _without_a_name(file: File) -> str:
    return (
        f"{spoken(str(file.path))} does not say who it shows: put it into a folder of that person, "
        "or name it like anna_1.jpg."
    )


def _nobody(name: str, labelling: Labelling, skipped: Sequence[str]) -> str:
    first = f" The first of {len(skipped):,} left out: {skipped[0]}" if skipped else ""
    if labelling.silent and not any(labelling.people):
        return (
            f"Nothing in {name} says who is on which picture: {labelling.silent}. It needs a "
            "folder for each person, or files such as anna_1.jpg."
        )
    return (
        f"{name} has no picture that can be used: it needs a folder for each person, or files such "
        f"as anna_1.jpg.{first}"
    )


@dataclass(frozen=True)
class _Item:
    """A picture to come: whose it is, where it is from, and how to get it, (H, W, 3)."""

    person: str
    path: PurePosixPath
    picture: Callable[[], Seen]


def _assemble(
    items: list[_Item], size: int, name: str, progress: Progress | None = None
) -> FaceSet:
    """One pass over the pictures, in the order of people, into one array."""
    if len(items) > MAX_PICTURES:
        raise DataError(
            f"{name} holds {len(items):,} pictures, and {MAX_PICTURES:,} are allowed: "
            "leave some people out."
        )
    items = sorted(items, key=lambda item: (natural(item.person), natural(str(item.path))))
    pictures = np.empty((len(items), size, size, 3), dtype=np.uint8)
    kept: list[_Item] = []
    row_of: dict[bytes, int] = {}
    skipped: list[str] = []
    doubts: list[str] = []
    cut = 0
    for done, item in enumerate(items, start=1):
        row = len(kept)
        try:
            seen = item.picture()
            pictures[row] = np.asarray(seen.picture)
            twin = row_of.setdefault(hashlib.sha256(pictures[row]).digest(), row)
            if twin < row:
                raise PictureError(_same_as(item, kept[twin]))
            kept.append(item)
            doubts += seen.said
            cut += seen.is_cut
        except PictureError as error:
            skipped.append(str(error))
        if progress is not None:
            progress(done, len(items))
    people = tuple(dict.fromkeys(item.person for item in kept))
    number = {person: label for label, person in enumerate(people)}
    return FaceSet(
        pictures[: len(kept)],
        np.array([number[item.person] for item in kept], dtype=np.int64),
        people,
        tuple(spoken(str(item.path)) for item in kept),
        tuple(skipped),
        tuple(doubts),
        cut=cut,
    )


def _same_as(item: _Item, first: _Item) -> str:
    """That a picture is there twice; worse, where it is under two names."""
    sentence = f"{spoken(str(item.path))} is the same picture as {spoken(str(first.path))}"
    if item.person == first.person:
        return f"{sentence}, and counts once."
    return f"{sentence}, and counts once, as one of {spoken(first.person, 40)}."


def _below(name: str) -> PurePosixPath:
    """An upload's name as a path that stays where it is."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return PurePosixPath(*[part for part in parts if part not in {"/", "//", ".."}])
