"""Workers on other machines: those of a Dask scheduler, each as an executor of its own.

An optional extra (`requirements-cluster.txt`). `follow` stays in touch with the scheduler for as
long as the program lives, and says who there is to work whenever that changes.
"""

import asyncio
import logging
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

ADDRESS = re.compile(r"(tcp|tls)://[^\s/:]+:\d{1,5}")
EVERY = 0.5  # seconds between two questions who is there
CALLING = 3.0  # seconds in which a scheduler has to be reached: the first page waits for it
PATIENCE = 5.0  # seconds in which the scheduler has to answer
AGAIN = 5.0  # seconds until one that is lost is called again
LARGEST = "1GB"  # of what a worker is handed at a time, before Dask warns of it

Staff = Callable[[Sequence["Remote"], int, str], None]
"""Is told who there is to work, how many of them a machine has, and, where nobody is there, why."""


class Remote(Executor):
    """One worker of a cluster. What it has been given comes back as `BrokenExecutor` when the
    worker or its scheduler is lost; it does not come to life again."""

    def __init__(self, client: Any, address: str) -> None:
        self.address = address
        self._client, self._loop = client, asyncio.get_running_loop()
        self._gone = asyncio.Event()

    def start(self) -> Executor:
        """Itself, while it is there. BrokenExecutor afterwards."""
        if self._gone.is_set():
            raise BrokenExecutor(f"The worker at {self.address} is gone.")
        return self

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.start()
        return asyncio.run_coroutine_threadsafe(self._do(fn, args, kwargs), self._loop)

    def lose(self) -> None:
        """It is gone. In the loop's thread."""
        self._gone.set()

    async def _do(self, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        self.start()
        try:
            doing = self._client.submit(
                call, *args, workers=[self.address], pure=False, retries=0, **kwargs
            )
            return await self._until_gone(doing)
        except (KilledWorker, FutureCancelledError, CommClosedError) as error:
            await self._hear()
            raise BrokenExecutor(f"The worker at {self.address} is gone.") from error

    async def _hear(self) -> None:
        """Wait until it has been said that this worker is gone, and who is there instead: else what
        comes back would be given to it again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * PATIENCE):
                await self._gone.wait()

    async def _until_gone(self, doing: Any) -> Any:
        """What comes back. Dask itself would wait for the return of a worker that is gone."""
        result = asyncio.ensure_future(_awaited(doing))
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({result, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                self.start()
            return result.result()
        finally:
            gone.cancel()
            result.cancel()


async def _awaited(doing: Any) -> Any:
    return await doing


class Cluster:
    """What is known of a scheduler and its workers. Lives in the thread of its own loop."""

    def __init__(self, address: str, staff: Staff) -> None:
        self.address = address
        self.is_known = threading.Event()  # whether it is there or not
        self._staff = staff
        self._there: dict[str, Remote] = {}
        self._told: str | None = None  # the last problem that was said

    async def keep(self) -> None:
        """Follow the scheduler; where it is lost, call it again and again."""
        while True:
            try:
                await self._follow()
            except Exception as error:  # whoever answers there may be no scheduler
                logging.getLogger(__name__).debug("Lost the scheduler.", exc_info=error)
                self._meet(None, {}, "the cluster does not answer")
            await asyncio.sleep(AGAIN)

    async def _follow(self) -> None:
        from distributed import Client

        client = Client(self.address, asynchronous=True, set_as_default=False, timeout=CALLING)
        try:
            async with asyncio.timeout(CALLING):
                await client
            while True:
                async with asyncio.timeout(PATIENCE):
                    found = await client.scheduler.identity(n_workers=-1)
                self._meet(client, found["workers"], "the cluster has no workers")
                await asyncio.sleep(EVERY)
        finally:
            with suppress(OSError, TimeoutError):
                await client.close(timeout=1)

    def _meet(self, client: Any, found: dict[str, Any], problem: str) -> None:
        """Who is there now: newcomers are used, and who has left is let go of, last, so that what
        comes back from them finds the others."""
        gone = self._there.keys() - found.keys()
        new = found.keys() - self._there.keys()
        lost = [self._there.pop(address) for address in gone]
        self._there |= {address: Remote(client, address) for address in sorted(new)}
        if gone or new or not self._there:
            self._tell("" if self._there else problem)
        for remote in lost:
            remote.lose()
        self.is_known.set()

    def _tell(self, problem: str) -> None:
        if problem and problem == self._told:
            return
        self._told = problem
        self._staff(list(self._there.values()), _together(self._there), problem)


def _together(addresses: Sequence[str] | dict[str, Remote]) -> int:
    """How many workers the machine with fewest of them has."""
    return min(Counter(urlsplit(each).hostname for each in addresses).values(), default=1)


def what_is_wrong(address: str) -> str:
    """Why no scheduler can be asked at this address from here; '' where one can."""
    if not ADDRESS.fullmatch(address):
        return "the cluster's address has to be such as tcp://scheduler:8786"
    if find_spec("distributed") is None:
        return "a cluster needs what requirements-cluster.txt installs"
    return ""


def follow(address: str, staff: Staff) -> None:
    """Let `staff` know who there is to work, now and whenever it changes, in words for students
    where nobody is; stderr is told the address too. Comes back when it is known whether the
    scheduler is there."""

    def telling(remotes: Sequence[Remote], together: int, problem: str) -> None:
        said = f"Training runs on this machine: {problem}." if problem else ""
        if said:
            print(f"SIAMESE_CLUSTER={address}: {said}", file=sys.stderr, flush=True)
        staff(remotes, together, said)

    if problem := what_is_wrong(address):
        return telling([], 1, problem)
    import dask

    dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGEST})
    cluster = Cluster(address, telling)
    threading.Thread(
        target=asyncio.run, args=[cluster.keep()], name="siamese-cluster", daemon=True
    ).start()
    cluster.is_known.wait(2 * CALLING)
    return None
