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
from pages.ui.link import renewed
from pages.ui.session import let_go_of_other_pages, session
from pages.ui.text import plain
from pages.ui.wire import wire
from siamese.lessons import TASKS, Task

if TYPE_CHECKING:
    from pages.ui.wire.wire import Feed

ROOT = Path(__file__).parent.parent.parent
STYLE = Path(__file__).with_suffix(".css")
HIDDEN = "not_in_a_lesson"  # keys of containers that begin so are not shown in a lesson
HISTORY = Path(__file__).with_name("frame.js")


@contextmanager
def around(page: str) -> Iterator[None]:
    """What surrounds a page, named by its address: styles, the lesson mode, a run under way, and a
    word on what the link asked for in vain."""
    _renew_link(page)
    asked = {} if st.session_state.get("page_shown") == page else st.query_params.to_dict()
    if st.session_state.get("page_shown", page) != page:
        admission.forget_all()
    st.session_state["page_shown"] = page
    _enter()
    before = session().feed if "session" in st.session_state else None
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


def _enter() -> None:
    _run_in_browser(HISTORY.read_text("utf-8"))
    st.html(STYLE)
    if "lesson" in st.query_params:
        session().lesson = st.query_params["lesson"] == "1"
    elif "session" in st.session_state and session().lesson:
        st.query_params["lesson"] = "1"  # a page change drops it; links copied later keep it


def _follow(before: Feed | None) -> None:
    """A run that trains goes on while its visitor looks at another page; a line says so, and what
    it is followed by keeps it alive. `before` is what the page before showed of it."""
    if "session" not in st.session_state:
        return
    here = session()
    if here.feed is before:
        here.feed = None  # this page shows nothing of it
    run, feed = here.active, here.feed
    if run and (run.busy or (feed and feed.run is run and feed.is_behind)):
        run.touch()
        with st.sidebar:
            wire.follow(run)


def lesson() -> bool:
    """True with ?lesson=1: show what a class needs and leave out the rest."""
    return "session" in st.session_state and session().lesson


def opening(question: str, lead: str) -> None:
    """One big question in plain words, one sentence under it."""
    with st.container(key="opening", gap="small"):
        st.title(question, anchor=False)
        st.markdown(lead)


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


def predict(tasks: Sequence[Task]) -> None:
    """'Predict, then look': commit to an answer, and the experiment shows who was right."""
    with st.container(key="try_this", gap="small"):
        st.subheader("Predict, then look", anchor=False)
        for number, task in enumerate(tasks, 1):
            st.fragment(_task)(number, task)


def _task(number: int, task: Task) -> None:
    """One question; it can be answered once, and asked again with another seed."""
    key = f"task_{task.name}"
    guess: int | None = st.radio(
        f"{number}. {task.question}",
        range(len(task.choices)),
        index=None,
        format_func=task.choices.__getitem__,
        key=key,
        horizontal=True,
    )
    if guess is None:
        return
    with st.spinner("The experiment runs …"):
        outcome, figures = _outcome(task.name)
    right = guess == outcome
    verdict = "You saw it coming." if right else f"It was: {task.choices[outcome]}."
    show, icon = (st.success, "check_circle") if right else (st.info, "lightbulb")
    show(f"**{verdict}** {figures} {task.why}", icon=f":material/{icon}:")


@st.cache_data(show_spinner=False)
def _outcome(name: str) -> tuple[int, str]:
    """The experiment of a task, done once for all visitors: it has no chance but its seed."""
    return next(task for task in TASKS if task.name == name).experiment(0)


def try_this(tasks: Mapping[str, str]) -> None:
    """Tasks whose answer the page itself can show: a sentence of Markdown → keys of the controls
    that it needs, or how they begin, with blanks between. A lesson shows these, too."""
    with st.container(key="try_this", gap="small"):
        st.subheader("Try this", anchor=False)
        st.markdown("\n".join(f"{number}. {task}" for number, task in enumerate(tasks, 1)))


def next_pages(pages: Mapping[str, str]) -> None:
    """Where to go from here: path of a page → what one does there."""
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
