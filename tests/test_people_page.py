"""The People page through `app.py`: what it shows, what it refuses, what the session keeps."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from paging import opened, sound
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.people import camera
from pages.ui.people import public as publicsets
from pages.ui.train import controls
from siamese import duplicates
from siamese.datasets import load, to_zip, with_strangers
from siamese.enrolment import Enrolled
from siamese.faces import FaceSet, pair_counts, some_people, split_by_person, split_by_picture
from siamese.public import PUBLIC, Fetch
from siamese.rendering import random_identity, random_scene, render

PAGE = "pages/train/people.py"
PUPILS = ("ann", "ben", "cy", "di")
pytestmark = pytest.mark.usefixtures("fresh")


@pytest.fixture
def page() -> AppTest:
    return opened(PAGE)


def metrics(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def files(*names: str) -> list[tuple[str, bytes, str]]:
    """Uploads with these names, each a picture of its own that is none of the built-in ones."""
    rng = np.random.default_rng(0)
    uploads = []
    for name in names:
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (30, 30, 3), dtype=np.uint8)).save(stream, "PNG")
        uploads.append((name, stream.getvalue(), "image/png"))
    return uploads


def rendered(who: int, scene: int, size: int = 220) -> Image.Image:
    return Image.fromarray(np.asarray(render(random_identity(who), random_scene(scene), size)))


def photo(who: int, scene: int, beside: int | None = None) -> bytes:
    """A JPEG of 640 x 480 with a rendered person before a wall; with a smaller one beside."""
    picture = Image.new("RGB", (640, 480), (120, 130, 140))
    picture.paste(rendered(500 + who, scene + 10 * who), (80 + 10 * scene % 50, 120))
    if beside is not None:
        picture.paste(rendered(500 + beside, 3, 170), (420, 140))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=92)
    return stream.getvalue()


def wall() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 90)).save(stream, "JPEG")
    return stream.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_counts_are_those_of_the_split(page: AppTest) -> None:
    split = split_by_person(load("sample_faces"))
    expected = []
    for faces in (split.seen, split.unseen):
        expected += [len(faces.people), len(faces), *pair_counts(faces)]
    assert metrics(page) == [f"{number:,}" for number in expected]
    same, different = pair_counts(split.seen)
    assert any(f"{different / same:,.0f} : 1" in text.value for text in page.markdown)


def test_share_seed_and_kind_reach_the_session(page: AppTest) -> None:
    page.slider(key="people_unseen").set_value(50)
    page.number_input(key="people_split_seed").set_value(3)
    sound(page.run())
    faces = load("sample_faces")
    here = page.session_state["session"]
    assert here.split.unseen.files == split_by_person(faces, 0.5, 3).unseen.files
    page.segmented_control(key="people_split").set_value("picture")
    sound(page.run())
    assert "leaks" in page.warning[0].value
    assert here.split.unseen.files == split_by_picture(faces, 0.5, 3).unseen.files


@pytest.mark.parametrize(("query", "share"), [("40", 0.4), ("999", 0.25), ("<b>", 0.25)])
def test_a_link_sets_the_split_and_nonsense_in_it_is_ignored(query: str, share: float) -> None:
    app = opened(PAGE, people_unseen=query, people_split_seed="-5")
    assert app.session_state["session"].unseen == share
    assert app.session_state["session"].split_seed == 0


def own(page: AppTest) -> AppTest:
    page.segmented_control(key="people_source").set_value("My own people")
    return sound(page.run())


def upload(page: AppTest, *uploads: tuple[str, bytes, str]) -> AppTest:
    page.file_uploader[0].set_value(list(uploads))
    return sound(page.run())


def as_they_are(page: AppTest) -> AppTest:
    """Uploads are noise here, in which no face is found."""
    page.toggle(key="people_align").set_value(False)
    return sound(page.run())


def test_own_pictures(page: AppTest) -> None:
    as_they_are(own(page))
    assert "Nobody yet" in page.info[0].value
    who = [f"{name}_{n}.jpg" for name in ("ann", "ben", "cy", "di", "eve") for n in (1, 2, 3)]
    upload(page, *files(*who), ("bad.jpg", b"no picture", "image/jpeg"))
    here = page.session_state["session"]
    assert here.faces.people == ("ann", "ben", "cy", "di", "eve")
    assert here.source == "own pictures"
    assert "bad.jpg" in page.text[0].value
    assert metrics(page)[:2] == ["3", "9"]
    page.segmented_control(key="people_source").set_value("Built-in people")
    sound(page.run())
    assert len(here.faces.people) > 5


def test_faces_are_found_cut_out_and_what_is_none_is_named(page: AppTest) -> None:
    """A zip of photos, one of them of a wall, one of two people, one name outside the zip."""
    own(page)
    photos = {f"{who}/{n}.jpg": photo(who, n) for who in range(4) for n in range(2)}
    photos |= {"0/wall.jpg": wall(), "../x.jpg": photo(0, 5), "1/two.jpg": photo(1, 7, beside=2)}
    upload(page, ("class.zip", zipped(photos), "application/zip"))
    faces = page.session_state["session"].faces
    assert faces.people == ("0", "1", "2", "3")
    assert len(faces) == 9
    from siamese.detection import detect

    boxes = [detect(picture)[0].box for picture in faces.pictures]
    assert min(box[2] for box in boxes) > 0.3 * 112  # heads, not walls
    told = " ".join(text.value for text in page.text)
    assert "0/wall.jpg: No face was found in the picture: come closer" in told
    assert "../x.jpg points outside the zip" in told
    assert "1/two.jpg: 2 faces are in it; the largest counts." in told


def test_too_few_own_people_leave_the_session_alone_and_can_join_strangers(page: AppTest) -> None:
    here = page.session_state["session"]
    before = here.faces
    as_they_are(own(page))
    upload(page, *files("ann_1.jpg", "ann_2.jpg", "ben_1.jpg"))
    assert "at least 4 people" in page.warning[0].value
    assert "ben" in page.info[0].value  # a single picture: said, and kept
    assert here.faces is before
    assert here.split
    page.slider(key="people_strangers").set_value(40)
    sound(page.run())
    assert "at least 4 people" in page.warning[0].value  # one picture each: nobody to learn from
    page.segmented_control(key="people_strangers_pictures").set_value("All")
    sound(page.run())
    assert not page.warning
    assert {"ann", "ben"} < set(here.faces.people)
    assert here.source == "own pictures and 40 strangers"
    assert len(here.faces.people) == 42


def test_strangers_with_one_picture_make_no_same_pair(page: AppTest) -> None:
    """The tutorial's recipe with one's own class."""
    as_they_are(own(page))
    upload(page, *files(*(f"{who}_{n}.png" for who in "abcdef" for n in range(3))))
    here = page.session_state["session"]
    alone = pair_counts(here.faces)
    page.slider(key="people_strangers").set_value(96)
    sound(page.run())
    assert len(here.faces.people) == 102
    same, different = pair_counts(here.faces)
    assert same == alone[0]
    assert different > 20 * alone[1]
    assert "96 people have a single picture" in page.info[0].value


def test_batches_hold_ones_own_people_and_strangers_beside_them() -> None:
    """Drawn at random, sixteen of them would hold one person with two pictures or none."""
    import torch

    from siamese.config import preset
    from siamese.sampling import people_and_pictures

    sample = load("sample_faces")
    own_people = some_people(sample, 6)
    faces = with_strangers(own_people, some_people(sample, 90, 1, one_each=True))
    assert controls._singles(sample) == 0
    assert controls._singles(some_people(sample, 90, one_each=True)) == 0  # no pair at all
    config = preset("triplet", singles=controls._singles(faces))
    generator = torch.Generator().manual_seed(0)
    labels = torch.tensor(faces.labels)
    for singles, pairs in ((config.singles, 6), (0, 3)):
        batch = people_and_pictures(labels, config.people, 4, generator, singles)
        _, counts = labels[batch].unique(return_counts=True)
        assert (counts > 1).sum() == 6 if singles else (counts > 1).sum() <= pairs
    assert config.singles == 16


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + bytes(50)])
def test_a_bad_upload_is_a_word_and_nothing_is_lost(page: AppTest, data: bytes) -> None:
    as_they_are(own(page))
    upload(page, *files(*(f"{who}_{n}.png" for who in "abcd" for n in range(2))))
    faces = page.session_state["session"].faces
    upload(page, ("faces.zip", data, "application/zip"))
    assert "faces" in page.error[0].value
    assert page.session_state["session"].faces is faces
    page.segmented_control(key="people_source").set_value("Built-in people")
    assert not sound(page.run()).error


def test_copies_are_named_and_can_stay(page: AppTest) -> None:
    as_they_are(own(page))
    uploads = files(*(f"{who}_{n}.png" for who in "abcde" for n in range(3)))
    image = Image.open(io.BytesIO(uploads[0][1])).resize((60, 60))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90)
    upload(page, *uploads, ("e_9.jpg", stream.getvalue(), "image/jpeg"))
    here = page.session_state["session"]
    assert any("one photo" in text.value for text in page.markdown)
    (shown,) = [h.proto.body for h in page.get("html") if "gallery couples" in h.proto.body]
    assert shown.count("<figure") == shown.count("<img") == 1  # both beside each other
    assert "a_0.png of a<br>e_9.jpg of e" in shown
    assert len(here.faces) == 14  # under two names: neither stays
    leave = next(toggle for toggle in page.toggle if toggle.label.startswith("Leave"))
    assert leave.label == "Leave 2 pictures out"
    leave.set_value(False)
    sound(page.run())
    assert len(here.faces) == 16


def test_a_copy_across_the_split_is_shown_with_both_pictures(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the draw, somebody of the test is a copy of somebody whom the net sees."""
    as_they_are(own(page))
    monkeypatch.setattr(duplicates, "leaks", lambda split: {0: 1, 2: 0})
    upload(page, *files(*(f"{who}_{n}.png" for who in "abcde" for n in range(3))))
    split = page.session_state["session"].split
    (warning,) = [one.value for one in page.warning if "of the test" in one.value]
    assert "2 photos of the test are among the seen ones" in warning
    assert ".;" not in warning
    (shown,) = [h.proto.body for h in page.get("html") if "gallery couples" in h.proto.body]
    for ours, theirs in ((0, 1), (2, 0)):
        assert f"{split.unseen.files[ours]} of" in shown
        assert f"{split.seen.files[theirs]} of" in shown
    assert shown.count("<img") == 2


