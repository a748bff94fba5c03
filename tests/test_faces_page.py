"""The Face studio through `app.py`."""

from dataclasses import replace
from typing import Any

import numpy as np
import paging
import pandas as pd
import pytest
from paging import sound
from streamlit.testing.v1 import AppTest

from pages.ui import gallery, shipped
from pages.ui.faces import effects, sweep, verdicts
from pages.ui.faces import studio as page_of
from pages.ui.session import Session, sample_faces
from siamese import lessons, studio, verifiers
from siamese.evaluation import evaluate_pixels
from siamese.faces import split_by_person
from siamese.rendering import Identity, Scene, controls, person_name
from siamese.studio import PLAIN, Shot, Sweep
from siamese.verifiers import Verifier

PAGE = "pages/understand/faces.py"


def opened(**link: str) -> AppTest:
    return paging.opened(PAGE, **link)


def said(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.caption, *app.toast])


def shown(app: AppTest) -> Shot:
    """What the sliders say, read off the session."""
    state = app.session_state
    seed = state["faces_person"]
    who = {name: state[f"faces_{seed}_{name}"] for name in controls(Identity)}
    scene = {name: state[f"faces_{name}"] for name in controls(Scene)}
    return Shot(
        replace(studio.person(seed), **{k: rounded(v) for k, v in who.items()}),
        replace(PLAIN, **{k: rounded(v) for k, v in scene.items()}),
    )


def rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def drawn(app: AppTest) -> dict[str, Any]:
    """What was sent to the drawing."""
    import json

    for element in app.get("bidi_component"):
        if element.proto.component_name == "siamese.faces.studio":
            return json.loads(element.proto.json)
    raise AssertionError("nothing was drawn")


@pytest.fixture(autouse=True, scope="module")
def measured() -> None:
    """The bars wait for a clock that no test has: they are all there."""
    done = effects._measured.setdefault(shipped.net(), {})
    done.update({label: (0.1, 0.2 + 0.01 * i) for i, label in enumerate(sweep.LABELS)})


@pytest.fixture(scope="module")
def app() -> AppTest:
    return opened()


def test_it_opens_on_somebody_whom_the_net_has_never_met(app: AppTest) -> None:
    assert shown(app) == Shot(studio.person(page_of.FIRST))
    assert app.title[0].value.endswith("?")
    assert "has never met them" in said(app)
    assert len(app.radio) == len(lessons.FACES)
    assert len(app.get("vega_lite_chart")) == 1
    assert "faces_ref" not in app.query_params


def test_each_of_its_parts_has_a_chart() -> None:
    app = opened()
    parts = app.segmented_control(key="faces_part").options
    assert len(parts) == 2
    for part in parts:
        app.segmented_control(key="faces_part").set_value(part).run()
        assert len(sound(app).get("vega_lite_chart")) == 1


def test_there_is_a_control_for_everything_that_can_be_set(app: AppTest) -> None:
    for kind, prefix in ((Identity, f"faces_{page_of.FIRST}_"), (Scene, "faces_")):
        for name, control in controls(kind).items():
            widgets = app.selectbox if control.choices else app.slider
            widget = widgets(key=f"{prefix}{name}")
            assert widget.label == control.label
            if not control.choices:
                assert (widget.min, widget.max) == (control.low, control.high)


def test_what_a_person_can_change_stands_under_a_heading_of_its_own(app: AppTest) -> None:
    """Read from top to bottom, the last heading before a control is the one above it."""
    above, heading = {}, ""
    for element in app.main:
        if element.type == "subheader":
            heading = element.value
        elif key := getattr(element, "key", None):
            above[key] = heading
    for name in controls(Identity):
        changeable = name in studio.CHANGEABLE
        assert above[f"faces_{page_of.FIRST}_{name}"] == (
            "What a person can change" if changeable else "Who it is"
        )
    assert above["faces_smile"] == "How it is photographed"


