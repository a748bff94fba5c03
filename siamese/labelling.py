"""Paths of pictures → whose picture each one is.

In some sets the folder is the person, in others a folder above it, since folders below a person
hold views, clips or years; or folders are splits and visits, and the file's name says who it is.
So each folder is looked at among its like: one that is called 'train' or 'frontal' tells nobody,
and names that come back below several parents are parts of a person rather than people. How it was
read is said in words, and so is where it might be read otherwise.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal, get_args

from siamese.faces import DataError
from siamese.filenames import Named, in_known_pattern, people_in, spelling
from siamese.images import spoken
from siamese.vocabulary import (
    is_date,
    is_machine_made,
    is_role_with_number,
    is_silent,
    is_surely_silent,
    speaks,
)

PeopleBy = Literal["auto", "folder", "top", "name"]
PEOPLE_BY: tuple[PeopleBy, ...] = get_args(PeopleBy)

FAR_MORE = 2  # times as many names, from which a level that recurs is the people all the same
DOUBTS = 3  # sentences of a set at most
SHARE = 0.8  # of files that agree, where a few may stray

Folder = tuple[str, ...]  # its path, from the top
Pair = tuple[Folder, Folder]  # one, and one somewhere inside it
Chain = tuple[Folder, ...]  # folders on the way to a picture, from the top


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
        return _Tree(paths).labelling()
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
    return [_same(path.parent.name) for path in paths]


def _tops(paths: Sequence[PurePosixPath]) -> list[str]:
    """The highest folder of each path below those around all of them."""
    depth = len(_around(paths))
    return [_same((path.parts[depth:-1] or path.parts[:-1] or ("",))[0]) for path in paths]


def _around(paths: Sequence[PurePosixPath]) -> Folder:
    """The folders that hold everything, but for loose files on the way down to it."""
    below: dict[Folder, set[str]] = defaultdict(set)
    for path in paths:
        for depth, part in enumerate(path.parts[:-1]):
            below[path.parts[:depth]].add(part)
    here: Folder = ()
    while len(below[here]) == 1:
        here = (*here, *below[here])
    return here


def _same(name: str) -> str:
    """One spelling of a name that a Mac and Linux write in different bytes."""
    return unicodedata.normalize("NFC", name)


class _Tree:
    """The folders of a set, and what they say of the people in it."""

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self.paths = paths
        self.around = _around(paths)
        self.doubts: list[str] = []
        inside: dict[Folder, dict[str, None]] = defaultdict(dict)
        self.files: dict[Folder, list[str]] = defaultdict(list)  # names below, however deep
        for path in paths:
            for depth, part in enumerate(path.parts[:-1]):
                inside[path.parts[:depth]][part] = None
                self.files[path.parts[: depth + 1]].append(path.name)
        self.below = defaultdict(list, {folder: list(names) for folder, names in inside.items()})
        self.silent: dict[Folder, bool] = {}
        self.words: dict[Folder, tuple[int, bool]] = {}  # see `_words_among`

    @cached_property
    def named(self) -> Named:
        return people_in([path.name for path in self.paths])

    def labelling(self) -> Labelling:
        if known := in_known_pattern([path.name for path in self.paths]):
            return Labelling("file name", tuple(known))
        chains = [self._speaking(path) for path in self.paths]
        chains = self._one_level(chains)
        if self._names_beat(chains):
            chains = [()] * len(chains)
        return self._told(chains)

    # -- which folders say anything ----------------------------------------------------------------

    def _speaking(self, path: PurePosixPath) -> Chain:
        """The folders on the way to a picture that may say who it is, from the top."""
        way = [path.parts[:depth] for depth in range(1, len(path.parts))]
        return tuple(folder for folder in way if not self._is_silent(folder))

    def _is_silent(self, folder: Folder) -> bool:
        if folder not in self.silent:
            self.silent[folder] = folder == self.around[: len(folder)] or self._says_nothing(folder)
        return self.silent[folder]

    def _says_nothing(self, folder: Folder) -> bool:
        """A word that tells nobody, unless those beside it are names: then it is a name as well."""
        name, outer = folder[-1], folder[:-1]
        if not is_silent(name):
            return False
        if outer not in self.words:
            self.words[outer] = _words_among(self.below[outer])
        words, are_roles = self.words[outer]
        if is_role_with_number(name):  # face1, face2, male 3
            return not are_roles
        beside = len(self.below[outer])
        if is_surely_silent(name) or 2 * words >= beside or beside == 1:
            return True
        inside = set(map(_same, self.below[folder]))
        return not inside.isdisjoint(map(_same, self.below[outer]))  # 'old' holds anna once more

    # -- which level of them is the people ---------------------------------------------------------

    def _one_level(self, chains: list[Chain]) -> list[Chain]:
        """Of several speaking folders in a row, the one that behaves like a person."""
        while any(len(chain) > 1 for chain in chains):
            pairs = {(chain[-2], chain[-1]) for chain in chains if len(chain) > 1}
            is_person: dict[Folder, bool] = {}
            for group in _groups(pairs):
                verdict = self._is_upper(group)
                is_person |= {upper: verdict for upper, _ in group}
            chains = [_shortened(chain, is_person) for chain in chains]
        return chains

    def _is_upper(self, pairs: list[Pair]) -> bool:
        """True where, of folders and those inside, the upper ones are the people."""
        by_files = self._files_begin_with(pairs)
        if by_files is not None:
            return by_files
        uppers, lowers = (
            {_same(folder[-1]) for folder in side} for side in zip(*pairs, strict=True)
        )
        roles = [all(map(is_role_with_number, names)) for names in (uppers, lowers)]
        are_many = not _recurs(pairs) or FAR_MORE * len(lowers) > len(uppers)
        if roles[0] != roles[1] and not any(map(speaks, lowers)) and (roles[0] or are_many):
            return roles[0]  # S005/001 or att/s1
        if _mostly(_begins(_same(lower[-1]), _same(upper[-1])) for upper, lower in pairs):
            return True  # anna/anna_beach
        if _mostly(map(is_machine_made, lowers)) and not _mostly(map(is_machine_made, uppers)):
            return True  # Ann_Lee/1zcIwhmdeo4
        if _recurs(pairs):
            return self._recurring(uppers, lowers)
        return self._unique(pairs, uppers, lowers)

    def _recurring(self, uppers: set[str], lowers: set[str]) -> bool:
        """Names that come back below several parents are parts: views, clips, years. Where they are
        far more than their parents, it is these that are parts: sessions, rooms."""
        is_upper = len(lowers) < FAR_MORE * len(uppers)
        if all(map(speaks, lowers)) and not any(map(speaks, uppers)):
            is_upper = len(uppers) >= FAR_MORE * len(lowers)
        elif all(map(speaks, uppers)) and not any(map(speaks, lowers)):
            is_upper = len(uppers) > 2 or len(lowers) < FAR_MORE * FAR_MORE
        if is_upper and FAR_MORE * len(lowers) <= len(uppers):
            return True
        parts, people = (lowers, uppers) if is_upper else (uppers, lowers)
        self.doubts.append(
            f"Folders called {_some(lowers)} lie in several others ({_some(uppers)}): "
            f"{_some(people)} were taken for people, and {_some(parts)} for parts."
        )
        return is_upper

    def _unique(self, pairs: list[Pair], uppers: set[str], lowers: set[str]) -> bool:
        """Each folder lies in one other only: the inner ones are people, unless they look like
        parts of one."""
        is_upper = all(map(speaks, uppers)) and all(name.isdigit() for name in lowers)
        if len(lowers) == len(uppers) == len(pairs):
            return is_upper
        outer = pairs[0][0][:-1]
        beside = [(*outer, name) for name in self.below[outer]]
        is_upper |= 2 * sum(map(self._is_leaf, beside)) >= len(beside) > 1
        if is_upper or len(uppers) > 1:
            taken = _some(uppers if is_upper else lowers)
            self.doubts.append(
                f"Folders such as {_some(uppers)} hold others ({_some(lowers)}): {taken} were "
                "taken for people."
            )
        return is_upper

    def _is_leaf(self, folder: Folder) -> bool:
        """True for a folder of pictures, without others inside that might be people."""
        inside = [(*folder, name) for name in self.below[folder]]
        return not self._is_silent(folder) and all(map(self._is_silent, inside))

    def _files_begin_with(self, pairs: list[Pair]) -> bool | None:
        """True where files bear the upper folder's name, False the lower one's, None neither's."""
        named = [
            (_begins(name, upper[-1]), _begins(name, lower[-1]))
            for upper, lower in pairs
            for name in self.files[lower]
        ]
        uppers, lowers = sum(upper for upper, _ in named), sum(lower for _, lower in named)
        if max(uppers, lowers) < SHARE * len(named) or uppers == lowers:
            return None
        return uppers > lowers

    # -- folders or file names ---------------------------------------------------------------------

    def _names_beat(self, chains: Sequence[Chain]) -> bool:
        """True where folders are rooms or days that nobody listed: the same many people are named
        in each of them."""
        pairs = {
            (_same(chain[-1][-1]), spelling(who))
            for chain, who in zip(chains, self.named.people, strict=True)
            if chain and who
        }
        folders, names = {folder for folder, _ in pairs}, {name for _, name in pairs}
        inside, told = sum(map(bool, chains)), sum(map(bool, self.named.people))
        if not self.named.words and not _are_numbered(folders):
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
            f"Files in each of the folders {_some(folders)} have the same names ({_some(names)}): "
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
            if len(set(names)) > 1 and _mostly(name in known for name in names)
        }
        return [() if chain and chain[-1] in mixed else chain for chain in chains]

    def _told(self, chains: Sequence[Chain]) -> Labelling:
        """The person of each picture: of its folder, of its name, of the only folder there is."""
        chains = self._without_mixed(chains)
        key = _keys({chain[-1] for chain in chains if chain})
        by_folder = [key[chain[-1]] if chain else "" for chain in chains]
        by_name = self._by_name(by_folder)
        people = [folder or name for folder, name in zip(by_folder, by_name, strict=True)]
        if not any(by_folder):
            people = self._by_what_is_around(people)
        self._several_places(chains)
        by_names = [who == name for who, name in zip(people, by_name, strict=True) if who]
        ways = ["folder"] * (not all(by_names)) + ["file name"] * any(by_names)
        silent = "" if all(people) else self._why_silent(people)
        doubts = tuple(dict.fromkeys(self.doubts))[:DOUBTS]
        return Labelling(" and ".join(ways), tuple(people), doubts, silent)

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
        around = [name for name in self.around if not is_silent(name)]
        is_inside = [path.parts[: len(self.around)] == self.around for path in self.paths]
        named = {who for who, inside in zip(people, is_inside, strict=True) if inside and who}
        if not around or self.named.reason or 2 <= len(named) < sum(is_inside):
            return list(people)
        return [
            _same(around[-1]) if inside else who
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
            f"folders such as {_some(places)} say how pictures were taken or sorted, and not who "
            "is on them"
        )

    def _several_places(self, chains: Iterable[Chain]) -> None:
        """Say where folders of one name in several others were put together or kept apart."""
        places: dict[str, set[Folder]] = defaultdict(set)
        for chain in chains:
            if chain:
                places[_same(chain[-1][-1])].add(chain[-1])
        told = {
            name: sorted({folder[-2] for folder in found if len(folder) > 1})
            for name, found in places.items()
        }
        told = {
            name: outer
            for name, outer in told.items()
            if len(outer) > 1 and not all(map(is_silent, outer))
        }
        if not told:
            return
        name, outer = next(iter(told.items()))
        is_apart = _is_apart(places[name])
        if is_apart or not self.doubts:
            kept = "kept apart" if is_apart else "each taken for one person"
            self.doubts.append(
                f"Folders of one name in several others ({_some(told)} in {_some(outer)}) were "
                f"{kept}."
            )