def test_three_people_split_by_picture_have_answers_too(page: AppTest) -> None:
    as_they_are(own(page))
    upload(page, *files(*(f"{who}_{n}.png" for who in "abc" for n in range(4))))
    sound(page.segmented_control(key="people_split").set_value("picture").run())
    sound(page.toggle(key="people_answers").set_value(True).run())
    (told,) = [one.value for one in page.markdown if one.value.startswith("1. A person")]
    assert "3. None can be drawn: A split by person needs" in told
    assert "3 people: everybody in the leaky test" in told


def test_how_people_were_told_apart_is_shown_and_can_be_changed(page: AppTest) -> None:
    as_they_are(own(page))
    rooms = [f"lab {room}/{who}/{n}.png" for room in "xy" for who in PUPILS for n in "12"]
    pictures = files(*rooms)
    packed = zipped({name: data for name, data, _ in pictures})
    upload(page, ("class.zip", packed, "application/zip"))
    here = page.session_state["session"]
    assert here.faces.people == PUPILS
    assert any("by folder: 4 people, ann, ben, cy …" in text.value for text in page.markdown)
    assert any("lab x, lab y" in warning.value for warning in page.warning)
    page.selectbox(key="people_by").set_value("top")
    sound(page.run())
    assert any("by top folder: 2 people, lab x, lab y" in text.value for text in page.markdown)
    assert any("at least 4 people" in warning.value for warning in page.warning)
    page.selectbox(key="people_by").set_value("auto")
    sound(page.run())
    assert here.faces.people == PUPILS


