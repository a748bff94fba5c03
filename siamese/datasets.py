"""Folder, zip, uploads, built-in people or a public set → `FaceSet`; sets joined, split, packed."""

import hashlib
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps

from siamese.archives import DataError, File, natural, opened
from siamese.images import PictureError, open_picture, spoken

Align = Callable[[Image.Image], Image.Image]
Progress = Callable[[int, int], None]

SIZE = 112  # pixels a side; the networks take what they need of it
MAX_PICTURES = 20_000  # 750 MB at 112 x 112
CENTRING = (0.5, 0.4)  # a crop to a square keeps more of the top: portraits have their face there

ENOUGH = 1500  # pixels of a photo's shorter side: the face in it is found and cut out as well
FOUND = "doubts"  # where `align` leaves its sentences in the `info` of the picture that it returns

SOURCES: dict[str, Path | None] = {
    "sample_faces": Path(__file__).resolve().parent.parent / "sample_faces",
    "olivetti": None,  # public sets are fetched once, by `siamese.public`
    "lfw": None,
}


@dataclass(frozen=True, eq=False)
class FaceSet:
    """Square RGB pictures in the order of their people. Treat the arrays as read-only."""

    pictures: NDArray[np.uint8]  # (N, H, W, 3)
    labels: NDArray[np.int64]  # (N,), rising, 0..P-1
    people: tuple[str, ...]  # (P,)
    files: tuple[str, ...]  # (N,), where each picture came from
    skipped: tuple[str, ...] = field(default=(), repr=False)  # a sentence for each one left out
    doubts: tuple[str, ...] = field(default=(), repr=False)  # likewise, on one that was kept

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Pictures of each person, (P,)."""
        return np.bincount(self.labels, minlength=len(self.people))

    def choose(self, indices: ArrayLike) -> "FaceSet":
        """These pictures (indices or a mask), in the set's own order, and the people on them."""
        picked = np.asarray(indices)
        if picked.dtype != bool:
            picked = picked.astype(np.int64)  # an empty list comes as floats
        kept = np.unique(np.arange(len(self))[picked])
        present, labels = np.unique(self.labels[kept], return_inverse=True)
        return FaceSet(
            self.pictures[kept],
            labels.astype(np.int64),
            tuple(self.people[person] for person in present),
            tuple(self.files[picture] for picture in kept),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a teacher should know of this set before training on it, in sentences."""
        single = int((self.counts == 1).sum())
        if len(self.people) == 1:
            return ("All pictures show one person: without a second one there is nothing to tell.",)
        if single == len(self.people):
            return ("Everybody has a single picture, so there is no pair of the same person.",)
        if single:
            have = "person has" if single == 1 else "people have"
            return (
                f"{single:,} {have} a single picture: good for pairs of different people only "
                f"({_some(self.people[person] for person in np.flatnonzero(self.counts == 1))}).",
            )
        return ()


@dataclass(frozen=True, eq=False)
class Split:
    """What the net learns from, and what it is tested on."""

    seen: FaceSet
    unseen: FaceSet


def load(
    source: str | Path | bytes | BinaryIO,
    size: int = SIZE,
    *,
    align: Align | None = None,
    progress: Progress | None = None,
) -> FaceSet:
    """The faces of a name in `SOURCES`, of a folder or of a zip (its path, bytes or stream).

    The folder that a picture lies in is its person, whatever lies around it. Pictures that lie
    loose are named for their person (`anna_1.jpg`). `align` turns a picture into a face crop
    before it is cut to a square; it may raise `PictureError`. `progress` hears (done, of all).
    Public sets come aligned, and from the internet where this machine does not have them yet.
    Raises `DataError` where no picture is left.
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
        return _gather(files, name, size, align, progress)


def from_uploads(
    uploads: Iterable[tuple[str, bytes]],
    size: int = SIZE,
    *,
    align: Align | None = None,
    progress: Progress | None = None,
) -> FaceSet:
    """The faces of loose files: (name, bytes). The person is the folder or the file's name.

    `anna_1.jpg`, `anna 02.png` and `Anna (3).jpg` are one person. A zip among the files is read as
    `load` reads it.
    """
    loose, sets, skipped = [], [], []
    for name, data in uploads:
        if PurePosixPath(name).suffix.lower() == ".zip":
            try:
                with opened(io.BytesIO(data), spoken(name)) as files:
                    sets.append(_gather(files, spoken(name), size, align, progress))
            except DataError as error:
                skipped.append(str(error))
        else:
            loose.append(File(_below(name), partial(bytes, data)))
    if loose:
        try:
            sets.append(_gather(loose, "The upload", size, align, progress))
        except DataError as error:
            skipped.append(str(error))
    if not sets:
        raise DataError(" ".join(skipped) or "There are no pictures yet: choose some.")
    faces = merge(sets)
    return replace(faces, skipped=(*skipped, *faces.skipped))


def merge(sets: Sequence[FaceSet]) -> FaceSet:
    """All pictures of several sets; people of the same name are one person."""
    if not sets:
        raise DataError("There are no pictures yet: choose some.")
    if len({faces.pictures.shape[1:] for faces in sets}) > 1:
        raise DataError("Sets with pictures of different sizes cannot be joined.")
    if len(sets) == 1:
        return sets[0]
    items = [
        _Item(faces.people[label], PurePosixPath(file), partial(np.asarray, picture))
        for faces in sets
        for picture, label, file in zip(faces.pictures, faces.labels, faces.files, strict=True)
    ]
    faces = _assemble(items, sets[0].pictures.shape[1], "The set")
    before = [sentence for faces in sets for sentence in faces.skipped]
    doubts = [sentence for faces in sets for sentence in faces.doubts]
    return replace(faces, skipped=(*before, *faces.skipped), doubts=tuple(doubts))


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


def some_people(faces: FaceSet, count: int, seed: int = 0, one_each: bool = False) -> FaceSet:
    """So many people of a set, drawn by the seed, with all their pictures or one of each.

    With all their pictures, those who have more than one come first. A larger count keeps those of
    a smaller one.
    """
    if count < 1:
        raise DataError(f"The number of people must be 1 or more, not {count}.")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(faces.people))
    if not one_each:
        order = order[np.argsort(faces.counts[order] < 2, kind="stable")]
    rows = rng.permutation(len(faces))
    rows = rows[np.isin(faces.labels[rows], order[:count])]
    if one_each:
        rows = rows[np.unique(faces.labels[rows], return_index=True)[1]]
    return faces.choose(rows)


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


