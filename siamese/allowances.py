"""How much of their own visitors may have in the memory of a server, each and all together.

Counted are the bytes that are held: pictures as long as anybody holds them, once for all who have
the same ones, and files by their sizes. So nobody has to give anything back: what is deleted, or
goes with its visitor, does not count any more.
"""

import threading
from collections.abc import Collection
from typing import Any
from weakref import WeakSet, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from siamese import settings
from siamese.sharing import digest

Held = WeakValueDictionary[str, NDArray[Any]]  # pictures by their contents


class FullError(ValueError):
    """There is no room for what a visitor brings; the message is for them."""


class Allowances:
    """Those of all visitors of a server, which share its room.

    A visitor alone may take all of it, several an equal part each; but `visitor` bytes are granted
    to each of them, however many they are, as long as there is room at all.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.pictures: Held = WeakValueDictionary()
        self._visitors: WeakSet[Allowance] = WeakSet()

    def new(self) -> "Allowance":
        """Of one visitor more."""
        with self.lock:
            made = Allowance(self)
            self._visitors.add(made)
        return made

    def leave(self, visitor: "Allowance") -> None:
        with self.lock:
            self._visitors.discard(visitor)

    @property
    def visitors(self) -> int:
        """How many visitors there are."""
        return len(self._visitors)

    @property
    def nbytes(self) -> int:
        """What is held of all visitors; the same pictures count once."""
        with self.lock:
            files = sum(visitor.in_files for visitor in self._visitors)
            return files + _size(self.pictures)

    @property
    def each(self) -> int:
        """Bytes that a visitor may have now."""
        return max(settings.visitor_bytes(), settings.all_bytes() // max(1, self.visitors))


class Allowance:
    """What one visitor has brought. Its methods may be called from any thread."""

    def __init__(self, all_of_them: Allowances) -> None:
        self._all = all_of_them
        self._pictures: Held = WeakValueDictionary()
        self._files: dict[str, int] = {}  # sizes by name

    @property
    def in_files(self) -> int:
        """Bytes of the files."""
        return sum(self._files.values())

    @property
    def nbytes(self) -> int:
        """What is held of this visitor."""
        with self._all.lock:
            return self.in_files + _size(self._pictures)

    def keep(self, pictures: NDArray[Any]) -> NDArray[Any]:
        """These pictures, read-only, to be held in their place; those of somebody who has the very
        same ones, if there is one. FullError where there is no room for them."""
        name = digest(pictures)
        with self._all.lock:
            kept = self._all.pictures.get(name)
            mine = 0 if name in self._pictures else pictures.nbytes
            self.check(mine, 0 if kept is not None else pictures.nbytes)
            if kept is None:
                kept = pictures if pictures.base is None else pictures.copy()
                kept.setflags(write=False)
            self._pictures[name] = self._all.pictures[name] = kept
        return kept

    def take(self, name: str, size: int) -> None:
        """A file of so many bytes is held. FullError where there is no room for it."""
        with self._all.lock:
            more = size - self._files.get(name, 0)
            self.check(more, more)
            self._files[name] = size

    def put(self, name: str, size: int) -> None:
        """So many bytes are held by this name in any case: they have come with what was let in."""
        with self._all.lock:
            self._files[name] = size

    def has(self, name: str) -> bool:
        """Is a file held by this name?"""
        return name in self._files

    def only(self, names: Collection[str], kind: str) -> None:
        """Of the files whose names begin so, no others are held any more."""
        with self._all.lock:
            self._files = {
                name: size
                for name, size in self._files.items()
                if name in names or not name.startswith(kind)
            }

    def leave(self) -> None:
        """The visitor is gone, and their files with them."""
        self._files.clear()
        self._all.leave(self)

    def check(self, mine: int, more: int | None = None) -> None:
        """Is there room for so many bytes more of this visitor's, and of all together? FullError
        says what is full, how much that is, and what to do."""
        with self._all.lock:
            more = mine if more is None else more
            if mine > 0 and (wanted := self.nbytes + mine) > (each := self._all.each):
                raise FullError(_too_much(wanted, each, self._all.visitors))
            if more > 0 and self._all.nbytes + more > settings.all_bytes():
                raise FullError(_no_room(self._all.nbytes, settings.all_bytes(), more))


def _size(pictures: Held) -> int:
    return sum(kept.nbytes for kept in list(pictures.values()))


def _mb(size: int) -> str:
    return f"{np.ceil(size / 100_000) / 10:,.1f} MB".replace(".0 ", " ")


def _too_much(wanted: int, each: int, visitors: int) -> str:
    among = f"with {visitors} visitors here each may have" if visitors > 1 else "you may have"
    return (
        f"There is no room for this: your pictures and files would be {_mb(wanted)}, and {among} "
        f"{_mb(each)}. Remove some that you have brought, or choose fewer or smaller ones; what "
        "you have is all still here."
    )


def _no_room(held: int, bound: int, more: int) -> str:
    return (
        f"There is no room for this: pictures and files of all visitors are {_mb(held)} of the "
        f"{_mb(bound)} that this server keeps, and this would be {_mb(more)} more. Choose fewer "
        "or smaller ones, or try again when somebody has left; what you have is all still here."
    )
