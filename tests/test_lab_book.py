"""The lab book: what a visitor takes home of a lesson."""

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from paging import opened, sound
from streamlit.testing.v1 import AppTest

from pages.ui.predictions import Predictions
from pages.ui.session import Session
from pages.ui.train import book
from pages.ui.train.controls import wishes
from siamese.config import TrainingConfig, preset
from siamese.experiment import Experiment
from siamese.export.drawing import draw_errors
from siamese.jobs import Inline, Pool, Run
from siamese.lessons import TASKS
from siamese.training import start

PAGE = "pages/train/train.py"
WHEN = datetime(2026, 11, 28, 9, 5)
VOID = {"meta", "br", "circle", "path", "polyline"}


class Read(HTMLParser):
    """Tags that are open, texts, links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def run(experiment: Experiment) -> Run:
    inline = Inline()
    made = Run("<b>Mine</b> & yours", start(preset("triplet")), experiment, Pool(lambda: inline))
    inline.run_all()
    for _ in range(3):
        made.step()
        inline.run_all()
    return made


def visitor(runs: list[Run], predictions: Predictions | None = None) -> Session:
    found = SimpleNamespace(runs=runs, predictions=predictions or Predictions())
    return cast(Session, found)


def written(here: Session) -> str:
    return book.lab_book(here, "http://lab.test/train", WHEN).decode()


def test_a_run_is_told_with_its_figures_and_pictures(run: Run, experiment: Experiment) -> None:
    page = written(visitor([run]))
    read = Read(page)
    assert run.result
    assert run.untrained
    scores = run.result.evaluation.scores
    for figure in (scores.eer, run.untrained.scores.eer, experiment.pixels.scores.eer):
        assert f"{100 * figure:.1f} %" in page
    assert "3 steps" in page
    assert read.tags.count("circle") == len(experiment.unseen_people.labels)
    assert read.tags.count("polyline") == 1


def test_it_needs_nothing_else_and_names_nobody(run: Run, experiment: Experiment) -> None:
    page = written(visitor([run]))
    links = Read(page).links
    assert [urlsplit(link).netloc for link in links] == ["lab.test"]
    assert "url(" not in page
    assert "@import" not in page
    assert not [name for name in experiment.unseen_people.people if re.search(rf"\b{name}\b", page)]


def test_a_name_is_shown_as_it_is_written(run: Run) -> None:
    assert "<h3>&lt;b&gt;Mine&lt;/b&gt; &amp; yours</h3>" in written(visitor([run]))


def test_what_was_predicted_is_told_and_no_answer_before_its_time() -> None:
    first, second, third = TASKS[:3]
    predictions = Predictions()
    predictions.say(first, first.answer)
    wrong = (second.answer + 1) % len(second.choices)
    predictions.say(second, wrong)
    predictions.say(third, third.answer)
    predictions.tell(first)
    predictions.tell(second)
    articles = written(visitor([], predictions)).split("<article>")[1:]
    assert len(articles) == 3
    assert "as I had said" in articles[0]
    assert "as I had said" not in articles[1]
    for task, article in zip(TASKS, articles[:2], strict=False):
        assert f"<strong>{book.bare(task.choices[task.answer])}</strong>".replace("'", "&#39;") in (
            article
        )
    assert "not looked yet" in articles[2]
    assert book.bare(third.why)[:20] not in articles[2]


def test_an_empty_one_says_where_to_begin() -> None:
    page = written(visitor([]))
    assert page.count("Nothing yet") == 2
    Read(page)


@pytest.mark.parametrize("text", ["a **bold** word", "a *bold* word"])
def test_marks_of_markdown_are_left_out(text: str) -> None:
    assert book.bare(text) == "a bold word"
    assert "*" not in "".join(book.bare(task.question + task.why) for task in TASKS)


@pytest.mark.parametrize(
    "config",
    [
        preset("triplet", margin=0.35, lr=3e-4, seed=7),
        preset("contrastive", people=12, pictures=3, embedding=8, normalise=False),
        replace(preset("soft-triplet"), mining="hard"),
        preset("bce", seed=3),
        preset("contrastive", "starter", tuned=True),
        preset("circle", "plane"),
    ],
)
def test_a_link_leads_to_the_same_set_up(workers: Inline, config: TrainingConfig) -> None:
    """Opened as a visitor would, the controls say the configuration of the run."""
    link = f"/train?{book.urlencode(wishes(config))}"
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
    page = opened(PAGE, **asked)
    active = cast(Session, page.session_state["session"]).active
    assert active is not None
    assert active.config == config


def test_the_page_hands_it_out_once_there_is_something(workers: Inline) -> None:
    page = opened(PAGE)
    workers.run_all()
    sound(page.run())
    assert not offered(page)
    (step,) = [button for button in page.button if button.label == "Step"]
    step.click().run()
    workers.run_all()
    assert offered(sound(page.run()))


def offered(page: AppTest) -> list[Any]:
    return [each for each in page.get("download_button") if "lab book" in str(each.proto.label)]


def test_errors_are_drawn_from_zero_to_the_highest() -> None:
    rates = np.array([0.4, 0.2, 0.1])
    points = re.search(r'points="([^"]+)"', draw_errors([0, 10, 20], rates, height=224))
    assert points
    places = np.array([[float(n) for n in pair.split(",")] for pair in points[1].split()])
    across, down = places.T
    assert np.allclose(np.diff(across, 2), 0, atol=0.11)
    assert np.allclose((200 - down) / (200 - down[0]), rates / rates[0], atol=0.01)
