"""A whole class at once: visitors who do on websocket and live route what their browsers would do.

    python benchmarks/class_load.py --visitors 30 --seconds 120 --page train --query run=1 --json

Starts a server of its own. The visitors come over a few seconds, open the page, follow what moves
on it, have a look at another page and come back. The last line says in JSON what they saw: how
long pages took, how old what they saw was, how far their runs came, and what it took of memory.
Goes with `class_load.md`. Needs Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import h11
import numpy as np
from websockets.exceptions import WebSocketException

from benchmarks.processes import LOG, cpu_seconds, megabytes, serving, working
from benchmarks.streamlit_tab import PATIENCE, Http, Tab

TOKEN = re.compile(rb"live/([\w-]{20,})")  # of the address at which a run is followed
STATE = re.compile(rb'"state": ?"([^"]*)"')  # beside it: the script runs again when it changes
MIXED = ("train", "losses", "margin", "faces", "people", "map", "pairs", "photos", "door")
SAMPLED = 0.25  # seconds between two questions how old is what a visitor sees
KILLED = 10.0  # seconds between two deaths of workers
RETRY = 1.5  # seconds after a look that failed


@dataclass(frozen=True)
class Look:
    """What a visitor sees of a run."""

    step: int
    eer: float | None  # share
    made: float  # seconds, on the clock of `monotonic`
    came: float  # likewise
    trains: bool = True
    version: str = ""
    state: str = ""


def read_look(body: bytes, came: float) -> Look:
    """What an answer of the live route says. Raises ValueError or KeyError where it is no look."""
    size = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + size])
    numbers = sum(head["arrays"].values())
    if len(body) != 4 + size + 4 * numbers:
        raise ValueError(f"{len(body)} bytes with {numbers} numbers")
    return Look(
        step=head["step"],
        eer=head["eer"],
        made=came - head["age"],
        came=came,
        trains=head["status"] == "running",
        version=str(head["version"]),
        state=head["state"],
    )


def read_address(part: bytes) -> tuple[str, str] | None:
    """Token of the live route and the state that the page shows, where a part of it has them."""
    token, state = TOKEN.search(part), STATE.search(part)
    return (token[1].decode(), state[1].decode() if state else "") if token else None


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Median, 95th percentile and the longest."""
    if not values:
        return None
    median, p95 = np.percentile(values, (50, 95)).tolist()
    return {"median": round(median, 3), "p95": round(p95, 3), "longest": round(max(values), 3)}


def ends(values: Sequence[float]) -> dict[str, float] | None:
    """The least, the median and the most."""
    if not values:
        return None
    three = {"least": min(values), "median": float(np.median(values)), "most": max(values)}
    return {name: round(value, 4) for name, value in three.items()}


@dataclass
class Figures:
    """What all visitors have seen together."""

    pages: dict[str, list[float]] = field(default_factory=dict)  # seconds by address
    live_age_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def page_s(self) -> list[float]:
        return [seconds for each in self.pages.values() for seconds in each]

    def wrong(self, what: str) -> None:
        self.errors[what[:200]] += 1


class Visitor:
    """Somebody with a browser."""

    def __init__(self, port: int, figures: Figures, query: dict[str, str]) -> None:
        self.port, self.figures, self.query = port, figures, query  # what links ask of which page
        self.tab = Tab("127.0.0.1", port, self.hear, figures.wrong)
        self.look: Look | None = None
        self.first_steps_s: float | None = None
        self.asked = False  # what the link asks for
        self._came = monotonic()
        self._asked_at = 0.0  # when the page that is shown was asked for
        self._shown = False
        self._following: tuple[tuple[str, str], asyncio.Task[None]] | None = None

    async def come(self) -> None:
        await self.tab.load()
        self._came = monotonic()
        await self.tab.connect()

    async def open(self, page: str) -> None:
        """Open a page; the one of the link, for the first time, with what the link asks for."""
        query, self._shown = "" if self.asked else self.query.get(page, ""), False
        self.asked = self.asked or bool(query)
        self._unfollow()
        self._asked_at = monotonic()
        try:
            if not await self.tab.open(page, query):
                self.figures.wrong(f"no page after {PATIENCE:.0f} s")
        finally:  # also where the lesson ends while the visitor waits
            self.figures.pages.setdefault(page, []).append(monotonic() - self._asked_at)
        self._shown = page == "train"

    async def leave(self) -> None:
        self._unfollow()
        await self.tab.close()

    def hear(self, part: bytes) -> None:
        if address := read_address(part):
            self._follow(address)

    def age(self, now: float) -> float | None:
        """Of what is seen of a run that trains, in seconds; nothing seen is as old as the page."""
        trains = self.look.trains if self.look else self.asked
        if not (self._shown and trains):
            return None
        seen = self.look is not None and self.look.came >= self._asked_at
        return now - (self.look.made if self.look and seen else self._asked_at)

    def _see(self, look: Look) -> None:
        self.look = look
        if look.step and self.first_steps_s is None:
            self.first_steps_s = look.came - self._came

    def _follow(self, address: tuple[str, str]) -> None:
        if not self._following or self._following[0] != address or self._following[1].done():
            self._unfollow()
            self._following = address, asyncio.create_task(self._follower(*address))

    def _unfollow(self) -> None:
        if self._following is not None:
            self._following[1].cancel()
            self._following = None

    async def _follower(self, token: str, state: str) -> None:
        http, version = Http("127.0.0.1", self.port), ""
        try:
            while look := await self._next_look(http, f"/live/{token}?after={version}"):
                version = look.version
                self._see(look)
                if look.state != state:
                    return await self.tab.rerun()
        finally:
            http.close()

    async def _next_look(self, http: Http, path: str) -> Look | None:
        """Wait for it; None where the visitor is not known there."""
        while True:
            try:
                status, body = await http.get(path)
                if status == 200:
                    return read_look(body, monotonic())
            except (OSError, h11.ProtocolError, ValueError, KeyError) as error:
                status = 0
                self.figures.wrong(f"no look: {type(error).__name__}: {error}")
            if status == 404:
                self.figures.wrong("no look: the visitor is not known")
                return None
            if status != 204:
                await asyncio.sleep(RETRY)