def split_by_person(faces: FaceSet, unseen: float = 0.25, seed: int = 0) -> Split:
    """Keep a share of the *people* for the test: the net meets none of their pictures before.

    People with one picture can only be the other half of a 'different' pair; the same share of
    them is kept. Both sides get at least two people with two pictures or more.
    """
    rng = _generator(unseen, seed)
    several = np.flatnonzero(faces.counts >= 2)
    if len(several) < 4:
        raise DataError(
            "A split by person needs at least 4 people with two pictures each, two to learn from "
            f"and two to be tested on; here {_are(len(several))}."
        )
    single = np.flatnonzero(faces.counts == 1)
    kept = np.clip(round(unseen * len(several)), 2, len(several) - 2)
    people = np.concatenate(
        [
            rng.permutation(several)[:kept],
            rng.permutation(single)[: round(unseen * len(single))],
        ]
    )
    is_unseen = np.isin(faces.labels, people)  # (N,)
    return Split(faces.choose(~is_unseen), faces.choose(is_unseen))


def split_by_picture(faces: FaceSet, unseen: float = 0.25, seed: int = 0) -> Split:
    """Keep a share of each person's *pictures*: LEAKY, since the net has met all the people.

    It flatters every score; it is here because a lesson shows by how much. Both sides get at least
    two pictures of each person; whoever has fewer than four stays among the seen.
    """
    rng = _generator(unseen, seed)
    enough = np.flatnonzero(faces.counts >= 4)
    if len(enough) < 2:
        raise DataError(
            "A split by picture needs at least 2 people with four pictures each, two pictures to "
            f"learn from and two for the test; here {_are(len(enough))}."
        )
    is_unseen = np.zeros(len(faces), dtype=bool)
    for person in enough:
        pictures = rng.permutation(np.flatnonzero(faces.labels == person))
        is_unseen[pictures[: np.clip(round(unseen * len(pictures)), 2, len(pictures) - 2)]] = True
    return Split(faces.choose(~is_unseen), faces.choose(is_unseen))


