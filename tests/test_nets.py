"""Whom a page can ask, and how a link names them."""

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from waiting import wait_for

from pages.ui import nets, runs, shipped
from pages.ui.session import Session, sample_faces
from pages.ui.text import in_link
from pages.ui.train import shelf
from siamese import checkpoints, jobs, real_people, reference, training, verifiers
from siamese.config import TrainingConfig, preset
from siamese.faces import FaceSet
from siamese.sharing import Once

ROOT = str(Path(__file__).parent.parent)


@pytest.fixture
def visitor(fresh: None, monkeypatch: pytest.MonkeyPatch) -> Session:
    here = Session(sample_faces())
    for module in (nets, shipped):
        monkeypatch.setattr(module, "session", lambda: here)
    return here


def trained(here: Session, name: str = "Contrastive 1") -> jobs.Run:
    inline = jobs.Inline()
    config = preset("contrastive", people=4, pictures=2)
    run = jobs.Run(
        name, training.start(config), here.experiment("small"), jobs.Pool(lambda: inline)
    )
    here.runs.append(run)
    run.step()
    inline.run_all()
    return run


FOUR = ["Raw pixels", "Untrained net", "Shipped net", "Starter net"]


def test_a_new_visitor_has_five_to_ask(visitor: Session) -> None:
    assert nets.names() == [*FOUR, *(["SFace"] if reference.available() else [])]
    assert all(nets.verifier(name).proven for name in nets.names())
    assert nets.verifier("Shipped net") is shipped.net()


def test_without_its_package_the_industrial_network_is_not_offered(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "available", lambda: False)
    assert nets.names() == FOUR


@pytest.mark.parametrize("name", ["Raw pixels", "Untrained net", "Shipped net"])
def test_of_real_people_a_net_has_other_errors_and_the_same_embeddings(
    visitor: Session, name: str
) -> None:
    here, real = nets.verifier(name), nets.on_real_people(name)
    faces = sample_faces().pictures[:3]
    assert np.array_equal(real.embed(faces).numpy(), here.embed(faces).numpy())
    assert nets.on_real_people(name) is real  # so that what is made of it can be kept with it
    known = real_people.measured(nets.MEASURED[name])
    assert real.threshold == known.threshold != here.threshold
    assert real.far(real.threshold) == pytest.approx(known.eer, abs=0.003)
    assert nets.tested(name, real=True).endswith("real people (LFW)")
    assert nets.tested(name, real=False) == "24 built-in people"


def test_the_starter_net_is_tested_on_real_people_everywhere(visitor: Session) -> None:
    assert nets.on_real_people("Starter net") is nets.verifier("Starter net")
    assert nets.tested("Starter net", real=False) == nets.tested("Starter net", real=True)


def test_a_run_is_asked_as_it_is_now(visitor: Session) -> None:
    run = trained(visitor)
    assert nets.names()[-1] == "Contrastive 1"
    verifier = nets.verifier("Contrastive 1")
    assert nets.verifier("Contrastive 1") is verifier  # kept
    assert run.result is not None
    unseen = visitor.split.unseen
    np.testing.assert_allclose(
        verifier.embed(unseen.pictures).numpy(), run.result.evaluation.embedding, atol=1e-5
    )
    run.step()
    run.pool.workers[0].executor.run_all()
    assert nets.verifier("Contrastive 1") is not verifier


def test_a_run_can_be_asked_after_any_look(visitor: Session) -> None:
    """Looks are told apart without comparing the tensors in them."""
    run = trained(visitor)
    executor = run.pool.workers[0].executor
    for again in (run.step, run.reset, run.step, run.reset):
        before = nets.verifier("Contrastive 1")
        again()
        executor.run_all()
        assert nets.verifier("Contrastive 1") is not before


