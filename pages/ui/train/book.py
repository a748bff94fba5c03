"""The lab book: what a visitor predicted, ran and found, as one page to keep, print or hand in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pages.ui.session import Session
from pages.ui.text import counted, percent
from pages.ui.train.controls import wishes
from siamese.lessons import TASKS, Task
from siamese.losses import LOSSES

if TYPE_CHECKING:
    from siamese.jobs import Run

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
)
SETTINGS = {
    "margin": "margin",
    "mining": "mining",
    "lr": "learning rate",
    "net": "net",
    "embedding": "numbers in an embedding",
    "people": "people in a batch",
    "pictures": "photos of each",
    "seed": "seed",
}


@dataclass(frozen=True)
class Predicted:
    """A question, what was predicted, and what came of it; '' as long as nobody has looked."""

    question: str
    said: str
    came: str
    why: str
    right: bool


@dataclass(frozen=True)
class Ran:
    """A run, in words and pictures."""

    name: str
    loss: str
    settings: str
    told: str
    scores: dict[str, str]
    address: str
    curve: str  # SVG
    map: str  # SVG


def hand_out(session: Session) -> None:
    """The button, where there is anything to write down."""
    if session.predictions.said or any(run.steps for run in session.runs):
        address = (st.context.url or "").partition("?")[0]
        st.download_button(
            "My lab book",
            lambda: lab_book(session, address, datetime.now()),
            "lab-book.html",
            "text/html",
            icon=":material/menu_book:",
            on_click="ignore",
            key="train_book",
            help="What you predicted, ran and found, as a page to keep or to print. There are no "
            "faces and no names of people in it.",
        )


def lab_book(session: Session, address: str, now: datetime) -> bytes:
    """HTML that needs nothing else. `address` is that of the Train page, for links to each run."""
    page = PAGES.get_template("book.html.jinja").render(
        date=f"{now:%d %B %Y, %H:%M}",
        predicted=[
            predicted(session, task) for task in TASKS if task.name in session.predictions.said
        ],
        foreseen=session.predictions.in_words(),
        runs=[ran(run, address) for run in session.runs if run.steps and run.result],
    )
    return page.encode()


def predicted(session: Session, task: Task) -> Predicted:
    said, told = session.predictions.said[task.name], task.name in session.predictions.told
    return Predicted(
        question=bare(task.question),
        said=bare(task.choices[said]),
        came=bare(task.choices[task.answer]) if told else "",
        why=bare(task.why) if told else "",
        right=told and said == task.answer,
    )


def ran(run: Run, address: str) -> Ran:
    from siamese.export.drawing import draw_errors, draw_map

    look, split = run.result, run.experiment.split
    assert look is not None
    labels = run.experiment.unseen_people.labels
    history = run.history.snapshots
    errors = draw_errors([at.step for at in history], [at.scores.eer for at in history])
    numbers = [f"person {number + 1}" for number in range(int(labels.max()) + 1)]
    return Ran(
        name=run.name,
        loss=LOSSES[run.config.loss].label,
        settings=settings(run),
        told=f"{counted(run.steps, 'step')} in {run.seconds:.0f} seconds of training, on "
        f"{counted(len(split.seen.people), 'person', 'people')}; tested on "
        f"{counted(len(run.experiment.unseen_people.people), 'other one', 'others')}.",
        scores=scores(run),
        address=f"{address}?{urlencode(wishes(run.config))}",
        curve=str(errors) if len(history) > 1 else "",
        map=str(draw_map(look.map, labels, numbers, 360)),
    )


def settings(run: Run) -> str:
    """'margin 0.5, mining semi-hard, …'"""
    told = {words: getattr(run.config, name) for name, words in SETTINGS.items()}
    return ", ".join(f"{words} {_short(value)}" for words, value in told.items())


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def scores(run: Run) -> dict[str, str]:
    """Figures on people whom the net has never seen, beside those of who has learnt nothing."""
    assert run.result is not None
    now = run.result.evaluation.scores
    untrained = {"before training": percent(run.untrained.scores.eer)} if run.untrained else {}
    return {
        "equal error rate": percent(now.eer),
        **untrained,
        "by pixels alone": percent(run.experiment.pixels.scores.eer),
        "area under the ROC": f"{now.auc:.3f}",
        "nearest neighbour right": percent(now.rank1),
    }


def bare(text: str) -> str:
    """Markdown of ours without its marks."""
    return re.sub(r"\*{1,2}([^*]+)\*{1,2}", r"\1", text)
