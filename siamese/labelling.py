"""Paths of pictures → whose picture each one is.

In some sets the folder is the person, in others a folder above it, since folders below a person
hold views, clips or years; or folders are splits and visits, and the file's name says who it is.
So each folder is looked at among its like: one that is called 'train' or 'frontal' tells nobody,
and names that come back below several parents are parts of a person rather than people. How it was
read is said in words, and so is where it might be read otherwise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal, get_args

from siamese.faces import DataError
from siamese.filenames import Named, in_known_pattern, people_in, spelling
from siamese.folders import Chain, Folder, Folders, around, same, some
from siamese.images import spoken
from siamese.levels import FAR_MORE, SHARE, Levels, mostly
from siamese.namesakes import are_numbered, doubts_of, keys
from siamese.vocabulary import is_silent, speaks

PeopleBy = Literal["auto", "folder", "top", "name"]
PEOPLE_BY: tuple[PeopleBy, ...] = get_args(PeopleBy)

DOUBTS = 3  # sentences of a set at most


@dataclass(frozen=True)
class Labelling:
    """Who is on each picture, and how that was told."""

    by: str  # in words: 'folder', 'file name'
    people: tuple[str, ...]  # for each path, '' where nothing tells
    doubts: tuple[str, ...] = ()  # sentences: what could be read otherwise
    silent: str = ""  # why nothing tells who is on a picture, where one of them has nobody


def label(paths: Sequence[PurePosixPath], by: PeopleBy = "auto") -> Labelling:
    """Whose picture lies at each path, told by itself or as asked for.

    'folder' takes the folder that a picture lies in, 'top' the highest one that not all of them
    share, 'name' the file's name. DataError where `by` is none of these.
    """
    if by not in PEOPLE_BY:
        raise DataError(f"People are told apart by {', '.join(PEOPLE_BY)}, not by '{by}'.")
    if by == "auto":
        return _Reading(paths).labelling()
    named = people_in([path.name for path in paths])
    if by == "name":
        return Labelling("file name", named.people, silent=named.reason)
    folders = _parents(paths) if by == "folder" else _tops(paths)
    people = tuple(folder or who for folder, who in zip(folders, named.people, strict=True))
    return Labelling("folder" if by == "folder" else "top folder", people)


def listed(data: bytes, name: str, paths: Sequence[PurePosixPath]) -> Labelling | None:
    """By a list of files and people, one each line, such as CelebA's; None where it is none.

    Nearly all paths have to be in it, by their name or with their folders.
    """
    lines = data.decode("utf-8", "replace").splitlines()
    pairs = [_pair(line) for line in lines]
    person = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    people = tuple(
        person.get(path.name) or person.get(str(path)) or person.get(path.stem) or ""
        for path in paths
    )
    told = sum(map(bool, people))
    if told < SHARE * len(paths) or not 1 < len(set(people) - {""}) < told:
        return None
    return Labelling(f"the list {spoken(name, 40)}", people)


def _pair(line: str) -> list[str]:
    """The two columns of a line, by commas, tabs or, where there are none, by the last space."""
    sign = next((sign for sign in "\t,;" if sign in line), None)
    parts = line.split(sign) if sign else line.rsplit(None, 1)
    return [part.strip().strip('"') for part in parts]


def _parents(paths: Iterable[PurePosixPath]) -> list[str]:
    return [same(path.parent.name) for path in paths]


def _tops(paths: Sequence[PurePosixPath]) -> list[str]:
    """The highest folder of each path below those around all of them."""
    depth = len(around(paths))
    return [same((path.parts[depth:-1] or path.parts[:-1] or ("",))[0]) for path in paths]


class _Reading:
    """What the folders and the names of a set say of the people in it."""

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self.paths = paths
        self.folders = Folders(paths)
        self.doubts: list[str] = []

    @cached_property
    def named(self) -> Named:
        return people_in([path.name for path in self.paths])

    def labelling(self) -> Labelling:
        if known := in_known_pattern([path.name for path in self.paths]):
            return Labelling("file name", tuple(known))
        levels = Levels(self.folders)
        chains = levels.one_level([self.folders.speaking(path) for path in self.paths])
        self.doubts += levels.doubts
        if self._names_beat(chains):
            chains = [()] * len(chains)
        return self._told(chains)

    def _names_beat(self, chains: Sequence[Chain]) -> bool:
        """True where folders are rooms or days that nobody listed: the same many people are named
        in each of them."""
        pairs = {
            (same(chain[-1][-1]), spelling(who))
            for chain, who in zip(chains, self.named.people, strict=True)
            if chain and who
        }
        folders, names = {folder for folder, _ in pairs}, {name for _, name in pairs}
        inside, told = sum(map(bool, chains)), sum(map(bool, self.named.people))
        if not self.named.words and not are_numbered(folders):
            return False
        if len(folders) < 2 or told < SHARE * inside or 2 * len(names) > inside:
            return False
        if FAR_MORE * len(pairs) < 3 * len(names):  # on average in fewer than 1.5 of the folders
            return False
        if any(spelling(folder) in names for folder in folders):
            return False
        are_numbers = self.named.words and not any(map(speaks, folders))
        wins = len(names) >= FAR_MORE * len(folders) or (are_numbers and len(names) > len(folders))
        self.doubts.append(
            f"Files in each of the folders {some(folders)} have the same names ({some(names)}): "
            f"{'the names' if wins else 'the folders'} were taken for people."
        )
        return wins

    def _without_mixed(self, chains: Sequence[Chain]) -> list[Chain]:
        """Where most pictures are told by name, so are those of a folder with the same names."""
        loose = [who for who, chain in zip(self.named.people, chains, strict=True) if not chain]
        known = {spelling(who) for who in loose if who}
        if 2 * sum(map(bool, loose)) < len(chains):
            return list(chains)
        named: dict[Folder, list[str]] = defaultdict(list)
        for chain, who in zip(chains, self.named.people, strict=True):
            if chain:
                named[chain[-1]].append(spelling(who))
        mixed = {
            folder
            for folder, names in named.items()
            if len(set(names)) > 1 and mostly(name in known for name in names)
        }
        return [() if chain and chain[-1] in mixed else chain for chain in chains]

    def _told(self, chains: Sequence[Chain]) -> Labelling:
        """The person of each picture: of its folder, of its name, of the only folder there is."""
        chains = self._without_mixed(chains)
        key = keys({chain[-1] for chain in chains if chain})
        by_folder = [key[chain[-1]] if chain else "" for chain in chains]
        by_name = self._by_name(by_folder)
        people = [folder or name for folder, name in zip(by_folder, by_name, strict=True)]
        if not any(by_folder):
            people = self._by_what_is_around(people)
        self.doubts += doubts_of(chains, also_together=not self.doubts)
        by_names = [who == name for who, name in zip(people, by_name, strict=True) if who]
        ways = {"folder": not all(by_names), "file name": any(by_names)}
        silent = "" if all(people) else self._why_silent(people)
        doubts = tuple(dict.fromkeys(self.doubts))[:DOUBTS]
        return Labelling(
            " and ".join(way for way in ways if ways[way]), tuple(people), doubts, silent
        )

    def _by_name(self, by_folder: Sequence[str]) -> list[str]:
        """Who loose pictures are named for. Beside folders of people, a single one counts only if
        it is named for one of them."""
        people = {spelling(who): who for who in by_folder if who}
        loose = [index for index, who in enumerate(by_folder) if not who]
        named = people_in([self.paths[index].name for index in loose]).people
        counts = Counter(map(spelling, named))
        result = [""] * len(by_folder)
        for index, who in zip(loose, named, strict=True):
            if who and (not people or spelling(who) in people or counts[spelling(who)] > 1):
                result[index] = people.get(spelling(who), who)
        return result

    def _by_what_is_around(self, people: Sequence[str]) -> list[str]:
        """Everything lies in one place. If the names tell no two people apart, the folder around
        it is the one person, where it bears a name."""
        around = self.folders.around
        speaking = [name for name in around if not is_silent(name)]
        is_inside = [path.parts[: len(around)] == around for path in self.paths]
        named = {who for who, inside in zip(people, is_inside, strict=True) if inside and who}
        if not speaking or self.named.reason or 2 <= len(named) < sum(is_inside):
            return list(people)
        return [
            same(speaking[-1]) if inside else who
            for who, inside in zip(people, is_inside, strict=True)
        ]

    def _why_silent(self, people: Sequence[str]) -> str:
        """Why pictures have nobody."""
        places = {
            path.parent.name for path, who in zip(self.paths, people, strict=True) if not who
        } - {""}
        if self.named.reason or any(people) or not places:
            return self.named.reason
        return (
            f"folders such as {some(places)} say how pictures were taken or sorted, and not who "
            "is on them"
        )
