"""The strip of the course on top of a page: where one is, one idea, and one thing to do."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.ui.course import tasks
from pages.ui.course.here import (
    END,
    KEEP,
    MOVE,
    PREDICT,
    address,
    aside,
    leave,
    reach,
    step_of,
    task_of,
)
from pages.ui.course.stops import LENGTHS, Stop
from pages.ui.course.way import Course
from pages.ui.session import session

ROOT = Path(__file__).parents[3]
STYLE = Path(__file__).with_suffix(".css")


def strip(course: Course) -> None:
    """Draw it. A fragment: what lies below does not wait for it, and it for nothing below."""
    st.html(STYLE)
    for key in course.here.aside:
        row = f'[data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] .st-key-{key})'
        st.html(f"<style>.st-key-{key}, {row} {{ display: none; }}</style>")
    st.fragment(_strip)(course)


def _strip(course: Course) -> None:
    stop = course.here
    step = step_of(stop)
    with st.container(key="opening", gap="small"), st.container(key="course_strip"):
        with st.container(key="course_head", horizontal=True, vertical_alignment="center"):
            st.title("That was the course" if step == END else stop.title, anchor=False)
            st.html(progress(course), width="content")
            head = st.container(key="course_ways", horizontal=True, vertical_alignment="center")
        if step == END:
            _closing(course)
        else:
            idea, task = st.columns([5, 7], gap="medium")
            with idea, st.container(key=f"course_idea_{step}"):
                st.markdown(stop.idea)
            with task, st.container(key="course_step", horizontal=True):
                STEPS[step](stop)
        with head:  # last: what is told above counts
            st.caption(session().predictions.in_words(), width="content")
            _ways(course, step)
    if st.session_state.pop("course_left", False):
        st.rerun()


def progress(course: Course) -> str:
    """'Stop 3 of 7, about 6 minutes', and a bar of all stops."""
    parts = "".join(
        f'<i class="{"here" if at == course.at else "done" if at < course.at else ""}"></i>'
        for at in range(len(course.stops))
    )
    return (
        f'<div class="course-at"><span><b>{course.title}</b>, about {course.time} minutes</span>'
        f'<span class="course-bar" aria-hidden="true">{parts}</span></div>'
    )


def _ways(course: Course, step: int) -> None:
    """Back, Next, and out."""
    if back := course.moved(-1):
        to_stop(back, "Back", icon=":material/arrow_back:")
    onward = course.moved(1)
    with st.container(key="course_onward" if step >= KEEP else "course_next", width="content"):
        if onward:
            to_stop(onward, "Next", icon=":material/arrow_forward:")
        elif step < END:
            st.button("Finish", on_click=reach, args=[course.here, END], key="course_finish")
    st.button("Leave", on_click=_leave, key="course_leave", type="tertiary")


def _leave() -> None:
    leave()
    st.session_state["course_left"] = True  # the whole page is another one now


def to_stop(course: Course, label: str, icon: str | None = None) -> None:
    """A link to a stop, which puts the controls of its page where the stop begins."""
    asked = address(course) | dict(course.here.link)
    st.page_link(ROOT / course.here.script, label=label, icon=icon, query_params=asked)


def way_back(page: str) -> None:
    """Where the course waits, on a page that it does not lead over."""
    if course := aside(page):
        words = f"Your course waits at **{course.here.title}**"
        to_stop(course, words, icon=":material/arrow_back:")


def _predict(stop: Stop) -> None:
    task = task_of(stop)
    assert task is not None  # else the first step is to move
    tasks.ask(task, ":violet-badge[Predict] ")
    st.button("Skip", on_click=reach, args=[stop, MOVE], key="course_skip")


def _move(stop: Stop) -> None:
    st.markdown(f":violet-badge[Look] {stop.move}", width="stretch")
    st.button("I have seen it", on_click=reach, args=[stop, KEEP], key="course_seen")


def _keep(stop: Stop) -> None:
    task, words = task_of(stop), [f":violet-badge[Keep] **{stop.keep}**"]
    if task and task.name in session().predictions.said:
        verdict, right = tasks.verdict_of(task)
        sign = "green-badge[:material/check:" if right else "orange-badge[:material/lightbulb:"
        words.insert(0, f":{sign}] {verdict}")
    st.markdown("\n\n".join(words))


STEPS = {PREDICT: _predict, MOVE: _move, KEEP: _keep}


def _closing(course: Course) -> None:
    """After the last stop: what to keep, what was seen coming, and where to go from here."""
    st.markdown("This is what to keep:")
    st.markdown("\n".join(f"1. **{stop.title.strip('?')}:** {stop.keep}" for stop in course.stops))
    st.caption(
        "*My lab book*, on the page *Train a net*, has what you predicted and ran, to keep or "
        "to print."
    )
    with st.container(horizontal=True):
        for minutes in LENGTHS:
            if minutes > course.minutes:
                to_stop(Course(minutes), f"Once more, in {minutes} minutes")
        st.button("Explore alone", on_click=_leave, key="course_alone")
