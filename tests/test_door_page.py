"""The page *The door* without a browser: who is enrolled, both thresholds, and what it says."""

import io
import json
import re
from typing import Any

import numpy as np
import paging
import pytest
from paging import ROOT, sound
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui import nets, shipped
from pages.ui.door import door, enrol
from pages.ui.session import Session, sample_faces
from siamese.datasets import load
from siamese.enrolment import Enrolled
from siamese.faces import FaceSet, split_by_person
from siamese.rendering import random_identity, random_scene, render
from siamese.verifiers import Verifier

PAGE = "pages/use/door.py"
pytestmark = pytest.mark.usefixtures("fresh")


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return load("sample_faces")


@pytest.fixture(scope="module")
def net() -> Verifier:
    return shipped.net()


def opened(**link: str) -> AppTest:
    return paging.opened(PAGE, **{f"door_{name}": value for name, value in link.items()})


def drawn(app: AppTest) -> dict[str, Any]:
    """What the door was given to draw."""
    (proto,) = [
        element.proto
        for element in sound(app).get("bidi_component")
        if element.proto.component_name == "siamese.door.door"
    ]
    data: dict[str, Any] = json.loads(proto.json)
    return data


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.startswith(label)]
    return sound(button.click().run())


def photo(seed: int, scene: int) -> bytes:
    file = io.BytesIO()
    picture = render(random_identity(seed), random_scene(scene), 224)
    Image.fromarray(np.asarray(picture)).save(file, "PNG")
    return file.getvalue()


def enrol_files(app: AppTest, name: str, files: list[tuple[str, bytes, str]]) -> AppTest:
    app.segmented_control(key="door_from").set_value(enrol.FILES).run()
    app.text_input(key="door_name").set_value(name).run()
    (place,) = [one for one in app.file_uploader if str(one.key).startswith("door_files")]
    return sound(place.set_value(files).run())


def text(app: AppTest) -> str:
    return "\n".join(e.value for e in [*app.markdown, *app.caption, *app.warning])


# -- enrolling -------------------------------------------------------------------------------------


def test_at_first_nobody_may_come_in() -> None:
    answer = drawn(opened())["answer"]
    assert answer["opens"] is None
    assert "Enrol somebody first" in answer["said"][0]


def test_the_door_opens_for_whom_it_knows_and_for_nobody_else(faces: FaceSet) -> None:
    unseen = [name.title() for name in split_by_person(faces).unseen.people]
    app = opened(rings=unseen[3])
    app.selectbox(key="door_person").set_value(unseen[3].lower()).run()
    app = press(app, "Enrol")
    answer = drawn(app)["answer"]
    assert answer["opens"] is True
    assert answer["said"][0] == f"**The door opens for {unseen[3]}.**"
    assert len(answer["people"][0]["distances"]) == len(answer["people"][0]["pictures"]) == 5
    app.selectbox(key="door_rings").set_value(unseen[9].lower()).run()
    answer = drawn(app)["answer"]
    assert answer["opens"] is False
    assert answer["said"][0] == "**The door stays shut.**"


def test_several_files_of_one_person_are_enrolled() -> None:
    files = [("image.jpg", photo(2, scene), "image/png") for scene in range(3)]
    blank = io.BytesIO()
    Image.new("RGB", (200, 200), (90, 90, 90)).save(blank, "PNG")
    app = enrol_files(opened(), "Ada *x*", [*files, ("wall.png", blank.getvalue(), "image/png")])
    assert "No face was found in wall" in text(app)
    app = press(app, "Enrol")
    (ada,) = app.session_state["session"].enrolled
    assert (ada.name, len(ada.pictures)) == ("Ada *x*", 3)  # phones call every photo image.jpg
    (place,) = [one for one in app.file_uploader if str(one.key).startswith("door_files")]
    assert not place.value  # the next person begins with empty hands


