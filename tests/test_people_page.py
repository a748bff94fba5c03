"""The People page through `app.py`: what it shows, what it refuses, what the session keeps."""

import io
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from siamese.datasets import load, pair_counts, split_by_person, split_by_picture

ROOT = Path(__file__).resolve().parent.parent
PAGE = "pages/train/people.py"


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    """All AppTests share one session id, and so what is cached for a session."""
    st.cache_resource.clear()


@pytest.fixture
def page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return sound(app.switch_page(PAGE).run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def metrics(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def files(*names: str) -> list[tuple[str, bytes, str]]:
    """Uploads with these names, each a picture of its own that is none of the built-in ones."""
    rng = np.random.default_rng(0)
    uploads = []
    for name in names:
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (30, 30, 3), dtype=np.uint8)).save(stream, "PNG")
        uploads.append((name, stream.getvalue(), "image/png"))
    return uploads


def test_counts_are_those_of_the_split(page: AppTest) -> None:
    split = split_by_person(load("sample_faces"))
    expected = []
    for faces in (split.seen, split.unseen):
        expected += [len(faces.people), len(faces), *pair_counts(faces)]
    assert metrics(page) == [f"{number:,}" for number in expected]
    same, different = pair_counts(split.seen)
    assert any(f"{different / same:,.0f} : 1" in text.value for text in page.markdown)


def test_share_seed_and_kind_reach_the_session(page: AppTest) -> None:
    page.slider(key="unseen").set_value(50)
    page.number_input(key="split_seed").set_value(3)
    sound(page.run())
    faces = load("sample_faces")
    here = page.session_state["session"]
    assert here.split.unseen.files == split_by_person(faces, 0.5, 3).unseen.files
    page.segmented_control(key="split").set_value("picture")
    sound(page.run())
    assert "leaks" in page.warning[0].value
    assert here.split.unseen.files == split_by_picture(faces, 0.5, 3).unseen.files


@pytest.mark.parametrize(("query", "share"), [("40", 0.4), ("999", 0.25), ("<b>", 0.25)])
def test_a_link_sets_the_split_and_nonsense_in_it_is_ignored(query: str, share: float) -> None:
    app = AppTest.from_file(str(ROOT / PAGE), default_timeout=60)
    app.query_params["unseen"] = query
    app.query_params["split_seed"] = "-5"
    sound(app.run())
    assert app.session_state["session"].unseen == share
    assert app.session_state["session"].split_seed == 0


def test_own_pictures(page: AppTest) -> None:
    page.segmented_control(key="people_source").set_value("My own pictures")
    sound(page.run())
    assert "Choose pictures" in page.info[0].value
    who = [f"{name}_{n}.jpg" for name in ("ann", "ben", "cy", "di", "eve") for n in (1, 2, 3)]
    bad = ("bad.jpg", b"no picture", "image/jpeg")
    page.file_uploader[0].set_value([*files(*who), bad])
    sound(page.run())
    here = page.session_state["session"]
    assert here.faces.people == ("ann", "ben", "cy", "di", "eve")
    assert here.source == "own pictures"
    assert "bad.jpg" in page.text[0].value
    assert metrics(page)[:2] == ["3", "9"]
    page.segmented_control(key="people_source").set_value("Built-in people")
    sound(page.run())
    assert len(here.faces.people) > 5


def test_too_few_own_people_leave_the_session_alone_and_can_join_others(page: AppTest) -> None:
    here = page.session_state["session"]
    before = here.faces
    page.segmented_control(key="people_source").set_value("My own pictures")
    sound(page.run())
    page.file_uploader[0].set_value(files("ann_1.jpg", "ann_2.jpg", "ben_1.jpg"))
    sound(page.run())
    assert "at least 4 people" in page.error[0].value
    assert here.faces is before
    assert here.split
    page.segmented_control(key="people_source").set_value("Both together")
    sound(page.run())
    assert not page.error
    assert {"ann", "ben"} < set(here.faces.people)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + bytes(50)])
def test_a_bad_upload_is_a_word_not_a_traceback(page: AppTest, data: bytes) -> None:
    page.segmented_control(key="people_source").set_value("My own pictures")
    sound(page.run())
    page.file_uploader[0].set_value([("faces.zip", data, "application/zip")])
    sound(page.run())
    assert "faces" in page.error[0].value
    page.segmented_control(key="people_source").set_value("Built-in people")
    assert not sound(page.run()).error


def test_answers_come_on_request_and_are_right(page: AppTest) -> None:
    page.toggle[0].set_value(True)
    sound(page.run())
    answers = page.markdown[-1].value
    faces = load("sample_faces")
    unseen = split_by_person(faces).unseen
    same, different = pair_counts(unseen)
    assert f"**{same:,}**" in answers
    assert f"{different:,} different pairs" in answers
    assert f"{len(split_by_picture(faces).unseen.people)} people: everybody" in answers
    shared = set(unseen.people) & set(split_by_person(faces, seed=1).unseen.people)
    assert f"only {len(shared)} of them" in answers


def test_all_pictures_of_a_person(page: AppTest) -> None:
    name = page.selectbox(key="person").options[0]
    page.selectbox(key="person").set_value(name)
    sound(page.run())
    assert any(f"pictures of <b>{name}</b>" in block.proto.body for block in page.get("html"))