def test_a_run_is_asked_as_it_was_at_one_moment(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It trains on while its verifier is made: its figures are those of its net all the same."""
    run = trained(visitor)
    of_state = verifiers.of_state

    def meanwhile(*arguments: Any) -> verifiers.Verifier:
        run.step()
        run.pool.workers[0].executor.run_all()
        return of_state(*arguments)

    class Watched(jobs.Run):
        """Moves on whenever its last look is read."""

        @property
        def home(self) -> Any:
            self._read = getattr(self, "_read", 0) + 1
            return self.__dict__["home"] if self._read == 1 else self.__dict__["next"]

        @home.setter
        def home(self, value: Any) -> None:
            self.__dict__["home"] = value

    monkeypatch.setattr(verifiers, "of_state", meanwhile)
    first = run.home
    run.step()
    run.pool.workers[0].executor.run_all()
    second = run.home
    assert first is not None
    assert second is not None
    run.__class__ = Watched
    run.__dict__ |= {"home": first, "next": second}
    verifier = nets.verifier("Contrastive 1")
    unseen = visitor.split.unseen.pictures[:6]
    got = verifier.embed(unseen).numpy()
    for look in (first, second):
        if np.allclose(got, look.evaluation.embedding[:6], atol=1e-5):
            assert np.array_equal(verifier.same, look.evaluation.same)
            return
    raise AssertionError("the net of no look")


def test_no_two_runs_have_one_name(visitor: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a drop, which may be undone; nor one that a link cannot tell apart."""
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    config = preset("contrastive")
    one, two = (stepped(runs.begin(visitor, config)) for _ in range(2))
    shelf.forget(visitor, one)
    three = stepped(runs.begin(visitor, config))
    visitor.runs.append(one)  # as by undoing it
    names = ["Contrastive", "Contrastive (2)", "Contrastive (3)"]
    assert [run.name for run in (one, two, three)] == names
    file = checkpoints.load(three.save())
    for name in ("Shipped net", "contrastive  (2)", "Raw-pixels", "SFace", "mine", "Mine"):
        stepped(runs.begin(visitor, config, file, name))
    slugs = [in_link(name) for name in {*nets.ALWAYS, *nets.names()}]
    assert len(nets.names()) == len(set(nets.names()))
    assert len(slugs) == len(set(slugs))
    assert "mine" in nets.names()


def test_a_run_that_never_took_a_step_gives_its_name_back(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    for _ in range(3):
        run = runs.begin(visitor, preset("triplet"))
        assert run.name == "Triplet"
    assert visitor.runs == [run]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (preset("triplet"), "Triplet"),
        (preset("triplet", margin=0.2, mining="hard"), "Triplet · margin 0.2 · the hardest"),
        (preset("triplet", margin=0.1 + 0.2), "Triplet"),  # .30000000000000004
        (preset("contrastive", "plane", lr=0.01), "Contrastive · plane · rate 0.01"),
        (preset("circle", seed=7, people=8), "Circle · 8 × 4 · seed 7"),
        (preset("soft-triplet", normalise=False), "Soft triplet · any length"),
        (preset("contrastive", "starter", tuned=True), "Contrastive · the starter tuned"),
        (preset("bce", embedding=8), "BCE · 8 numbers"),
    ],
)
def test_a_name_tells_what_is_not_as_usual(config: TrainingConfig, name: str) -> None:
    assert runs.called(config) == name


def test_a_name_has_an_end() -> None:
    longest = preset("soft-triplet", "baseline", mining="random", lr=1e-5, embedding=4096,
                     people=32, pictures=8, normalise=False, seed=9999)  # fmt: skip
    assert runs.called(longest).startswith("Soft triplet · baseline · random")
    assert len(runs.called(longest)) <= runs.LONGEST


