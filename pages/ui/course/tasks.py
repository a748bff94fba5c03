"""'Predict, then look': a question is answered once, and its experiment shows who was right."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.course.here import into_link
from pages.ui.session import session
from siamese.lessons import TASKS, Task

BLOCK = "try_this"  # key of what a page asks at its end


def predict(tasks: Sequence[Task], title: str = "Predict, then look") -> None:
    """The tasks of a page, each with its answer as soon as it is predicted."""
    if tasks:
        st.fragment(_predict)(tasks, title)


def _predict(tasks: Sequence[Task], title: str) -> None:
    with st.container(key=BLOCK, gap="small"):
        st.subheader(title, anchor=False)
        count, told = st.empty(), len(session().predictions.told)
        for number, task in enumerate(tasks, 1):
            if ask(task, f"{number}. ") is not None:
                _answer(task)
        count.caption(f"{session().predictions.in_words()}.")
    if session().course and told != len(session().predictions.told):
        st.rerun()  # the strip of the course counts, too


def ask(task: Task, number: str = "") -> int | None:
    """The question; the number of the choice that was made, None as long as there is none."""
    key, predictions = f"task_{task.name}", session().predictions

    def said() -> None:
        choice = st.session_state[key]
        if choice is not None:
            predictions.say(task, choice)
            into_link()

    chosen = predictions.said.get(task.name)
    st.session_state[key] = chosen
    st.radio(
        f"{number}{task.question}",
        range(len(task.choices)),
        index=None,
        format_func=task.choices.__getitem__,
        key=key,
        horizontal=True,
        disabled=chosen is not None,
        on_change=said,
    )
    return chosen


def _answer(task: Task) -> None:
    """What came of it, beside what was predicted."""
    verdict, right = verdict_of(task)
    show, icon = (st.success, "check_circle") if right else (st.info, "lightbulb")
    show(verdict, icon=f":material/{icon}:")


def verdict_of(task: Task) -> tuple[str, bool]:
    """The outcome in words, and whether it was predicted."""
    with st.spinner("The experiment runs …"):
        outcome, figures = _outcome(task.name)
    predictions = session().predictions
    if task.name not in predictions.told:
        predictions.tell(task)
        into_link()
    right = predictions.said.get(task.name) == outcome
    verdict = "You saw it coming." if right else f"It was: {task.choices[outcome]}."
    return f"**{verdict}** {figures} {task.why}", right


@st.cache_data(show_spinner=False)
def _outcome(name: str) -> tuple[int, str]:
    """The experiment of a task, done once for all visitors: it has no chance but its seed."""
    return next(task for task in TASKS if task.name == name).experiment(0)
