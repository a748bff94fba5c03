"""What the server does by itself, whoever is there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime, exists

EVERY = 30.0  # seconds


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Sees to it, as long as the server lives, that who has left is let go of."""
    keeping = asyncio.create_task(_keep_up())
    yield {}
    keeping.cancel()


async def _keep_up() -> None:
    while True:
        await asyncio.sleep(EVERY)
        try:
            let_go()
        except Exception:
            logging.getLogger(__name__).exception("Visitors who have left are not let go of.")


def let_go() -> None:
    """Forget visitors who have been away for too long.

    Streamlit 1.67 keeps who has lost the connection for `server.disconnectedSessionTTL`, but
    notices that this is over only when the next one comes or goes: after a class it would hold
    everybody who was the last. There is no public way to remind it.
    """
    if exists():
        Runtime.instance()._session_mgr._session_storage._cache.expire()  # type: ignore[attr-defined]
