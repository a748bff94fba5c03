"""Of folders in folders, the level that is the people: one a picture.

Names that come back below several parents are parts of a person rather than people, and so are
numbers and codes beside names. Where it could be read otherwise, that is said in words.
"""

from collections import defaultdict
from collections.abc import Iterable

from siamese.filenames import spelling
from siamese.folders import Chain, Folder, Folders, same, some
from siamese.vocabulary import is_machine_made, is_role_with_number, speaks

FAR_MORE = 2  # times as many names, from which a level that recurs is the people all the same
SHARE = 0.8  # of files that agree, where a few may stray

Pair = tuple[Folder, Folder]  # one, and one somewhere inside it


class Levels:
    """Which folders are people, and in `doubts` where that could be read otherwise."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.doubts: list[str] = []

    def one_level(self, chains: list[Chain]) -> list[Chain]:
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
            {same(folder[-1]) for folder in side} for side in zip(*pairs, strict=True)
        )
        roles = [all(map(is_role_with_number, names)) for names in (uppers, lowers)]
        are_many = not _recurs(pairs) or FAR_MORE * len(lowers) > len(uppers)
        if roles[0] != roles[1] and not any(map(speaks, lowers)) and (roles[0] or are_many):
            return roles[0]  # S005/001 or att/s1
        if mostly(_begins(same(lower[-1]), same(upper[-1])) for upper, lower in pairs):
            return True  # anna/anna_beach
        if mostly(map(is_machine_made, lowers)) and not mostly(map(is_machine_made, uppers)):
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
            f"Folders called {some(lowers)} lie in several others ({some(uppers)}): "
            f"{some(people)} were taken for people, and {some(parts)} for parts."
        )
        return is_upper

    def _unique(self, pairs: list[Pair], uppers: set[str], lowers: set[str]) -> bool:
        """Each folder lies in one other only: the inner ones are people, unless they look like
        parts of one."""
        is_upper = all(map(speaks, uppers)) and all(name.isdigit() for name in lowers)
        if len(lowers) == len(uppers) == len(pairs):
            return is_upper
        outer = pairs[0][0][:-1]
        beside = [(*outer, name) for name in self.folders.below[outer]]
        is_upper |= 2 * sum(map(self.folders.is_leaf, beside)) >= len(beside) > 1
        if is_upper or len(uppers) > 1:
            taken = some(uppers if is_upper else lowers)
            self.doubts.append(
                f"Folders such as {some(uppers)} hold others ({some(lowers)}): {taken} were "
                "taken for people."
            )
        return is_upper

    def _files_begin_with(self, pairs: list[Pair]) -> bool | None:
        """True where files bear the upper folder's name, False the lower one's, None neither's."""
        named = [
            (_begins(name, upper[-1]), _begins(name, lower[-1]))
            for upper, lower in pairs
            for name in self.folders.files[lower]
        ]
        uppers, lowers = sum(upper for upper, _ in named), sum(lower for _, lower in named)
        if max(uppers, lowers) < SHARE * len(named) or uppers == lowers:
            return None
        return uppers > lowers


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
        together.join(("upper", same(upper[-1])), ("lower", same(lower[-1])))
        together.join(("upper", same(upper[-1])), ("outer", "/".join(upper[:-1])))
    groups: dict[object, list[Pair]] = defaultdict(list)
    for pair in sorted(pairs):
        groups[together.root(("upper", same(pair[0][-1])))].append(pair)
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
    names = {(same(upper[-1]), same(lower[-1])) for upper, lower in pairs}
    return len(names) > len({lower for _, lower in names})


def mostly(answers: Iterable[bool]) -> bool:
    known = list(answers)
    return sum(known) >= SHARE * len(known)


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
