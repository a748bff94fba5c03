"""How a photo is called in a link."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pages.ui.photo import Photo
from siamese.faces import FaceSet


@pytest.fixture
def faces(make_faces: Callable[..., FaceSet]) -> FaceSet:
    names = ("Ann Lee", "ann-lee", "ANN LEE", "ann-lee-2", "bo", "Cy  Di", "é/ü", "-", "1", "a-1")
    return replace(make_faces(len(names), 3), people=names)


def test_no_two_photos_have_one_id(faces: FaceSet) -> None:
    photos = [Photo.at(faces, index) for index in range(len(faces))]
    assert len({photo.id for photo in photos}) == len(faces)
    for index, photo in enumerate(photos):
        found = Photo.find(faces, photo.id)
        assert found == photo
        assert found.index == index


def test_who_is_among_whom(faces: FaceSet) -> None:
    """Whose net has met *Ann Lee* has not met *ann-lee*."""
    one = Photo.of(faces, 0, 1)
    assert one.among(["bo", "Ann Lee"])
    assert not one.among(["ann-lee", "ANN LEE", "ann lee"])


def test_a_name_is_found_without_its_spaces_where_it_is_the_only_one(faces: FaceSet) -> None:
    cy = Photo.find(faces, "cy-di-2")
    assert cy is not None
    assert (cy.person, cy.picture) == ("Cy  Di", 2)
    assert Photo.find(faces, "bo-3") == Photo.of(faces, 4, 3)
    several = replace(faces, people=("Ann Lee", "Ann  Lee", *faces.people[2:]))
    assert Photo.find(several, "ann-lee-1") is None  # of three, none is guessed
    for nonsense in ("", "-", "bo", "bo-", "bo-0", "bo-4", "bo-x", "bo-³", "eve-1"):
        assert Photo.find(faces, nonsense) is None