def test_shots_add_up_and_can_be_thrown_away() -> None:
    app = opened()
    app.segmented_control(key="door_from").set_value(enrol.CAMERA).run()
    for shot in range(2):
        app.camera_input[0].set_value((f"{shot}.jpg", photo(2, shot), "image/jpeg")).run()
    assert "2 so far" in app.camera_input[0].label
    blank = io.BytesIO()
    Image.new("RGB", (200, 200), (90, 90, 90)).save(blank, "JPEG")
    app.camera_input[0].set_value(("x.jpg", blank.getvalue(), "image/jpeg")).run()
    assert "No face was found in Shot 3" in text(app)
    assert "2 so far" in app.camera_input[0].label
    app = press(app, "Start over")
    assert "0 so far" in app.camera_input[0].label
    app.camera_input[0].set_value(("3.jpg", photo(2, 3), "image/jpeg")).run()
    app.text_input(key="door_name").set_value("Ada").run()
    app = press(app, "Enrol")
    assert "0 so far" in app.camera_input[0].label
    assert len(app.session_state["session"].enrolled[0].pictures) == 1
    assert not app.session_state["session"].photos  # the crops are enough


def test_variants_are_shown_and_enrolled() -> None:
    app = opened(variants="3")
    assert "The first picture and its variants" in text(app)
    app = press(app, "Enrol")
    (person,) = app.session_state["session"].enrolled
    assert len(person.pictures) == 5 * (1 + 3)
    assert len(drawn(app)["answer"]["people"][0]["pictures"]) == 20


def test_for_real_pictures_the_best_net_for_them_comes_first() -> None:
    app = opened()
    assert app.selectbox(key="door_net").value == nets.SHIPPED
    app = enrol_files(app, "Ada", [("a.png", photo(2, 0), "image/png")])
    assert app.selectbox(key="door_net").value == nets.STARTER
    alone = opened(mode=door.STILL)
    alone.camera_input(key="door_single_camera").set_value(("x.jpg", photo(2, 1), "image/jpeg"))
    assert sound(alone.run()).selectbox(key="door_net").value == nets.STARTER
    assert drawn(alone)["answer"]["face"]


def test_each_remove_says_whom() -> None:
    app = press(press(opened(), "Enrol"), "Enrol")
    labels = [button.label for button in app.button if button.label.startswith("Remove")]
    assert len(set(labels)) == 2


def test_one_name_twice_is_two_people_and_each_can_go() -> None:
    app = press(press(opened(), "Enrol"), "Enrol")
    first, second = app.session_state["session"].enrolled
    assert second.name == f"{first.name} (2)"
    app = press_first_remove(app)
    assert app.session_state["session"].enrolled == [second]


def press_first_remove(app: AppTest) -> AppTest:
    return sound(next(b for b in app.button if b.label.startswith("Remove ")).click().run())


def test_the_door_knows_so_many_and_no_more() -> None:
    app = opened()
    for _ in range(enrol.PEOPLE):
        app = press(app, "Enrol")
    assert f"{enrol.PEOPLE} people are enrolled" in text(app)
    assert not [button for button in app.button if button.label.startswith("Enrol")]
    app = press_first_remove(app)
    assert [button for button in app.button if button.label.startswith("Enrol")]


def test_a_second_click_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Session(sample_faces())
    monkeypatch.setattr(enrol, "session", lambda: here)
    crop = np.zeros((112, 112, 3), np.uint8)
    for _ in range(enrol.PEOPLE + 2):
        enrol._take_in("Ada", [crop], 0)
    assert len(here.enrolled) == enrol.PEOPLE
    for _ in range(2):
        enrol._remove("Ada (2)")
    assert len(here.enrolled) == enrol.PEOPLE - 1
    assert "Ada (2)" not in [person.name for person in here.enrolled]


# -- thresholds ------------------------------------------------------------------------------------


