"""A class without browsers: what `benchmarks/class_load.py` reads, counts and sends."""

from __future__ import annotations

import asyncio
import mmap
import os
import statistics
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import numpy as np
import pytest
from waiting import wait_for

from benchmarks import class_load as load
from benchmarks import processes
from benchmarks.streamlit_tab import Http, Tab
from pages.ui.wire import wire

LOOK = {"version": "3-7", "age": 1.5, "step": 40, "eer": 0.25, "status": "running", "state": "a b"}


def encoded(**changed: object) -> bytes:
    """A look as the app's own end of the wire writes it."""
    return wire.encoded(LOOK | changed, {"map": np.zeros((5, 2)), "same": np.ones(3)})


def test_a_spread_is_that_of_the_textbook() -> None:
    values = [float(value**2) for value in range(1, 42)]
    found = load.spread(values[::-1])
    assert found is not None
    twentieths = statistics.quantiles(values, n=20, method="inclusive")
    assert found["median"] == statistics.median(values)
    assert found["p95"] == pytest.approx(twentieths[-1], abs=0.001)
    assert found["longest"] == 41**2
    assert load.spread([]) is None


def test_ends_are_least_median_and_most() -> None:
    assert load.ends([3, 9, 1, 5]) == {"least": 1, "median": 4, "most": 9}
    assert load.ends([]) is None


def test_a_look_of_the_wire_is_read() -> None:
    look = load.read_look(encoded(), came=100.0)
    assert (look.step, look.eer, look.version, look.state) == (40, 0.25, "3-7", "a b")
    assert look.made == 98.5
    assert look.came == 100
    assert look.trains
    assert not load.read_look(encoded(status="paused"), 0).trains
    assert load.read_look(encoded(eer=None), 0).eer is None


