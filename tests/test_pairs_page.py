"""The Pairs page through `app.py`, and what it sends to the browser."""

import base64
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import paging
import pandas as pd
import pytest
import streamlit as st
from numpy.typing import NDArray
from paging import ROOT, sound
from scipy.stats import norm
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from pages.ui import nets, session
from pages.ui.pairs import charts, choice, margin, pairset, slider, trap
from pages.ui.pairs.choice import PART, TWO, WORST, whole
from pages.ui.pairs.pairset import PairSet
from pages.ui.pairs.parts import PARTS
from pages.ui.pairs.slider import SHOWN, Ruler
from pages.ui.pairs.threshold import CONTROL, EQUAL, THRESHOLD, WISH, WISHES, promise
from pages.ui.pairs.trial import DRAWS
from pages.ui.session import Session, sample_faces
from siamese import checkpoints
from siamese.config import preset
from siamese.faces import FaceSet, split_by_person, split_by_picture
from siamese.pairs import trial, wish
from siamese.sharing import Shared
from siamese.verifiers import of_checkpoint, of_pixels

PAGE = "pages/explore/pairs.py"


def opened(prepare: Callable[[Session], None] | None = None, **query: str) -> AppTest:
    app = paging.opened(PAGE, **query)
    if prepare:
        prepare(app.session_state["session"])
        sound(app.run())
    return app


def words(app: AppTest) -> str:
    return " ".join(str(one.value) for one in [*app.markdown, *app.caption, *app.info])


def number(pattern: str, app: AppTest) -> float:
    found = re.search(pattern, words(app))
    assert found, words(app)[:1500]
    return float(found[1].replace(",", ""))


@pytest.fixture(scope="module")
def pair_set() -> PairSet:
    """What the page shows at first, made without it."""
    verifier = of_checkpoint(checkpoints.load(checkpoints.shipped()), "Shipped net", "")
    return PairSet(verifier, split_by_person(sample_faces()).unseen, pairset.NEW)


