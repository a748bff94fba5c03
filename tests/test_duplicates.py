"""Copies of a photo: found when it was saved again, and not where two photos are only alike."""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from siamese import duplicates
from siamese.datasets import load
from siamese.duplicates import BITS, Twins, fingerprints, leaks, near, once
from siamese.faces import FaceSet, Split, split_by_person
from siamese.rendering import random_identity, random_scene, render

Pictures = NDArray[np.uint8]


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return load("sample_faces")


def saved(image: Image.Image, quality: int = 75) -> Pictures:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


COPIES = {
    "compressed": lambda image: saved(image, 30),
    "half the size": lambda image: saved(image.resize((56, 56)).resize((112, 112))),
    "lighter": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.2)),
    "flatter": lambda image: saved(ImageEnhance.Contrast(image).enhance(0.8)),
    "grey": lambda image: saved(image.convert("L").convert("RGB")),
    "darker": lambda image: saved(ImageEnhance.Brightness(image).enhance(0.6)),
}


def joined(one: FaceSet, pictures: Pictures, person: str) -> FaceSet:
    """A set with more pictures of one more person at its end."""
    count = len(pictures)
    return FaceSet(
        np.concatenate([one.pictures, pictures]),
        np.concatenate([one.labels, np.full(count, len(one.people))]),
        (*one.people, person),
        (*one.files, *(f"{person}/{number}.jpg" for number in range(count))),
    )


def test_none_of_the_built_in_photos_is_there_twice(faces: FaceSet) -> None:
    assert near(faces) == []


@pytest.mark.parametrize("kind", COPIES)
def test_a_photo_that_was_saved_again_is_found(faces: FaceSet, kind: str) -> None:
    rows = np.random.default_rng(0).choice(len(faces), 60, replace=False)
    again = np.stack([COPIES[kind](Image.fromarray(faces.pictures[row])) for row in rows])
    twins = near(joined(faces, again, "zz copies"))
    expected = {(int(row), len(faces) + number) for number, row in enumerate(rows)}
    found = {(pair.first, pair.second) for pair in twins}
    assert found <= expected  # nothing else is taken for a copy
    assert len(found) >= 0.95 * len(expected)
    assert all(pair.across and pair.likeness > 0.95 for pair in twins)


def shots(count: int) -> FaceSet:
    """People who sit still: two shots each, the head two degrees further, with another smile."""
    pictures = []
    for seed in range(count):
        first = random_scene(seed)
        smile = 0.8 if first.smile < 0.4 else 0.0
        second = replace(first, yaw=first.yaw + 2, shift_x=first.shift_x + 0.004, smile=smile)
        pictures += [render(random_identity(seed), scene) for scene in (first, second)]
    return FaceSet(
        np.stack([np.asarray(picture) for picture in pictures]),
        np.repeat(np.arange(count), 2),
        tuple(f"p{number:02}" for number in range(count)),
        tuple(f"{number}.png" for number in range(2 * count)),
    )


def test_two_shots_of_somebody_who_sits_still_are_no_copies() -> None:
    faces = shots(20)
    greys = [
        np.asarray(Image.fromarray(picture).convert("L").resize((32, 32)), float).ravel()
        for picture in faces.pictures
    ]
    alike = [np.corrcoef(greys[row], greys[row + 1])[0, 1] for row in range(0, 40, 2)]
    assert np.median(alike) > 0.95  # by their shades they would be
    assert near(faces) == []


def test_the_hash_is_what_a_loop_says(faces: FaceSet) -> None:
    for picture in faces.pictures[:5]:
        grey = Image.fromarray(picture).convert("L")
        wide = np.asarray(grey.resize((9, 8), Image.Resampling.LANCZOS), int)
        tall = np.asarray(grey.resize((8, 9), Image.Resampling.LANCZOS), int)
        bits = [wide[r, c + 1] > wide[r, c] for r in range(8) for c in range(8)]
        bits += [tall[r + 1, c] > tall[r, c] for r in range(8) for c in range(8)]
        packed = np.packbits(np.array(bits)).view(np.uint64)
        np.testing.assert_array_equal(fingerprints(picture[None])[0], packed)


def details(picture: Pictures) -> NDArray[np.float64]:
    """Each grey less the mean of the nine around it, by loops."""
    image = Image.fromarray(picture).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    grey = np.asarray(image, float)
    around = [
        np.mean([grey[min(max(r + i, 0), 31), min(max(c + j, 0), 31)]
                 for i in (-1, 0, 1) for j in (-1, 0, 1)])
        for r in range(32) for c in range(32)
    ]  # fmt: skip
    return grey.ravel() - np.array(around)


def test_pairs_are_those_of_comparing_all(faces: FaceSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks do not lose a pair: with looser limits there are many, near and across."""
    monkeypatch.setattr(duplicates, "BITS", 40)
    monkeypatch.setattr(duplicates, "ALIKE", 0.2)
    monkeypatch.setattr(duplicates, "AT_ONCE", 7)
    some = faces.choose(np.arange(0, 768, 5))
    small = [details(picture) for picture in some.pictures]
    prints = fingerprints(some.pictures)
    expected = set()
    for one in range(len(some)):
        for other in range(one + 1, len(some)):
            bits = sum(int(word).bit_count() for word in prints[one] ^ prints[other])
            if bits <= 40 and np.corrcoef(small[one], small[other])[0, 1] >= 0.2:
                expected.add((one, other))
    assert len(expected) > 5
    assert {(pair.first, pair.second) for pair in near(some)} == expected


def test_each_photo_once_and_none_under_two_names() -> None:
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (4, 8, 8, 3), np.uint8)
    a, b, c, d = (np.asarray(Image.fromarray(one).resize((112, 112))) for one in small)
    faces = FaceSet(
        np.stack([a, a, b, c, c, d]),
        np.array([0, 0, 0, 0, 1, 1]),
        ("ann", "ben"),
        tuple(f"{n}.jpg" for n in range(6)),
        skipped=("x",),
        doubts=("y",),
    )
    twins = near(faces)
    assert [(t.first, t.second, t.across) for t in twins] == [(3, 4, True), (0, 1, False)]
    left = once(faces, twins)
    assert left.files == ("0.jpg", "2.jpg", "5.jpg")
    assert (left.skipped, left.doubts) == (("x",), ("y",))


def test_a_copy_on_the_other_side_of_the_split_is_a_leak(faces: FaceSet) -> None:
    split = split_by_person(faces)
    assert leaks(split) == {}
    copy = COPIES["compressed"](Image.fromarray(split.seen.pictures[5]))[None]
    leaky = Split(split.seen, joined(split.unseen, copy, "zz"))
    assert leaks(leaky) == {len(split.unseen): 5}


def test_plain_surfaces_and_nothing_at_all() -> None:
    walls = np.stack([np.full((112, 112, 3), grey, np.uint8) for grey in (0, 90, 255)])
    faces = FaceSet(walls, np.zeros(3, int), ("wall",), ("1", "2", "3"))
    assert near(faces) == [Twins(a, b, 1.0, False) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert near(faces.choose([])) == []
    assert BITS < 64
