"""The visitor's own course: begun, gone on with, left; in the session and in the address."""

from __future__ import annotations

import streamlit as st

from pages.ui.course.stops import Stop
from pages.ui.course.way import COURSE, SAID, STOP, Course, read
from pages.ui.predictions import among
from pages.ui.session import if_any, session
from siamese.lessons import Task

PREDICT, MOVE, KEEP, END = range(4)  # how far one has come at a stop


def enter(page: str) -> None:
    """Take up the course of the address, or go on with that of the session, on a page."""
    asked = st.query_params.to_dict()
    if COURSE in asked:
        course, word = read(asked)
        unread = session().predictions.take(asked.get(SAID, ""))
        on_page = course.on(page)
        if on_page and on_page != course:
            word = f"{word} That stop is on another page. This is stop {on_page.at}."
        if unread:
            word = f"{word} Some of the predictions in the link cannot be read, and are left out."
        _say(word)
        course, before = on_page or course, session().course
        session().course = course
        if course != before:  # a link to the page that one is on leaves the address as it was
            st.query_params.update(address(course))
    elif kept := _kept():
        session().course = kept.on(page) or kept
    if _kept():
        into_link()


def _kept() -> Course | None:
    kept = if_any()
    return kept.course if kept else None


def _say(word: str) -> None:
    if word:
        st.toast(word.strip(), icon=":material/link_off:", duration="long")


def into_link() -> None:
    """The address alone has to say where the course is gone on with."""
    if course := session().course:
        wanted = address(course)
        if SAID not in wanted:
            st.query_params.pop(SAID, None)
        for name, value in wanted.items():
            if st.query_params.get(name) != value:
                st.query_params[name] = value


def address(course: Course) -> dict[str, str]:
    """Course, stop, and what was predicted, as they stand in a link."""
    kept = if_any()
    code = kept.predictions.code() if kept else ""
    return course.link() | ({SAID: code} if code else {})


def at(page: str) -> Course | None:
    """The course, where a page is the stop that it is at."""
    course = _kept()
    return course if course and course.here.page == page else None


def aside(page: str) -> Course | None:
    """The course, where it waits while its visitor looks at a page that it does not lead over."""
    course = _kept()
    return course if course and course.here.page != page else None


def leave() -> None:
    """Back to the free pages. What was predicted stays. For callbacks."""
    session().course = None
    session().course_steps.clear()
    for name in (COURSE, STOP, SAID):
        st.query_params.pop(name, None)


def task_of(stop: Stop) -> Task | None:
    return among([stop.task])[0] if stop.task else None


def step_of(stop: Stop) -> int:
    """How far the visitor has come at a stop: what was predicted tells it, also after a reload."""
    task, predictions = task_of(stop), session().predictions
    step = session().course_steps.get(stop.page, PREDICT)
    if task is None or task.name in predictions.said:
        step = max(step, MOVE)
    return max(step, KEEP) if task and task.name in predictions.told else step


def reach(stop: Stop, step: int) -> None:
    """Go on to a step of a stop. For callbacks."""
    session().course_steps[stop.page] = step