@pytest.mark.parametrize("broken", [encoded()[:-1], encoded() + b"\0", b"", b"\1\0\0\0{"])
def test_what_is_no_look_is_refused(broken: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        load.read_look(broken, 0)


def test_the_address_of_a_run_is_found_in_a_part_of_the_page() -> None:
    token = "Ab-_" * 6
    part = b'\x12{"show": "x", "address": "live/%s", "state": "running True"}' % token.encode()
    assert load.read_address(part) == (token, "running True")
    assert load.read_address(b'{"address": "", "state": ""}, alive/and well') is None


def test_only_what_is_on_the_screen_has_an_age() -> None:
    visitor = load.Visitor(0, load.Figures(), {"train": "run=1"})
    visitor.asked, visitor._asked_at = True, 10.0
    assert visitor.age(14) is None, "the page does not stand yet"
    visitor._shown = True
    assert visitor.age(14) == 4, "nothing seen is as old as the page"
    visitor.look = load.Look(1, 0.3, made=12.0, came=13.0)
    assert visitor.age(14) == 2
    visitor._asked_at = 13.5  # away and back: what was seen before is no longer there
    assert visitor.age(14) == 0.5
    visitor.look = load.Look(1, 0.3, made=12.0, came=13.8, trains=False)
    assert visitor.age(14) is None


def test_a_plan_leads_away_and_back_within_the_lesson() -> None:
    words = load.arguments(["--page", "train"])
    found = load.plan(3, 100, words)
    assert list(found.pages) == ["train", "pairs", "train"]
    assert sum(found.stays) == pytest.approx(100)
    assert found.stays != load.plan(4, 100, words).stays, "not all at once"


def test_mixed_pages_are_all_pages_at_any_time() -> None:
    words = load.arguments(["--pages", "mixed"])
    plans = [load.plan(number, 100, words) for number in range(len(load.MIXED))]
    for moment in range(len(plans[0].pages[:5])):
        assert {plan.pages[moment] for plan in plans} == set(load.MIXED)


def test_idle_visitors_stay() -> None:
    assert load.plan(0, 60, load.arguments(["--idle", "--page", "map"])).pages == ["map"]


def test_errors_of_the_server_are_told_by_their_last_lines() -> None:
    log = "\n".join(
        [
            "You can now view your app",
            "Traceback (most recent call last):",
            '  File "a.py", line 1, in f',
            "    g()",
            "",
            "ValueError: no",
            "2026 a warning",
            "Traceback (most recent call last):",
            '  File "a.py", line 1, in f',
            "ValueError: no",
            "",
        ]
    )
    assert load.server_errors(log) == Counter({"the server's log: ValueError: no": 2})
    assert not load.server_errors("ValueError: no traceback")


def test_a_row_has_as_many_cells_as_the_table() -> None:
    figures = load.Figures(pages={"train": [0.5]}, live_age_s=[1.0, 2.0])
    memory = dict.fromkeys(("server_mb", "workers_mb", "server_mb_after"), 10.0)
    row = load.row(load.summary([load.Visitor(0, figures, {})], figures) | memory)
    head = next(
        line
        for line in (processes.ROOT / "benchmarks/class_load.md").read_text("utf-8").splitlines()
        if "| visitors |" in line
    )
    assert row.count("|") == head.count("|") - 1, "the table names the rows"
    assert "1.5 / 1.95 / 2" in row


def names() -> list[bytes]:
    return [processes._read(each, "cmdline") for each in processes.working(os.getpid())]


def test_workers_are_all_below_a_server_that_work() -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()', sys.argv[1]])"
    started = [
        subprocess.Popen([sys.executable, "-c", child, name], stdin=subprocess.PIPE)
        for name in ("worker", "resource_tracker")
    ]
    try:
        wait_for(lambda: sum(b"worker" in name for name in names()) == 2)  # and its child
        assert not any(b"resource_tracker" in name for name in names())
    finally:
        for process in started:
            process.communicate()
    assert not processes.descendants(started[0].pid)


def test_memory_and_work_of_a_process_are_measured() -> None:
    me = [os.getpid()]
    before, worked = processes.megabytes(me), processes.cpu_seconds(me)
    held = mmap.mmap(-1, 200 << 20)  # not out of what the process has kept
    held.write(b"x" * len(held))
    assert processes.megabytes(me) - before == pytest.approx(200, abs=60)
    held.close()
    end = monotonic() + 30
    while processes.cpu_seconds(me) < worked + 0.1:
        assert monotonic() < end
    assert processes.megabytes([2**22 + 1]) == 0, "whoever is gone has nothing"


@contextmanager
def answering(answers: list[tuple[int, bytes]], protocol: str) -> Iterator[tuple[int, list[str]]]:
    """Port of a server that gives these answers, one after the other, and what it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = protocol

        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])  # the older one hangs up each time
def test_one_request_after_the_other(protocol: str) -> None:
    async def three(port: int) -> list[tuple[int, bytes]]:
        http = Http("127.0.0.1", port)
        found = [*await asyncio.gather(http.get("/a"), http.get("/b")), await http.get("/c")]
        http.close()
        return found

    answers = [(200, b"x" * 300_000), (204, b""), (404, b"gone")]
    with answering(answers, protocol) as (port, asked):
        assert asyncio.run(three(port)) == answers
    assert asked == ["/a", "/b", "/c"]


def test_a_visitor_follows_a_run_until_the_page_has_to_change() -> None:
    async def visit(port: int) -> load.Visitor:
        visitor = load.Visitor(port, load.Figures(), {})
        again = asyncio.Event()

        async def rerun(fragment: str = "") -> None:
            again.set()

        visitor.tab.rerun = rerun  # type: ignore[method-assign]
        visitor.hear(b'"address": "live/%s", "state": "a b"' % token.encode())
        await asyncio.wait_for(again.wait(), 20)
        return visitor

    token = "t" * 24
    answers = [
        (200, encoded(step=0, version="1-0")),
        (204, b""),
        (200, encoded(step=40, version="1-1")),
        (200, encoded(step=60, version="1-2", state="paused")),
    ]
    with answering(answers, "HTTP/1.1") as (port, asked):
        visitor = asyncio.run(visit(port))
    assert asked == [f"/live/{token}?after={after}" for after in ("", "1-0", "1-0", "1-1")]
    assert visitor.look is not None
    assert visitor.look.step == 60
    assert visitor.first_steps_s is not None
    assert not visitor.figures.errors


Told = tuple[str, float, str, list[str]]  # page, seconds until it stood, all heard, all wrong

APP = """
import time
import numpy as np
import streamlit as st

def first():
    st.image(np.zeros((8, 8), "uint8"))
    st.write("long " * 5_000)  # so long that the tab keeps it

    @st.fragment(run_every=0.1)
    def moving():
        count = st.session_state["count"] = st.session_state.get("count", 0) + 1
        st.write(f"count {count}")
    moving()
    st.query_params["seen"] = "1"

def second():
    time.sleep(1)
    st.write(f"second {st.query_params.to_dict()}")
    st.error("as a page does")
    raise ValueError("wrong")

def home():
    pass

pages = [st.Page(each, url_path=each.__name__) for each in (first, second)]
st.navigation([st.Page(home, default=True), *pages]).run()
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    """What a tab hears on each page of a small app, and what it finds wrong there."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(APP)
    found: list[Told] = []

    async def visit(port: int) -> None:
        await load.up(port)
        heard: list[bytes] = []
        wrong: list[str] = []
        tab = Tab("127.0.0.1", port, heard.append, wrong.append)
        await tab.load()
        await tab.connect()
        for page, query in (("second", "who=me"), ("first", ""), ("second", ""), ("first", "")):
            begun = monotonic()
            assert await tab.open(page, query)
            took = monotonic() - begun
            await asyncio.sleep(1.5)
            found.append((page, took, b" ".join(heard).decode(errors="replace"), [*wrong]))
            heard.clear()
            wrong.clear()
        await tab.close()

    with processes.serving(folder, folder / "app.py") as (port, _):
        asyncio.run(visit(port))
    return found


def test_a_tab_opens_the_page_that_it_asks_for(told: list[Told]) -> None:
    for page, took, heard, _ in told:
        assert ("second" in heard) == (page == "second")
        assert took > 1 or page == "first", "until its script has run"
    assert ["who" in heard for _, _, heard, _ in told] == [True, False, False, False]


def test_a_tab_keeps_what_moves_moving(told: list[Told]) -> None:
    counts = [heard.count("count ") for page, _, heard, _ in told if page == "first"]
    assert all(1 < count < 25 for count in counts)
    late = [heard.count("count ") for page, _, heard, _ in told if page == "second"]
    assert all(count <= 1 for count in late), "but for what was under way"


def test_a_tab_hears_what_it_still_has(told: list[Told]) -> None:
    assert [heard.count("long long") > 100 for _, _, heard, _ in told] == [0, 1, 0, 1]


def test_a_tab_says_what_goes_wrong(told: list[Told]) -> None:
    for page, _, _, wrong in told:
        assert len(wrong) == (2 if page == "second" else 0)
    assert told[0][3][0] == "the page says: as a page does"
    assert "encountered an error" in told[0][3][1]
