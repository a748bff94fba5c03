"""People of one's own, put together as faces: always those who are there now."""

import gc
from collections.abc import Callable

import numpy as np
import pytest

from pages.ui import gallery
from pages.ui.pairs import choice
from pages.ui.session import Session, sample_faces


@pytest.fixture
def here(fresh: None, monkeypatch: pytest.MonkeyPatch) -> Session:
    found = Session(sample_faces())
    monkeypatch.setattr(gallery, "session", lambda: found)
    return found


WAYS: dict[str, Callable[[], object]] = {
    "pairs": lambda: choice.gallery(),
    "map": lambda: gallery.own_people(),
    "beside": lambda: gallery.beside(sample_faces()),
}


@pytest.mark.parametrize("way", WAYS)
def test_who_was_removed_is_never_shown_again(here: Session, way: str) -> None:
    """The next person may lie where the last one lay in memory, under the same name."""
    for grey in range(40):
        here.gallery["Ada"] = np.full((3, 112, 112, 3), grey, np.uint8)
        shown = WAYS[way]()
        assert (shown.pictures[-3:] == grey).all()  # type: ignore[attr-defined]
        assert WAYS[way]() is shown  # kept while nothing changes
        del shown, here.gallery["Ada"]
        gc.unfreeze()
        gc.collect()


@pytest.mark.parametrize("way", WAYS)
def test_dropping_a_person_leaves_nothing_of_them(here: Session, way: str) -> None:
    for name in ("Ada", "Bo"):
        gallery.keep(name, np.full((2, 112, 112, 3), len(name), np.uint8))
    here.gallery["Ada"] = np.full((2, 112, 112, 3), 7, np.uint8)
    WAYS[way]()
    gallery.drop("Ada")
    assert not any(kept for kept in here.made.values())
    shown = WAYS[way]()
    assert not (shown.pictures[-2:] == 7).all()  # type: ignore[attr-defined]


def test_others_of_the_same_name_are_other_people(here: Session) -> None:
    here.gallery["Ada"] = np.zeros((2, 112, 112, 3), np.uint8)
    before = choice.gallery()
    here.gallery["Ada"] = np.ones((2, 112, 112, 3), np.uint8)
    after = choice.gallery()
    assert after is not before
    assert after is not None
    assert (after.pictures == 1).all()
