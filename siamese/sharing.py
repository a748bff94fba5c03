"""What many threads need is made once, however many of them ask for it at the same moment.

`Once` keeps for good, so it is for what ships with the lab. `with_each` and `Shared` keep a thing
only as long as somebody holds what it was made of, or the thing itself: nothing of a visitor stays
behind in them.
"""

import functools
import hashlib
import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def digest(values: NDArray[Any]) -> str:
    """What an array is told by: shape, kind and contents."""
    told = hashlib.blake2b(f"{values.shape} {values.dtype}".encode(), digest_size=12)
    told.update(np.ascontiguousarray(values).data)
    return told.hexdigest()


class Turns:
    """A lock for each key, there as long as somebody holds it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

    def of(self, key: Hashable) -> Any:
        with self._lock:
            return self._turns.setdefault(key, threading.RLock())


class Once(Generic[P, V]):
    """A function that is worked out once for the same arguments, as by `functools.cache`, and not
    by several threads at a time. One that fails is tried again by the next who asks."""

    def __init__(self, make: Callable[P, V]) -> None:
        self._make, self._turns = make, Turns()
        self._made: dict[Hashable, V] = {}
        functools.update_wrapper(self, make)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> V:
        key = args, *sorted(kwargs.items())
        if key not in self._made:
            with self._turns.of(key):
                if key not in self._made:
                    self._made[key] = self._make(*args, **kwargs)
        return self._made[key]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._made)


def with_each(make: Callable[[K], V]) -> Callable[[K], V]:
    """What is made of an object, once for each object and gone with it. It must not hold the object
    itself."""
    made: WeakKeyDictionary[K, V] = WeakKeyDictionary()
    turns = Turns()

    @functools.wraps(make)
    def of(each: K) -> V:
        with turns.of(each):
            if each not in made:
                made[each] = make(each)
            return made[each]

    return of


class Shared(Generic[V]):
    """Things that their key tells all about: whoever asks gets the same one while somebody holds
    it, and a new one afterwards."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._made: WeakValueDictionary[Hashable, V] = WeakValueDictionary()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        with self._turns.of(key):
            found = self._made.get(key)
            if found is None:
                found = self._made[key] = make()
            return found

    def find(self, key: Hashable) -> V | None:
        """The one with this key, if there is one."""
        return self._made.get(key)

    def forget(self, key: Hashable) -> None:
        """Nobody finds it any more, though somebody may still hold it."""
        self._made.pop(key, None)

    def __len__(self) -> int:
        """How many are held by somebody."""
        return len(self._made)
