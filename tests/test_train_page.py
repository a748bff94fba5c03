"""The Train page through `app.py`, with training done in the test instead of in workers."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from paging import in_sight, opened, sound
from streamlit.testing.v1 import AppTest
from waiting import wait_for

from pages.ui import runs
from pages.ui.session import Session
from pages.ui.text import in_file, plain
from pages.ui.train import home, race
from pages.ui.wire.wire import in_brief
from siamese.checkpoints import load, save
from siamese.config import preset
from siamese.experiment import short_hash
from siamese.export import FORMS
from siamese.export.forms import MARK
from siamese.jobs import Inline, Run
from siamese.training import COLUMNS

PAGE = "pages/train/train.py"


@pytest.fixture
def page(workers: Inline) -> AppTest:
    app = opened(PAGE)
    workers.run_all()  # the first look
    return sound(app.run())


def visitor(app: AppTest) -> Session:
    found: Session = app.session_state["session"]
    return found


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return sound(button.click().run())


def stepped(page: AppTest, workers: Inline) -> Run:
    """The run after a single step."""
    press(page, "Step")
    workers.run_all()
    run = visitor(page).active
    assert run is not None
    return run


def words(app: AppTest) -> str:
    """All that is written, and what the browser draws of the run."""
    written = " ".join(str(element.value) for element in [*app.markdown, *app.caption])
    return f"{written} {told(app)}"


def told(app: AppTest) -> dict[str, Any]:
    """The words and numbers of the look at the run that the page shows."""
    look, _ = visitor(app).feed.told()
    return dict(look)


def test_the_untrained_net_is_shown_before_anything_is_pressed(page: AppTest) -> None:
    run = visitor(page).active
    assert run is not None
    assert run.result is not None
    assert run.state.step == 0
    assert "No step yet" in words(page)
    scores = run.result.evaluation.scores
    pairs = f"{scores.pairs_same:,} pairs of one person, {scores.pairs_different:,} of two"
    assert told(page)["distances_note"].startswith(pairs)


def test_a_look_that_comes_while_the_page_is_drawn_is_not_missed(
    workers: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has been drawn without it, and has to be drawn once more."""
    rivals = race.rivals

    def late(*told: Any) -> None:
        workers.run_all()
        rivals(*told)

    monkeypatch.setattr(race, "rivals", late)
    page = opened(PAGE)
    run = visitor(page).active
    assert run is not None
    assert not run.busy
    followed = [
        json.loads(part.proto.json) for part in page.get("bidi_component") if part.proto.json
    ]
    (line,) = [data for data in followed if data.get("show") == "under_way"]
    assert line["state"] != in_brief(run, {})["state"]


