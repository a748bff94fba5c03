"""What visitors may bring, each and all together: counted by what is held, refused in words."""

import gc
import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from paging import opened, sound
from PIL import Image
from sources import ROOT
from streamlit.testing.v1 import AppTest

from pages.ui import session as sessions
from pages.ui.session import Session
from siamese import settings
from siamese.allowances import Allowance, Allowances, FullError
from siamese.rendering import random_identity, random_scene, render

MB = 1_000_000
WEIGHTS = ROOT / "siamese" / "weights"


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, 10, 2)


def bounds(monkeypatch: pytest.MonkeyPatch, all_of_them: int, visitor: int) -> None:
    monkeypatch.setenv("SIAMESE_ALL_MB", str(all_of_them))
    monkeypatch.setenv("SIAMESE_VISITOR_MB", str(visitor))


def pictures(megabytes: int, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, megabytes * MB, np.uint8)


def visitors(number: int) -> tuple[Allowances, list[Allowance]]:
    here = Allowances()
    return here, [here.new() for _ in range(number)]


def test_alone_somebody_may_have_all_and_among_others_a_part() -> None:
    here, (ada,) = visitors(1)
    assert here.each == 10 * MB
    kept = ada.keep(pictures(9, 0))
    others = [here.new() for _ in range(3)]
    assert here.each == 2.5 * MB
    with pytest.raises(FullError, match=r"would be 10 MB, and with 4 visitors here .* 2\.5 MB"):
        ada.keep(pictures(1, 1))
    assert ada.nbytes == kept.nbytes == 9 * MB  # nothing is lost
    others += [here.new() for _ in range(20)]
    assert here.each == 2 * MB  # that much is everybody's, while there is room
    others[0].take("file", MB)
    with pytest.raises(FullError, match=r"all visitors are 10 MB of the 10 MB .* 2 MB more"):
        others[1].keep(pictures(2, 2))


def test_the_largest_zip_is_not_refused_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As things stand unless told otherwise: 100 MB of zip, 20,000 faces, read in another way
    while the first reading is still there."""
    monkeypatch.delenv("SIAMESE_ALL_MB")
    _, (ada,) = visitors(1)
    ada.take("zip", 100 * MB)
    ada.put("memory", 1000 * 112 * 112 * 3)
    ada.put("first reading", 20_000 * 112 * 112 * 3)
    ada.check(20_000 * 112 * 112 * 3)


def test_what_is_let_go_of_does_not_count() -> None:
    here, (ada,) = visitors(1)
    kept = ada.keep(pictures(6, 0))
    view = kept[5:9]
    del kept
    assert here.nbytes == 6 * MB  # a part of them holds them all
    del view
    assert (ada.nbytes, here.nbytes) == (0, 0)
    ada.take("zip", 9 * MB)
    ada.take("zip", 9 * MB)  # the same one
    assert here.nbytes == 9 * MB
    ada.only((), "z")
    assert here.nbytes == 0


def test_a_part_of_something_large_does_not_hold_it() -> None:
    """What is counted is what is held: no more of the array that pictures were cut out of."""
    _, (ada,) = visitors(1)
    kept = ada.keep(pictures(8, 0)[:MB])
    assert kept.base is None
    assert ada.nbytes == MB


def test_who_leaves_takes_files_along() -> None:
    here, (ada, ben) = visitors(2)
    ada.take("zip", 5 * MB)
    ada.leave()
    assert (here.nbytes, here.visitors) == (0, 1)
    ben.take("zip", 9 * MB)
    del ben
    assert here.nbytes == 0


def test_the_same_pictures_count_once_in_all_and_for_each() -> None:
    here, (ada, ben, cy) = visitors(3)
    one = ada.keep(pictures(3, 0))
    assert ben.keep(pictures(3, 0)) is one
    assert not one.flags.writeable
    assert (ada.nbytes, ben.nbytes, here.nbytes) == (3 * MB, 3 * MB, 3 * MB)
    assert ada.keep(pictures(3, 0)) is one  # once more by the same visitor
    assert ada.nbytes == 3 * MB
    cy.take("zip", 3 * MB)
    ben.take("a", 0)
    del one
    assert here.nbytes == 3 * MB


def test_what_somebody_else_has_takes_no_room_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, 4, 4)
    here, (ada, ben) = visitors(2)
    one = ada.keep(pictures(3, 0))
    assert ben.keep(pictures(3, 0)) is one
    with pytest.raises(FullError, match="all visitors"):
        here.new().keep(pictures(2, 1))


def at_once(calls: list[Callable[[], Any]]) -> int:
    """How many of them, begun at the same moment, find room."""
    gate = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> bool:
        gate.wait(10)
        try:
            call()
        except FullError:
            return False
        return True

    with ThreadPoolExecutor(len(calls)) as threads:
        return sum(threads.map(one, calls))


@pytest.mark.parametrize("brings", ["pictures", "files"])
def test_ten_at_once_have_no_more_than_there_is(
    brings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(visitor: Allowance, number: int) -> Callable[[], Any]:
        if brings == "files":
            return lambda: visitor.take(f"file {number}", 2 * MB)
        held.append(pictures(2, number))
        return lambda: visitor.keep(held[number])

    held = list[NDArray[np.uint8]]()
    here, ten = visitors(10)
    assert at_once([call(each, number) for number, each in enumerate(ten)]) == 5
    assert here.nbytes == 10 * MB
    bounds(monkeypatch, 100, 5)
    held.clear()
    here, (ada,) = visitors(1)
    others = [here.new() for _ in range(24)]
    assert at_once([call(ada, number) for number in range(10)]) == 2
    assert (ada.nbytes, len(others)) == (4 * MB, 24)


@pytest.mark.parametrize(
    ("name", "asked", "usual"),
    [
        ("SIAMESE_ALL_MB", settings.all_bytes, settings.ALL_MB),
        ("SIAMESE_VISITOR_MB", settings.visitor_bytes, settings.VISITOR_MB),
    ],
)
def test_the_one_who_runs_the_server_says_how_much(
    name: str, asked: Callable[[], int], usual: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "7")
    assert asked() == 7 * MB
    monkeypatch.setenv(name, "much")
    assert asked() == usual * MB
    monkeypatch.delenv(name)
    assert asked() == usual * MB


# The pages, in whichever way somebody brings something


@pytest.fixture
def alone(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sessions of other tests are counted."""
    monkeypatch.setattr(sessions, "allowances", Allowances())


