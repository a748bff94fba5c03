"""Faces in pictures: found, placed, cut out upright; and plainly said where there is none."""

import contextlib
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from siamese import detection, righting, yunet
from siamese.datasets import FOUND, load
from siamese.detection import CLOSE, PORTRAIT, NoFaceError, align, detect, similarity
from siamese.images import PictureError
from siamese.rendering import random_identity, random_scene, render


def person(seed: int, size: int = 224) -> Image.Image:
    return Image.fromarray(np.asarray(render(random_identity(seed), random_scene(seed), size)))


def on_wall(*people: tuple[Image.Image, tuple[int, int]], size: tuple[int, int]) -> Image.Image:
    wall = Image.new("RGB", size, (120, 130, 140))
    for picture, place in people:
        wall.paste(picture, place)
    return wall


@pytest.fixture(scope="module")
def built_in() -> NDArray[np.uint8]:
    return load("sample_faces").pictures[::16]


def test_every_built_in_face_is_found(built_in: NDArray[np.uint8]) -> None:
    assert all(len(detect(picture)) == 1 for picture in built_in)


def test_landmarks_are_where_a_face_has_them(built_in: NDArray[np.uint8]) -> None:
    for picture in built_in:
        (face,) = detect(picture)
        left, right, nose, mouth_left, mouth_right = face.landmarks
        assert left[0] < right[0]  # left as seen
        assert mouth_left[0] < mouth_right[0]
        assert max(left[1], right[1]) < nose[1] + 3 < min(mouth_left[1], mouth_right[1]) + 9
        assert 0.6 < face.score <= 1


def test_a_face_moves_with_its_picture() -> None:
    picture = person(1)
    (alone,) = detect(picture)
    (moved,) = detect(on_wall((picture, (300, 150)), size=(700, 500)))
    np.testing.assert_allclose(moved.landmarks - [300, 150], alone.landmarks, atol=7)
    (large,) = detect(picture.resize((1344, 1344)))
    np.testing.assert_allclose(large.landmarks / 6, alone.landmarks, atol=9)


def test_the_largest_comes_first_and_all_are_offered() -> None:
    faces = detect(
        on_wall((person(1, 128), (20, 60)), (person(3, 256), (240, 60)), size=(560, 400))
    )
    assert len(faces) == 2
    assert faces[0].box[0] > 240
    assert faces[0].side > faces[1].side


@pytest.mark.parametrize("template", [CLOSE, PORTRAIT])
def test_a_crop_has_its_landmarks_in_place(template: NDArray[np.float64]) -> None:
    picture = person(1)
    crop = align(picture, detect(picture)[0], 112, template)
    assert crop.shape == (112, 112, 3)
    (again,) = detect(crop)
    np.testing.assert_allclose(again.landmarks / 112, template, atol=0.07)


@pytest.mark.parametrize("turn", [-25, 15, 30])
@pytest.mark.parametrize("who", [1, 4, 6])
def test_a_turned_photo_has_turned_landmarks(who: int, turn: int) -> None:
    photo = on_wall((person(who), (140, 120)), size=(500, 460))
    (straight,) = detect(photo)
    turned = detect(photo.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(120, 130, 140)))[0]
    angle = -np.radians(turn)  # Pillow turns against the clock, and y points down
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = (straight.landmarks - [250, 230]) @ spin.T + [250, 230]
    eyes = np.linalg.norm(straight.landmarks[1] - straight.landmarks[0])
    assert np.linalg.norm(turned.landmarks - expected, axis=1).mean() < 0.17 * eyes


