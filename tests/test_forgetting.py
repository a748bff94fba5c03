"""*Delete everything* does: the whole process is searched for the faces of a visit."""

import gc
import io
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from paging import opened, sound
from PIL import Image
from streamlit.testing.v1 import AppTest
from waiting import wait_for

from pages.ui import session
from pages.ui.facemap.sprites import Sprites
from pages.ui.session import Session, sample_faces
from pages.ui.train import shelf
from siamese import detection
from siamese.enrolment import Enrolled
from siamese.jobs import Inline
from siamese.rendering import random_identity, random_scene, render


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """What a test has frozen, the collector sees again after it."""
    yield
    gc.unfreeze()


def photo(who: int, scene: int) -> bytes:
    """A PNG of 400 x 300 with a face that the detector finds, of nobody whom the lab knows."""
    face = Image.fromarray(np.asarray(render(random_identity(who), random_scene(scene), 220)))
    wall = Image.fromarray(
        np.random.default_rng(who + scene).integers(90, 130, (300, 400, 3), np.uint8)
    )
    wall.paste(face, (90, 40))
    file = io.BytesIO()
    wall.save(file, "PNG")
    return file.getvalue()


def portraits(who: int) -> Any:
    found = []
    for scene in range(3):
        picture, faces = detection.find(photo(who, scene), "x.png")
        found.append(detection.portrait(np.asarray(picture), faces[0]))
    return np.stack(found)


