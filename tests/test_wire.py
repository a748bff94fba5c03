"""What goes over the wire: looks, tokens, and who gets at what."""

import asyncio
import gc
import itertools
import json
import struct
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import Response

from pages.ui import session as sessions
from pages.ui.session import Session, by_token
from pages.ui.train import live
from pages.ui.wire import wire
from siamese import projection
from siamese.config import preset
from siamese.experiment import Experiment
from siamese.faces import FaceSet, split_by_person
from siamese.jobs import Inline, Pool, Run
from siamese.training import start


@pytest.fixture(scope="module")
def faces(make_faces: Callable[..., FaceSet]) -> FaceSet:
    return make_faces(10, 4)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(projection._umap_ready, "is_set", lambda: False)
    monkeypatch.setattr(wire, "WAIT", 0.3)
    return


class Visitor:
    """A session as Streamlit holds it, with a run that trains turn by turn."""

    def __init__(self, faces: FaceSet, name: str = "Triplet 1") -> None:
        self.inline = Inline()
        self.session: Session | None = Session(faces)
        sessions._by_token.get(self.session.token, lambda: self.session)
        experiment = Experiment("noise", split_by_person(faces), "small")
        config = preset("triplet", people=4, pictures=2)
        self.run = Run(name, start(config), experiment, Pool(lambda: self.inline))
        self.run.pace = 2
        self.session.runs = [self.run]
        self.inline.run_all()
        self.feed = live.begin(self.session, self.run)
        self.token = self.session.token


def ask(token: str, query: str = "", gone: bool = False) -> Response:
    """As the browser asks."""

    async def receive() -> dict[str, Any]:
        if gone:
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)
        return {}

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/live/{token}",
        "path_params": {"token": token},
        "query_string": query.encode(),
        "headers": [],
    }
    return asyncio.run(wire.live(Request(scope, receive)))


def seen_so_far(here: Visitor) -> tuple[str, float]:
    """What to ask with for what comes after the present look, and when that look came."""
    words, _ = read(bytes(ask(here.token).body))
    return f"after={words['version']}", time.monotonic()