def test_who_finds_no_place_waits_for_one(
    page: AppTest, workers: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = opened(PAGE)
    workers.run_all()
    run, mine = visitor(other).active, visitor(page).active
    assert run is not None
    assert mine is not None
    monkeypatch.setattr(mine.pool, "_places_each", 1)
    press(sound(other.run()), "Train")
    press(page, "Train")
    assert mine.status == "waiting"
    assert told(page)["queue"].startswith("You are number 1 in the queue: this server trains 1 run")
    assert "You are number 1 in the queue · " in told(page)["under_way"]  # the line in the sidebar
    (step,) = [button for button in page.button if button.label == "Step"]
    assert step.disabled
    press(page, "Leave the queue")
    assert mine.status == "paused"
    press(page, "Train")
    press(other, "Pause")
    wait_for(lambda: mine.status == "running")
    sound(page.run())
    assert told(page)["queue"] == ""
    press(page, "Pause")


def test_train_and_pause(page: AppTest, workers: Inline) -> None:
    press(page, "Train")
    workers.run_all(3)
    run = visitor(page).active
    assert run is not None
    assert run.status == "running"
    press(page, "Pause")
    workers.run_all()
    steps = run.steps
    assert run.status == "paused"
    assert steps > 0
    sound(page.run())
    assert f"{steps:,} steps" in words(page)
    press(page, "Train on")
    workers.run_all(2)
    assert run.steps > steps


def test_a_single_step_is_one(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    assert run.state.step == 1


def test_the_margin_reaches_a_run_under_way(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    sound(page.slider(key="train_margin_contrastive").set_value(1.5).run())
    assert visitor(page).active is run  # no new run
    press(page, "Step")
    workers.run_all()
    assert run.state.column("margin")[-1] == pytest.approx(1.5)


def test_another_loss_is_another_run_and_the_old_one_is_kept(
    page: AppTest, workers: Inline
) -> None:
    first = stepped(page, workers)
    sound(page.segmented_control(key="train_loss").set_value("circle").run())
    workers.run_all()
    second = visitor(page).active
    assert second is not first
    assert second is not None
    assert second.config.loss == "circle"
    assert visitor(page).runs == [first, second]
    sound(page.run())
    press(page, "Show")
    assert visitor(page).active is first
    assert page.segmented_control(key="train_loss").value == "contrastive"


def test_a_run_without_a_step_is_not_kept(page: AppTest) -> None:
    for loss in ("circle", "bce", "triplet"):
        sound(page.segmented_control(key="train_loss").set_value(loss).run())
    assert [run.config.loss for run in visitor(page).runs] == ["triplet"]


def test_reset_begins_anew_and_keeps_the_run(page: AppTest, workers: Inline) -> None:
    sound(page.slider(key="train_margin_contrastive").set_value(1.4).run())
    old = stepped(page, workers)
    press(page, "Reset")
    workers.run_all()
    new = visitor(page).active
    assert old is not None
    assert new is not None
    assert visitor(page).runs == [old, new]
    assert old.state.step == 1
    assert (new.state.step, new.status, new.config) == (0, "ready", old.config)
    sound(page.run())
    assert visitor(page).active is new


def test_reset_of_an_untrained_net_leaves_nothing_behind(page: AppTest, workers: Inline) -> None:
    press(page, "Reset")
    workers.run_all()
    assert len(visitor(page).runs) == 1


def test_reset_goes_on_beside_a_file_that_no_slider_reaches(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    far = load(run.save()).resume().change(lr=0.0042)
    loaded = ("far.safetensors", save(far, {"seen": []}), "application/octet-stream")
    sound(page.file_uploader(key="train_model_file").set_value([loaded]).run())
    workers.run_all()
    press(page, "Reset")
    workers.run_all()
    sound(page.run())
    active = visitor(page).active
    assert active is not None
    assert (active.state.step, active.config.lr) == (0, 0.0042)


def test_a_dropped_run_can_be_had_back(page: AppTest, workers: Inline) -> None:
    first = stepped(page, workers)
    sound(page.segmented_control(key="train_loss").set_value("circle").run())
    workers.run_all()
    press(page, "Drop")
    assert first not in visitor(page).runs
    press(page, "Undo")
    assert first in visitor(page).runs
    assert not [button for button in page.button if button.label == "Undo"]
    press(page, "Show")
    assert visitor(page).active is first


def test_the_same_settings_again_show_the_run_that_is_there(page: AppTest, workers: Inline) -> None:
    """As Back does, after other settings."""
    first = stepped(page, workers)
    sound(page.segmented_control(key="train_loss").set_value("circle").run())
    sound(page.segmented_control(key="train_loss").set_value("contrastive").run())
    assert visitor(page).active is first
    assert visitor(page).runs == [first]


def test_other_people_are_another_run(page: AppTest, workers: Inline) -> None:
    first = stepped(page, workers)
    visitor(page).split_seed = 1
    sound(page.run())
    assert visitor(page).active is not first


def test_plane_has_no_embeddings_of_length_1(page: AppTest) -> None:
    sound(page.selectbox(key="train_net").set_value("plane").run())
    (toggle,) = [toggle for toggle in page.toggle if toggle.label == "Embeddings of length 1"]
    run = visitor(page).active
    assert run is not None
    assert toggle.disabled
    assert toggle.value is run.config.normalise is False
    sound(page.selectbox(key="train_net").set_value("small").run())
    assert page.toggle(key="train_normalise_contrastive").value


@pytest.mark.parametrize(
    ("begin", "word"), [("nothing", "knowing nothing"), ("starter", "starter")]
)
def test_the_lead_tells_how_it_begins(page: AppTest, begin: str, word: str) -> None:
    sound(page.segmented_control(key="train_begin").set_value(begin).run())
    lead = page.markdown[0].value
    assert word in lead
    assert ("knowing nothing" in lead) is (begin == "nothing")


def test_a_run_survives_another_page(page: AppTest, workers: Inline) -> None:
    press(page, "Train")
    sound(page.switch_page("pages/train/people.py").run())
    workers.run_all(3)
    sound(page.switch_page(PAGE).run())
    run = visitor(page).active
    assert run is not None
    assert run.status == "running"
    assert run.steps > 0


def test_a_saved_run_goes_on_where_it_was(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    file = ("mine.safetensors", run.save(), "application/octet-stream")
    sound(page.file_uploader(key="train_model_file").set_value([file]).run())
    workers.run_all()
    loaded = visitor(page).active
    assert loaded is not None
    assert loaded is not run
    assert loaded.name == "mine"
    assert loaded.state.step == 1
    assert load(loaded.save()).step == 1
    assert race.arrays(loaded)["race_steps"].tolist() == [1]
    assert race.later(visitor(page), run).endswith("seconds too: “mine”.")


def test_a_saved_run_is_tested_on_whom_it_has_never_seen(page: AppTest, workers: Inline) -> None:
    """Also where the people are split in another way by now."""
    run = stepped(page, workers)
    file = ("mine.safetensors", run.save(), "application/octet-stream")
    visitor(page).split_seed = 1
    sound(page.run())
    sound(page.file_uploader(key="train_model_file").set_value([file]).run())
    workers.run_all()
    loaded = visitor(page).active
    assert loaded is not None
    assert loaded.name == "mine"
    seen, kept = set(run.experiment.split.seen.people), set(visitor(page).split.unseen.people)
    assert seen & kept
    assert set(loaded.experiment.unseen_people.people) == kept - seen
    sound(page.run())
    assert f"{len(kept - seen)} people whom the net has **never seen**" in words(page)
    assert f"{len(kept & seen)} more are left out" in words(page)


def test_a_net_that_knows_everybody_is_refused_in_words(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    everybody = frozenset(short_hash(person) for person in visitor(page).faces.people)
    file = load(run.save())
    known = replace(file, about=file.about | {"seen": sorted(everybody)})
    data = save(known.resume(), known.about, known.same, known.different)
    one = ("all.safetensors", data, "application/octet-stream")
    sound(page.file_uploader(key="train_model_file").set_value([one]).run())
    assert any("has already learnt from 24 of the 24 people" in error.value for error in page.error)
    assert visitor(page).runs == [run]


def test_a_file_that_is_none_of_ours_is_refused_in_words(page: AppTest) -> None:
    file = ("net.safetensors", b"not at all", "application/octet-stream")
    sound(page.file_uploader(key="train_model_file").set_value([file]).run())
    assert any("Not a model file" in error.value for error in page.error)
    assert len(visitor(page).runs) == 1


def test_a_damaged_file_is_told_from_another_one_without_the_words_of_python(
    page: AppTest, workers: Inline
) -> None:
    run = stepped(page, workers)
    good = run.save()
    wrong = {
        "Not a model file": [b"", b"PK", b"{}" * 40, good[:20], bytes(8) + good[8:]],
        "is damaged": [
            good[:-100],
            good.replace(b"average.projection.bias", b"avarage.projection.bias"),
        ],
        "cannot be had": [
            good.replace(b'\\"loss\\": \\"contrastive', b'\\"loss\\": \\"cantrastive')
        ],
    }
    for said, files in wrong.items():
        for data in files:
            file = ("net.safetensors", data, "application/octet-stream")
            sound(page.file_uploader(key="train_model_file").set_value([file]).run())
            (error,) = page.error
            assert said in error.value, (said, error.value, data[:40])
            assert not re.search("Error|header|buffer|bytes|unpack|0x", error.value)
    assert len(visitor(page).runs) == 1


def test_the_best_look_can_be_had_back(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    good = run.result
    assert good is not None
    scores = replace(good.evaluation.scores, eer=0.02)
    look = replace(good.evaluation, scores=scores)
    run.best = replace(good, evaluation=look)
    run.history.add(1, look)
    for _ in range(3):
        assert "It was better" not in told(page)["trend"]
        press(page, "Step")
        workers.run_all()
    assert run.state.step == 4
    sound(page.run())
    assert "It was better. At step 1 the equal error rate was 2.0 %" in told(page)["trend"]
    press(page, "Back to step 1")
    workers.run_all()
    assert (run.state.step, run.status) == (1, "paused")
    assert [look.step for look in run.history.snapshots][-1] == 1
    sound(page.run())
    assert not told(page)["trend"]
    assert "Back to step 1" not in [button.label for button in page.button]
    assert load(run.save()).step == 1
    press(page, "Step")
    workers.run_all()
    assert [look.step for look in run.history.snapshots][-2:] == [1, 2]


def rival(page: AppTest, workers: Inline, loss: str) -> Run:
    """Same seed, other loss: the run that is on the page then."""
    sound(page.button(key=f"train_rival_{loss}").click().run())
    workers.run_all(5)
    sound(page.run())
    run = visitor(page).active
    assert run is not None
    return run


def test_the_same_seed_with_another_loss(page: AppTest, workers: Inline) -> None:
    sound(page.number_input(key="train_seed").set_value(7).run())
    sound(page.slider(key="train_P").set_value(6).run())
    workers.run_all()
    first = stepped(page, workers)
    offered = {key for key in in_sight(page) if key.startswith("train_rival_")}
    names = ("triplet", "soft_triplet", "circle", "bce")
    assert offered == {f"train_rival_{name}" for name in names}
    second = rival(page, workers, "triplet")
    assert (second.config.loss, second.config.seed, second.config.people) == ("triplet", 7, 6)
    assert second.config.margin == preset("triplet").margin
    assert (first.status, second.status) == ("paused", "running")
    assert visitor(page).runs == [first, second]
    assert page.segmented_control(key="train_loss").value == "triplet"
    third = rival(page, workers, "soft_triplet")
    assert third.config.loss == "soft-triplet"
    assert rival(page, workers, "contrastive") is first  # it is there already, and trains on
    assert first.status == "running"
    sound(page.run())
    assert visitor(page).active is first
    assert visitor(page).runs == [first, second, third]


def test_the_starter_net_has_no_rival_without_a_distance(page: AppTest, workers: Inline) -> None:
    sound(page.segmented_control(key="train_begin").set_value("starter").run())
    workers.run_all()
    sound(page.run())
    assert "train_rival_triplet" in in_sight(page)
    assert "train_rival_bce" not in in_sight(page)


def test_all_runs_on_the_same_people_race(page: AppTest, workers: Inline) -> None:
    first = stepped(page, workers)
    sound(page.run())
    second = rival(page, workers, "triplet")
    here = visitor(page)
    (line,) = race.others(here, second)
    assert line["name"] == first.name == "Contrastive"
    assert line["line"] != runs.line(here, second)
    looks = first.history.snapshots
    assert line["race_steps"] == [0, 1]
    assert line["race_rates"] == pytest.approx([look.scores.eer for look in looks], abs=1e-4)
    assert line["race_seconds"][0] == 0 < line["race_seconds"][1] <= round(first.seconds, 4)
    assert race.left_out(here, second) == race.later(here, second) == ""
    _, arrays = here.feed.told()
    own = second.history.snapshots
    assert arrays["race_steps"].tolist() == [look.step for look in own]
    assert arrays["race_rates"].tolist() == [look.scores.eer for look in own]
    assert arrays["race_seconds"].tolist() == [look.seconds for look in own]
    here.split_seed = 1  # other people from now on
    sound(page.run())
    workers.run_all()
    third = stepped(page, workers)
    assert race.others(here, third) == []
    assert race.left_out(here, third).startswith("2 runs of this session tested on other people")


def test_a_mark_where_a_setting_moved(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    assert told(page)["race_marks"] == []
    sound(page.slider(key="train_margin_contrastive").set_value(1.5).run())
    press(page, "Step")
    workers.run_all()
    assert run.name == "Contrastive"
    assert told(page)["race_marks"] == [{"step": 1, "says": "step 1: margin from 1 to 1.5"}]


def test_a_run_is_renamed_on_the_shelf_and_other_pages_follow(
    page: AppTest, workers: Inline
) -> None:
    run = stepped(page, workers)
    sound(page.switch_page("pages/explore/pairs.py").run())
    sound(page.selectbox(key="pairs_net").set_value(run.name).run())
    sound(page.switch_page(PAGE).run())
    (field,) = [field for field in page.text_input if field.label == "Name of this run"]
    sound(field.set_value("Ours *and* yours: 1").run())
    assert run.name == "Ours *and* yours: 1"
    assert plain(run.name) in " ".join(element.value for element in page.markdown)
    assert visitor(page).active is run
    sound(page.switch_page("pages/explore/pairs.py").run())
    assert page.selectbox(key="pairs_net").value == run.name
    link = opened("pages/explore/pairs.py")  # a new visitor has no such run
    assert run.name not in link.selectbox(key="pairs_net").options


def test_an_empty_name_is_none(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    sound(page.run())
    (field,) = [field for field in page.text_input if field.label == "Name of this run"]
    sound(field.set_value("   ").run())
    assert run.name == "Contrastive"


def test_one_place_says_that_a_run_has_collapsed(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    assert told(page)["trend"] == ""
    assert run.result is not None
    rows = np.repeat(run.result.state.history, 12, 0)
    columns = [COLUMNS.index(name) for name in COLUMNS if name.startswith(("same", "different"))]
    rows[:, columns] = 0.01
    rows[:, COLUMNS.index("loss")] = 0.5  # m² / 2
    run.result = replace(run.result, state=replace(run.result.state, step=12, history=rows))
    run.version += 1
    assert told(page)["trend"].startswith("Collapsed.")
    assert "ollapsed." not in told(page)["loss_note"]


def test_a_run_without_a_step_is_no_net_to_ask(page: AppTest, workers: Inline) -> None:
    run = visitor(page).active
    assert run is not None
    sound(page.switch_page("pages/explore/pairs.py").run())
    assert run.name not in page.selectbox(key="pairs_net").options
    run.step()
    workers.run_all()
    sound(page.run())
    assert run.name in page.selectbox(key="pairs_net").options


def test_values_outside_their_range_in_the_link_are_ignored(workers: Inline) -> None:
    app = opened(PAGE, train_loss="magic", train_margin_contrastive="99", train_P="-3")
    run = visitor(app).active
    assert run is not None
    assert run.config.loss == "contrastive"
    assert run.config.margin <= 2.5


def test_every_net_can_be_chosen(page: AppTest) -> None:
    for net in ("plane", "starter", "small"):
        sound(page.selectbox(key="train_net").set_value(net).run())
        run = visitor(page).active
        assert run is not None
        assert run.config.net == net


def test_a_lesson_hides_the_rest_but_the_link_still_sets_it(workers: Inline) -> None:
    app = opened(PAGE, lesson="1", train_P="5", train_embedding="8")
    run = visitor(app).active
    assert run is not None
    assert run.config.people == 5
    assert run.config.embedding == 8
    assert not app.expander


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"train_P": "500", "train_seed": "7"}, ["P = 500"]),
        ({"train_loss": "quadruplet"}, ["loss = quadruplet"]),
        ({"train_margin_contrastive": "-4", "train_soft": "perhaps"}, ["contrastive = -4"]),
        ({"train_loss": "Contrastive", "train_P": "16", "train_embedding": "8", "x": "y"}, []),
    ],
)
def test_what_a_link_asks_for_in_vain_is_said_once(
    workers: Inline, link: dict[str, str], said: list[str]
) -> None:
    app = opened(PAGE, **link)
    words = [toast.value.replace("\\", "") for toast in app.toast]  # signs are made plain
    assert len(words) == len(said)
    assert all(part in word for part, word in zip(said, words, strict=True))
    sound(app.run())
    assert not app.toast


def test_the_starter_net_can_be_tuned(page: AppTest, workers: Inline) -> None:
    sound(page.segmented_control(key="train_begin").set_value("starter").run())
    workers.run_all()
    run = visitor(page).active
    assert run is not None
    assert (run.config.net, run.config.tuned) == ("starter", True)
    assert run.untrained is not None
    assert run.untrained.scores.eer < 0.25  # it knows faces already, drawn ones too
    press(page, "Step")
    workers.run_all()
    assert run.state.step == 1
    again = load(run.save()).resume()
    assert again.config.tuned


def test_tuning_takes_small_steps_and_ends_by_itself(page: AppTest, workers: Inline) -> None:
    sound(page.segmented_control(key="train_begin").set_value("starter").run())
    run = visitor(page).active
    assert run is not None
    usual = preset("contrastive", "starter", tuned=True)
    for name in ("lr", "horizon", "margin", "mining"):
        assert getattr(run.config, name) == getattr(usual, name)
    assert run.config.lr <= 3e-5
    assert run.limit == run.config.horizon


def test_bce_cannot_be_tuned_and_begins_with_nothing(page: AppTest, workers: Inline) -> None:
    sound(page.segmented_control(key="train_begin").set_value("starter").run())
    sound(page.segmented_control(key="train_loss").set_value("bce").run())
    run = visitor(page).active
    assert run is not None
    assert (run.config.loss, run.config.tuned, run.config.net) == ("bce", False, "small")
    assert page.segmented_control(key="train_begin").disabled


def test_a_link_can_begin_a_run_at_once(workers: Inline) -> None:
    """As the button of the Margin page does."""
    app = opened(PAGE, train_loss="Triplet", train_margin_triplet="0.6", run="1")
    run = visitor(app).active
    assert run is not None
    assert (run.status, run.config.loss, run.config.margin) == ("running", "triplet", 0.6)
    assert "run" not in app.query_params
    press(app, "Pause")
    sound(app.run())
    assert run.status == "paused"  # it is pressed once


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Triplet · margin 0.2 (2)", "triplet-margin-0.2-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("Löwe 3", "löwe-3"),
        ("·*·", "run"),
        ("..", "run"),
    ],
)
def test_a_file_is_named_by_its_run(name: str, file: str) -> None:
    assert in_file(name) == file


# Taken home


def test_a_run_is_taken_home_once_it_has_learnt(page: AppTest, workers: Inline) -> None:
    def offered() -> dict[str, Any]:
        labels = {form.label for form in FORMS.values()}
        buttons = {one.proto.label: one.proto for one in page.get("download_button")}
        return {label: buttons[label] for label in labels & buttons.keys()}

    assert offered().keys() == {form.label for form in FORMS.values()}
    run = stepped(page, workers)
    for name, form in FORMS.items():
        assert offered()[form.label].disabled == bool(form.lacks())
        if not form.lacks():
            data = home.written(run, name, f"run{form.ending}")
            assert MARK in data
    assert "which requirements-export.txt installs" in words(page) or not FORMS["onnx"].lacks()


def test_what_is_taken_home_is_this_run(page: AppTest, workers: Inline) -> None:
    run = stepped(page, workers)
    script = home.written(run, "script", "run.py").decode()
    assert 'SOURCE, STEPS = "sample_faces", 1\n' in script
    assert f"split_by_person(faces, unseen={visitor(page).unseen}" in script
    assert f'loss="{run.config.loss}"' in script
    notebook = home.written(run, "notebook", "run.ipynb").decode()
    assert f"{in_file(run.name)}.safetensors" in notebook