def pair_counts(faces: FaceSet) -> tuple[int, int]:
    """How many pairs of pictures show the same person, and how many different people."""
    same = sum(int(n) * (int(n) - 1) // 2 for n in faces.counts)
    return same, len(faces) * (len(faces) - 1) // 2 - same


def person_in(file_name: str) -> str:
    """The person that a loose file is named for, '' where the name does not tell.

    `anna_1.jpg` → anna, `Anna (3).jpg` → Anna, `s1_03.pgm` → s1, `IMG_2041.jpg` → ''.
    """
    stem = spoken(PurePosixPath(file_name).stem)
    match = _NUMBERED.fullmatch(stem)
    who = match["who"].strip(" _.-…") if match else stem
    return "" if _CAMERA.fullmatch(who) else who


_NUMBERED = re.compile(r"(?P<who>.*?)([\s_.-]*\d+|([\s_.-]+\d+)?\s*\(\d+\))?")
_SEPARATORS = re.compile(r"[\s_.-]+")
_CAMERA = re.compile(
    r"(img|image|dscn?|dscf|pxl|mvimg|photo|picture|pic|scan|file|untitled|screenshot"
    r"|whatsapp image|camera|foto|bild)?([\s_.-]*\d.*)?",
    re.IGNORECASE,
)


def _below(name: str) -> PurePosixPath:
    """An upload's name as a path that stays where it is."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return PurePosixPath(*[part for part in parts if part not in {"/", "//", ".."}])


def _generator(unseen: float, seed: int) -> np.random.Generator:
    if not 0 < unseen < 1:
        raise DataError(f"The share kept for the test must lie between 0 and 1, not {unseen:g}.")
    if seed < 0:
        raise DataError(f"The seed must be 0 or more, not {seed}.")
    return np.random.default_rng(seed)


def _some(names: Iterable[str], shown: int = 5) -> str:
    """The first few names, and how many more there are."""
    known = [spoken(name, 40) for name in names]
    rest = [f"{len(known) - shown:,} more"] if len(known) > shown else []
    return ", ".join([*known[:shown], *rest])


def _are(people: int) -> str:
    return {0: "there is none", 1: "there is 1"}.get(people, f"there are {people}")


def _gather(
    files: list[File],
    name: str,
    size: int,
    align: Align | None = None,
    progress: Progress | None = None,
) -> FaceSet:
    whose = _whose(files)
    items, skipped = [], []
    for file in files:
        try:
            items.append(_Item(whose(file.path), file.path, partial(_square, file, size, align)))
        except PictureError as error:
            skipped.append(str(error))
    faces = _assemble(items, size, name, progress)
    skipped += faces.skipped
    if len(faces) == 0:
        first = f" The first of {len(skipped)} left out: {skipped[0]}" if skipped else ""
        raise DataError(
            f"{name} has no picture that can be used: it needs a folder for each person, or files "
            f"such as anna_1.jpg.{first}"
        )
    return replace(faces, skipped=tuple(skipped))


def _whose(files: list[File]) -> Callable[[PurePosixPath], str]:
    """How these files tell their person: by folder, or by name where all lie in one place."""
    folders = {file.path.parent for file in files}
    named = {person_in(file.path.name) for file in files} - {""}
    in_one_place = len(folders) == 1 and 2 <= len(named) < len(files)
    spelling: dict[str, str] = {}  # Anna, anna and ANNA are one person, spelt as met first

    def whose(path: PurePosixPath) -> str:
        if path.parent.name and not in_one_place:
            return spoken(path.parent.name)
        person = person_in(path.name)
        if not person:
            raise PictureError(
                f"{spoken(str(path))} does not say who it shows: name it like anna_1.jpg."
            )
        return spelling.setdefault(_SEPARATORS.sub(" ", person).casefold(), spoken(person))

    return whose


def _square(file: File, size: int, align: Align | None) -> Image.Image:
    # Twice the size: then the reduced decoding of a large JPEG cannot be seen in the result.
    image = open_picture(file.read(), str(file.path), side=ENOUGH if align else 2 * size)
    doubts = []
    if align is not None:
        try:
            image = align(image)
        except PictureError as error:
            raise PictureError(_of(file.path, str(error))) from None
        doubts = [_of(file.path, sentence) for sentence in image.info.get(FOUND, ())]
    image = ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC, centering=CENTRING)
    image.info = {FOUND: doubts}
    return image


def _of(path: PurePosixPath, sentence: str) -> str:
    """A sentence that says which picture it is about."""
    name = spoken(str(path))
    return sentence if name in sentence else f"{name}: {sentence}"


@dataclass(frozen=True)
class _Item:
    """A picture to come: whose it is, where it is from, and how to get it, (H, W, 3)."""

    person: str
    path: PurePosixPath
    picture: Callable[[], Image.Image | NDArray[np.uint8]]


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
    skipped, doubts = [], []
    for done, item in enumerate(items, start=1):
        row = len(kept)
        try:
            picture = item.picture()
            pictures[row] = np.asarray(picture)
            twin = row_of.setdefault(hashlib.sha256(pictures[row]).digest(), row)
            if twin < row:
                raise PictureError(_same_as(item, kept[twin]))
            kept.append(item)
            if isinstance(picture, Image.Image):
                doubts += picture.info.get(FOUND, ())
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
    )


def _same_as(item: _Item, first: _Item) -> str:
    """That a picture is there twice; worse, where it is under two names."""
    sentence = f"{spoken(str(item.path))} is the same picture as {spoken(str(first.path))}"
    if item.person == first.person:
        return f"{sentence}, and counts once."
    return f"{sentence}, and counts once, as one of {spoken(first.person, 40)}."
