"""The *Start* page without a browser: it stands, it follows its link, and what it says is true."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import shipped, text
from pages.ui.photo import Photo
from pages.ui.reading import read
from pages.ui.session import sample_faces
from pages.ui.start.guess import SHOWN
from pages.ui.start.pair import draw_pair
from siamese import checkpoints
from siamese.datasets import load
from siamese.faces import FaceSet, split_by_person

APP = str(Path(__file__).parent.parent / "app.py")
pytestmark = pytest.mark.usefixtures("fresh")


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return load("sample_faces")


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def looked_at() -> AppTest:
    """The page of a visitor who did not want to guess."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state[SHOWN] = True
    return app.run()


def given(app: AppTest, name: str) -> dict[str, Any]:
    """What one of the room's components was given."""
    assert not app.exception
    protos = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in protos if proto.component_name.startswith("siamese.start")]
    assert proto.component_name == f"siamese.start.{name}"
    data: dict[str, Any] = json.loads(proto.json)
    return data


def drawn(app: AppTest) -> dict[str, Any]:
    """What the diagram was given."""
    return given(app, "twins")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return button.click().run()


def test_it_opens_with_a_question_and_ends_with_tasks() -> None:
    app = looked_at()
    data = drawn(app)
    assert app.title[0].value.endswith("?")
    assert app.subheader[-1].value == "Try this"
    assert data["reading"]
    assert data["a"]["person"] == data["b"]["person"]


def test_the_link_chooses_the_faces(faces: FaceSet) -> None:
    other = Photo.of(faces, 7, 5)
    data = drawn(opened(start_a=other.id, start_b=other.id))
    assert data["a"]["id"] == data["b"]["id"] == other.id
    assert data["reading"]["distance"] == pytest.approx(0, abs=1e-5)  # one picture twice
    assert "one picture of" in data["told"][1]


@pytest.mark.parametrize(
    "wish",
    ["", "nobody-1", "{person}-0", "{person}-999", "{person}-²", "{person}", "-1", "a" * 9999],
)
def test_a_wrong_link_is_said_and_survived(faces: FaceSet, wish: str) -> None:
    app = opened(start_a=wish.format(person=Photo.at(faces, 0).person))
    assert drawn(app)["a"]["id"] != wish
    assert [caption for caption in app.caption if "not here" in caption.value]


def test_the_buttons_keep_their_word(faces: FaceSet) -> None:
    app = looked_at()
    new = set(split_by_person(faces).unseen.people)
    for label, same in {"Same person": True, "Two people": False}.items():
        for _ in range(3):
            press(app, label)
            data = drawn(app)
            assert (data["a"]["person"] == data["b"]["person"]) is same
            assert data["a"]["id"] != data["b"]["id"]
            names = {person["person"]: person["unseen"] for person in data["people"]}
            assert names[data["a"]["person"]]
            assert names[data["b"]["person"]]
            assert app.query_params["start_a"] in (data["a"]["id"], [data["a"]["id"]])
    assert sum(person["unseen"] for person in data["people"]) == len(new)
    press(app, "Surprise me")
    assert not app.exception


def test_a_lesson_shows_less() -> None:
    link = {"start_a": "bao-1", "start_b": "bao-4"}
    free, lesson = opened(**link), opened(**link, lesson="1")
    assert len(free.main.markdown[-1].value) > len(lesson.main.markdown[-1].value)


def test_every_photo_has_one_name_and_finds_back(faces: FaceSet) -> None:
    photos = [Photo.at(faces, index) for index in range(len(faces))]
    assert len({photo.id for photo in photos}) == len(faces)
    assert all(Photo.find(faces, photo.id) == photo for photo in photos)


def test_chance_pairs(faces: FaceSet) -> None:
    people = faces.people[:3]
    for _ in range(20):
        a, b = draw_pair(faces, people, same=True)
        assert a.person == b.person
        assert a != b
        assert a.among(people)
        a, b = draw_pair(faces, people, same=False)
        assert a.person != b.person
        assert a.among(people)
        assert b.among(people)


def test_the_shipped_net_has_never_met_whom_the_page_calls_new(faces: FaceSet) -> None:
    from siamese.experiment import is_new

    new = np.array(faces.people)[
        is_new(faces.people, checkpoints.load(checkpoints.shipped()).trained_on)
    ]
    assert set(new) == set(split_by_person(faces).unseen.people)


def test_the_shipped_net_is_small() -> None:
    assert checkpoints.shipped().stat().st_size <= 1_500_000


def test_the_words_are_true(faces: FaceSet) -> None:
    net = shipped.net()
    file = checkpoints.load(checkpoints.shipped())
    new = split_by_person(faces).unseen
    a, b = Photo.of(faces, faces.people.index(new.people[0]), 1), Photo.at(faces, 0)
    reading = read(net, faces.pictures[[a.index, b.index]])
    assert reading.below == (reading.distance < net.threshold)
    assert net.frr(net.threshold) == pytest.approx(net.far(net.threshold), abs=0.03)
    assert net.frr(net.threshold) == pytest.approx(file.about["scores"]["eer"], abs=0.02)
    # The same figures again from the pictures of the people whom the net has never met.
    from siamese.evaluation import evaluate
    from siamese.experiment import prepared

    config = file.config
    again = evaluate(file.net, config.distance, prepared(new, config.net))
    assert again.scores.eer == pytest.approx(file.about["scores"]["eer"], abs=0.01)
    assert again.scores.threshold == pytest.approx(net.threshold, abs=0.01)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (0, "none"),
        (0.0004, "less than 0.1 %"),
        (0.034, "3.4 %"),
        (0.0996, "10 %"),
        (0.979, "97.9 %"),
        (0.9996, "more than 99.9 %"),
        (1, "all"),
    ],
)
def test_shares_are_readable(part: float, words: str) -> None:
    assert text.share(part) == words


def test_the_shared_faces_cannot_be_painted_over() -> None:
    with pytest.raises(ValueError, match="read-only"):
        sample_faces().pictures[0] = 0