def test_a_link_says_it_all() -> None:
    app = opened(
        faces_person="12", faces_12_nose_width="1.5", faces_yaw="20", faces_glasses="round",
         faces_nuisance="Exposure",
        faces_net="Raw pixels", faces_ref="smile:0.8",
    )  # fmt: skip
    who = replace(studio.person(12), nose_width=1.5)
    assert shown(app) == Shot(who, replace(PLAIN, yaw=20.0, glasses="round"))
    told = drawn(app)
    assert told["truth"]["side"] == "different"
    assert "width of the nose" in told["truth"]["rest"]
    assert [verifier["name"] for verifier in told["judges"]] == ["Raw pixels"]
    assert told["reference"] == verdicts.jpeg(Shot(studio.person(12), replace(PLAIN, smile=0.8)))
    assert app.selectbox(key="faces_nuisance").value == "Exposure"


def test_nonsense_in_a_link_is_ignored_with_a_word() -> None:
    app = opened(
        faces_person="-3", faces_yaw="999", faces_glasses="monocle", faces_nuisance="Weather",
         faces_net="GPT",
        faces_ref="yaw:900", faces_smile="wide",
    )  # fmt: skip
    got = shown(app)
    assert got.scene.glasses == "none"
    assert got.scene.smile == PLAIN.smile
    assert -45 <= got.scene.yaw <= 45
    assert app.session_state["faces_person"] in (0, page_of.FIRST)
    assert "reference photo that cannot be had" in said(app)
    assert "cannot be had here" in said(app)
    assert "faces_ref" not in app.query_params


@pytest.fixture(scope="module")
def moved() -> AppTest:
    return opened(faces_yaw="25", faces_exposure="-0.8")


def test_distances_are_those_of_the_judges(moved: AppTest) -> None:
    here: Session = moved.session_state["session"]
    now = shown(moved)
    reference = Shot(studio.person(page_of.FIRST))
    pictures = np.stack([reference.picture(), now.picture()])
    for told in drawn(moved)["judges"]:
        verifier = (
            shipped.net() if told["name"] == "Shipped net" else here.verifiers["Raw pixels"][1]
        )
        a, b = verifier.embed(pictures)
        assert told["distance"] == pytest.approx(float((a - b).norm()), abs=1e-5)
        assert told["threshold"] == pytest.approx(verifier.threshold)
        below = told["distance"] < verifier.threshold
        assert ("one person" if below else "two people") in told["verdict"]
        assert ("right" if below else "wrong") in told["verdict"]  # it is one person


def test_the_nearest_are_those_of_all_built_in_pictures(moved: AppTest) -> None:
    told = next(one for one in drawn(moved)["judges"] if one["name"] == "Shipped net")
    faces, net = sample_faces(), shipped.net()
    codes = net.embed(faces.pictures)
    far = (codes - net.embed(shown(moved).picture()[None])).norm(dim=1).numpy()
    nearest = [
        (faces.people[faces.labels[row]].title(), f"{far[row]:.2f}") for row in far.argsort()[:5]
    ]
    assert [(one["name"], one["distance"]) for one in told["nearest"]] == nearest
    mine = person_name(page_of.FIRST).title()
    assert [one["mine"] for one in told["nearest"]] == [one[0] == mine for one in nearest]


def test_another_person_brings_other_values_along(app: AppTest) -> None:
    other = opened(faces_36_nose_width="2.0")
    assert shown(other).who != studio.person(36)
    sound(other.number_input(key="faces_person").set_value(37).run())
    assert shown(other).who == studio.person(37)


def test_a_photo_by_chance_and_back() -> None:
    app = opened()
    buttons = {button.label: button for button in app.button}
    sound(buttons["A photo by chance"].click().run())
    assert shown(app).scene != PLAIN
    assert shown(app).who == studio.person(page_of.FIRST)
    buttons = {button.label: button for button in app.button}
    sound(buttons["Passport photo"].click().run())
    assert shown(app).scene == PLAIN


def test_any_photo_can_be_the_reference() -> None:
    app = opened(faces_yaw="30")
    assert drawn(app)["truth"]["side"] == "same"
    sound(next(b for b in app.button if b.label == "Make this the reference").click().run())
    assert app.query_params["faces_ref"] == "yaw:30"
    assert drawn(app)["truth"]["side"] == ""
    sound(next(b for b in app.button if b.label == "Plain reference").click().run())
    assert "faces_ref" not in app.query_params
    assert drawn(app)["truth"]["side"] == "same"


