"""The folders that a set of pictures lies in, and which of them may say who is on one.

A folder that is called 'train' or 'frontal' tells nobody, unless those beside it are people.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from siamese.images import spoken
from siamese.vocabulary import is_date, is_role_with_number, is_silent, is_surely_silent

Folder = tuple[str, ...]  # its path, from the top
Chain = tuple[Folder, ...]  # folders on the way to a picture, from the top


class Folders:
    """All folders on the way to some pictures: what lies in each, and whether it says anything."""

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self.around = around(paths)
        inside: dict[Folder, dict[str, None]] = defaultdict(dict)
        self.files: dict[Folder, list[str]] = defaultdict(list)  # names below, however deep
        for path in paths:
            for depth, part in enumerate(path.parts[:-1]):
                inside[path.parts[:depth]][part] = None
                self.files[path.parts[: depth + 1]].append(path.name)
        self.below = defaultdict(list, {folder: list(names) for folder, names in inside.items()})
        self._silent: dict[Folder, bool] = {}
        self._words: dict[Folder, tuple[int, bool]] = {}  # see `_words_among`

    def speaking(self, path: PurePosixPath) -> Chain:
        """The folders on the way to a picture that may say who it is, from the top."""
        way = [path.parts[:depth] for depth in range(1, len(path.parts))]
        return tuple(folder for folder in way if not self.is_silent(folder))

    def is_silent(self, folder: Folder) -> bool:
        if folder not in self._silent:
            is_around = folder == self.around[: len(folder)]
            self._silent[folder] = is_around or self._says_nothing(folder)
        return self._silent[folder]

    def _says_nothing(self, folder: Folder) -> bool:
        """A word that tells nobody, unless those beside it are names: then it is a name as well."""
        name, outer = folder[-1], folder[:-1]
        if not is_silent(name):
            return False
        if outer not in self._words:
            self._words[outer] = _words_among(self.below[outer])
        words, are_roles = self._words[outer]
        if is_role_with_number(name):  # face1, face2, male 3
            return not are_roles
        beside = len(self.below[outer])
        if is_surely_silent(name) or 2 * words >= beside or beside == 1:
            return True
        inside = set(map(same, self.below[folder]))
        return not inside.isdisjoint(map(same, self.below[outer]))  # 'old' holds anna once more

    def is_leaf(self, folder: Folder) -> bool:
        """True for a folder of pictures, without others inside that might be people."""
        inside = [(*folder, name) for name in self.below[folder]]
        return not self.is_silent(folder) and all(map(self.is_silent, inside))


def _words_among(names: Sequence[str]) -> tuple[int, bool]:
    """How many names of folders are words that tell nobody, and whether all of these have the form
    of face1, face2."""
    silent = [name for name in names if is_silent(name)]
    words = sum(is_surely_silent(name) or is_date(name) for name in silent)
    return words, all(map(is_role_with_number, silent))


def around(paths: Sequence[PurePosixPath]) -> Folder:
    """The folders that hold everything, but for loose files on the way down to it."""
    below: dict[Folder, set[str]] = defaultdict(set)
    for path in paths:
        for depth, part in enumerate(path.parts[:-1]):
            below[path.parts[:depth]].add(part)
    here: Folder = ()
    while len(below[here]) == 1:
        here = (*here, *below[here])
    return here


def same(name: str) -> str:
    """One spelling of a name that a Mac and Linux write in different bytes."""
    return unicodedata.normalize("NFC", name)


def some(names: Iterable[str], shown: int = 3) -> str:
    known = sorted(spoken(name, 40) for name in names)
    return ", ".join(known[:shown]) + (" …" if len(known) > shown else "")
