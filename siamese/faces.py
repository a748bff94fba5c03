"""Pictures of people, and who of them is kept for the test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siamese.images import spoken

SIZE = 112  # pixels a side; the networks take what they need of it


class DataError(ValueError):
    """A set of pictures that cannot be used; the message is for the person who chose it."""


@dataclass(frozen=True, eq=False)
class FaceSet:
    """Square RGB pictures in the order of their people. Treat the arrays as read-only."""

    pictures: NDArray[np.uint8]  # (N, H, W, 3)
    labels: NDArray[np.int64]  # (N,), rising, 0..P-1
    people: tuple[str, ...]  # (P,)
    files: tuple[str, ...]  # (N,), where each picture came from
    skipped: tuple[str, ...] = field(default=(), repr=False)  # a sentence for each one left out
    doubts: tuple[str, ...] = field(default=(), repr=False)  # likewise, on one that was kept
    told: str = ""  # how its people were told apart: 'by folder: 40 people, s1, s2, s3 …'
    unsure: tuple[str, ...] = field(default=(), repr=False)  # what could be read otherwise
    cut: int = 0  # pictures that a face filled too little of, so that it was cut out

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Pictures of each person, (P,)."""
        return np.bincount(self.labels, minlength=len(self.people))

    def choose(self, indices: ArrayLike) -> FaceSet:
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


@dataclass(frozen=True)
class SplitRule:
    """How a set was split. Raises ValueError where that cannot be."""

    by: Literal["person", "picture"]
    unseen: float  # share of the people, or of each person's pictures, that is kept for the test
    seed: int

    def __post_init__(self) -> None:
        numbers = isinstance(self.unseen, float) and isinstance(self.seed, int)
        if self.by not in ("person", "picture") or not numbers:
            raise ValueError(f"Nothing can be split by {self}.")
        _generator(self.unseen, self.seed)


@dataclass(frozen=True, eq=False)
class Split:
    """What the net learns from, and what it is tested on."""

    seen: FaceSet
    unseen: FaceSet
    rule: SplitRule | None = None  # how it came about, where by one of the functions below


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


def split_by_person(faces: FaceSet, unseen: float = 0.25, seed: int = 0) -> Split:
    """Keep a share of the *people* for the test: the net meets none of their pictures before.

    People with one picture can only be the other half of a 'different' pair; the same share of
    them is kept. Both sides get at least two people with two pictures or more.
    """
    rng = _generator(unseen, seed)
    several = _people_with(
        faces,
        2,
        4,
        "A split by person needs at least 4 people with two pictures each, two to learn from and "
        "two to be tested on",
    )
    single = np.flatnonzero(faces.counts == 1)
    people = np.concatenate(
        [
            rng.permutation(several)[: _kept(unseen, len(several))],
            rng.permutation(single)[: round(unseen * len(single))],
        ]
    )
    is_unseen = np.isin(faces.labels, people)  # (N,)
    rule = SplitRule("person", float(unseen), int(seed))
    return Split(faces.choose(~is_unseen), faces.choose(is_unseen), rule)


def split_by_picture(faces: FaceSet, unseen: float = 0.25, seed: int = 0) -> Split:
    """Keep a share of each person's *pictures*: LEAKY, since the net has met all the people.

    It flatters every score; it is here because a lesson shows by how much. Both sides get at least
    two pictures of each person; whoever has fewer than four stays among the seen.
    """
    rng = _generator(unseen, seed)
    enough = _people_with(
        faces,
        4,
        2,
        "A split by picture needs at least 2 people with four pictures each, two pictures to "
        "learn from and two for the test",
    )
    is_unseen = np.zeros(len(faces), dtype=bool)
    for person in enough:
        pictures = rng.permutation(np.flatnonzero(faces.labels == person))
        is_unseen[pictures[: _kept(unseen, len(pictures))]] = True
    rule = SplitRule("picture", float(unseen), int(seed))
    return Split(faces.choose(~is_unseen), faces.choose(is_unseen), rule)


def pair_counts(faces: FaceSet) -> tuple[int, int]:
    """How many pairs of pictures show the same person, and how many different people."""
    same = sum(int(n) * (int(n) - 1) // 2 for n in faces.counts)
    return same, len(faces) * (len(faces) - 1) // 2 - same


def _people_with(faces: FaceSet, pictures: int, least: int, needs: str) -> NDArray[np.intp]:
    """Those with so many pictures or more; DataError, with what is needed, where they are few."""
    found = np.flatnonzero(faces.counts >= pictures)
    if len(found) < least:
        raise DataError(f"{needs}; here {_are(len(found))}.")
    return found


def _kept(unseen: float, count: int) -> int:
    """How many of so many are kept for the test: a share of them, but two at least on each side."""
    return int(np.clip(round(unseen * count), 2, count - 2))


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


def counted(people: Sequence[str]) -> str:
    """How many people, and the first of them: '40 people, s1, s2, s3 …'."""
    one = "1 person" if len(people) == 1 else f"{len(people):,} people"
    more = " …" if len(people) > 3 else ""
    return f"{one}, {', '.join(spoken(name, 40) for name in people[:3])}{more}"
