"""Figures of a server: speed and shares, memory of its processes, both formats, and the page."""

import asyncio
import gc
import os
import re
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from pages.ui import status
from pages.ui.wire import wire
from siamese.figures import MEANING, Figures, Meter, Pace, memory

FIGURES = Figures(3, 2, 1, 2, 1, 4, 12.5, 0.75, 1.25, 5_000_000, 700_000_000, None)
MB = 1_000_000


class Run:
    """What can be measured of one."""

    steps, seconds = 0, 0.0

    def train(self, steps: int, seconds: float) -> None:
        self.steps += steps
        self.seconds += seconds


def test_the_first_look_has_nothing_to_compare() -> None:
    assert Meter(lambda: 5.0).look([Run()]) == Pace()


def test_speed_and_shares_between_two_looks() -> None:
    now = [0.0]
    meter, often, seldom, newcomer = Meter(lambda: now[0]), Run(), Run(), Run()
    often.train(1000, 100.0)  # long before
    meter.look([often, seldom])
    now[0] = 4.0
    often.train(30, 3.0)
    seldom.train(10, 1.0)
    newcomer.train(500, 9.0)  # nobody knows since when
    assert meter.look([often, seldom, newcomer]) == Pace(10.0, 0.5, 1.5)


def test_a_run_begun_anew_does_not_train_backwards() -> None:
    now = [0.0]
    meter, run = Meter(lambda: now[0]), Run()
    run.train(100, 10.0)
    meter.look([run])
    now[0], run.steps, run.seconds = 2.0, 0, 0.0
    assert meter.look([run]).steps_per_second == 0


def test_looks_of_others_do_not_shorten_the_window_and_old_ones_go() -> None:
    now = [0.0]
    meter, run = Meter(lambda: now[0]), Run()
    for second in range(100):
        now[0] = float(second)
        pace = meter.look([run])
        run.train(10 if second < 50 else 20, 1.0)
    assert pace.steps_per_second == pytest.approx(20)


def test_the_meter_holds_no_run() -> None:
    meter, run = Meter(), Run()
    meter.look([run])
    gone = weakref.ref(run)
    del run
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_of_children_and_grandchildren_is_counted() -> None:
    hold = "x = bytearray(60_000_000); x[::4096] = b'1' * len(x[::4096]); "
    wait = "print('ready', flush=True); input()"
    inner = [sys.executable, "-c", hold + wait]
    outer = hold + f"import subprocess; subprocess.run({inner!r})"
    _, before = memory()
    with subprocess.Popen(
        [sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        own, after = memory()
        child.communicate("\n")
    assert own is not None
    assert own > 20 * MB
    assert before is not None
    assert after is not None
    assert 120 * MB < after - before < 220 * MB


def test_memory_is_read_whatever_a_process_calls_itself(tmp_path: Path) -> None:
    for pid, parent, pages in ((10, 1, 5), (11, 10, 7), (12, 11, 11), (13, 1, 100)):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "stat").write_text(f"{pid} (a) 10 (b) S {parent} 0 0\n")
        (folder / "statm").write_text(f"999 {pages} 1 1 0 1 0\n")
    (tmp_path / "14").mkdir()  # has just ended
    page = os.sysconf("SC_PAGE_SIZE")
    assert memory(10, tmp_path) == (5 * page, 18 * page)


def test_without_proc_the_peak_stands_for_the_server(tmp_path: Path) -> None:
    own, workers = memory(proc=tmp_path)
    assert own is not None
    assert 20 * MB < own < 100_000 * MB
    assert workers is None
    assert memory(1, tmp_path) == (None, None)


def test_prometheus_text_says_what_is_known_and_nothing_else() -> None:
    text = FIGURES.as_prometheus()
    assert text.endswith("\n")
    samples = dict(re.findall(r"^(siamese_\w+) (\S+)$", text, re.M))
    assert {name: float(value) for name, value in samples.items()} == {
        "siamese_visitors": 3,
        "siamese_cores": 2,
        "siamese_cluster_missing": 1,
        "siamese_training": 2,
        "siamese_waiting": 1,
        "siamese_queued": 4,
        "siamese_steps_per_second": 12.5,
        "siamese_least_share": 0.75,
        "siamese_most_share": 1.25,
        "siamese_uploads_bytes": 5e6,
        "siamese_server_bytes": 7e8,
    }
    for name in samples:
        assert f"# TYPE {name} gauge\n{name} " in text
        assert len(re.findall(rf"^# HELP {name} \S", text, re.M)) == 1


def test_every_figure_is_explained() -> None:
    assert list(MEANING) == list(FIGURES.as_dict())


def ask(query: str = "") -> Response:
    scope = {"type": "http", "method": "GET", "path": "/status", "headers": []}
    return asyncio.run(status.status(Request({**scope, "query_string": query.encode()})))


@pytest.mark.parametrize("value", [None, "", "0", "no"])
def test_there_is_no_page_unless_it_is_asked_for(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIAMESE_STATUS", raising=False)
    if value is not None:
        monkeypatch.setenv("SIAMESE_STATUS", value)
    monkeypatch.setattr(status, "now", lambda: pytest.fail("looked all the same"))
    for query in ("", "format=text", "format=json"):
        assert ask(query).status_code == 404


def test_the_three_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAMESE_STATUS", "1")
    monkeypatch.setattr(status, "now", lambda: FIGURES)
    text, page = ask("format=text"), ask()
    assert bytes(text.body).decode() == FIGURES.as_prometheus()
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    shown = bytes(page.body).decode()
    assert '<meta http-equiv="refresh"' in shown
    for value in ("<td>3</td>", "<td>12.50</td>", "<td>700 MB</td>", "<td>–</td>"):
        assert value in shown
    assert page.headers["cache-control"] == text.headers["cache-control"] == "no-store"
    assert ask("format=xml").status_code == 400


def test_the_server_answers_at_its_address() -> None:
    assert "/status" in [route.path for route in wire.routes()]
