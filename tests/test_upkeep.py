"""What the server does by itself: who has left is let go of, though nobody else comes."""

import asyncio
import inspect
import time
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime import Runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from pages.ui import upkeep
from siamese import memory


class Gone:
    """Stands for a visitor's session."""

    id = "x"


def left(monkeypatch: pytest.MonkeyPatch, seconds: float) -> "weakref.ref[Gone]":
    """A visitor who has lost the connection, of a server that keeps such for so long."""
    storage = MemorySessionStorage(ttl_seconds=seconds)  # type: ignore[arg-type]
    manager: Any = WebsocketSessionManager.__new__(WebsocketSessionManager)
    manager._session_storage = storage
    visitor = Gone()
    storage.save(SimpleNamespace(session=visitor))  # type: ignore[arg-type]
    monkeypatch.setattr(upkeep, "exists", lambda: True)
    runtime = SimpleNamespace(_session_mgr=manager)
    monkeypatch.setattr(upkeep.Runtime, "instance", lambda: runtime)
    return weakref.ref(visitor)


def test_who_has_been_away_for_too_long_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = left(monkeypatch, 0.05)
    time.sleep(0.1)
    assert gone() is not None  # Streamlit by itself waits for the next one to come
    upkeep.let_go()
    assert gone() is None


def test_who_may_come_back_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = left(monkeypatch, 60)
    upkeep.let_go()
    assert gone() is not None


def test_streamlit_has_what_is_used_of_it() -> None:
    """Names that are not public: with another version this says so first."""
    assert "self._session_mgr =" in inspect.getsource(Runtime.__init__)
    assert "self._session_storage =" in inspect.getsource(WebsocketSessionManager.__init__)


def test_upkeep_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float] = []

    def fails() -> None:
        times.append(time.monotonic())
        raise RuntimeError("no such thing")

    monkeypatch.setattr(upkeep, "EVERY", 0.01)
    monkeypatch.setattr(upkeep, "let_go", fails)

    async def serve() -> None:
        async with upkeep.lifespan(None):  # type: ignore[arg-type]
            while len(times) < 3:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(serve(), 20))
    assert len(times) >= 3


def test_memory_can_be_given_back_anywhere() -> None:
    assert memory.give_back() in (True, False)
