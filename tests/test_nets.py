"""Whom a page can ask, and how a link names them."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import nets, shipped
from pages.ui.state import Session, sample_faces
from siamese import jobs, training

ROOT = str(Path(__file__).parent.parent)


@pytest.fixture
def visitor(fresh: None, monkeypatch: pytest.MonkeyPatch) -> Session:
    here = Session(sample_faces())
    monkeypatch.setattr(nets, "session", lambda: here)
    return here


def trained(here: Session) -> jobs.Run:
    inline = jobs.Inline()
    config = training.preset("contrastive", people=4, pictures=2)
    run = jobs.Run(
        "Contrastive 1", training.start(config), here.experiment("small"), jobs.Pool(lambda: inline)
    )
    here.runs.append(run)
    run.step()
    inline.run_all()
    return run


def test_a_new_visitor_has_four_to_ask(visitor: Session) -> None:
    assert nets.names() == ["Raw pixels", "Untrained net", "Shipped net", "Starter net"]
    assert all(judge.proven for judge in nets.judges().values())
    assert nets.judge("Shipped net") is shipped.net()


def test_a_run_is_asked_as_it_is_now(visitor: Session) -> None:
    run = trained(visitor)
    assert nets.names()[-1] == "Contrastive 1"
    judge = nets.judge("Contrastive 1")
    assert nets.judge("Contrastive 1") is judge  # kept
    assert run.result is not None
    unseen = visitor.split.unseen
    np.testing.assert_allclose(
        judge.embed(unseen.pictures).numpy(), run.result.evaluation.embedding, atol=1e-5
    )
    run.step()
    run.pool._executor.run_all()
    assert nets.judge("Contrastive 1") is not judge


def test_other_people_give_other_figures(visitor: Session) -> None:
    before = nets.judge("Raw pixels")
    visitor.split_seed = 1
    assert nets.judge("Raw pixels") is not before


def page() -> None:
    import streamlit as st

    from pages.ui.nets import choose_judge

    st.text(choose_judge("net_asked").name)


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
    monkeypatch.setattr(nets, "met", lambda name, people: list(people))
    assert nets.usual() == nets.SHIPPED