def test_a_person_is_kept_and_found_elsewhere() -> None:
    app = opened(faces_36_nose_width="2.0")
    app.text_input(key="faces_name").set_value("  Ada   L. ")
    sound(app.button(key="faces_keep").click().run())
    here: Session = app.session_state["session"]
    assert list(here.gallery) == ["Ada L."]
    pictures = here.gallery["Ada L."]
    assert pictures.shape == (8, 112, 112, 3)
    assert pictures.dtype == np.uint8
    assert len({picture.tobytes() for picture in pictures}) == 8
    sound(app.button(key="faces_keep").click().run())
    assert list(here.gallery) == ["Ada L.", "Somebody new"]
    for path, key in (
        ("pages/use/door.py", "door_person"),
        ("pages/understand/losses.py", "losses_first_who"),
    ):
        if key.startswith("losses_"):
            app.query_params["losses_own"] = "true"
        sound(app.switch_page(path).run())
        if key.startswith("losses_"):
            sound(app.toggle(key="losses_own").set_value(True).run())
        box = app.selectbox(key=key)
        assert box.options[-2:] == ["Ada L.", "Somebody new"]
        sound(box.select("Ada L.").run())
    sound(app.switch_page(PAGE).run())
    sound(app.button(key="faces_drop-Ada L.").click().run())
    assert list(here.gallery) == ["Somebody new"]
    for path in ("pages/use/door.py", "pages/understand/losses.py"):  # where she was chosen
        sound(app.switch_page(path).run())


def test_somebody_made_up_is_enrolled_and_rings() -> None:
    app = opened()
    app.text_input(key="faces_name").set_value("Ada")
    sound(app.button(key="faces_keep").click().run())
    sound(app.switch_page("pages/use/door.py").run())
    sound(app.selectbox(key="door_person").select("Ada").run())
    sound(app.button(key="door_enrol").click().run())
    (enrolled,) = app.session_state["session"].enrolled
    assert enrolled.name == "Ada"
    np.testing.assert_array_equal(
        enrolled.pictures, app.session_state["session"].gallery["Ada"][:5]
    )
    sound(app.selectbox(key="door_rings").select("Ada").run())


def test_a_lesson_shows_less_and_means_the_same() -> None:
    app = opened(lesson="1", faces_36_ear_size="1.0")
    assert shown(app).who.ear_size == 1.0
    assert not [box for box in app.expander if box.label.startswith("More")]


# -- parts -----------------------------------------------------------------------------------------


def test_the_truth_is_what_the_sliders_know() -> None:
    plain = Shot(studio.person(3))
    assert verdicts.truth(plain, plain)["side"] == ""
    turned = replace(plain, scene=replace(PLAIN, yaw=10.0))
    assert verdicts.truth(turned, plain) == {
        "side": "same",
        "headline": "In truth the same person: ",
        "rest": "turn has moved.",
    }
    other = Shot(studio.person(4), turned.scene)
    assert verdicts.truth(other, plain)["side"] == "different"


def test_hair_and_a_hair_s_breadth_make_nobody_else() -> None:
    plain = Shot(studio.person(3))
    shorn = replace(plain, who=replace(plain.who, hairstyle="bald", beard="full"))
    assert verdicts.truth(shorn, plain)["side"] == "same"
    assert "can change" in verdicts.truth(shorn, plain)["rest"]
    nose = plain.who.nose_width + 0.1
    wider = replace(plain, who=replace(plain.who, nose_width=round(nose, 4)))
    assert verdicts.truth(wider, plain)["side"] == ""
    verifier = Verifier(
        "net", "", lambda pictures: NotImplemented, same=np.array([0.1], np.float32),
        different=np.array([0.9], np.float32), threshold=0.5,
    )  # fmt: skip
    assert verdicts.is_same(shorn, plain) is True
    assert verdicts.is_same(wider, plain) is None
    assert verdicts.verdict(verifier, 0.0, None) == ("0.00: one person", "same")
    assert verdicts.verdict(verifier, 0.0, False)[0].endswith("wrong")


