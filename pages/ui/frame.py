"""What each page opens and closes with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import StopException

from pages.ui import admission
from pages.ui.course import here, strip, switches, tasks
from pages.ui.course.way import COURSE, Course
from pages.ui.link import renewed
from pages.ui.session import if_any, let_go_of_other_pages, session
from pages.ui.text import plain
from pages.ui.wire import wire
from siamese.lessons import Task

if TYPE_CHECKING:
    from pages.ui.wire.wire import Feed

ROOT = Path(__file__).parent.parent.parent
STYLE = Path(__file__).with_suffix(".css")
HIDDEN = "not_in_a_lesson"  # keys of containers that begin so are not shown in a lesson
HISTORY = Path(__file__).with_name("frame.js")


@contextmanager
def around(page: str) -> Iterator[None]:
    """What surrounds a page, named by its address: styles, the course and the lesson, a run under
    way, and a word on what the link asked for in vain."""
    _renew_link(page)
    asked = {} if st.session_state.get("page_shown") == page else st.query_params.to_dict()
    if st.session_state.get("page_shown", page) != page:
        admission.forget_all()
    st.session_state["page_shown"] = page
    _enter(page)
    kept = if_any()
    before = kept.feed if kept else None
    try:
        yield
        _follow(before)
        let_go_of_other_pages()
    except StopException:  # the page ends early
        let_go_of_other_pages()
        raise
    finally:  # also where the page begins anew in the middle
        for name in in_vain(asked, st.query_params.to_dict()):
            wish = plain(f"{name} = {asked[name][:40]}")
            st.toast(
                f"The link asks for *{wish}*, which cannot be had here. "
                f"What you see has {plain(_in_words(st.session_state[name]))} instead.",
                icon=":material/link_off:",
                duration="long",
            )


def in_vain(asked: Mapping[str, str], got: Mapping[str, str]) -> list[str]:
    """Names of inputs that a link set to a value which they did not take. Streamlit drops such a
    value from the address, or moves it to the nearest possible one; it drops defaults, too."""
    inputs = [name for name in asked if name in st.session_state]
    return [
        name
        for name in inputs
        if not _alike(asked[name], got.get(name, ""))
        and not _alike(asked[name], st.session_state[name])
    ]


def _alike(text: str, value: object) -> bool:
    """Does a word of the address mean this value?"""
    try:
        return float(text) == float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return text.casefold() == str(value).casefold()


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _enter(page: str) -> None:
    _run_in_browser(HISTORY.read_text("utf-8"))
    st.html(STYLE)
    if switches.LESSON in st.query_params:
        session().lesson = st.query_params[switches.LESSON] == "1"
    elif (kept := if_any()) and kept.lesson:
        # A page change drops it; links copied later keep it.
        st.query_params[switches.LESSON] = "1"
    here.enter(page)
    switches.switches()


def is_short() -> bool:
    """Does the page that is about to be shown belong to a lesson or to the course?"""
    asked = st.query_params.get(switches.LESSON) == "1" or COURSE in st.query_params
    kept = if_any()
    return asked or bool(kept and (kept.lesson or kept.course))


def _follow(before: Feed | None) -> None:
    """A run that trains goes on while its visitor looks at another page; a line says so, and what
    it is followed by keeps it alive. `before` is what the page before showed of it."""
    here = if_any()
    if here is None:
        return
    if here.feed is before:
        here.feed = None  # this page shows nothing of it
    run, feed = here.active, here.feed
    if run and (run.busy or (feed and feed.run is run and feed.is_behind)):
        run.touch()
        with st.sidebar:
            wire.follow(run)


def _course() -> Course | None:
    """The course, where the page is a stop of it."""
    return here.at(st.session_state.get("page_shown", ""))


def lesson() -> bool:
    """True with ?lesson=1 and in the course: show what a class needs and leave out the rest."""
    kept = if_any()
    return kept is not None and (kept.lesson or _course() is not None)


def opening(question: str, lead: str) -> None:
    """One big question in plain words, one sentence under it; in the course, its strip."""
    page = st.session_state.get("page_shown", "")
    if course := _course():
        strip.strip(course)
    elif lesson():
        with st.container(key="opening", gap="small"), st.container(key="course_lesson_opening"):
            st.title(question, anchor=False)
            st.markdown(f":violet-badge[:material/school: Lesson] {lead}")
    else:
        with st.container(key="opening", gap="small"):
            st.title(question, anchor=False)
            st.markdown(lead)
    strip.way_back(page)
    switches.notes(page, below_strip=course is not None)


@contextmanager
def more(label: str = "More", key: str = "") -> Iterator[DeltaGenerator]:
    """A folded block for the extra controls; with a key of its own where a page has several. In a
    lesson nobody sees it, but what the link says of them still holds.

    Yields the place for those controls that the tasks of the page need: they stay in sight.
    """
    if lesson():
        in_sight = st.container()
        with st.container(key=f"{HIDDEN}{key}"):
            yield in_sight
    else:
        with st.expander(label) as block:
            yield block


def predict(asked: Sequence[Task]) -> None:
    """'Predict, then look': commit to an answer, and the experiment shows who was right. The course
    asks one of them in its strip; the others only where there is time."""
    if course := _course():
        others = [task for task in asked if task.name != course.here.task]
        tasks.predict(others if course.has_time else [], "More to predict")
    else:
        tasks.predict(asked)


def try_this(asked: Mapping[str, str]) -> None:
    """Tasks whose answer the page itself can show: a sentence of Markdown → keys of the controls
    that it needs, or how they begin, with blanks between. A lesson shows these, too."""
    course = _course()
    if course and not course.has_time:
        return
    with st.container(key=tasks.BLOCK, gap="small"):
        st.subheader("Try this", anchor=False)
        st.markdown("\n".join(f"{number}. {task}" for number, task in enumerate(asked, 1)))


def invitation() -> None:
    """The way into the guided course, for whom it may be new."""
    if not lesson():
        switches.invite(unit=" minutes")


def next_pages(pages: Mapping[str, str]) -> None:
    """Where to go from here: path of a page → what one does there. The course has its own way."""
    if _course():
        return
    with st.container(horizontal=True, key="next_pages"):
        for path, words in pages.items():
            page_link(path, words, icon=":material/arrow_forward:", width="content")


def page_link(script: str, label: str, **looks: Any) -> None:
    """A link to a page, named by its script as seen from the project's folder."""
    st.page_link(ROOT / script, label=label, **looks)


def _renew_link(page: str) -> None:
    """Load the page again where its link is an old one: its inputs would not hear of it."""
    asked = _asked()
    now = renewed(page, asked)
    if now != asked:
        go_to(urlsplit(st.context.url or "").path, now)


def _asked() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go_to(path: str, wishes: Mapping[str, list[str]]) -> NoReturn:
    """Load another address instead of this one, with these wishes behind its `?`."""
    asked = urlencode(wishes, doseq=True)
    there = json.dumps(f"{path}?{asked}" if asked else path).replace("<", "%3C")
    _run_in_browser(f"location.replace({there})")
    st.stop()


def _run_in_browser(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def to_start() -> None:
    """The page `/start`: the first page has the bare address alone, but people type its name."""
    path = urlsplit(st.context.url or "").path.rstrip("/")
    go_to(path.rpartition("/")[0] + "/", _asked())