def test_a_run_is_named_by_what_it_begins_with(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A margin that moves before the first step is in the name, and one that moves later is not."""
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    shown = preset("triplet")
    stepped(runs.begin(visitor, shown))
    run = runs.begin(visitor, shown)
    assert run.name == "Triplet (2)"
    assert runs.current(visitor, replace(shown, margin=0.2)) is run
    assert run.name == "Triplet · margin 0.2"
    stepped(run)
    assert runs.current(visitor, replace(shown, margin=0.5)) is run
    assert run.name == "Triplet · margin 0.2"
    mine = runs.begin(visitor, shown, name="mine")
    assert runs.current(visitor, replace(shown, margin=0.6)) is mine
    assert mine.name == "mine"


def test_a_run_can_be_renamed_and_links_lead_to_no_other(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    one, two = (stepped(runs.begin(visitor, preset("triplet"))) for _ in range(2))
    version = one.version
    runs.rename(visitor, one, "  my  first ")
    assert one.name == "my first"
    assert one.version > version  # what is shown of it is another thing now
    for taken in ("My First", "sface", "Triplet", "Triplet (2)"):  # the third was another run's
        runs.rename(visitor, two, taken)
        assert in_link(two.name) != in_link(one.name)
        assert two.name != "Triplet"
    runs.rename(visitor, one, "Triplet")  # its own, once more
    assert one.name == "Triplet"
    for nothing in ("", "   ", "Triplet"):
        runs.rename(visitor, one, nothing)
        assert one.name == "Triplet"
    runs.rename(visitor, one, "x" * 500)
    assert len(one.name) == runs.LONGEST
    third = stepped(runs.begin(visitor, preset("triplet")))
    former = {"Triplet", "Triplet (2)", "my first"}
    assert third.name not in former
    slugs = [in_link(name) for name in nets.names()]
    assert len(slugs) == len(set(slugs))


def test_a_numbered_name_has_an_end_too(visitor: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    one, two = (stepped(runs.begin(visitor, preset("triplet"))) for _ in range(2))
    for run in (one, two):
        runs.rename(visitor, run, "x" * runs.LONGEST)
    assert one.name != two.name
    assert max(len(run.name) for run in (one, two)) <= runs.LONGEST


def test_lines_keep_their_colour(visitor: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    kept = [stepped(runs.begin(visitor, preset("triplet"))) for _ in range(3)]
    assert [runs.line(visitor, run) for run in kept] == [0, 1, 2]
    shelf.forget(visitor, kept[0])
    assert [runs.line(visitor, run) for run in kept[1:]] == [1, 2]


def test_what_a_control_cannot_reach_stays_until_it_is_moved(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run from a file with a margin of 9: another learning rate is no other margin."""
    pool = jobs.Pool(jobs.Inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    shown = preset("contrastive", margin=2.0)  # as far as the slider goes
    run = runs.begin(visitor, replace(shown, margin=9.0))
    runs.activate(visitor, run)
    assert runs.current(visitor, shown) is run
    assert runs.current(visitor, replace(shown, lr=1e-3)) is run
    assert (run.config.margin, run.config.lr) == (9.0, 1e-3)
    assert runs.current(visitor, replace(shown, lr=1e-3, margin=1.5)) is run
    assert (run.config.margin, run.config.lr) == (1.5, 1e-3)


def stepped(run: jobs.Run) -> jobs.Run:
    run.step()
    run.pool.workers[0].executor.run_all()
    return run


def test_nothing_is_kept_of_runs_that_were_dropped(visitor: Session) -> None:
    """Neither its weights nor its optimiser, nor what was worked out with its net. The last one can
    be had back, so two are dropped."""
    gone, executors = [], []
    for name in ("Contrastive 1", "Contrastive 2"):
        run = trained(visitor, name)
        asked = nets.verifier(name)
        faces = visitor.split.unseen.pictures
        shipped.occluded(asked, faces[0], faces[8])
        gone += [weakref.ref(it) for it in (run.result, run.result.state, asked)]
        visitor.active = run
        shelf.forget(visitor, run)
        del run, asked
        executors.append(visitor.dropped.pool.workers[0].executor)
    gc.unfreeze()
    gc.collect()

    def forgotten() -> bool:
        executors[0].run_all()  # its worker is told to forget, too, from another thread
        return gone[1]() is None

    wait_for(forgotten, 4)
    assert [one() for one in gone[:3]] == [None] * 3


def test_two_visitors_share_what_ships_with_the_lab_and_nothing_else(
    fresh: None, monkeypatch: pytest.MonkeyPatch, make_faces: Callable[..., FaceSet]
) -> None:
    one, two, alone = (Session(sample_faces()) for _ in range(3))
    alone.use(make_faces(12, 3, size=112), "own pictures")
    asked = []
    for here in (one, two, alone):
        monkeypatch.setattr(nets, "session", lambda here=here: here)
        asked.append({name: nets.verifier(name) for name in nets.names()})
    assert one.split is two.split is not alone.split
    assert one.experiment("small") is two.experiment("small") is not alone.experiment("small")
    for name in (nets.PIXELS, nets.UNTRAINED):
        assert asked[0][name] is asked[1][name] is not asked[2][name]
    two.unseen = 0.5
    assert one.split is not two.split
    gone = weakref.ref(alone.split), weakref.ref(asked[2][nets.PIXELS])
    del alone, asked, here
    monkeypatch.undo()
    gc.unfreeze()
    gc.collect()
    assert [it() for it in gone] == [None, None]


def test_ten_visitors_at_once_get_one_shipped_net(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(shipped._fetched, Once)
    monkeypatch.setattr(shipped, "_fetched", Once(shipped._fetched.__wrapped__))
    with ThreadPoolExecutor(10) as visitors:
        found = list(visitors.map(shipped.net, ["small"] * 10))
    assert all(net is found[0] for net in found)


def test_other_people_give_other_figures(visitor: Session) -> None:
    before = nets.verifier("Raw pixels")
    visitor.split_seed = 1
    assert nets.verifier("Raw pixels") is not before


def page() -> None:
    import streamlit as st

    from pages.ui.nets import choose_verifier

    st.text(choose_verifier("net_asked").name)


@pytest.mark.parametrize(
    ("link", "name"), [("Raw pixels", "Raw pixels"), ("Gone 1", "Shipped net"), ("", "Shipped net")]
)
def test_the_link_chooses_and_a_lost_run_gives_way(link: str, name: str) -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["net_asked"] = link
    app.run()
    assert not app.exception
    assert app.text[0].value == name


def test_for_real_photos_the_starter_net_comes_first_but_where_it_knows_everybody(
    visitor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nets.usual() == nets.SHIPPED
    visitor.real = True
    assert nets.usual() == nets.STARTER
    visitor.real = False
    visitor.use(sample_faces(), "my.zip")
    assert nets.usual() == nets.STARTER
    monkeypatch.setattr(nets, "trained_on", lambda name, people: list(people))
    assert nets.usual() == nets.SHIPPED