def test_a_judge_that_nobody_has_tested_gives_no_verdict() -> None:
    verifier = Verifier("new", "", lambda pictures: NotImplemented)
    assert verdicts.verdict(verifier, 0.5, True) == ("distance 0.50, no threshold known", "")
    assert "No pairs" in verdicts.words(verifier, 0.5)


@pytest.mark.parametrize("wish", [None, 3, {}, {"yaw": "x"}, {"yaw": 900, "pitch": None}])
def test_a_turn_that_makes_no_sense_turns_nothing(
    wish: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(page_of.st, "session_state", state)
    page_of._turn(wish)
    assert state == {}
    page_of._turn({"yaw": 12.4, "pitch": -3})
    assert state == {"faces_yaw": 12.0, "faces_pitch": -3.0}


@pytest.fixture
def found() -> Sweep:
    shot = Shot(studio.person(3))
    values = np.linspace(-40, 40, sweep.COUNT)
    own = np.abs(values) / 30  # passes 1 beyond 30 degrees
    shots = tuple(Shot(shot.who, replace(PLAIN, yaw=float(round(value)))) for value in values)
    strangers = np.stack([own + 1, own + 2])
    return Sweep(values.round(1), shots, {"net": own}, own, strangers, shots, own)


def test_a_sweep_is_read_aright(found: Sweep) -> None:
    verifier = Verifier("net", "", lambda pictures: NotImplemented)
    words = sweep.tell(found, studio.NUISANCES[0], verifier)
    over = [value for value in found.values if abs(value) / 30 >= 1]
    assert "as far as 1.33 thresholds" in words
    assert "counts as two people at " in words
    assert f"{len(over)} of the" in words or str(f"{over[0]:g}") in words
    assert "2.83 thresholds away" in words
    near = replace(found, distances={"net": found.distances["net"] / 2})
    assert "stays one person" in sweep.tell(near, studio.NUISANCES[0], verifier)
    nobody = replace(found, others=np.full((2, sweep.COUNT), np.nan))
    assert "None of the strangers" in sweep.tell(nobody, studio.NUISANCES[0], verifier)


def test_the_first_sweep_does_not_flatter_pixels() -> None:
    """What it says of their threshold, and that pixels fail in the chart that one sees first."""
    unseen = split_by_person(sample_faces()).unseen
    pixels = verifiers.of_pixels(evaluate_pixels(unseen.pictures, unseen.labels))
    net = shipped.net()
    shot = Shot(studio.person(page_of.FIRST))
    nuisance = studio.NUISANCES[sweep.LABELS.index(sweep.FIRST)]
    found = studio.sweep(shot, nuisance, [pixels, net], count=3)
    assert found.distances[pixels.name].max() > 1 > found.distances[net.name].max()
    there = studio.others(shot)
    others = studio.relative(pixels, there[0, 0], there[:, -1])
    assert (others < 1).mean() > 0.5


def test_the_bars_are_read_aright() -> None:
    table = pd.DataFrame(
        {"nuisance": ["Blur", "Noise", "Zoom"], effects.NEAR: [0.3, 0.1, 0.2],
         effects.FAR: [0.5, 1.9, 0.2]}
    )  # fmt: skip
    verifier = Verifier("net", "", lambda pictures: NotImplemented)
    words = effects.rank(table, 2.2, verifier)
    assert "noise carries a photo furthest (1.90" in words
    assert "zoom least (0.20)" in words
    assert "it is blur (0.30)" in words
    assert "2.20 apart" in words


def test_names_are_never_used_twice() -> None:
    app = opened()
    here: Session = app.session_state["session"]
    pictures = np.zeros((2, 112, 112, 3), np.uint8)
    before = here.faces
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "session", lambda: here)
        assert gallery.beside(before) is before
        assert gallery.keep("Bao", pictures) == "Bao (2)"  # a built-in person is called bao
        assert gallery.keep("bao", pictures) == "bao (3)"
        joined = gallery.beside(before)
        assert joined.people == (*before.people, "Bao (2)", "bao (3)")
        assert joined.counts[-2:].tolist() == [2, 2]
        assert gallery.beside(before) is joined
        assert (np.diff(joined.labels) >= 0).all()
        gallery.drop("Bao (2)")
        assert gallery.beside(before).people == (*before.people, "bao (3)")
