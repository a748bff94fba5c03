"""In the sidebar: the guided course, the lesson, and the teacher's notes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.ui.course import paper
from pages.ui.course.here import leave
from pages.ui.course.stops import LENGTHS, STOPS, USUAL
from pages.ui.course.strip import to_stop
from pages.ui.course.way import Course
from pages.ui.session import if_any, session

STYLE = Path(__file__).with_suffix(".css")
LESSON = "lesson"  # in the link


def switches() -> None:
    """All of them; the notes can be had only where a class is taught."""
    st.html(STYLE)
    here = if_any()
    with st.sidebar, st.container(key="course_switches", gap="small"):
        if here and here.course:
            st.button("Leave the course", on_click=leave, key="course_out", icon=":material/close:")
        else:
            invite("course_begin")
            _switch("Lesson", "course_lesson", bool(here and here.lesson), _teach, LESSON_HELP)
        if here and (here.course or here.lesson):
            _switch("Teacher's notes", "course_notes", here.notes, _note, NOTES_HELP)
            if here.notes:
                _download(here.course.minutes if here.course else USUAL)


LESSON_HELP = "Short pages for a class: what a lesson does not need is left out. The link says so."
NOTES_HELP = "What to ask, what the class will say, what to see, the answer. Only on this screen."


def _switch(label: str, key: str, on: bool, act: Callable[[], None], words: str) -> None:
    st.session_state[key] = on
    st.toggle(label, key=key, on_change=act, help=words)


def _teach() -> None:
    session().lesson = bool(st.session_state["course_lesson"])
    if session().lesson:
        st.query_params[LESSON] = "1"
    else:
        st.query_params.pop(LESSON, None)


def _note() -> None:
    session().notes = bool(st.session_state["course_notes"])


def notes(page: str, below_strip: bool) -> None:
    """The teacher's notes on a page, where they are switched on."""
    here = if_any()
    stop = next((stop for stop in STOPS if stop.page == page), None)
    if stop and here and here.notes and (here.course or here.lesson):
        with st.expander("Teacher's notes", expanded=True, icon=":material/school:"):
            st.markdown(paper.notes(stop, below_strip))


def _download(minutes: int) -> None:
    st.download_button(
        "Notes to print",
        lambda: paper.sheet(minutes),
        f"siamese-lab-{minutes}-minutes.md",
        "text/markdown",
        key="course_print",
        icon=":material/print:",
    )


def invite(key: str = "course_invite", unit: str = "") -> None:
    """The way into the course, in each of its lengths."""
    with st.container(key=key, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("A guided course:" if unit else "Course, in minutes:", width="content")
        for minutes in LENGTHS:
            to_stop(Course(minutes), f"{minutes}{unit}")