def test_similarity_finds_a_known_motion() -> None:
    chance = np.random.default_rng(0)
    points = chance.random((5, 2)) * 100
    angle, scale, shift = 0.4, 1.7, np.array([12.0, -30.0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(points, points @ turn.T + shift)
    np.testing.assert_allclose(found, np.column_stack([turn, shift]), atol=1e-9)


def test_similarity_is_the_best_of_its_kind() -> None:
    chance = np.random.default_rng(1)
    source, target = chance.random((5, 2)), chance.random((5, 2))

    def error(matrix: NDArray[np.float64]) -> float:
        return float(((source @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum())

    best = similarity(source, target)
    a, b = best[0, 0], best[1, 0]
    np.testing.assert_allclose(best[:, :2], [[a, -b], [b, a]], atol=1e-12)  # turn and scale only
    for change in chance.normal(0, 0.05, (200, 4)):
        a, b, x, y = change
        other = best + np.array([[a, -b, x], [b, a, y]])
        assert error(other) >= error(best)


def test_no_face_is_no_crop() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    for picture in (Image.fromarray(noise), Image.new("RGB", (640, 480)), Image.new("RGB", (9, 9))):
        assert detect(picture) == []
        with pytest.raises(NoFaceError, match="come closer"):
            detection.as_portrait(picture)


@pytest.mark.parametrize("size", [(8, 8), (8, 4000), (5000, 20), (1, 1)])
def test_odd_sizes_are_survived(size: tuple[int, int]) -> None:
    assert detect(Image.new("RGB", size, (90, 90, 90))) == []


def test_a_portrait_is_left_alone_and_a_photo_is_cut() -> None:
    picture = person(1)
    assert detection.as_portrait(picture) is picture
    photo = on_wall((picture, (500, 200)), size=(1200, 800))
    cut = detection.as_portrait(photo)
    assert cut.size == (112, 112)
    assert detect(cut)[0].box[2] > 0.35 * 112


def test_what_may_mislead_in_a_picture_goes_along_with_it() -> None:
    photo = on_wall((person(1), (20, 60)), (person(3, 180), (320, 60)), size=(560, 400))
    said = detection.as_portrait(photo).info[FOUND]
    assert said == ["2 faces are in it; the largest counts."]
    small = on_wall((person(1, 48), (100, 100)), size=(320, 240))
    assert any("come closer" in words for words in detection.as_portrait(small).info[FOUND])
    assert detection.as_portrait(person(1)).info[FOUND] == []


def test_what_has_no_face_stays_as_it_is(built_in: NDArray[np.uint8]) -> None:
    wall = np.full((1, 112, 112, 3), 99, np.uint8)
    both = detection.close(np.concatenate([built_in[:1], wall]))
    np.testing.assert_array_equal(both[1], wall[0])
    assert not np.array_equal(both[0], built_in[0])


def test_warnings_name_what_is_wrong() -> None:
    photo = on_wall((person(1), (10, 10)), size=(240, 240))
    assert detection.warnings(photo, detect(photo)[0]) == []
    small = photo.resize((60, 60), Image.Resampling.LANCZOS)
    assert any("closer" in words for words in detection.warnings(small, detect(small)[0]))
    blurred = small.resize((240, 240), Image.Resampling.BICUBIC).resize((24, 24)).resize((480, 480))
    faces = detect(blurred)
    assert not faces or any("blurred" in w for w in detection.warnings(blurred, faces[0]))
    face = detect(photo)[0]
    sideways = face.landmarks.copy()
    sideways[2, 0] = face.landmarks[1, 0]
    turned = detection.Face(face.box, sideways, 0.7)
    words = " ".join(detection.warnings(photo, turned))
    assert "turned away" in words
    assert "no face" in words


def test_weights_that_are_not_ours_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    yunet.weights.cache_clear()
    monkeypatch.setattr(yunet, "SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match="pip install"):
        yunet.weights()
    monkeypatch.undo()
    yunet.weights.cache_clear()


def test_bytes_become_an_upright_picture_and_its_faces() -> None:
    picture = Image.new("RGB", (2000, 1500), (120, 130, 140))
    picture.paste(render(random_identity(500), random_scene(1), 512), (800, 500))
    file = io.BytesIO()
    picture.save(file, "JPEG")
    found, faces = detection.find(file.getvalue(), "big.jpg")
    assert len(faces) == 1
    assert detection.LONGEST <= min(found.size) < 1500  # as small as it is searched
    across = (800 + 256) / 2000  # where the head is, as a share of the width
    assert abs((faces[0].box[0] + faces[0].box[2] / 2) / found.width - across) < 0.04


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [(b"", PictureError, "empty"), (None, NoFaceError, "No face was found in wall.png")],
)
def test_what_cannot_be_found_is_said(
    data: bytes | None, error: type[Exception], words: str
) -> None:
    if data is None:
        file = io.BytesIO()
        Image.new("RGB", (200, 200), (120, 130, 140)).save(file, "PNG")
        data = file.getvalue()
    with pytest.raises(error, match=words):
        detection.find(data, "wall.png")


# -- heads that lie, small faces in large photos ---------------------------------------------------


def jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def turned(
    points: NDArray[np.float64], quarters: int, size: tuple[int, int]
) -> NDArray[np.float64]:
    """Points of a picture (width, height) after so many quarter turns against the clock."""
    for _ in range(quarters):
        points = np.column_stack([points[:, 1], size[0] - points[:, 0]])
        size = size[::-1]
    return points


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("who", [1, 3, 4, 6])
def test_a_head_that_lies_is_found_upright_or_refused(who: int, quarters: int) -> None:
    photo = on_wall((person(who), (140, 60)), size=(500, 340))
    (straight,) = detect(photo)
    faces = detect(photo.rotate(90 * quarters, expand=True))
    if not faces:
        return
    expected = turned(straight.landmarks, quarters, photo.size)
    eyes = np.linalg.norm(straight.landmarks[1] - straight.landmarks[0])
    assert np.linalg.norm(faces[0].landmarks - expected, axis=1).mean() < 0.3 * eyes
    left, top, width, height = faces[0].box
    middle = expected.mean(0)
    assert left < middle[0] < left + width
    assert top < middle[1] < top + height


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_most_heads_that_lie_are_found(quarters: int) -> None:
    photos = [on_wall((person(who), (140, 60)), size=(500, 340)) for who in (1, 3, 4, 6, 7)]
    found = [bool(detect(photo.rotate(90 * quarters, expand=True))) for photo in photos]
    assert sum(found) >= 3


def test_a_portrait_that_lies_is_turned_upright() -> None:
    cuts = []
    for who in (1, 3, 4, 6):
        with contextlib.suppress(NoFaceError):
            cuts.append(detection.as_portrait(person(who).rotate(90)))
    assert cuts
    for cut in cuts:
        assert abs(detection.roll(detect(cut)[0])) < 20


def test_what_to_do_with_a_head_that_lies_is_said() -> None:
    assert "turn the photo upright" in str(NoFaceError("x.jpg"))


@pytest.mark.parametrize("wide", [110, 160])
def test_small_faces_in_a_large_photo_are_found(wide: int) -> None:
    """As surely as in a part of it; and the pixels told are those of the file."""
    for who in (1, 3, 4):
        photo = on_wall((person(who, wide), (1600, 1200)), size=(4032, 3024))
        picture, faces = detection.find(jpeg(photo))
        (part,) = detect(photo.crop((1400, 1000, 2000, 1500)))
        assert faces[0].side * faces[0].reduced == pytest.approx(part.side, rel=0.25)
        middle = (faces[0].landmarks * (4032 / picture.width)).mean(0)
        np.testing.assert_allclose(
            middle, part.landmarks.mean(0) + np.array([1400, 1000]), atol=wide / 6
        )
        assert not any("pixels wide" in words for words in detection.warnings(picture, faces[0]))


def test_a_face_of_few_pixels_is_told_by_the_pixels_of_the_file() -> None:
    photo = on_wall((person(1, 56), (800, 600)), size=(2016, 1512))
    picture, faces = detection.find(jpeg(photo))
    real = faces[0].side * 2016 / picture.width
    assert real < detection.TINY
    said = next(words for words in detection.warnings(picture, faces[0]) if "pixels wide" in words)
    assert abs(int(said.split("only ")[1].split()[0]) - real) <= 1


def test_a_class_photo_gives_all_its_faces() -> None:
    people = [
        (person(1 + n % 4, 130), (300 + 600 * (n % 6), 500 + 900 * (n // 6))) for n in range(18)
    ]
    _, faces = detection.find(jpeg(on_wall(*people, size=(4032, 3024))))
    assert len(faces) == 18


def test_a_panorama_is_searched_in_as_many_pixels() -> None:
    photo = on_wall((person(1, 400), (5000, 200)), size=(8000, 1000))
    assert len(detect(photo)) == 1


def test_a_large_face_needs_no_large_picture() -> None:
    photo = on_wall((person(1, 512), (180, 100)), size=(800, 600)).resize((3200, 2400))
    picture, faces = detection.find(jpeg(photo))
    assert max(picture.size) == 1600
    assert len(faces) == 1


@pytest.mark.parametrize("angle", [45, 60, 135, 225, 300])
def test_a_head_aslant_is_righted_or_refused_and_mostly_righted(angle: int) -> None:
    found = 0
    for who in (1, 3, 4, 6, 7):
        photo = on_wall((person(who), (140, 140)), size=(504, 504))
        (straight,) = detect(photo)
        faces = detect(photo.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(120, 130, 140)))
        if not faces:
            continue
        found += 1
        spin = detection.roll(straight) - angle
        expected = np.exp(-1j * np.radians(angle)) * ((straight.landmarks - 252) @ [1, 1j])
        off = np.abs((faces[0].landmarks - 252) @ [1, 1j] - expected).mean()
        assert off < 0.35 * np.linalg.norm(straight.landmarks[1] - straight.landmarks[0])
        assert abs((detection.roll(faces[0]) - spin + 180) % 360 - 180) < 20
    assert found >= 4


def test_an_empty_picture_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door's camera mostly sees nobody; heads that lie leave a faint trace in that one search."""
    calls: list[float] = []

    def counted(*given: Any) -> list[detection.Face]:
        calls.append(given[1])
        return yunet.search(*given)

    monkeypatch.setattr(detection, "search", counted)
    monkeypatch.setattr(righting, "search", counted)
    assert detect(Image.new("RGB", (640, 480), (120, 130, 140))) == []
    assert len(calls) == 1


def test_what_may_be_either_way_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    face = detect(person(1))[0]
    over = detection.Face(face.box, face.landmarks[[4, 3, 2, 1, 0]], 0.9)
    looks = iter([replace(face, score=0.9), replace(over, score=0.89)])
    monkeypatch.setattr(righting, "_look", lambda *_: next(looks, None))
    faint = replace(face, score=0.4)
    assert righting.righted(np.asarray(person(1)), faint) is None
    looks = iter([replace(face, score=0.9), replace(over, score=0.8)])
    seen = righting.righted(np.asarray(person(1)), faint)
    assert seen is not None
    np.testing.assert_array_equal(seen.landmarks, face.landmarks)
