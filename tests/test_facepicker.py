"""Choosing a face: from a file, the camera, the built-in people, one's own people."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui import photo, pictures
from pages.ui.photo import find
from pages.ui.session import sample_faces
from siamese import detection
from siamese.images import PictureError
from siamese.rendering import random_identity, random_scene, render

pytestmark = pytest.mark.usefixtures("fresh")


def file_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def person(seed: int, size: int = 224) -> Image.Image:
    return Image.fromarray(np.asarray(render(random_identity(seed), random_scene(seed), size)))


@pytest.fixture(scope="module")
def group() -> bytes:
    """Two people on a wall, the right one larger."""
    wall = Image.new("RGB", (560, 400), (120, 130, 140))
    wall.paste(person(1, 128), (20, 60))
    wall.paste(person(3, 256), (240, 60))
    return file_of(wall)


@pytest.fixture(scope="module")
def alone() -> bytes:
    return file_of(person(5))


BLANK = file_of(Image.new("RGB", (200, 160), (90, 90, 90)))


def page() -> None:
    import numpy as np
    import streamlit as st

    from pages.ui import facepicker
    from pages.ui.session import session

    if st.session_state.get("with_gallery"):
        session().gallery["Ada"] = np.zeros((2, 112, 112, 3), np.uint8)
    else:
        session().gallery.clear()
    st.session_state["picked"] = facepicker.choose_face("x", "A face", start=(3, 2))


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in link.items():
        app.query_params[f"x_{name}"] = value
    return app.run()


def picked(app: AppTest) -> photo.Picked | None:
    assert not app.exception
    found: photo.Picked | None = app.session_state["picked"]
    return found


def upload(app: AppTest, data: bytes, name: str = "one.png") -> AppTest:
    return app.file_uploader[0].set_value((name, data, "image/png")).run()


def test_the_largest_face_is_first_and_every_face_can_be_had(group: bytes) -> None:
    seen = find(group, "wall.png")
    assert len(seen.faces) == 2
    right, left = seen.pick(), seen.pick(1)
    assert right.crop.shape == left.crop.shape == (112, 112, 3)
    np.testing.assert_array_equal(left.crop, detection.portrait(seen.picture, seen.faces[1]))
    assert right.face is not None
    assert left.face is not None
    assert right.face.side > left.face.side
    assert (right.name, left.name) == ("wall.png, face 1", "wall.png, face 2")


def test_no_face_is_said_with_what_to_do() -> None:
    with pytest.raises(PictureError, match=r"No face was found in blank\.png: come closer"):
        find(BLANK, "blank.png")


def test_at_first_a_built_in_person() -> None:
    one = picked(opened())
    faces = sample_faces()
    assert one is not None
    assert one.name == faces.people[3].title()
    np.testing.assert_array_equal(one.crop, faces.pictures[np.flatnonzero(faces.labels == 3)[1]])
    assert one.face is not None
    assert one.source == photo.BUILT_IN


def test_the_link_chooses_the_person() -> None:
    faces = sample_faces()
    one = picked(opened(person=faces.people[7].title(), picture="5"))
    assert one is not None
    np.testing.assert_array_equal(one.crop, faces.pictures[np.flatnonzero(faces.labels == 7)[4]])


@pytest.mark.parametrize(
    "link", [{"person": "Nobody"}, {"picture": "99"}, {"from": "The moon"}, {"from": "Your people"}]
)
def test_a_wrong_link_is_survived(link: dict[str, str]) -> None:
    assert picked(opened(**link)) is not None


def test_a_file_is_searched_for_faces(alone: bytes) -> None:
    app = opened(**{"from": photo.FILE})
    assert picked(app) is None
    one = picked(upload(app, alone))
    assert one is not None
    assert one.name == "one.png"
    np.testing.assert_array_equal(one.crop, find(alone, "one.png").pick().crop)


def test_several_faces_are_offered(group: bytes) -> None:
    app = upload(opened(**{"from": photo.FILE}), group)
    first = picked(app)
    assert first is not None
    assert "Which one is meant?" in app.caption[0].value
    app.segmented_control(key="x_which").set_value(1).run()
    second = picked(app)
    assert second is not None
    assert not np.array_equal(first.crop, second.crop)
    assert picked(upload(app, file_of(person(5)))) is not None  # the second of one is not there


def test_a_camera_shot_is_a_picture_too(alone: bytes) -> None:
    app = opened(**{"from": photo.CAMERA})
    app.camera_input[0].set_value(("shot.jpg", alone, "image/jpeg")).run()
    one = picked(app)
    assert one is not None
    assert one.source == photo.CAMERA


@pytest.mark.parametrize("data", [BLANK, b"not a picture", b""])
def test_what_cannot_be_used_is_said_in_a_sentence(data: bytes) -> None:
    app = upload(opened(**{"from": photo.FILE}), data)
    assert picked(app) is None
    (warning,) = app.warning
    assert warning.value.endswith(".")


def test_a_bad_file_replaces_the_good_one(alone: bytes) -> None:
    app = upload(opened(**{"from": photo.FILE}), alone)
    assert picked(app) is not None
    assert picked(upload(app, BLANK)) is None
    assert not app.session_state["session"].photos


def test_a_photo_outlives_a_look_elsewhere_and_can_be_forgotten(alone: bytes) -> None:
    app = upload(opened(**{"from": photo.FILE}), alone)
    app.segmented_control(key="x_from").set_value(photo.BUILT_IN).run()
    app.segmented_control(key="x_from").set_value(photo.FILE).run()
    assert picked(app) is not None
    (forget,) = [button for button in app.button if button.label == "Forget this photo"]
    forget.click().run()
    assert picked(app) is None
    assert not app.session_state["session"].photos


def test_ones_own_people_are_offered_while_there_are_any() -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["with_gallery"] = True
    app.run()
    app.segmented_control(key="x_from").set_value(photo.GALLERY).run()
    one = picked(app)
    assert one is not None
    assert one.name == "Ada"
    assert one.face is None
    app.session_state["with_gallery"] = False
    app.run()
    one = picked(app)
    assert one is not None
    assert one.source == photo.BUILT_IN


def test_the_drawing_marks_every_face(group: bytes) -> None:
    seen = find(group, "wall.png")
    drawing = pictures.framed(seen.picture, seen.faces, 1)
    assert drawing.count("<rect") == 2
    assert drawing.count("<circle") == 5
    assert [f">{n}</text>" in drawing for n in (1, 2, 3)] == [True, True, False]
