"""The Margin page through `app.py`."""

import re
from typing import Any

import paging
import pandas as pd
import pytest
from paging import ROOT, sound
from streamlit.testing.v1 import AppTest

from pages.ui.margin import player as lab
from pages.ui.margin import sweep
from siamese.losses import LOSSES
from siamese.playground import SETUPS, Playground, Setup, changed, trajectory

PAGE = "pages/understand/margin.py"


def opened(**link: str) -> AppTest:
    return paging.opened(PAGE, **link)


@pytest.fixture
def page() -> AppTest:
    return opened()


def words(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.caption])


def shown(app: AppTest) -> Playground:
    """What the controls say, read off the session."""
    state = app.session_state
    loss = state["margin_loss"]
    circle = loss == "circle"
    return Playground(
        loss=loss,
        margin=round(state[f"margin_margin_{loss}"], 2),
        mining="all" if circle else state["margin_mining"],
        lr=state["margin_lr"],
        people=state["margin_people"],
        photos=state["margin_photos"],
        noise=round(state["margin_noise"], 2),
        normalised=state["margin_norm"] or circle,
        tied=lab.TIED if state["margin_tied"] else 0.0,
        flipped=state["margin_flip"],
        start=state["margin_start"],
        seed=state["margin_seed"],
    )


def test_it_opens_on_a_good_margin(page: AppTest) -> None:
    assert shown(page) == SETUPS[0].playground == Playground()
    assert SETUPS[0].caption in words(page)
    assert lab.in_words(trajectory(Playground())) in words(page)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_a_setup_moves_the_controls(page: AppTest, setup: Setup) -> None:
    sound(page.pills(key="margin_setup").set_value(setup.name).run())
    assert shown(page) == setup.playground
    assert setup.caption in words(page)
    assert lab.against(setup) in words(page)
    assert lab.in_words(trajectory(setup.playground)) in words(page)


def test_a_setup_says_all_that_it_changes() -> None:
    by_name = {setup.name: setup for setup in SETUPS}
    assert lab.against(by_name["Too big"]) == (
        "Changed from *A good margin*: margin 0.5 → 3; all else is the same."
    )
    assert "on the circle no → yes; all" in lab.against(by_name["Normalised circle"])
    assert "loss Triplet → Circle" in lab.against(by_name["Circle goes on"])
    for setup in SETUPS:
        told = lab.against(setup)
        assert told.count("→") == len(changed(setup.playground, by_name[setup.beside].playground))


def test_the_captions_of_two_margins_leave_their_task_open() -> None:
    """The first task asks which loss is lower in the end."""
    for setup in SETUPS[:2]:
        assert "loss" not in setup.caption
        assert "zero" not in setup.caption


def test_another_margin_is_another_end(page: AppTest) -> None:
    sound(page.slider(key="margin_margin_triplet").set_value(1.0).run())
    assert lab.in_words(trajectory(Playground(margin=1.0))) in words(page)
    assert page.session_state["margin_setup"] is None


@pytest.mark.parametrize("loss", list(lab.MARGINS))
def test_each_loss_has_its_sweep(page: AppTest, loss: str) -> None:
    sound(page.segmented_control(key="margin_loss").set_value(loss).run())
    assert sweep.read(sweep.sweep(loss)) in words(page)


def test_a_link_says_it_all() -> None:
    page = opened(
        margin_loss="Circle", margin_margin_circle="0.4", margin_people="6", margin_seed="3"
    )
    assert shown(page) == Playground(loss="circle", margin=0.4, people=6, seed=3, normalised=True)


def test_nonsense_in_a_link_is_ignored() -> None:
    page = opened(
        margin_loss="bce", margin_margin_triplet="77", margin_people="1000",
         margin_seed="-4", margin_mining="all of it",
        margin_noise="nan", margin_lr="9", margin_start="x", margin_speed="1e9",
         margin_norm="maybe",
    )  # fmt: skip
    assert shown(page) == Playground()


def test_a_lesson_hides_the_rest_but_not_what_it_says() -> None:
    page = opened(lesson="1", margin_people="3")
    assert shown(page).people == 3
    assert not [box for box in page.expander if box.label.startswith("More")]


def test_train_this_takes_the_setting_along(page: AppTest) -> None:
    sound(page.slider(key="margin_margin_triplet").set_value(0.6).run())
    (link,) = [
        link.proto for link in page.get("page_link") if link.proto.label.startswith("Run this live")
    ]
    assert "Triplet, margin 0.6" in link.label
    assert sorted(link.query_string.split("&")) == ["loss=Triplet", "margin_triplet=0.6", "run=1"]