def read(body: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """As the browser reads: an oracle of its own."""
    (length,) = struct.unpack("<I", body[:4])
    words = json.loads(body[4 : 4 + length])
    assert (4 + length) % 4 == 0  # Float32Array begins at multiples of four alone
    arrays, at = {}, 4 + length
    for name, count in words["arrays"].items():
        arrays[name] = np.array(struct.unpack_from(f"<{count}f", body, at))
        at += 4 * count
    assert at == len(body)
    return words, arrays


def test_a_look_is_what_the_run_is(faces: FaceSet) -> None:
    here = Visitor(faces)
    here.run.play()
    here.inline.run_all(2)
    words, arrays = read(bytes(ask(here.token).body))
    result = here.run.result
    assert result is not None
    scores, done = result.evaluation.scores, result.state.step
    assert 2 <= done <= 4, "two turns of two steps, or of one where the machine is slow"
    assert (words["run"], words["step"], words["status"]) == ("Triplet 1", done, "running")
    assert words["eer"] == scores.eer
    assert words["threshold"] == pytest.approx(scores.threshold)
    assert np.allclose(arrays["map"].reshape(-1, 2), result.map, atol=1e-6)
    assert arrays["steps"].tolist() == list(range(1, done + 1))
    assert np.allclose(arrays["loss"], result.state.column("loss"), rtol=1e-6)
    for kind, kept in (
        ("same", result.evaluation.same),
        ("different", result.evaluation.different),
    ):
        edges = np.linspace(0, words["reach"], len(arrays[kind]) + 1)
        inside = [np.sum((kept >= low) & (kept < high)) for low, high in itertools.pairwise(edges)]
        assert np.allclose(arrays[kind], np.array(inside) / max(inside), atol=1e-6)
    assert 0 <= words["age"] < 60


def test_what_is_not_new_is_not_sent(faces: FaceSet) -> None:
    here = Visitor(faces)
    after, began = seen_so_far(here)
    assert ask(here.token, after).status_code == 204
    assert time.monotonic() - began >= 0.25  # it was waited for
    here.run.step()
    here.inline.run_all()
    again, _ = read(bytes(ask(here.token, after).body))
    assert again["step"] == 1
    assert f"after={again['version']}" != after


def test_a_look_that_comes_while_one_waits_is_sent_at_once(
    faces: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "WAIT", 20.0)
    here = Visitor(faces)
    after, began = seen_so_far(here)

    def later() -> None:
        time.sleep(0.4)
        here.run.step()
        here.inline.run_all()

    threading.Thread(target=later).start()
    again, _ = read(bytes(ask(here.token, after).body))
    assert f"after={again['version']}" != after
    assert time.monotonic() - began < 15


def test_nobody_gets_at_another_visitors_run(faces: FaceSet) -> None:
    one, two = Visitor(faces, "mine"), Visitor(faces, "yours")
    assert one.token != two.token
    assert len(one.token) >= 32
    for here, name in ((one, "mine"), (two, "yours")):
        words, _ = read(bytes(ask(here.token).body))
        assert words["run"] == name
    for guess in (
        "",
        "x",
        one.token[:-1],
        one.token + "x",
        one.token.swapcase(),
        "../" + one.token,
    ):
        answer = ask(guess)
        assert answer.status_code == 404
        assert b"mine" not in answer.body
    assert one.token not in repr(one.session)


def test_a_token_dies_with_its_session(faces: FaceSet) -> None:
    left, forgotten = Visitor(faces), Visitor(faces)
    assert left.session is not None
    left.run.play()
    left.session.leave()  # as Streamlit says when the browser is gone
    assert left.run.status == "paused"
    assert ask(left.token).status_code == 404
    held = weakref.ref(forgotten.session)
    forgotten.session = None
    gc.collect()
    assert held() is None  # the feed and the run do not hold the visitor
    assert ask(forgotten.token).status_code == 404


def test_a_visitor_who_leaves_is_not_held_by_a_request(
    faces: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "WAIT", 30.0)
    here = Visitor(faces)
    after, _ = seen_so_far(here)
    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(ask, here.token, after)
        time.sleep(0.3)
        here.session = None
        gc.collect()
        assert waits.result(timeout=10).status_code == 404


def test_a_closed_tab_is_not_waited_for(faces: FaceSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WAIT", 30.0)
    here = Visitor(faces)
    after, began = seen_so_far(here)
    assert ask(here.token, after, gone=True).status_code == 204
    assert time.monotonic() - began < 5


def test_a_hidden_tab_keeps_its_run_alive_and_sees_nothing(
    faces: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Visitor(faces)
    here.run._alive = here.run._watched = -1e9
    assert ask(here.token, "hidden").status_code == 204
    assert here.run._alive > 0
    assert here.run._watched < 0
    ask(here.token)
    assert here.run._watched > 0


def test_the_state_is_another_one_when_the_page_is_to_be_another(faces: FaceSet) -> None:
    here = Visitor(faces)

    def state() -> str:
        return str(here.feed.told()[0]["state"])

    seen = [state()]
    here.run.play()
    here.inline.run_all(1)
    seen.append(state())
    here.inline.run_all(2)
    assert state() == seen[-1]  # other numbers alone need no other buttons
    here.run.pause()
    here.inline.run_all()
    seen.append(state())
    assert len(set(seen)) == 3


def test_there_is_no_nan_in_a_look() -> None:
    """`JSON.parse` refuses it; Python's own would write it."""
    with pytest.raises(ValueError, match="JSON"):
        wire.encoded({"threshold": float("nan")}, {})


@pytest.mark.parametrize("text", ["", "a", "ab", "abc", "ä" * 7])
def test_arrays_begin_where_a_browser_can_read_them(text: str) -> None:
    values = np.arange(5, dtype=np.float64)
    words, arrays = read(wire.encoded({"text": text}, {"one": values, "two": values[:0]}))
    assert words["text"] == text
    assert arrays["one"].tolist() == [0, 1, 2, 3, 4]
    assert not len(arrays["two"])


def test_the_route_lies_below_the_base_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    for base, path in (
        ("", "/live/{token}"),
        ("lab", "/lab/live/{token}"),
        ("/a/b/", "/a/b/live/{token}"),
    ):
        monkeypatch.setattr(wire.st, "get_option", lambda name, base=base: base)
        (route, *_) = wire.routes()
        assert route.path == path


def test_forgetting_everything_ends_the_looks(
    faces: FaceSet, monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    here = Visitor(faces)
    assert here.session is not None
    monkeypatch.setattr(sessions, "sample_faces", lambda: faces)
    here.session.forget_everything()
    assert by_token(here.token) is here.session
    assert ask(here.token).status_code == 204