def noise(seed: int, side: int = 112) -> bytes:
    file = io.BytesIO()
    values = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def face(seed: int, side: int = 224) -> tuple[str, bytes, str]:
    file = io.BytesIO()
    picture = np.asarray(render(random_identity(seed), random_scene(seed), side))
    Image.fromarray(picture).save(file, "PNG")
    return f"face {seed}.png", file.getvalue(), "image/png"


def shot(seed: int) -> tuple[str, bytes, str]:
    return f"{seed}.jpg", face(seed)[1], "image/jpeg"


def told(app: AppTest) -> str:
    return " ".join(str(one.value) for one in [*app.error, *app.warning])


def here(app: AppTest) -> Session:
    found: Session = app.session_state["session"]
    return found


def chosen(app: AppTest, key: str, value: object) -> AppTest:
    """A control of the page, wherever in it, is set."""
    (control,) = [
        one
        for kind in ("segmented_control", "toggle", "text_input", "file_uploader", "camera_input")
        for one in app.get(kind)
        if str(one.key).startswith(key)
    ]
    return sound(control.set_value(value).run())


def pressed(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return sound(button.click().run())


class Way:
    """A way to bring something: to the moment before, what is done then, and what is there of it
    afterwards."""

    page = "pages/train/people.py"

    def ready(self) -> AppTest:
        return opened(self.page)

    def bring(self, app: AppTest) -> None:
        raise NotImplementedError

    def there(self, app: AppTest) -> int:
        raise NotImplementedError


class PeopleFromFiles(Way):
    def ready(self) -> AppTest:
        app = chosen(super().ready(), "people_source", "My own people")
        return chosen(app, "people_align", False)

    def bring(self, app: AppTest) -> None:
        names = [f"{who}_{n}.png" for who in ("ann", "ben", "cy", "di") for n in (1, 2)]
        files = [(name, noise(seed), "image/png") for seed, name in enumerate(names)]
        chosen(app, "people_uploads", files)

    def there(self, app: AppTest) -> int:
        if "people_own" not in app.session_state:
            return 0
        read = app.session_state["people_own"]
        return len(read.faces) if read.faces else 0


class PersonFromCamera(Way):
    def ready(self) -> AppTest:
        app = chosen(super().ready(), "people_source", "My own people")
        return chosen(chosen(app, "people_add", "Camera"), "people_name", "Ada")

    def bring(self, app: AppTest) -> None:
        chosen(app, "people_camera", shot(2))

    def there(self, app: AppTest) -> int:
        return len(here(app).gallery)


class PersonFromStudio(PersonFromCamera):
    page = "pages/understand/faces.py"

    def ready(self) -> AppTest:
        return opened(self.page)

    def bring(self, app: AppTest) -> None:
        pressed(app, "Keep")


class Photo(Way):
    page = "pages/use/two_photos.py"

    def ready(self) -> AppTest:
        return chosen(super().ready(), "photos_a_from", "File")

    def bring(self, app: AppTest) -> None:
        chosen(app, "photos_a_file", face(2))

    def there(self, app: AppTest) -> int:
        return len(here(app).photos)


class DoorShot(Photo):
    page = "pages/use/door.py"

    def ready(self) -> AppTest:
        return chosen(opened(self.page), "door_from", "Camera")

    def bring(self, app: AppTest) -> None:
        chosen(app, "door_camera", shot(2))


class Enrolled(Way):
    page = "pages/use/door.py"

    def bring(self, app: AppTest) -> None:
        (button,) = [button for button in app.button if button.label.startswith("Enrol ")]
        sound(button.click().run())

    def there(self, app: AppTest) -> int:
        return len(here(app).enrolled)


class DoorFiles(Way):
    page = "pages/use/door.py"

    def ready(self) -> AppTest:
        return chosen(opened(self.page), "door_from", "Files")

    def bring(self, app: AppTest) -> None:
        chosen(app, "door_files", [face(2)])

    def there(self, app: AppTest) -> int:
        return sum(name != "filler" for name in here(app).allowance._files)


class MoreFaces(DoorFiles):
    page = "pages/use/two_photos.py"

    def ready(self) -> AppTest:
        return opened(self.page, photos_part="All pairs")

    def bring(self, app: AppTest) -> None:
        chosen(app, "photos_more", [face(2)])


class Newcomer(MoreFaces):
    page = "pages/explore/embedding.py"

    def ready(self) -> AppTest:
        return chosen(opened(self.page, map_method="PCA"), "map_guest_from", "File")

    def bring(self, app: AppTest) -> None:
        chosen(app, "map_guest_file", [face(2)])


class Model(Way):
    page = "pages/train/train.py"

    def bring(self, app: AppTest) -> None:
        model = (WEIGHTS / "small.safetensors").read_bytes()
        chosen(app, "train_model_file", [("mine.safetensors", model, "application/octet-stream")])

    def there(self, app: AppTest) -> int:
        return sum(run.name.startswith("mine") for run in here(app).runs)


WAYS = [PeopleFromFiles, PersonFromCamera, PersonFromStudio, Photo, DoorShot, Enrolled, DoorFiles]
WAYS += [MoreFaces, Newcomer, Model]


@pytest.mark.parametrize("way", [way() for way in WAYS], ids=lambda way: type(way).__name__)
@pytest.mark.parametrize("full", ["one's own", "in all"])
@pytest.mark.usefixtures("alone", "workers")
def test_the_page_says_that_there_is_no_room(way: Way, full: str) -> None:
    other = sessions.allowances.new()
    app = way.ready()
    assert way.there(app) == 0
    filled = here(app).allowance if full == "one's own" else other
    filled.put("filler", (5 if full == "one's own" else 10) * MB)  # each may have 5, all 10
    way.bring(app)
    assert "There is no room for this" in told(app)
    assert ("2 visitors" if full == "one's own" else "all visitors") in told(app)
    assert way.there(app) == 0
    assert here(app).allowance.in_files == (5 * MB if filled is not other else 0)
    filled.put("filler", 0)
    way.bring(app)  # the session goes on
    assert "There is no room" not in told(app)
    assert way.there(app) > 0
    assert here(app).allowance.nbytes > 0
    app.session_state["session"].leave()
    assert here(app).allowance.in_files == 0


@pytest.mark.usefixtures("alone")
def test_people_stay_where_more_find_no_room_and_go_when_they_are_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds(monkeypatch, 2, 2)
    way = PeopleFromFiles()
    app = way.ready()
    way.bring(app)
    used = here(app).allowance.nbytes
    assert used > 8 * (112 * 112 * 3 + len(noise(0)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(60):  # 2.3 MB of faces in few bytes
            plain = io.BytesIO()
            Image.new("RGB", (112, 112), (number, 99, 40)).save(plain, "PNG")
            made.writestr(f"p{number // 2}/{number}.png", plain.getvalue())
    chosen(app, "people_uploads", [("many.zip", file.getvalue(), "application/zip")])
    assert "There is no room for this" in told(app)
    assert way.there(app) == 8
    pressed(app, "Remove From files")
    sound(app.run())  # until then Streamlit holds the values of before
    gc.unfreeze()
    gc.collect()
    assert way.there(app) == 0
    assert here(app).allowance.nbytes == 0


@pytest.mark.usefixtures("alone")
def test_files_go_when_their_visitor_turns_to_another_page() -> None:
    way = PeopleFromFiles()
    app = way.ready()
    way.bring(app)
    kept = here(app).allowance
    with_files = kept.nbytes
    app.switch_page("pages/use/two_photos.py")
    sound(app.run())
    assert kept.nbytes == with_files - sum(len(noise(seed)) for seed in range(8))
    assert way.there(app) == 8


@pytest.mark.usefixtures("alone")
def test_who_is_removed_at_the_door_takes_no_room() -> None:
    app = Enrolled().ready()
    Enrolled().bring(app)
    (person,) = here(app).enrolled
    assert sessions.allowances.nbytes == person.pictures.nbytes
    name = person.name
    del person
    pressed(app, f"Remove {name}")
    assert Enrolled().there(app) == 0
    gc.unfreeze()
    gc.collect()
    assert sessions.allowances.nbytes == 0


@pytest.mark.usefixtures("alone")
def test_deleting_everything_gives_all_of_it_back() -> None:
    app = Photo().ready()
    Photo().bring(app)
    assert sessions.allowances.nbytes > 0
    app.switch_page("pages/train/people.py")
    pressed(sound(app.run()), "Yes, delete everything")
    gc.unfreeze()
    gc.collect()
    assert (sessions.allowances.nbytes, sessions.allowances.visitors) == (0, 1)