def rows(pictures: Any) -> list[bytes]:
    """A row of pixels out of the middle of each picture, turned round: so that what is looked for
    is not found because it is looked for."""
    return [np.bitwise_not(picture[len(picture) // 2]).tobytes() for picture in pictures]


HOLDING = np.ndarray | bytes | bytearray | dict | tuple


def listed() -> list[Any]:
    """All that the garbage collector knows of. What left before may be tidied up at this very
    moment, by a thread that puts everything out of sight."""
    for _ in range(20):
        gc.unfreeze()
        gc.collect()
        if len(found := gc.get_objects()) > 100_000:  # torch alone has more
            return found
    raise AssertionError("All is frozen again and again.")


def held() -> list[bytes]:
    """All pixels that the process holds: arrays, tensors, and bytes, wherever they are."""
    known = {id(each): each for each in listed()}
    edge = list(known.values())
    while edge:  # the collector does not list dictionaries and tuples of arrays alone
        inner = {id(it): it for each in edge for it in gc.get_referents(each)}
        edge = [
            it for it in inner.values() if id(it) not in known and issubclass(type(it), HOLDING)
        ]
        known |= {id(it): it for it in edge}
    found = []
    for each in known.values():
        if issubclass(type(each), torch.Tensor):  # asking some others for their class is an event
            if each.dtype == torch.uint8 and each.device.type == "cpu":
                found.append(each.contiguous().numpy().tobytes())
        elif issubclass(type(each), np.ndarray):
            if each.dtype == np.uint8:
                found.append(each.tobytes())
        elif issubclass(type(each), bytes | bytearray) and len(each) > 300:
            found.append(bytes(each))
    return found


def where(needles: list[bytes]) -> int:
    """How many of these rows the process holds somewhere."""
    everything = held()
    plain = [bytes(255 - value for value in needle) for needle in needles]
    return sum(any(row in each for each in everything) for row in plain)


def go(app: AppTest, page: str, **link: str) -> AppTest:
    app.switch_page(page)
    for name, value in link.items():
        app.query_params[name] = value
    return sound(app.run())


def forget_the_test(app: AppTest) -> None:
    """An AppTest keeps a list of its own of what widgets show; no server does."""
    app.session_state["$$STREAMLIT_INTERNAL_KEY_TESTING"].clear()


def visit(app: AppTest, workers: Inline) -> tuple[list[bytes], list[Any]]:
    """Somebody brings faces, trains on them, looks at them on all pages. Rows of their pixels, and
    weak references to what has been made of them."""
    here: Session = app.session_state["session"]
    app.segmented_control(key="people_source").set_value("My own people")
    sound(app.run())
    uploads = [
        (f"{name}_{scene}.png", photo(9000 + number, scene), "image/png")
        for number, name in enumerate(["Ann", "Ben", "Cy", "Di", "Eve", "Flo"])
        for scene in range(3)
    ]
    app.file_uploader[0].set_value(uploads)
    sound(app.run())
    assert here.source == "own pictures"
    assert len(here.faces) == 18
    here.gallery["Ada"] = portraits(9100)
    here.enrolled.append(Enrolled("Ada", here.gallery["Ada"].copy()))

    go(app, "pages/train/train.py", train_P="3", train_K="2")
    workers.run_all()
    (step,) = [button for button in app.button if button.label == "Step"]
    sound(step.click().run())
    workers.run_all()
    sound(app.run())
    run = here.active
    assert run is not None
    assert run.state.step == 1

    go(app, "pages/explore/embedding.py", map_net=run.name, map_method="PCA")
    sound(app.selectbox(key="map_faces").set_value("My people").run())
    go(app, "pages/explore/pairs.py", pairs_net=run.name)
    go(app, "pages/use/two_photos.py", photos_net=run.name)
    for side in "ab":
        app.segmented_control(key=f"photos_{side}_from").set_value("File").run()
        place = app.file_uploader(key=f"photos_{side}_file")
        sound(place.set_value(("me.png", photo(9200, ord(side)), "image/png")).run())
    go(app, "pages/use/door.py")

    seen = list(here.photos.values())
    assert len(seen) == 2
    pixels = [here.faces.pictures, here.gallery["Ada"], here.enrolled[0].pictures]
    pixels += [np.asarray([one.picture]) for one in seen]
    pixels += [np.asarray([one.pick().crop]) for one in seen]
    needles = [row for pictures in pixels for row in rows(pictures)]
    made = [run, run.result, run.experiment, here.faces, here.split, *seen, *here.enrolled]
    made += [kept[1] for kept in here.verifiers.values()] + here.kept["map_spaces"]
    made += [
        it.value
        for kind in here.made.values()
        for it in kind.values()
        if not isinstance(it.value, bool | list | dict | tuple)
    ]
    assert any(isinstance(it, Sprites) for it in made)
    return needles, [weakref.ref(it) for it in made if it is not sample_faces()]


def test_nothing_of_a_visit_is_left(workers: Inline) -> None:
    app = opened("pages/train/people.py")
    needles, made = visit(app, workers)
    assert where(needles) == len(needles)  # they are found where they are
    go(app, "pages/train/people.py")
    app.button(key="people_forget").click()
    sound(app.run())
    assert "Deleted" in app.success[0].value
    del app
    assert where(needles) == 0
    assert [type(one()).__name__ for one in made if one() is not None] == []


def test_nothing_of_a_removed_person_is_left(fresh: None) -> None:
    """Whoever was on the map and looked at closely among the pairs, and was picked there."""
    app = opened("pages/explore/embedding.py", map_method="PCA")
    here: Session = app.session_state["session"]
    here.gallery["Ada"] = portraits(9100)
    sound(app.run())
    sound(app.selectbox(key="map_faces").set_value("My people").run())
    app.session_state["map_chosen"].take(1)
    sound(app.run())
    go(app, "pages/explore/pairs.py", pairs_a="Ada (mine)-1", pairs_b="Ada (mine)-2")
    needles = rows(here.gallery["Ada"])
    assert where(needles) == len(needles)
    go(app, "pages/understand/faces.py")
    app.button(key="faces_drop-Ada").click()
    sound(app.run())
    assert not here.gallery
    forget_the_test(app)
    assert where(needles) == 0


def test_nothing_that_was_worked_out_with_a_dropped_run_is_left(workers: Inline) -> None:
    app = opened("pages/train/train.py", train_P="3", train_K="2")
    here: Session = app.session_state["session"]
    workers.run_all()
    (step,) = [button for button in app.button if button.label == "Step"]
    sound(step.click().run())
    workers.run_all()
    run = here.active
    assert run is not None
    go(app, "pages/explore/embedding.py", map_net=run.name, map_method="PCA")
    go(app, "pages/explore/pairs.py", pairs_net=run.name)
    made = [here.verifiers[run.name][1], *here.kept["map_spaces"]]
    made += [it.value for it in here.made["pair_set"].values()]
    of_the_run = [weakref.ref(it) for it in made if getattr(it, "verifier", made[0]) is made[0]]
    assert len(of_the_run) == 3
    shelf.forget(here, run)
    go(app, "pages/understand/losses.py")
    forget_the_test(app)
    del made
    gc.unfreeze()
    gc.collect()
    assert [one() for one in of_the_run] == [None] * 3


def test_what_a_visitor_leaves_behind_is_not_frozen_for_ever(
    workers: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is frozen is never collected; a circle that somebody leaves behind must be. And the
    others are served quickly again afterwards."""
    monkeypatch.setattr(session, "SOON", 0.2)
    app = opened("pages/train/train.py")
    here: Session = app.session_state["session"]
    wait_for(lambda: not session.garbage._tidying.locked(), 60)  # of those who left before
    circle = Circle()
    gc.unfreeze()
    session.garbage.settled = False
    session.garbage.settle()  # as when the next one begins a run
    assert gc.get_freeze_count() > 0
    gone = weakref.ref(circle)
    del circle
    gc.collect()
    assert gone() is not None
    for _ in range(30):  # a class leaves at once
        here.rest()
    wait_for(lambda: gone() is None and gc.get_freeze_count() > 0, 60)


class Circle:
    def __init__(self) -> None:
        self.me = self
