"""Whatever a visitor or a file is called stands on the pages letter by letter, not as Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import paging
import pytest
from paging import walked
from sources import ROOT
from streamlit.testing.v1 import AppTest

from pages.ui.session import Session, sample_faces
from pages.ui.text import JOINER, plain
from siamese import jobs
from siamese.enrolment import Enrolled
from siamese.faces import FaceSet

NAME = "**x** [a](http://b) :red[c] $x$ <b>"
SIGNS = "**x**", "[a](", "http://", ":red[", "$x$", "<b>"
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (ROOT / "pages").glob("*/*.py")
    if page.parent.name != "ui"
)
MARKDOWN = (  # what Streamlit reads as Markdown: names of fields in its messages
    *("body", "label", "help", "caption", "text", "placeholder"),
)


def shown(text: str) -> str:
    """What CommonMark shows of escaped text: the sign behind each backslash."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(JOINER, "")


@pytest.mark.parametrize(
    "text",
    [NAME, "a_b_c", "# x", "1. x", "- x", "x | y", "`x`", "~~x~~", "a\\*b", "&lt;", "![i](j)",
     ":material/face:", ":smile:", "www.example.org", "a@example.org", "a -> b <- c -- d", "==x=="],
)  # fmt: skip
def test_all_that_is_shown_is_what_was_written(text: str) -> None:
    found = plain(text)
    assert shown(found) == text
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", found)  # what is left without the escaped signs
    assert not re.search(r"[*_`#\[\]()<>$|~!&:=\\]", bare)
    late = shown(found.replace(JOINER, "\0")).replace("\0", "\u2060")
    for pattern in (
        r":[\w+-]+:",
        r":material/\w+:",
        r"https?://\w",
        r"www\.",
        r"\w@\w",
        r"->|<-|--",
    ):
        assert not re.search(pattern, late), pattern  # what is looked for in finished text


def test_lines_do_not_begin_anything() -> None:
    assert "\n" not in plain("a\n# b\r\nc")


@pytest.fixture
def fresh_names(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    inline = jobs.Inline()
    pool = jobs.Pool(lambda: inline)
    monkeypatch.setattr(jobs, "processes", lambda: pool)


def called_so() -> FaceSet:
    faces = sample_faces()
    few = faces.choose(np.isin(faces.labels, range(8)))
    people = tuple(f"{NAME} {number}" for number in range(8))
    return FaceSet(few.pictures.copy(), few.labels.copy(), people, few.files)


def written(element: Any) -> Iterator[str]:
    """All text of an element that Streamlit reads as Markdown."""
    if element.type in ("html", "bidi_component", "text_input", "arrow_vega_lite_chart"):
        return
    proto = getattr(element, "proto", None)
    for name in MARKDOWN:
        value = getattr(proto, name, None)
        if isinstance(value, str) and element.type != "text":
            yield value
    if element.type in ("radio", "button_group"):  # those of select boxes are plain text
        yield from (str(getattr(option, "content", option)) for option in proto.options)


@pytest.mark.usefixtures("fresh_names")
@pytest.mark.parametrize("page", PAGES)
def test_a_name_full_of_signs_does_nothing_on_any_page(page: str) -> None:
    def opened(**link: str) -> AppTest:
        app = paging.opened(page, **link)
        if "session" not in app.session_state:
            app.session_state["session"] = Session(sample_faces())
        here: Session = app.session_state["session"]
        here.use(called_so(), NAME)
        here.gallery[NAME] = here.faces.pictures[:3]
        here.enrolled.append(Enrolled(NAME, here.faces.pictures[:2]))
        return paging.sound(app.run())

    seen = 0
    for link in LINKS.get(Path(page).stem, ({},)):
        for text in map(str.lower, texts(opened(**link))):  # names are spoken with capitals
            bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
            assert not any(sign in bare for sign in SIGNS), text
            seen += "\\*\\*x\\*\\*" in text
    assert seen or Path(page).stem not in NAMED


NAMED = ("pairs", "door", "losses")  # pages that say names in Markdown
LINKS: dict[str, tuple[dict[str, str], ...]] = {
    "pairs": (
        {"pairs_part": "Two faces, closely"},
        {"pairs_part": "The worst pairs"},
        {"pairs_part": "Margin and threshold"},
        {"pairs_net": NAME},
    ),
    "losses": ({"losses_own": "true"}, {"losses_own": "true", "losses_loss": "triplet"}),
    "embedding": ({}, {"map_view": "Side by side"}, {"map_dims": "3", "map_method": "pca"}),
    "door": ({}, {"door_net": NAME, "door_mode": NAME}),
}


def texts(app: AppTest) -> Iterator[str]:
    for block in (app.main, app.sidebar, app._tree.children.get(2)):
        if block is not None:
            for element in walked(block):
                yield from written(element)
