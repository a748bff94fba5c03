"""People of the visitor's own making, beside those who are there anyway."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pages.ui.session import Pictures, sample_faces, session
from siamese.datasets import of_people
from siamese.faces import FaceSet
from siamese.sharing import digest

MOST = 12  # people who are kept at once


def keep(name: str, pictures: Pictures) -> str:
    """Put a person into the gallery, under a name that nobody has; returns that name. FullError
    where there is no room."""
    here = session()
    others = *here.gallery, *here.faces.people, *sample_faces().people
    taken = {known.casefold() for known in others}
    numbered = (name if number == 1 else f"{name} ({number})" for number in range(1, 1000))
    free = next(name for name in numbered if name.casefold() not in taken)
    here.gallery[free] = here.allowance.keep(pictures)
    return free


def drop(name: str) -> None:
    """Nothing of this person is left, neither in what has been made of the gallery."""
    session().gallery.pop(name, None)
    session().let_go()


def own_people(called: str = "{}") -> FaceSet | None:
    """The people of the gallery as faces, each called so; the same object while they are the same.
    None while there is nobody."""
    people = {called.format(name): pictures for name, pictures in session().gallery.items()}
    if not people:
        return None
    return session().recall("own", contents(people), lambda: of_people(people), most=2)


def beside(faces: FaceSet) -> FaceSet:
    """These faces, and after them the people of the gallery; the same object while both are."""
    sides = faces.pictures.shape[1:]
    fitting = {
        name if name not in faces.people else f"{name} (own)": shown
        for name, shown in session().gallery.items()
        if shown.shape[1:] == sides
    }
    if not fitting:
        return faces
    key = faces, contents(fitting)
    return session().recall("beside", key, lambda: _joined(faces, of_people(fitting)), most=2)


def contents(people: Mapping[str, Pictures]) -> tuple[tuple[str, str], ...]:
    """What these people are told by: names and pictures, in their order."""
    return tuple((name, digest(pictures)) for name, pictures in people.items())


def _joined(faces: FaceSet, own: FaceSet) -> FaceSet:
    return FaceSet(
        np.concatenate([faces.pictures, own.pictures]),
        np.concatenate([faces.labels, len(faces.people) + own.labels]),
        (*faces.people, *own.people),
        (*faces.files, *own.files),
    )