def _words_among(names: Sequence[str]) -> tuple[int, bool]:
    """How many names of folders are words that tell nobody, and whether all of these have the form
    of face1, face2."""
    silent = [name for name in names if is_silent(name)]
    words = sum(is_surely_silent(name) or is_date(name) for name in silent)
    return words, all(map(is_role_with_number, silent))


def _shortened(chain: Chain, is_person: dict[Folder, bool]) -> Chain:
    """A step nearer to one folder: without the last one, or without the one before it."""
    if len(chain) > 1 and chain[-2] in is_person:
        return chain[:-1] if is_person[chain[-2]] else (*chain[:-2], chain[-1])
    if chain and is_person.get(chain[-1]) is False:
        return chain[:-1]  # lies loose beside the folders of people
    return chain


def _groups(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Pairs of folders that are judged together: those that share names, above or below, and those
    that lie in one place."""
    together = _Together()
    for upper, lower in pairs:
        together.join(("upper", _same(upper[-1])), ("lower", _same(lower[-1])))
        together.join(("upper", _same(upper[-1])), ("outer", "/".join(upper[:-1])))
    groups: dict[object, list[Pair]] = defaultdict(list)
    for pair in sorted(pairs):
        groups[together.root(("upper", _same(pair[0][-1])))].append(pair)
    return list(groups.values())


class _Together:
    """Which of many things hang together."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], tuple[str, str]] = {}

    def root(self, one: tuple[str, str]) -> tuple[str, str]:
        while (above := self._next.setdefault(one, one)) != one:
            self._next[one] = self._next[above]
            one = above
        return one

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        self._next[self.root(one)] = self.root(other)


def _recurs(pairs: Iterable[Pair]) -> bool:
    """True where a lower folder's name is to be found below several names."""
    names = {(_same(upper[-1]), _same(lower[-1])) for upper, lower in pairs}
    return len(names) > len({lower for _, lower in names})


def _mostly(answers: Iterable[bool]) -> bool:
    known = list(answers)
    return sum(known) >= SHARE * len(known)


def _keys(folders: Iterable[Folder]) -> dict[Folder, str]:
    """What each person's folder is called: by its name, whatever its capitals; with the one above
    it, where numbers of two collections would become one person."""
    places: dict[str, set[Folder]] = defaultdict(set)
    for folder in sorted(folders):
        places[_same(folder[-1]).casefold()].add(folder)
    key = {}
    for found in places.values():
        spelt = sorted({_same(folder[-1]) for folder in found})
        is_one = len({folder[:-1] for folder in found}) == len(found)
        for folder in found:
            own = _same(folder[-1]) if not is_one else spelt[0]
            key[folder] = "/".join(map(_same, _named_apart(folder))) if _is_apart(found) else own
    return key


def _named_apart(folder: Folder) -> Folder:
    outer = [name for name in folder[:-1] if not is_silent(name)]
    return (*outer[-1:], folder[-1])


def _is_apart(folders: set[Folder]) -> bool:
    """Number 1 of one collection is not number 1 of another; anna is anna in both."""
    outer = {folder[-2] if len(folder) > 1 else "" for folder in folders}
    if len(folders) < 2 or speaks(next(iter(folders))[-1]):
        return False
    return len({_named_apart(folder) for folder in folders}) > 1 and not (
        any(map(is_silent, outer)) or _are_numbered(outer)
    )


def _are_numbered(names: Iterable[str]) -> bool:
    """True for several of a kind, told by number: room1, room2."""
    kinds = {re.sub(r"\d+", "#", name.casefold()) for name in names}
    return len(kinds) == 1 and "#" in next(iter(kinds))


def _begins(name: str, word: str) -> bool:
    """True where a name begins with a word and goes on with something else."""
    name, word = spelling(name), spelling(word)
    rest = name[len(word) :]
    is_longer_number = word[-1:].isdigit() and rest[:1].isdigit()  # s1 and s10
    return (
        len(word) > 1
        and not word.isdigit()
        and name[: len(word)] == word
        and bool(rest and not is_longer_number)
    )


def _some(names: Iterable[str], shown: int = 3) -> str:
    known = sorted(spoken(name, 40) for name in names)
    return ", ".join(known[:shown]) + (" …" if len(known) > shown else "")