@pytest.fixture(scope="module")
def truth(pair_set: PairSet) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Distances and is_same of all pairs, by numpy."""
    e = pair_set.verifier.embed(pair_set.faces.pictures).numpy().astype(np.float64)
    i, j = np.triu_indices(len(e), 1)
    return np.linalg.norm(e[i] - e[j], axis=1), pair_set.faces.labels[i] == pair_set.faces.labels[j]


# -- the page --------------------------------------------------------------------------------------


def test_it_opens_where_both_errors_are_equal(truth: tuple[NDArray, NDArray]) -> None:
    page = opened()
    distance, same = truth
    far, tar, _ = metrics.roc_curve(same, -distance)
    eer = far[np.argmin(np.abs(far - (1 - tar)))]
    assert number(r"equally frequent: ([\d.]+) %", page) == pytest.approx(100 * eer, abs=0.1)
    threshold = number(r"A threshold of \*\*([\d.]+)\*\*", page)
    accepted = distance < threshold
    assert number(r"accepts ([\d.]+) % of the strangers", page) == pytest.approx(
        100 * accepted[~same].mean(), abs=0.06
    )
    precision = number(r"these 24 people that it accepts, ([\d.]+) % are right", page)
    assert precision == pytest.approx(100 * metrics.precision_score(same, accepted), abs=0.6)
    assert "672 pairs of one person and 17,664 of two" in words(page)


def test_a_wish_sets_the_threshold(truth: tuple[NDArray, NDArray]) -> None:
    page = opened()
    distance, same = truth
    assert page.segmented_control(key=CONTROL).value == EQUAL
    for asked, most in WISHES.items():
        sound(page.segmented_control(key=CONTROL).set_value(asked).run())
        threshold = page.session_state[THRESHOLD]
        assert (distance[~same] < threshold).mean() <= most
        assert (distance[~same] < threshold + 0.002).mean() >= most - 2 / 17_664
        assert page.query_params[WISH] == asked
        assert THRESHOLD not in page.query_params
        assert number(r"accepts ([\d.]+) % of the right", page) == pytest.approx(
            100 * (distance[same] < threshold).mean(), abs=0.6
        )
    sound(page.segmented_control(key=CONTROL).set_value(EQUAL).run())
    assert "equally frequent" in words(page)
    assert WISH not in page.query_params


def test_a_link_says_it_all() -> None:
    page = opened(
        pairs_net="Raw pixels", pairs_at="9.12", pairs_threshold="7.25",
         pairs_part="The worst pairs",
        pairs_a="bao-3", pairs_b="fela-2",
    )  # fmt: skip
    state = page.session_state
    assert (state["pairs_net"], state["pairs_at"], state["pairs_threshold"]) == (
        "Raw pixels",
        9.12,
        7.25,
    )
    assert page.segmented_control(key=CONTROL).value is None  # set by hand
    assert "Furthest selves" in words(page)
    assert "Bao and Fela" in words(page)
    asked = opened(pairs_wish="1 in 100")
    assert asked.segmented_control(key=CONTROL).value == "1 in 100"


@pytest.mark.parametrize("value", ["abc", "nan", "-3", "1e99"])
def test_nonsense_in_a_link_is_ignored(value: str) -> None:
    page = opened(
        pairs_at=value, pairs_threshold=value, pairs_wish=value,
         pairs_part=value, pairs_whose=value, pairs_net=value,
        pairs_a=value, pairs_b=f"{value}-1", pairs_draw=value,
    )  # fmt: skip
    state = page.session_state
    assert 0 <= state["pairs_at"] <= 3
    assert 0 <= state["pairs_threshold"] <= 3
    assert state["pairs_net"] == "Shipped net"
    assert "counts as" in words(page)


@pytest.mark.parametrize("net", [nets.PIXELS, nets.UNTRAINED, nets.SHIPPED])
def test_every_part_stands_under_every_net(net: str) -> None:
    page = opened(pairs_net=net)
    for part in PARTS:
        sound(page.segmented_control(key=PART).set_value(part).run())
        assert page.session_state[PART] == part
        assert len(page.get("vega_lite_chart")) >= 3
        assert not page.error


def test_people_whom_it_has_met_are_told_apart_better() -> None:
    new, trained_on = opened(), opened(pairs_whose=pairset.MET)
    assert "2,016 pairs of one person" in words(trained_on)
    assert "equally frequent: less than 0.1 %" in words(trained_on)
    assert number(r"equally frequent: ([\d.]+) %", new) > 1


def test_another_net_starts_with_its_own_threshold() -> None:
    page = opened(pairs_threshold="0.5")
    assert page.session_state["pairs_threshold"] == 0.5
    sound(page.selectbox(key="pairs_net").set_value("Raw pixels").run())
    assert page.session_state["pairs_threshold"] > 5
    assert page.segmented_control(key=CONTROL).value == EQUAL


def test_any_two_faces_can_be_chosen() -> None:
    page = opened()
    sound(page.selectbox(key="pairs_a_who").set_value(sample_faces().people.index("alex")).run())
    sound(page.number_input(key="pairs_a_nth").set_value(2).run())
    sound(page.selectbox(key="pairs_b_who").set_value(sample_faces().people.index("alex")).run())
    sound(page.number_input(key="pairs_b_nth").set_value(2).run())
    assert page.query_params["pairs_a"] == page.query_params["pairs_b"] == "alex-2"
    assert "0.000 apart: counts as one person" in words(page)
    assert "one picture, twice" in words(page)
    assert "No coordinate differs" in words(page)
    assert "learnt from pictures of Alex" in words(page)  # and so it proves little


def test_the_sentence_on_two_faces_is_true(pair_set: PairSet) -> None:
    page = opened(pairs_a="bao-3", pairs_b="fela-2", pairs_threshold="0.3")
    faces = sample_faces()
    rows = [
        int(np.flatnonzero(faces.labels == faces.people.index(name))[k])
        for name, k in (("bao", 2), ("fela", 1))
    ]
    e = pair_set.verifier.embed(faces.pictures[rows]).numpy()
    distance = float(np.linalg.norm(e[0] - e[1]))
    assert number(r"#### ([\d.]+) apart", page) == pytest.approx(distance, abs=6e-4)
    told = pair_set.pairs.distance
    assert number(r"\*\*([\d.]+) %\*\* are closer than this", page) == pytest.approx(
        100 * (told[pair_set.pairs.is_same] < distance).mean(), abs=0.6
    )
    assert "**right**: these are Bao and Fela" in words(page)
    gaps = np.sort((e[0] - e[1]) ** 2)[::-1]
    assert number(r"make up ([\d.]+) % of the difference", page) == pytest.approx(
        100 * gaps[:5].sum() / gaps.sum(), abs=0.6
    )


def test_own_people_can_be_chosen() -> None:
    pictures = sample_faces().pictures[:3] // 2

    def bring(session: Session) -> None:
        session.gallery["Ada L"] = pictures

    page = opened(bring, pairs_b="alex-1")
    who = page.selectbox(key="pairs_a_who")
    assert who.options[-1] == "Ada L (mine)"
    sound(who.set_value(len(who.options) - 1).run())
    assert page.query_params["pairs_a"] == "Ada L (mine)-3"  # the photo that was chosen before
    sound(page.number_input(key="pairs_a_nth").set_value(2).run())
    assert r"Ada L \(mine\) and Alex" in words(page)
    assert "How the photos were taken" not in words(page)  # nobody knows how


def test_a_set_of_single_pictures_gets_a_word_and_no_more() -> None:
    faces = sample_faces()
    singles = faces.choose(np.unique(faces.labels, return_index=True)[1])
    renamed = FaceSet(
        singles.pictures.copy(), singles.labels.copy(),
        tuple(f"{name} s" for name in singles.people), singles.files,
    )  # fmt: skip
    page = opened(lambda session: session.use(renamed, "own pictures"))
    assert "no pair of one person" in words(page)


def test_the_shipped_net_knows_whom_it_has_met_whatever_the_split() -> None:
    def other(session: Session) -> None:
        session.split_seed = 5

    page = opened(other)
    assert "672 pairs of one person and 17,664 of two" in words(page)


def test_who_is_new_to_a_shipped_net(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Session(sample_faces())
    for module in (pairset, nets):
        monkeypatch.setattr(module, "session", lambda: here)
    monkeypatch.setattr(pairset.st, "session_state", {})
    small = pairset.split_of(nets.SHIPPED)
    expected = split_by_person(sample_faces())  # as the file was trained
    assert small.unseen.people == expected.unseen.people
    assert small.seen.people == expected.seen.people
    assert pairset.split_of(nets.SHIPPED) is small  # kept
    starter = pairset.split_of(nets.STARTER)  # has met real people only
    assert starter.unseen is here.split.unseen
    assert not len(starter.seen)
    industrial = pairset.split_of(nets.SFACE)  # whom it has met is not known
    assert industrial.unseen is here.split.unseen
    assert not len(industrial.seen)
    own = sample_faces().choose(sample_faces().labels < 8)
    renamed = FaceSet(own.pictures, own.labels, tuple("abcdefgh"), own.files)
    here.use(renamed, "own pictures")
    assert pairset.split_of(nets.SHIPPED).unseen is here.split.unseen
    assert pairset.split_of(nets.SHIPPED).seen.people == expected.seen.people


def test_a_lesson_keeps_what_the_link_says() -> None:
    page = opened(lesson="1", pairs_threshold="0.5", pairs_part="The trap")
    assert page.session_state["pairs_threshold"] == 0.5
    assert "never met" in words(page)


def test_every_picture_has_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in (TWO, WORST):
        page = opened(pairs_part=part, pairs_a="bao-3", pairs_b="fela-2")
        alts = [image.alt for one in page.get("image") for image in one.proto.imgs]
        assert len(alts) == {TWO: 2, WORST: 10}[part]
        assert all(alts)


@pytest.mark.parametrize("seed", range(30))
def test_a_large_set_keeps_pairs_of_both_kinds(seed: int) -> None:
    """Though hardly anybody has two pictures, or one person has nearly all of them."""
    chance = np.random.default_rng(seed)
    single = chance.permutation(np.concatenate([np.arange(3000), [chance.integers(3000)]]))
    crowded = np.concatenate([np.zeros(2500, int), np.arange(1, 40)])
    for labels in (np.sort(single), crowded, np.repeat([0, 1], 900), np.sort(single) * 3 + 5):
        rows = slider.some(labels, 1200)
        assert len(rows) == len(np.unique(rows)) <= 1200
        counts = np.unique(labels[rows], return_counts=True)[1]
        assert len(counts) > 1
        assert counts.max() > 1


def test_who_has_met_everybody_says_so() -> None:
    page = opened()
    del page.session_state["session"].made["acquaintance"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nets, "trained_on", lambda name, people: list(people))
        patch.setattr(pairset, "trained_on", lambda name, people: list(people))
        patch.setattr(session, "_made", Shared())  # others may still hold those of before
        sound(page.run())
    assert f"has learnt from all of the people here. Choose *{pairset.MET}*" in words(page)


def test_a_margin_stands_only_on_an_axis_of_its_own_unit(pair_set: PairSet) -> None:
    """The starter net's distances are relative to a cohort, its margin was not."""
    starter = PairSet(nets.shipped.net("starter"), pair_set.faces, pairset.NEW)
    _, marks = margin.margin_rows(starter, 0.5)
    mine = marks[marks["net"] == "Starter net"]
    assert mine["what"].tolist() == ["threshold"]
    assert set(marks["net"]) == {"Starter net"}  # no stored net measures as it does
    assert "has no place on the axis" in margin.margin_in_words(starter, 0.5)
    _, marks = margin.margin_rows(pair_set, 0.5)
    assert marks[marks["net"] == "Shipped net"]["what"].tolist() == ["threshold", "margin"]
    assert len(set(marks["net"])) == 8