def test_a_set_of_splits_is_refused_until_somebody_says_otherwise(page: AppTest) -> None:
    as_they_are(own(page))
    names = [f"{split}/IMG_{n}.png" for split in ("train", "test", "val", "dev") for n in range(2)]
    packed = zipped({name: data for name, data, _ in files(*names)})
    upload(page, ("set.zip", packed, "application/zip"))
    assert "say how pictures were taken or sorted" in page.error[0].value
    page.selectbox(key="people_by").set_value("folder")
    sound(page.run())
    assert not page.error
    assert page.session_state["session"].faces.people == ("dev", "test", "train", "val")


def test_a_photo_that_is_added_is_the_only_one_looked_at(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siamese import detection

    looked = 0
    real = detection.as_portrait

    def counted(picture: Image.Image) -> Image.Image:
        nonlocal looked
        looked += 1
        return real(picture)

    monkeypatch.setattr(detection, "as_portrait", counted)
    own(page)
    photos = [(f"{'pqrs'[n % 4]}_{n}.jpg", photo(n % 4, n // 4), "image/jpeg") for n in range(9)]
    upload(page, *photos[:8])
    assert looked == 8
    upload(page, *photos)
    assert looked == 9
    assert len(page.session_state["session"].faces) == 9
    page.button(key="people_own_remove").click()
    sound(page.run())
    assert "people_memory" not in page.session_state  # nothing of them is kept


# The camera


def shoot(page: AppTest, data: bytes) -> AppTest:
    page.camera_input[0].set_value(("shot.jpg", data, "image/jpeg"))
    return sound(page.run())


def at_the_camera(page: AppTest, name: str = "Ada") -> AppTest:
    own(page)
    page.segmented_control(key="people_add").set_value("Camera")
    sound(page.run())
    assert "First a name" in page.info[0].value
    assert not page.camera_input
    page.text_input(key="people_name").set_value(name)
    return sound(page.run())


def test_five_shots_fill_the_gallery_one_by_one(page: AppTest) -> None:
    at_the_camera(page, "  Ada   B. ")
    here = page.session_state["session"]
    poses = set()
    for number in range(1, 6):
        poses.add(page.camera_input[0].label)
        shoot(page, photo(1, number))
        assert here.gallery["Ada B."].shape == (number, 112, 112, 3)
    assert len(poses) == 5  # each asks for another look
    assert page.camera_input[0].label == "One more?"
    assert here.gallery["Ada B."].dtype == np.uint8


def test_a_shot_without_a_face_is_said_and_the_camera_goes_on(page: AppTest) -> None:
    at_the_camera(page)
    shoot(page, wall())
    assert "No face was found in the shot" in page.warning[0].value
    assert not page.session_state["session"].gallery
    shoot(page, photo(1, 2, beside=3))
    assert "2 faces are in the shot" in page.warning[0].value
    shoot(page, photo(1, 3))
    assert len(page.session_state["session"].gallery["Ada"]) == 2
    assert "at least 4 people" in page.warning[0].value  # and nothing of the shot any more


def test_enough_is_enough(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "MOST", 2)
    at_the_camera(page)
    for number in range(2):
        shoot(page, photo(1, number))
    assert not page.camera_input
    assert any("2 pictures of Ada are enough" in info.value for info in page.info)


def test_people_of_the_gallery_are_trained_on_removed_and_taken_home(page: AppTest) -> None:
    """From the studio, the camera and files alike; the zip comes back the same."""
    here = page.session_state["session"]
    sample = load("sample_faces")
    for number in range(4):
        here.gallery[f"P{number}"] = sample.pictures[sample.labels == number][:3]
    as_they_are(own(page))
    assert here.faces.people == ("P0", "P1", "P2", "P3")
    upload(page, *files("P0_1.png", "Zoe_1.png", "Zoe_2.png"))
    assert here.faces.people == ("P0", "P1", "P2", "P3", "Zoe")
    assert here.faces.counts.tolist() == [4, 3, 3, 3, 2]
    again = load(to_zip(here.faces))
    assert again.people == here.faces.people
    assert again.counts.tolist() == here.faces.counts.tolist()
    assert page.get("download_button")[0].proto.label == "Download as zip"
    page.button(key="people_x_P1_remove").click()
    sound(page.run())
    assert here.faces.people == ("P0", "P2", "P3", "Zoe")
    page.button(key="people_own_remove").click()
    sound(page.run())
    assert "at least 4 people" in page.warning[0].value


def test_everything_is_deleted_and_it_is_said_what(page: AppTest) -> None:
    here = page.session_state["session"]
    as_they_are(own(page))
    upload(page, *files(*(f"{who}_{n}.png" for who in "abcd" for n in range(2))))
    here.gallery["Ada"] = load("sample_faces").pictures[:2]
    here.enrolled.append(Enrolled("Ada", here.gallery["Ada"]))
    here.photos["x"] = here.photos.get("x", object())  # type: ignore[assignment]
    run = FakeRun()
    here.runs.append(run)  # type: ignore[arg-type]
    here.active, here.verifiers["y"] = run, (None, None)  # type: ignore[assignment]
    sound(page.run())
    page.button(key="people_forget").click()
    sound(page.run())
    told = page.success[0].value
    for words in ("8 pictures from files", "1 person of your own", "1 photo", "1 run"):
        assert words in told
    assert run.paused
    assert not here.gallery
    assert not here.enrolled
    assert not here.photos
    assert not here.runs
    assert not here.verifiers
    assert here.active is None
    assert here.source == "sample_faces"
    assert len(here.split.seen) + len(here.split.unseen) == len(load("sample_faces"))
    for key in ("people_own", "people_all", "people_mixed", "people_memory"):
        assert key not in page.session_state or not page.session_state[key]
    own(page)
    assert "Nobody yet" in page.info[0].value
    page.button(key="people_forget").click()
    sound(page.run())
    assert "nothing of yours" in page.success[0].value


class FakeRun:
    """As much of a run as the page touches."""

    paused = busy = False
    name, result = "A run", None

    def pause(self) -> None:
        self.paused = True

    def touch(self) -> None:
        pass


# Public sets


def public(page: AppTest) -> AppTest:
    page.segmented_control(key="people_source").set_value("Public sets")
    return sound(page.run())


def test_a_set_is_fetched_in_the_background_and_then_used(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import joblib

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    here = page.session_state["session"]
    before = here.faces
    public(page)
    assert page.button(key="people_public_fetch").label == "Fetch it: 4 MB from the internet"
    assert here.faces is before
    rows = np.random.default_rng(0).integers(0, 256, (400, 4096), np.uint8)
    joblib.dump(rows, tmp_path / "olivetti_py3.pkz")
    sound(page.run())
    assert page.button(key="people_public_fetch").label.startswith("Load it")
    page.button(key="people_public_fetch").click()
    sound(page.run())
    publicsets._fetches()["olivetti"].wait(60)
    sound(page.run())
    assert here.source == "Olivetti (AT&T)"
    assert len(here.faces) == 400
    assert any("AT&T Laboratories Cambridge" in text.value for text in page.caption)
    own(page)
    page.session_state["session"].gallery["Ada"] = load("sample_faces").pictures[:3]
    sound(page.run())
    page.selectbox(key="people_from").set_value("Olivetti (AT&T)")
    sound(page.run())
    page.slider(key="people_strangers").set_value(30)
    page.segmented_control(key="people_strangers_pictures").set_value("All")
    sound(page.run())
    assert len(here.faces.people) == 31


@pytest.mark.filterwarnings("ignore:Retry downloading")
def test_without_internet_the_page_says_so_and_goes_on(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr("sklearn.datasets._base.urlretrieve", fail)
    public(page)
    page.segmented_control(key="people_public_set").set_value("lfw")
    sound(page.run())
    page.button(key="people_public_fetch").click()
    sound(page.run())
    publicsets._fetches()["lfw"].wait(60)
    sound(page.run())
    assert "no internet" in page.error[0].value
    assert "233 MB" in page.error[0].value
    assert page.button(key="people_public_fetch")  # to try again
    assert len(page.session_state["session"].faces.people) > 5


def test_progress_is_shown_while_it_comes(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr(Fetch, "_work", lambda self: None)
    public(page)
    page.button(key="people_public_fetch").click()
    sound(page.run())
    assert page.get("progress")[0].proto.text == "Asking the archive for it …"
    page.segmented_control(key="people_source").set_value("Built-in people")
    sound(page.run())
    assert metrics(page)  # the page stays usable


def test_a_part_of_a_large_set(page: AppTest, make_faces: Callable[..., FaceSet]) -> None:
    faces = make_faces(60, 2, size=112)
    job = object.__new__(Fetch)
    job.public, job.faces, job.problem = PUBLIC["lfw"], faces, ""
    publicsets._fetches()["lfw"] = job
    public(page)
    page.segmented_control(key="people_public_set").set_value("lfw")
    sound(page.run())
    page.select_slider(key="people_public_people").set_value(50)
    sound(page.run())
    here = page.session_state["session"]
    assert len(here.faces.people) == 50
    assert here.source == "Labeled Faces in the Wild, 50 people"


def test_answers_come_on_request_and_are_right(page: AppTest) -> None:
    page.toggle(key="people_answers").set_value(True)
    sound(page.run())
    answers = next(text.value for text in page.markdown if text.value.startswith("1. A person"))
    faces = load("sample_faces")
    unseen = split_by_person(faces).unseen
    same, different = pair_counts(unseen)
    assert f"**{same:,}**" in answers
    assert f"{different:,} different pairs" in answers
    assert f"{len(split_by_picture(faces).unseen.people)} people: everybody" in answers
    shared = set(unseen.people) & set(split_by_person(faces, seed=1).unseen.people)
    assert f"only {len(shared)} of them" in answers


def test_all_pictures_of_a_person(page: AppTest) -> None:
    name = page.selectbox(key="people_person").options[0]
    page.selectbox(key="people_person").set_value(name)
    sound(page.run())
    assert any(f"pictures of <b>{name}</b>" in block.proto.body for block in page.get("html"))
