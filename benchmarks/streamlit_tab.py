"""A browser's tab without the browser: what it says to a Streamlit server, and what it fetches.

As Streamlit 1.67's own page does it: the script is run over a websocket, fragments by timers,
messages that the tab still has are not sent again, pictures are fetched by their address. Widgets
are left as the server made them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h11
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

PATIENCE = 120.0  # seconds until a visitor has had enough of waiting
MEDIA = re.compile(rb"/media/[0-9a-f]{16,}\.\w+")
ASSET = re.compile(rb'(?:src|href)="\.?(/static/[^"]+)"')


class Http:
    """One connection to a server, kept open; its requests come one after the other."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._state: h11.Connection | None = None
        self._turn = asyncio.Lock()

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body. Raises OSError or h11.ProtocolError where nobody answers."""
        async with self._turn:
            try:
                return await self._get(path)
            except (OSError, h11.ProtocolError):  # it was closed meanwhile
                self.close()
                return await self._get(path)
            except asyncio.CancelledError:
                self.close()
                raise

    async def _get(self, path: str) -> tuple[int, bytes]:
        if self._state is None:
            self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
            self._state = h11.Connection(h11.CLIENT)
        head = [("Host", f"{self.host}:{self.port}"), ("Accept-Encoding", "identity")]
        self._writer.write(self._state.send(h11.Request(method="GET", target=path, headers=head)))
        self._writer.write(self._state.send(h11.EndOfMessage()))
        answer = await self._answer(self._state)
        if self._state.our_state is h11.MUST_CLOSE or self._state.their_state is h11.MUST_CLOSE:
            self.close()
        else:
            self._state.start_next_cycle()
        return answer

    async def _answer(self, state: h11.Connection) -> tuple[int, bytes]:
        status, body = 0, bytearray()
        while not isinstance(event := state.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                state.receive_data(await self._reader.read(1 << 16))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                raise ConnectionError("the server closed the connection")
        return status, bytes(body)

    def close(self) -> None:
        if self._state is not None:
            self._state = None
            self._writer.close()


class Tab:
    """A tab that shows a page of the app; `heard` is told each part of the page as it comes."""

    def __init__(
        self,
        host: str,
        port: int,
        heard: Callable[[bytes], None],
        wrong: Callable[[str], None],
    ) -> None:
        self.host, self.port = host, port
        self.heard, self.wrong = heard, wrong
        self.http = Http(host, port)
        self.path, self.query = "", ""
        self._hashes: dict[str, str] = {}  # of the pages' scripts, by their addresses
        self._hash = ""  # of the page that is shown
        self._session = ""
        self._cache: dict[str, tuple[bytes, int]] = {}  # messages, and when they were last used
        self._runs, self._cache_age = 0, 2
        self._fetched: set[bytes] = set()
        self._timers: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._answered = asyncio.Event()  # the page that was asked for last has been shown
        self._run = ""  # the run of the script that answers it
        self._socket: ClientConnection | None = None

    async def load(self) -> None:
        """What a browser fetches before the app says its first word."""
        status, index = await self.http.get("/")
        if status != 200:
            self.wrong(f"status {status} for the page itself")
        for path in dict.fromkeys(ASSET.findall(index)):
            await self._fetch(path)

    async def connect(self) -> None:
        """Raises OSError or WebSocketException where the server takes no visitors."""
        words = ["streamlit", "PLACEHOLDER_AUTH_TOKEN", *filter(None, [self._session])]
        self._socket = await connect(
            f"ws://{self.host}:{self.port}/_stcore/stream",
            subprotocols=words,  # type: ignore[arg-type]
            max_size=None,
            ping_interval=None,  # a browser does not ping
            open_timeout=PATIENCE,
        )
        self._start(self._listen(self._socket))

    async def open(self, path: str, query: str = "") -> bool:
        """Show a page: return when its script has run, False if the patience was too short."""
        self._stop_timers()
        self.path, self.query = path, query
        self._hash = self._hashes.get(path, "")
        self._answered, self._run = asyncio.Event(), ""
        await self.rerun()
        try:
            await asyncio.wait_for(self._answered.wait(), PATIENCE)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        self.http.close()

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for raw in socket:
                assert isinstance(raw, bytes)
                self._take(raw)
        except WebSocketException as error:
            self.wrong(f"connection lost: {error}")
        await self._come_back()

    async def _come_back(self) -> None:
        """As a browser does when the server hangs up: to the same session."""
        self._stop_timers()
        while True:
            await asyncio.sleep(1)
            try:
                await self.connect()
                await self.rerun()
                return
            except (OSError, WebSocketException) as error:
                self.wrong(f"no way back: {error}")

    async def rerun(self, fragment: str = "") -> None:
        """Have the script run again, or a fragment of it."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.widget_states.SetInParent()
        state.page_script_hash = self._hash
        state.page_name = "" if self._hash else self.path
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.cached_message_hashes.extend(self._cache)
        query = f"?{self.query}" if self.query else ""
        state.context_info.url = f"http://{self.host}:{self.port}/{self.path}{query}"
        state.context_info.color_scheme = "light"
        assert self._socket is not None
        with suppress(WebSocketException):  # whoever listens will have noticed
            await self._socket.send(message.SerializeToString())

    def _take(self, raw: bytes) -> None:
        message = ForwardMsg.FromString(raw)
        if message.metadata.cacheable:
            self._cache[message.hash] = raw, self._runs
        match message.WhichOneof("type"):
            case "delta":
                self._show(message, raw)
            case "ref_hash":
                self._take_again(message.ref_hash)
            case "new_session":
                self._begin(message)
            case "script_finished":
                self._finish(message)
            case "navigation":
                pages = message.navigation.app_pages
                self._hashes = {page.url_pathname: page.page_script_hash for page in pages}
                self._hash = message.navigation.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "page_not_found":
                self.wrong("page not found")
            case "auto_rerun":
                self._set_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._stop_timer(fragment)
            case "session_event" if message.session_event.HasField("script_compilation_exception"):
                self.wrong("the script does not compile")

    def _show(self, message: ForwardMsg, raw: bytes) -> None:
        element = message.delta.new_element
        if element.HasField("exception"):
            self.wrong(f"{element.exception.type}: {element.exception.message}")
        elif element.HasField("alert") and element.alert.format == Alert.ERROR:
            self.wrong(f"the page says: {element.alert.body}")
        for path in set(MEDIA.findall(raw)) - self._fetched:
            self._start(self._fetch(path))
        self.heard(raw)

    async def _fetch(self, path: bytes) -> None:
        if path in self._fetched:
            return
        self._fetched.add(path)
        try:
            status, _ = await self.http.get(path.decode())
        except (OSError, h11.ProtocolError) as error:
            self.wrong(f"nothing fetched: {error}")
        else:
            if status != 200:
                self.wrong(f"status {status} for {path.decode().split('/')[1]}")

    def _take_again(self, digest: str) -> None:
        if digest not in self._cache:
            self.wrong("the server counts on a message that is gone")
            return
        raw = self._cache[digest][0]
        self._cache[digest] = raw, self._runs
        self.heard(raw)

    def _begin(self, message: ForwardMsg) -> None:
        self._session = message.new_session.initialize.session_id
        self._cache_age = message.new_session.config.max_cached_message_age
        if not message.metadata.run.fragment_ids:
            self._stop_timers()
            self._run = message.metadata.run.script_run_id

    def _finish(self, message: ForwardMsg) -> None:
        if message.metadata.run.fragment_ids:
            return
        early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        if early or message.metadata.run.script_run_id != self._run:
            return
        self._runs += 1
        oldest = self._runs - self._cache_age
        self._cache = {key: kept for key, kept in self._cache.items() if kept[1] >= oldest}
        self._answered.set()

    def _set_timer(self, fragment: str, interval: float) -> None:
        if self._timers.get(fragment, (0.0,))[0] != interval:
            self._stop_timer(fragment)
            self._timers[fragment] = interval, self._start(self._tick(fragment, interval))

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self.rerun(fragment)

    def _stop_timer(self, fragment: str) -> None:
        if fragment in self._timers:
            self._timers.pop(fragment)[1].cancel()

    def _stop_timers(self) -> None:
        for fragment in list(self._timers):
            self._stop_timer(fragment)