def test_the_stored_nets_stand_beside_straight_distances_only(
    pair_set: PairSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siamese.config import preset

    config = preset("circle")
    monkeypatch.setattr(pairset, "config_of", lambda _: config)
    cosine = PairSet(replace(pair_set.verifier, distance="cosine"), pair_set.faces, pairset.NEW)
    _, marks = margin.margin_rows(cosine, 0.5)
    assert marks["what"].tolist() == ["threshold", "margin", "margin"]
    assert marks["distance"].tolist()[1:] == [config.margin, 1 - config.margin]


# -- the sentences of the parts --------------------------------------------------------------------


def test_the_trial_says_what_trials_give(pair_set: PairSet) -> None:
    page = opened(pairs_part="The threshold on trial", pairs_trial="1 in 10", pairs_draw="3")
    told = [trial(pair_set.matrix, pair_set.faces.labels, 0.1, seed) for seed in range(DRAWS)]
    assert number(r"people it lets in \*\*([\d.]+) %", page) == pytest.approx(
        100 * told[2].got.far, abs=0.6
    )
    broken = sum(one.got.far > 0.1 for one in told)
    assert number(r"In (\d+) of 12 drawings", page) == broken


def test_a_promise_is_as_sure_as_there_are_pairs(pair_set: PairSet) -> None:
    small = pair_set.faces.choose(pair_set.faces.labels < 3)
    few = PairSet(pair_set.verifier, small, pairset.NEW)
    assert "enough to go by" in promise(pair_set, wish(pair_set.pairs, 0.001))
    assert "Too few pairs to be sure" in promise(few, wish(few.pairs, 0.01))
    words = promise(few, wish(few.pairs, 0.001))
    assert "Too few pairs to know" in words
    assert f"1 in {192 / 3:.0f}" in words  # the rule of three on 3 × 8 × 8 pairs of strangers


@pytest.mark.parametrize(("loss", "says"), [
    ("contrastive", "until they are 1 apart"), ("triplet", "difference of two distances"),
    ("circle", "below 0.25"), ("bce", "no margin"),
])  # fmt: skip
def test_what_a_margin_means(
    pair_set: PairSet, loss: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siamese.config import preset

    monkeypatch.setattr(pairset, "config_of", lambda _: preset(loss))
    assert says in margin.margin_in_words(pair_set, 0.5)
    monkeypatch.setattr(pairset, "config_of", lambda _: None)
    assert "no margin" in margin.margin_in_words(pair_set, 0.5)


def test_the_stored_thresholds_are_complete_and_say_what_the_page_says() -> None:
    table = margin.sweep()
    assert table["margin"].tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0]
    assert table["threshold"].is_monotonic_increasing
    assert (table["threshold"] < 0.5 * table["margin"]).all()
    # The same nets as those of the Margin page, so the same error rates.
    known = pd.read_csv(ROOT / "pages" / "ui" / "margin" / "margin_sweep.csv")
    known = known[(known["loss"] == "contrastive") & (known["seed"] == 0)]
    assert len(known) == 7


def test_a_trap_that_cannot_be_set_is_told_in_a_sentence(
    make_faces: Callable[..., FaceSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three people are too few to set a quarter of them aside."""
    state: dict[str, str] = {}
    monkeypatch.setattr(trap.st, "session_state", state)
    trap.begin(make_faces(3, 4), "three", preset("contrastive"))
    (told,) = state.values()
    assert told.endswith(".")


def test_the_stored_trap_flatters_in_every_run() -> None:
    table = trap.leaks()
    assert table.groupby("loss")["seed"].nunique().to_dict() == {
        "contrastive": 3, "triplet": 3, "circle": 3,
    }  # fmt: skip
    for _, run in table.groupby(["loss", "seed"]):
        trained, known, new = run.set_index("pairs")["eer"].loc[
            ["pairs it trained on", "new pictures, people it knows", "people it never met"]
        ]
        assert trained < known < new


# -- what is sent to the browser -------------------------------------------------------------------


def unpacked(text: str, kind: str, *shape: int) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), kind).reshape(shape)


@pytest.mark.parametrize("verifier", ["shipped", "pixels"])
def test_the_counts_are_those_of_every_threshold(pair_set: PairSet, verifier: str) -> None:
    if verifier == "pixels":
        pair_set = PairSet(of_pixels(), pair_set.faces, pairset.NEW)
    ruler, sent = pair_set.sheet.ruler, pair_set.sheet.sent
    below = unpacked(sent["below"], "<i4", 2, ruler.steps + 1)
    assert below[:, -1].tolist() == [672, 17_664]
    for k in (0, 1, 300, 617, ruler.steps // 2, ruler.steps):
        at = pair_set.pairs.rates(float(ruler.thresholds[k]))
        assert below[1, k] / 17_664 == pytest.approx(at.far, abs=1e-12)
        assert 1 - below[0, k] / 672 == pytest.approx(at.frr, abs=1e-12)


def test_the_pairs_at_a_stop_are_the_nearest(pair_set: PairSet) -> None:
    ruler, sent = pair_set.sheet.ruler, pair_set.sheet.sent
    count = round(ruler.reach / ruler.stop) + 1
    stops = unpacked(sent["stops"], "<i4", count, 2, SHOWN, 2)
    gaps = unpacked(sent["gaps"], "<f4", count, 2, SHOWN)
    around = unpacked(sent["around"], "<i4", count, 2)
    kinds = pair_set.pairs.is_same, ~pair_set.pairs.is_same
    for stop in (0, 20, 47, 60, 120, count - 1):
        at = stop * ruler.stop
        for k, kind in enumerate(kinds):
            off = np.sort(np.abs(pair_set.pairs.distance[kind] - at))
            off = off[off <= 2 * ruler.stop][:SHOWN]
            shown = stops[stop, k, :, 0] >= 0
            assert shown.sum() == len(off)
            assert np.sort(np.abs(gaps[stop, k, shown] - at)) == pytest.approx(off, abs=1e-6)
            near = np.abs(pair_set.pairs.distance[kind] - at) < sent["width"]
            assert around[stop, k] == pytest.approx(near.sum(), abs=1)
            for (a, b), gap in zip(stops[stop, k, shown], gaps[stop, k, shown], strict=True):
                assert pair_set.matrix[a, b] == pytest.approx(gap, abs=1e-5)
                assert (pair_set.faces.labels[a] == pair_set.faces.labels[b]) == (k == 0)


@pytest.mark.parametrize("largest", [1e-9, 0.03, 0.999, 1.86, 2.0, 17.9, 123.0])
def test_a_ruler_reaches_beyond_the_largest_distance(largest: float) -> None:
    ruler = Ruler.of(largest)
    assert ruler.reach > largest
    assert ruler.steps <= 10_000
    assert ruler.reach / ruler.stop == pytest.approx(round(ruler.reach / ruler.stop))
    for threshold in (0.0, largest / 3, largest, 5 * largest, -1.0):
        place = ruler.lower(threshold)
        assert 0 <= place <= ruler.reach
        assert place <= max(threshold, 0) + 1e-8 * ruler.step + 1e-12
        assert ruler.lower(place) == place
        assert ruler.on(ruler.on(threshold)) == ruler.on(threshold)
    ticks = slider.ticks(ruler.reach)
    assert 3 <= len(ticks) <= 11


def test_of_many_people_some_are_shown_and_all_are_counted() -> None:
    labels = np.repeat(np.arange(90), 9)
    rows = slider.some(labels, 400)
    assert 380 <= len(rows) <= 400
    assert all((labels[rows] == person).sum() == 9 for person in np.unique(labels[rows]))
    assert (slider.some(labels[:100], 400) == np.arange(100)).all()
    assert len(np.unique(np.repeat([0, 1], 500)[slider.some(np.repeat([0, 1], 500), 400)])) == 2


MOVE = {"at": 0.5, "threshold": 0.6, "turn": 4}


def test_a_move_is_brought_into_range() -> None:
    ruler = Ruler.of(1.8)
    assert slider.read_move(MOVE, ruler) == (ruler.on(0.5), 0.6, 4)
    at, threshold, _ = slider.read_move(MOVE | {"at": 99, "threshold": -4}, ruler) or (0, 1, 2)
    assert (at, threshold) == (pytest.approx(ruler.reach), 0)


@pytest.mark.parametrize(
    "wish",
    [None, 3, {}, MOVE | {"at": "x"}, MOVE | {"threshold": math.nan}, MOVE | {"at": math.inf},
     MOVE | {"turn": None}],
    ids=str,
)  # fmt: skip
def test_a_move_that_makes_no_sense_is_ignored(wish: object) -> None:
    assert slider.read_move(wish, Ruler.of(1.8)) is None


def test_a_pick_is_checked(pair_set: PairSet) -> None:
    digest = pair_set.sheet.sent["digest"]
    good = {"pair": [3, 9], "digest": digest}
    assert slider.read_pick(good, pair_set.sheet) == (3, 9)
    for bad in (
        None, {}, good | {"digest": "old"}, good | {"pair": [3]}, good | {"pair": [3, 192]},
        good | {"pair": [-1, 0]}, good | {"pair": ["a", 0]}, good | {"pair": None},
    ):  # fmt: skip
        assert slider.read_pick(bad, pair_set.sheet) is None


def test_a_picked_picture_is_itself_under_a_split_by_picture(
    pair_set: PairSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a person's first unseen picture is not their first picture."""
    here = Session(sample_faces())
    monkeypatch.setattr(choice, "session", lambda: here)
    unseen = split_by_picture(here.faces).unseen
    leaky = PairSet(pair_set.verifier, unseen, pairset.NEW)
    for row in (0, 1, 50, len(unseen) - 1):
        found = whole(leaky, row)
        assert (found.picture == unseen.pictures[row]).all()
        assert found.faces is here.faces


# -- charts ----------------------------------------------------------------------------------------


def test_deviates_are_the_normal_distribution_s() -> None:
    rates = np.array([0.001, 0.02, 0.5, 0.9])
    np.testing.assert_allclose(charts.deviate(rates), norm.ppf(rates), atol=1e-9)
    assert charts.deviate(0.0) == pytest.approx(norm.ppf(charts.RAREST))


def test_a_thinned_curve_is_the_curve(pair_set: PairSet) -> None:
    points = pair_set.pairs.points
    far, frr = charts.thinned(points)
    assert len(far) <= charts.POINTS + 1
    assert (far[0], frr[0], far[-1], frr[-1]) == (0, 1, 1, 0)
    whole = {(a, r) for a, r in zip(points.far, points.frr, strict=True)}
    assert set(zip(far, frr, strict=True)) <= whole
    gaps = np.abs(np.interp(points.far, far, frr) - points.frr)[points.far > 0]
    assert gaps.max() < 0.03


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.62, 5.0])
def test_both_curves_mark_the_threshold(pair_set: PairSet, threshold: float) -> None:
    at = pair_set.pairs.rates(threshold)
    for chart, y, value in (
        (charts.roc(pair_set.pairs, at), "tar", 1 - at.frr),
        (charts.det(pair_set.pairs, at), "frr", None),
    ):
        spec = chart.to_dict()
        marks = pd.concat(
            pd.DataFrame(rows) for rows in spec["datasets"].values() if "name" in rows[0]
        )
        assert set(marks["name"]) == {charts.HERE, charts.EVEN}
        if value is not None:
            assert marks.set_index("name")[y][charts.HERE] == pytest.approx(value)


def test_the_largest_parts_stand_out() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 1024))
    parts = (a - b) ** 2
    spec = charts.codes(a, b, parts, ("A", "B"), 5).to_dict()
    rows = next(pd.DataFrame(rows) for rows in spec["datasets"].values() if "coordinate" in rows[0])
    strong = set(rows.loc[rows["most"], "coordinate"] - 1)
    assert strong == set(np.argsort(-parts)[:5].tolist())
    assert rows["coordinate"].nunique() == charts.MOST_BARS


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_data.clear()
