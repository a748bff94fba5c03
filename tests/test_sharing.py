"""Made once for everybody, and gone when nobody holds it any more."""

import gc
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from siamese.sharing import Once, Shared, digest, with_each


@dataclass(eq=False)
class Thing:
    """Told by who it is, like a verifier."""

    name: str = ""


class Maker:
    """Counts how often it is asked; slow enough for ten threads to meet in it."""

    def __init__(self) -> None:
        self.asked = 0
        self._lock = threading.Lock()

    def __call__(self, *_: object) -> Thing:
        with self._lock:
            self.asked += 1
        time.sleep(0.05)
        return Thing()


def ten_at_once(call: Callable[[], object]) -> list[object]:
    together = threading.Barrier(10)

    def one() -> object:
        together.wait()
        return call()

    with ThreadPoolExecutor(10) as threads:
        return [done.result() for done in [threads.submit(one) for _ in range(10)]]


def test_ten_who_ask_at_once_get_one_and_the_same() -> None:
    for ask in (Once(Maker()), with_each(Maker())):
        of = Thing()
        assert len({id(it) for it in ten_at_once(lambda: ask(of))}) == 1  # noqa: B023
        assert ask(Thing()) is not ask(of)
    make, shared = Maker(), Shared[Thing]()
    assert len({id(it) for it in ten_at_once(lambda: shared.get("key", make))}) == 1
    assert make.asked == 1


def test_who_asks_for_something_else_does_not_wait() -> None:
    inside, go = threading.Event(), threading.Event()

    def make(name: str) -> str:
        if name == "slow":
            inside.set()
            assert go.wait(10)
        return name

    ask = Once(make)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, "slow")
        assert inside.wait(10)
        assert ask("quick") == "quick"
        assert not slow.done()
        assert len(ask) == 1
        go.set()
        assert slow.result(10) == "slow"
    assert len(ask) == 2


def test_what_failed_is_tried_again() -> None:
    answers = iter([OSError("once"), 3])

    def make() -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    ask = Once(make)
    with pytest.raises(OSError, match="once"):
        ask()
    assert ask() == ask() == 3


def test_arguments_are_told_apart_by_place_and_by_name() -> None:
    ask = Once(lambda a, b=0: (a, b))
    assert (ask(1), ask(1, 2), ask(1, b=3), ask(b=4, a=1)) == ((1, 0), (1, 2), (1, 3), (1, 4))


def test_what_nobody_holds_is_gone() -> None:
    shared, make = Shared[Thing](), Maker()
    mine, yours = (shared.get(("a", 1), make) for _ in range(2))
    assert mine is yours
    gone = weakref.ref(mine)
    del mine
    assert len(shared) == 1
    del yours
    gc.collect()
    assert gone() is None
    assert len(shared) == 0
    shared.get(("a", 1), make)
    assert make.asked == 2


def test_what_was_made_of_a_thing_goes_with_it() -> None:
    of = Thing()
    ask = with_each(Maker())
    made = weakref.ref(ask(of))
    assert made() is ask(of)
    gone = weakref.ref(of)
    del of
    gc.collect()
    assert gone() is None
    assert made() is None


def test_a_digest_tells_contents_shape_and_kind() -> None:
    rows = np.arange(24, dtype=np.uint8)
    apart = [
        rows,
        rows.reshape(4, 6),
        rows.reshape(6, 4),
        rows.reshape(4, 6).T,
        rows.view(np.int8),
        rows[::-1],
        np.zeros(24, np.uint8),
    ]
    assert len({digest(each) for each in apart}) == len(apart)
    assert digest(rows) == digest(rows.copy()) == digest(np.repeat(rows, 2)[::2])
