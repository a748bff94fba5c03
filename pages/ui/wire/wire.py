"""The wire: what moves while a net trains, to the browser without running the script again.

A visitor's session has an address of its own that nobody can guess and that dies with it. Behind it
lies the present `Look`, which the browser fetches when there is a new one. A look is small: words
and numbers as JSON, and arrays of float32.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui import status
from pages.ui.component import component
from pages.ui.session import by_token, session
from pages.ui.text import counted, percent

if TYPE_CHECKING:
    from siamese.jobs import Run

READER = Path(__file__).with_suffix(".look.js")  # what every script needs that draws a look
WAIT = 15.0  # seconds until the browser is told that there is nothing new
TICK = 0.1  # seconds between two times of looking whether there is

Told = tuple[dict[str, Any], dict[str, NDArray[Any]]]  # words and numbers; arrays


@dataclass(eq=False)
class Feed:
    """What a page shows of a run, as it is now."""

    run: Run
    tell: Callable[[Run], Told] | None = None  # what the page shows beside the line on the run
    serial: int = field(default_factory=itertools.count().__next__)
    shown: str = field(default="", init=False)  # the run's state when the page began with it
    _kept: Told | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.shown = self.told()[0]["state"]

    @property
    def is_behind(self) -> bool:
        """Has the run gone on to another state while the page was drawn?"""
        return bool(self.told()[0]["state"] != self.shown)

    @property
    def version(self) -> str:
        """Another one with each thing that is new."""
        return f"{self.serial}-{self.run.version}-{self.run.number}"

    def told(self) -> Told:
        """The words and arrays of this moment, and of which version they are."""
        version = self.version
        if self._kept is None or self._kept[0]["version"] != version:
            words, arrays = self.tell(self.run) if self.tell and self.run.result else ({}, {})
            self._kept = words | in_brief(self.run, words) | {"version": version}, arrays
        return self._kept

    def look(self) -> bytes:
        """The present look as it goes over the wire."""
        words, arrays = self.told()
        return encoded(words | {"age": round(time.monotonic() - self.run.looked, 2)}, arrays)


def in_brief(run: Run, words: Mapping[str, Any]) -> dict[str, Any]:
    """A line on a run, and the `state` at whose change the page looks different: the status,
    whether there has been a look, and what the page takes notice of."""
    scores = run.result.evaluation.scores if run.result else None
    told = f" · EER {percent(scores.eer)}" if scores else ""
    going = f"{run.name} {'trains' if run.status == 'running' else 'waits'}"
    if number := run.number:
        going = f"{_place(number)} · {run.name}"
    return {
        "run": run.name,
        "under_way": f"{going} · step {run.steps:,}{told}",
        "queue": queued(run),
        "progress": f"{counted(run.steps, 'step')}{told or ' · …'}",
        "state": f"{run.status} {bool(scores)} {run.busy} {words.get('notice', '')}",
        "status": run.status,
        "step": run.steps,
        "eer": scores and scores.eer,
    }


def queued(run: Run) -> str:
    """Where a run stands that waits for a place, and what it waits for; nothing where it does not.

    The number comes from the queue as it is, which may have moved on since the status was read.
    """
    number = run.number
    if not number:
        return ""
    return (
        f"{_place(number)}: this server trains {counted(run.shares[0], 'run')}, as many as it can "
        f"carry. {run.name} starts by itself when one of them pauses or ends."
    )


def _place(number: int) -> str:
    return f"You are number {number} in the queue"


def encoded(words: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The length of the JSON (4 bytes, little-endian), the JSON, then all numbers as float32; the
    JSON tells in `arrays` how many each array has. Python's JSON has NaN, which browsers refuse, so
    there must be none."""
    flat = {name: np.asarray(values, "<f4").ravel() for name, values in arrays.items()}
    counts = {name: len(values) for name, values in flat.items()}
    head = json.dumps({**words, "arrays": counts}, allow_nan=False).encode()
    head += b" " * (-len(head) % 4)  # a browser reads float32 from multiples of 4 only
    return b"".join([struct.pack("<I", len(head)), head, *(it.tobytes() for it in flat.values())])


def follow(run: Run) -> None:
    """A line on a run that is under way. The browser follows it as long as it is, and has the
    script run again when its state changes."""
    here = session()
    feed: Feed = here.feed if here.feed and here.feed.run is run else Feed(run)
    here.feed = feed
    words, _ = feed.told()
    line("under_way", words["under_way"], "under_way", f"live/{here.token}", feed.shown)


def line(name: str, text: str, key: str, address: str = "", state: str = "") -> None:
    """Words that are, as long as a run is followed, what its looks have by this name. With an
    address, this is what follows it, until its state is another one."""
    data = {"show": name, "text": text, "address": address, "state": state}
    component(__file__)(key=key, data=data, on_again_change=lambda: None)


def as_text(look: bytes) -> str:
    """A look for a component's data, for which bytes will not do."""
    return base64.b64encode(look).decode("ascii")


async def live(request: Request) -> Response:
    """The next look of the visitor with this token, once there is one after the version that they
    have. Nobody looks for a hidden tab, but the visitor is still there."""
    token, after = request.path_params["token"], request.query_params.get("after", "")
    hidden = "hidden" in request.query_params
    until = time.monotonic() + WAIT
    while (here := by_token(token)) is not None:
        feed: Feed | None = here.feed
        if feed is not None:
            feed.run.touch() if hidden else feed.run.watch()
        if feed is not None and feed.version != after and not hidden:
            look = await asyncio.to_thread(feed.look)
            return Response(look, media_type="application/octet-stream", headers=status.FRESH)
        if time.monotonic() > until or await request.is_disconnected():
            return Response(status_code=204)
        del here, feed  # a visitor who leaves is not held
        await asyncio.sleep(TICK)
    return Response("There is no such visitor any more.", status_code=404)


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"/{base}" if base else ""
    return [Route(f"{root}/live/{{token}}", live), Route(f"{root}/status", status.status)]
