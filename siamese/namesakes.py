"""Folders of one name in several places: one person, or a namesake in each.

Number 1 of one collection is not number 1 of another; anna is anna in both.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from siamese.folders import Chain, Folder, same, some
from siamese.vocabulary import is_silent, speaks


def keys(folders: Iterable[Folder]) -> dict[Folder, str]:
    """What each person's folder is called: by its name, whatever its capitals; with the one above
    it, where numbers of two collections would become one person."""
    places: dict[str, set[Folder]] = defaultdict(set)
    for folder in sorted(folders):
        places[same(folder[-1]).casefold()].add(folder)
    key = {}
    for found in places.values():
        spelt = sorted({same(folder[-1]) for folder in found})
        is_one = len({folder[:-1] for folder in found}) == len(found)
        for folder in found:
            own = same(folder[-1]) if not is_one else spelt[0]
            key[folder] = "/".join(map(same, _named_apart(folder))) if _is_apart(found) else own
    return key


def _named_apart(folder: Folder) -> Folder:
    outer = [name for name in folder[:-1] if not is_silent(name)]
    return (*outer[-1:], folder[-1])


def _is_apart(folders: set[Folder]) -> bool:
    """True where folders of one name are people of their own."""
    outer = {folder[-2] if len(folder) > 1 else "" for folder in folders}
    if len(folders) < 2 or speaks(next(iter(folders))[-1]):
        return False
    return len({_named_apart(folder) for folder in folders}) > 1 and not (
        any(map(is_silent, outer)) or are_numbered(outer)
    )


def are_numbered(names: Iterable[str]) -> bool:
    """True for several of a kind, told by number: room1, room2."""
    kinds = {re.sub(r"\d+", "#", name.casefold()) for name in names}
    return len(kinds) == 1 and "#" in next(iter(kinds))


def doubts_of(chains: Iterable[Chain], also_together: bool) -> list[str]:
    """A sentence where people's folders of one name in several others were kept apart; with
    `also_together`, where they were put together, too."""
    places: dict[str, set[Folder]] = defaultdict(set)
    for chain in chains:
        if chain:
            places[same(chain[-1][-1])].add(chain[-1])
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
        return []
    name, outer = next(iter(told.items()))
    apart = _is_apart(places[name])
    if not apart and not also_together:
        return []
    kept = "kept apart" if apart else "each taken for one person"
    return [f"Folders of one name in several others ({some(told)} in {some(outer)}) were {kept}."]