def test_the_train_page_understands_the_link() -> None:
    from pages.ui.train import controls

    for loss in lab.MARGINS:
        assert loss in controls.FAMILIES
        sent = sweep.to_train(Playground(loss=loss, margin=0.35, normalised=True))
        assert sent == {"loss": LOSSES[loss].label, f"margin_{loss}": "0.35", "run": "1"}


def test_the_margin_for_training_is_one_of_its_slider() -> None:
    for loss in lab.MARGINS:
        low, high = LOSSES[loss].margins
        for margin in (0.05, 0.6, 3.0):
            playground = Playground(loss=loss, margin=margin, normalised=True)
            assert low <= sweep.train_margin(playground) <= high


# -- a point moved by hand -------------------------------------------------------------------------


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(lab.st, "session_state", state)
    return state


WISH = {"id": "it", "frame": 3, "point": 2, "x": 0.5, "y": -0.25}


def test_a_moved_point_starts_the_run_anew(session: dict[str, Any]) -> None:
    told = trajectory(Playground())
    lab._move(told, WISH, "it")
    again = lab.run(Playground())
    assert again.positions[0, 2].tolist() == [0.5, -0.25]
    assert again.positions[0, 3].tolist() == told.positions[3, 3].tolist()
    assert lab.run(Playground(margin=1.0)).positions[0, 2, 0] == 0.5  # the loss may change
    assert lab.run(Playground(seed=1)) is trajectory(Playground(seed=1))  # another start: forgotten
    assert not session


def test_the_move_can_be_undone(session: dict[str, Any]) -> None:
    told = trajectory(Playground())
    lab._move(told, WISH, "it")
    lab._move(told, {"restore": True}, "it")
    assert lab.run(Playground()) is told


@pytest.mark.parametrize(
    "wish",
    [
        None, "x", {}, WISH | {"id": "old"}, WISH | {"frame": 9999}, WISH | {"frame": -1},
        WISH | {"point": 24}, WISH | {"x": float("nan")}, WISH | {"y": 1e9}, WISH | {"x": "left"},
        WISH | {"frame": float("inf")}, WISH | {"point": None},
    ],
    ids=str,
)  # fmt: skip
def test_nonsense_from_the_browser_is_ignored(session: dict[str, Any], wish: object) -> None:
    lab._move(trajectory(Playground()), wish, "it")
    assert not session


# -- the stored sweep ------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", list(lab.MARGINS))
def test_the_sweep_is_complete(loss: str) -> None:
    table = sweep.sweep(loss)
    runs = table.groupby("margin")["seed"].nunique()
    assert len(runs) >= 6
    assert (runs == 3).all()
    assert not table.duplicated(["margin", "seed"]).any()
    assert table["steps"].nunique() == 1
    assert table["eer"].between(0, 0.5).all()
    assert table["gap"].gt(0).all()


@pytest.mark.parametrize("loss", list(lab.MARGINS))
def test_the_sentence_under_the_sweep_is_true(loss: str) -> None:
    rows = [
        line.split(",")
        for line in (ROOT / "pages" / "ui" / "margin" / "margin_sweep.csv").read_text().splitlines()[1:]
        if line.startswith(f"{loss},")
    ]
    margins = sorted({float(row[1]) for row in rows})
    ours = {m: [row for row in rows if float(row[1]) == m] for m in margins}
    gap = {m: sum(float(r[5]) - float(r[4]) for r in ours[m]) / 3 for m in margins}
    eer = {m: 100 * sum(float(r[6]) for r in ours[m]) / 3 for m in margins}
    numbers = [float(x) for x in re.findall(r"\d+(?:\.\d+)?", sweep.read(sweep.sweep(loss)))]
    widest = max(margins, key=gap.__getitem__)
    best, worst = min(margins, key=eer.__getitem__), max(margins, key=eer.__getitem__)
    assert numbers == pytest.approx(
        [
            *(gap[margins[0]], margins[0], gap[margins[-1]], margins[-1], widest),
            *(best, eer[best], worst, eer[worst]),
        ],
        abs=0.051,
    )


def test_charts_show_every_margin_and_mark_ours() -> None:
    table = sweep.sweep("triplet")
    for chart in (sweep.distances(table, 0.3), sweep.errors(table, 0.3)):
        drawn = pd.concat([layer.data for layer in chart.layer if hasattr(layer.data, "columns")])
        assert set(table["margin"]) <= set(drawn["margin"])
        assert "margin above" in set(drawn["name"])
    beyond = sweep.errors(table, 2.5)
    assert not any("name" in getattr(layer.data, "columns", ()) for layer in beyond.layer)