@dataclass(frozen=True)
class Plan:
    """Where visitors go, and for how long they stay (seconds)."""

    pages: Sequence[str]
    stays: Sequence[float]

    async def walk(self, visitor: Visitor) -> None:
        for page, stay in zip(self.pages, self.stays, strict=True):
            await visitor.open(page)
            await asyncio.sleep(stay)


def plan(number: int, seconds: float, words: argparse.Namespace) -> Plan:
    """For one visitor: stay, or go round all pages, or visit another page and come back."""
    chance = random.Random(number)
    if words.idle:
        return Plan([words.page], [seconds])
    if words.pages == "mixed":
        stays = [chance.uniform(5, 15) for _ in range(max(1, round(seconds / 10)))]
        start = number % len(MIXED)
        return Plan([MIXED[(start + i) % len(MIXED)] for i in range(len(stays))], stays)
    away = chance.uniform(0.35, 0.5)
    other = "map" if words.page == "pairs" else "pairs"
    stays = [away * seconds, 0.1 * seconds, (0.9 - away) * seconds]
    return Plan([words.page, other, words.page], stays)


async def attend(visitor: Visitor, number: int, words: argparse.Namespace) -> None:
    """One visit, from the door to the end of the lesson, when all leave at once."""
    wait = words.arrive * number / words.visitors
    await asyncio.sleep(wait)
    try:
        async with asyncio.timeout(words.seconds - wait):
            await visitor.come()
            await plan(number, words.seconds - wait, words).walk(visitor)
            await asyncio.Event().wait()
    except TimeoutError:
        pass
    except (OSError, WebSocketException) as error:
        visitor.figures.wrong(f"not let in: {type(error).__name__}: {error}")


async def warm_up(port: int, words: argparse.Namespace) -> None:
    """A teacher who has tried it before the class: the first picture, one step, the next page."""
    teacher = Visitor(port, Figures(), {words.page: words.query})
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await teacher.come()
            for page in MIXED if words.pages else plan(0, 1, words).pages:
                await teacher.open(page)
                while teacher.asked and teacher.first_steps_s is None:
                    await asyncio.sleep(SAMPLED)
    await teacher.leave()


async def sample(visitors: Iterable[Visitor], ages: list[float]) -> None:
    while True:
        await asyncio.sleep(SAMPLED)
        now = monotonic()
        ages += [age for visitor in visitors if (age := visitor.age(now)) is not None]


async def kill(server: int) -> None:
    """A worker, again and again."""
    chance = random.Random(0)
    while True:
        await asyncio.sleep(KILLED)
        if workers := working(server):
            os.kill(chance.choice(workers), signal.SIGKILL)


async def up(port: int, seconds: float = 90) -> None:
    """Return when the server answers."""
    end, http = monotonic() + seconds, Http("127.0.0.1", port)
    while True:
        try:
            await http.get("/_stcore/health")
            return http.close()
        except OSError:
            if monotonic() > end:
                raise
            await asyncio.sleep(0.2)