def test_both_thresholds_are_explained_with_true_figures(net: Verifier) -> None:
    app = opened(**{"detection_shipped-net": "0.7"})
    (told,) = [c.value for c in app.caption if c.value.startswith("Detection is a distance:")]
    strangers, own = (float(x) for x in re.findall(r"([\d.]+) %", told))
    assert strangers == pytest.approx(100 * np.mean(net.different < 0.7), abs=0.05)
    assert own == pytest.approx(100 * np.mean(net.same >= 0.7), abs=0.05)
    assert any(c.value.startswith("Verification is a share:") for c in app.caption)


def test_either_threshold_can_shut_the_door(faces: FaceSet) -> None:
    name = split_by_person(faces).unseen.people[3]

    def opens(**link: str) -> bool:
        app = opened(rings=name.title(), **link)
        app.selectbox(key="door_person").set_value(name).run()
        return bool(drawn(press(app, "Enrol"))["answer"]["opens"])

    assert opens()
    assert not opens(**{"detection_shipped-net": "0.05"})
    app = opened(**{"detection_shipped-net": "0.05", "verification": "100"})
    assert app.slider(key="door_verification").value == 100


@pytest.mark.parametrize(
    "link",
    [{"detection_shipped-net": "-1"}, {"verification": "7"}, {"mode": "Flying"},
     {"rings": "Nobody"}, {"variants": "99"}, {"net": "Gone 1"}, {"picture": "0"}],
)  # fmt: skip
def test_odd_links_are_survived(link: dict[str, str]) -> None:
    assert drawn(opened(**link))["mode"] == "still"


# -- at the door -----------------------------------------------------------------------------------


def test_a_single_picture_may_ring() -> None:
    app = opened(mode=door.STILL)
    assert drawn(app)["answer"] is None
    app.camera_input[0].set_value(("x.jpg", photo(2, 1), "image/jpeg")).run()
    data = drawn(app)
    assert data["image"].startswith("data:image/jpeg")
    assert data["answer"]["face"]["width"] == 224
    app.camera_input[0].set_value(None).run()
    (place,) = [one for one in app.file_uploader if one.key == "door_single_file"]
    place.set_value(("x.png", b"nothing", "image/png")).run()
    assert "not a picture" in drawn(app)["answer"]["said"][0]


def test_nobody_before_the_door_opens_nothing(net: Verifier, faces: FaceSet) -> None:
    blank = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 90, 90)).save(blank, "JPEG")
    person = Enrolled("Ada", faces.pictures[:3])
    answer = door._answer(blank.getvalue(), net, [person], 0.6, 0.5)
    assert answer["opens"] is None
    assert "No face was found" in answer["said"][0]


def test_one_against_many(net: Verifier, faces: FaceSet) -> None:
    crowd = [Enrolled(faces.people[k], faces.pictures[8 * k : 8 * k + 3]) for k in range(4)]
    file = io.BytesIO()
    Image.fromarray(faces.pictures[8 * 2 + 5]).save(file, "PNG")
    tight = door._answer(file.getvalue(), net, crowd, net.threshold, 0.5)
    assert len(tight["people"]) == 4
    shares = [person["share"] for person in tight["people"]]
    assert shares == sorted(shares, reverse=True)
    assert tight["people"][0]["name"] == faces.people[2]
    loose = door._answer(file.getvalue(), net, crowd, 9.0, 0.5)
    assert "It would also open for" in " ".join(loose["said"])


def test_it_says_what_it_cannot_tell() -> None:
    said = text(opened())
    assert "Hold up a photo of your photo." in said
    assert "cannot tell skin from paper" in said
    assert "never written to disk" in said


def test_the_browser_is_told_why_there_is_no_camera() -> None:
    source = (ROOT / "pages" / "ui" / "door" / "door.js").read_text("utf-8")
    for why in ("NotAllowedError", "NotFoundError", "NotReadableError", "https"):
        (words,) = re.findall(rf'{why}: "([^"]+)"', source)
        assert "Single picture" in words or "try again" in words
