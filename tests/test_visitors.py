"""What several visitors of one server have in common, and what they have not."""

import copy
import gc
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
import streamlit as st
from paging import opened, sound
from streamlit.testing.v1 import AppTest

from pages.ui import charts, shipped
from pages.ui.facemap.sprites import Sprites
from pages.ui.faces import effects
from pages.ui.faces import sweep as facesweep
from pages.ui.pairs.pairset import PairSet
from pages.ui.session import Session, sample_faces
from siamese import studio

PAIRS = "pages/explore/pairs.py"
pytestmark = pytest.mark.usefixtures("fresh")


def look_of(app: AppTest) -> PairSet:
    (found,) = app.session_state["session"].made["pair_set"].values()
    assert isinstance(found.value, PairSet)
    return found.value


def test_all_pairs_are_there_once_for_all() -> None:
    """Whoever looks at the shipped net and the built-in people looks at the same pairs."""
    one, two = (opened(PAIRS) for _ in range(2))
    pair_set = look_of(one)
    assert pair_set is look_of(two)
    assert pair_set.sheet is look_of(two).sheet
    assert one.session_state["session"].split is two.session_state["session"].split
    gone = weakref.ref(pair_set)
    del pair_set, one
    gc.unfreeze()
    gc.collect()
    assert gone() is look_of(two)
    del two
    st.cache_resource.clear()  # which holds the session of the last one
    gc.unfreeze()
    gc.collect()
    assert gone() is None  # with the last of them it goes


def test_what_is_shared_holds_nobodys_face() -> None:
    """Somebody compares a face of their own: it stays out of what the others have, too."""
    mine, others = opened(PAIRS), opened(PAIRS)
    here: Session = mine.session_state["session"]
    face = np.random.default_rng(5).integers(0, 256, (2, 112, 112, 3), np.uint8)
    here.gallery["Ada"] = face
    mine.query_params["pairs_a"] = "Ada (mine)-1"
    mine.query_params["pairs_b"] = "Ada (mine)-2"
    sound(mine.run())
    assert any("Ada" in str(text.value) for text in mine.markdown)
    pair_set = look_of(others)
    assert pair_set is look_of(mine)
    assert not any(
        row in held for held in pixels(pair_set) for row in (it[50].tobytes() for it in face)
    )


def pixels(thing: object, depth: int = 6) -> list[bytes]:
    """All arrays and bytes that can be reached from a thing in a few steps."""
    found, seen, edge = [], {id(thing)}, [thing]
    for _ in range(depth):
        inner = [it for each in edge for it in gc.get_referents(each) if id(it) not in seen]
        edge = [it for it in inner if not isinstance(it, type) and not callable(it)]
        edge = [it for it in edge if "module" not in type(it).__name__]
        seen |= {id(it) for it in edge}
        found += [it.tobytes() for it in edge if isinstance(it, np.ndarray)]
        found += [it for it in edge if isinstance(it, bytes)]
    return found


def test_a_map_is_measured_once_for_all_but_what_a_visitor_adds_is_their_own() -> None:
    one, two = (opened("pages/explore/embedding.py") for _ in range(2))
    spaces = [app.session_state["session"].kept["map_spaces"][-1] for app in (one, two)]
    assert spaces[0].measured is spaces[1].measured
    assert spaces[0].maps is not spaces[1].maps
    measured = weakref.ref(spaces[0].measured)
    del spaces, one, two
    st.cache_resource.clear()  # which holds the session of the last one
    gc.unfreeze()
    gc.collect()
    assert measured() is None


def test_effects_are_measured_once_however_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def effect(_: object, nuisance: studio.Nuisance) -> tuple[float, float]:
        asked.append(nuisance.label)
        time.sleep(0.05)
        return 0.1, 0.2

    monkeypatch.setattr(studio, "effect", effect)
    monkeypatch.setattr(effects, "_measured", weakref.WeakKeyDictionary())
    with ThreadPoolExecutor(10) as visitors:
        for known in range(3):
            list(visitors.map(effects._measure, [shipped.net()] * 10, [known] * 10))
    assert asked == [nuisance.label for nuisance in studio.NUISANCES[:3]]


def test_a_chart_is_made_anew_where_its_data_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any kind that charts are made of, also in the last digit and with the same shape."""
    here = Session(sample_faces())
    monkeypatch.setattr(charts, "recalled", here.recall)
    made = list[tuple[Any, ...]]()

    def chart(*told: Any, **named: Any) -> alt.Chart:
        made.append((told, named))
        return alt.Chart()

    numbers = np.arange(4.0)
    table = pd.DataFrame({"x": numbers, "y": list("abcd")})
    data = [
        (numbers,), (numbers + 1e-15,), (numbers.reshape(2, 2),), ([1, 2],), ([1, 3],), (1.0, "a"),
        (table,), (table.assign(x=numbers + 1e-12),), (table.rename(columns={"x": "z"}),),
        ({"a": numbers},), ({"b": numbers},), ({"a": numbers + 1},), (table.iloc[::-1],),
    ]  # fmt: skip
    for told in data:
        kept = charts.kept(chart, *told)
        assert charts.kept(chart, *copy.deepcopy(told)) is kept
    charts.kept(chart, 1.0, height=3)
    charts.kept(chart, 1.0, height=4)
    assert len(made) == len(data) + 2


def test_sprites_are_shared_while_somebody_has_them() -> None:
    pictures = np.random.default_rng(6).integers(0, 256, (4, 30, 30, 3), np.uint8)
    one = Sprites.of(pictures)
    assert Sprites.of(pictures.copy()) is one
    assert Sprites.of(pictures, side=20) is not one
    gone = weakref.ref(one)
    del one
    gc.unfreeze()
    gc.collect()
    assert gone() is None


def test_a_sweep_is_made_once_for_all_who_look_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    sweep = studio.sweep

    def counted(*arguments: Any) -> studio.Sweep:
        made.append(arguments)
        return sweep(*arguments)

    monkeypatch.setattr(studio, "sweep", counted)
    here = [Session(sample_faces()) for _ in range(2)]
    shot = studio.Shot(studio.person(3), studio.PLAIN)
    found = []
    for each in here:
        monkeypatch.setattr(facesweep, "session", lambda each=each: each)
        found.append(facesweep.swept(shot, studio.NUISANCES[0], shipped.net()))
        found.append(facesweep.swept(shot, studio.NUISANCES[0], shipped.net()))
    assert len(made) == 1
    assert len({id(it) for it in found}) == 1