async def lesson(
    port: int, server: int, words: argparse.Namespace
) -> tuple[dict[str, Any], Counter[str]]:
    """All visitors' visits, what came of them, and what went wrong."""
    await up(port)
    if not words.cold:
        await warm_up(port, words)
    figures = Figures()
    visitors = [Visitor(port, figures, {words.page: words.query}) for _ in range(words.visitors)]
    before = megabytes([server])
    costs = await attended(visitors, server, words)
    for page, seconds in figures.pages.items():
        tell(f"{page}: {len(seconds)} times, seconds {spread(seconds)}")
    await asyncio.gather(*(visitor.leave() for visitor in visitors))
    await asyncio.sleep(words.after)
    memory = {"server_mb_before": before, "server_mb_after": megabytes([server])}
    return summary(visitors, figures) | costs | memory, figures.errors


async def attended(
    visitors: Sequence[Visitor], server: int, words: argparse.Namespace
) -> dict[str, float]:
    """From the first visitor to the last; what the server took, with all of them there."""
    side = [asyncio.create_task(sample(visitors, visitors[0].figures.live_age_s))]
    if words.kill:
        side.append(asyncio.create_task(kill(server)))
    begun, own, servers = monotonic(), process_time(), cpu_seconds([server])
    await asyncio.gather(*(attend(v, number, words) for number, v in enumerate(visitors)))
    wall = monotonic() - begun
    for task in side:
        task.cancel()
    tell(f"the visitors themselves took {(process_time() - own) / wall:.0%} of a core")
    return {
        "server_mb": megabytes([server]),
        "workers_mb": megabytes(working(server)),
        "server_cpu": round((cpu_seconds([server]) - servers) / wall, 2),
    }


def summary(visitors: Sequence[Visitor], figures: Figures) -> dict[str, Any]:
    looks = [visitor.look for visitor in visitors if visitor.look]
    firsts = [v.first_steps_s for v in visitors if v.first_steps_s is not None]
    return {
        "visitors": len(visitors),
        "page_s": spread(figures.page_s),
        "live_age_s": spread(figures.live_age_s),
        "first_steps_s": spread(firsts),
        "steps": ends([look.step for look in looks]),
        "eer": ends([look.eer for look in looks if look.eer is not None]),
        "never_trained": sum(v.asked and v.first_steps_s is None for v in visitors),
    }


def row(found: dict[str, Any]) -> str:
    """A line of the table in class_load.md."""

    def joined(name: str, *keys: str) -> str:
        values = found[name]
        return " / ".join(f"{values[key]:.3g}" for key in keys) if values else "–"

    cells = [
        str(found["visitors"]),
        *(joined(name, "median", "p95", "longest") for name in ("page_s", "live_age_s")),
        joined("first_steps_s", "median", "longest"),
        *(joined(name, "least", "median", "most") for name in ("steps", "eer")),
        str(found["never_trained"]),
        *(f"{found[name]:.0f}" for name in ("server_mb", "workers_mb", "server_mb_after")),
    ]
    return f"| {' | '.join(cells)} |"


def tell(word: str) -> None:
    print(word, file=sys.stderr, flush=True)


def tell_errors(errors: Counter[str], most: int = 8) -> None:
    for what, count in errors.most_common(most):
        tell(f"{count} x {what}")


def server_errors(log: str) -> Counter[str]:
    """The last lines of all tracebacks in a server's log."""
    tracebacks = re.findall(r"^Traceback .*\n(?:[ ].*\n|\n)*(\S.*)", log, re.MULTILINE)
    return Counter(f"the server's log: {line[:200]}" for line in tracebacks)


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120, help="from the first to the last")
    parser.add_argument("--arrive", type=float, default=10, help="seconds until all are there")
    parser.add_argument("--page", default="train", help="its address")
    parser.add_argument("--query", default="", help="of its address, as in run=1")
    parser.add_argument("--pages", choices=["mixed"], help="go round all of them")
    parser.add_argument("--idle", action="store_true", help="stay on the page")
    parser.add_argument("--cold", action="store_true", help="nobody has tried it before")
    parser.add_argument("--kill", action="store_true", help="a worker, every ten seconds")
    parser.add_argument(
        "--after",
        type=float,
        default=150,
        help="seconds from the last visitor's leave to the last look at the memory",
    )
    parser.add_argument("--json", action="store_true", help="one object in the last line")
    return parser.parse_args(words)


def main() -> None:
    words = arguments()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (port, server):
        tell(f"server {server} at http://127.0.0.1:{port}")
        found, errors = asyncio.run(lesson(port, server, words))
        errors += server_errors((Path(folder) / LOG).read_text(errors="replace"))
    tell_errors(errors)
    print(row(found))
    if words.json:
        print(json.dumps(found | {"errors": errors.total()}))


if __name__ == "__main__":
    main()
