"""Pictures of people who do not exist: `render(who, scene)`.

An `Identity` says who it is and a `Scene` how the picture is taken.  Same values, same picture; no
global random state is read or changed.
"""

import hashlib
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from PIL import Image

from siamese.rendering.camera import PIVOT, photograph, rotation
from siamese.rendering.features import ears, eyeballs, glasses, mouth_inside, trunk
from siamese.rendering.hair import beard, cover_scalp, hair
from siamese.rendering.head import RELAXED, Canvas, Expression, Landmarks, Mouth
from siamese.rendering.identity import (
    Control,
    Identity,
    Scene,
    controls,
    person_name,
    random_identity,
    random_scene,
)  # fmt: skip
from siamese.rendering.skin import sculpt, skin_surface
from siamese.rendering.surfaces import Array, Surface

__all__ = [
    "Control", "Identity", "Scene", "controls", "person_name", "photo_seed", "random_identity",
    "random_scene", "render", "render_people", "sample_identity", "sample_scene", "write_sample",
]  # fmt: skip

SMALLEST, LARGEST = 16, 512  # pixels
JPEG_QUALITY = 95
PHOTOS_PER_PERSON = 1000  # seeds of scenes set aside for each person
SIGNATURE = b"Drawn by Siamese Lab, nobody real. SHA-256 without this: "
JFIF = 20  # bytes at the head of a JPEG, before which no comment may stand
PEOPLE, PHOTOS = 96, 8  # of the sample that ships


def render(who: Identity, scene: Scene, size: int = 112) -> Image.Image:
    """An RGB portrait of `size` × `size` pixels, from 16 to 512.

    The head is kept for the next call: moving only light, pose or camera costs half.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size must lie from {SMALLEST} to {LARGEST} pixels, not {size!r}.")
    detail = size / 112
    parts = [*head_of(who, Expression.of(scene), detail), *hair_of(who, detail)]
    parts += looking(who, scene, detail)
    return photograph(parts, bust(who, scene, detail), scene, size)


@lru_cache(maxsize=6)
def head_of(who: Identity, how: Expression, detail: float) -> tuple[Surface, ...]:
    """Face, ears, beard and open mouth; nothing here depends on light, pose or gaze."""
    m = Landmarks(who, how)
    c = sculpt(who, how, m, detail)
    cover_scalp(c, who, m)
    parts = [skin_surface(c, m), *ears(who, m, detail), *beard(who, c, detail)]
    if m.mouth_is_open:
        parts.append(mouth_inside(c, m, Mouth(c, m, how.smile)))
    return tuple(parts)


@lru_cache(maxsize=6)
def hair_of(who: Identity, detail: float) -> tuple[Surface, ...]:
    """The hair, which no expression moves."""
    m = Landmarks(who, RELAXED)
    return tuple(hair(who, Canvas(who, m, detail), m, detail))


def looking(who: Identity, scene: Scene, detail: float) -> list[Surface]:
    """Eyes with their gaze, and the glasses before them."""
    m = Landmarks(who, Expression.of(scene))
    return eyeballs(who, scene, m, detail) + glasses(scene, m, detail)


def bust(who: Identity, scene: Scene, detail: float) -> Surface:
    """Neck and shoulders: above they go with the head, below hardly."""
    body, follow = trunk(who, scene, Landmarks(who, RELAXED), detail)
    head, rest = rotation(scene.yaw, scene.pitch, scene.roll), rotation(0.35 * scene.yaw, 0, 0)

    def blend(values: Array) -> Array:
        return (values @ head.T) * follow + (values @ rest.T) * (1 - follow)

    return replace(body, points=blend(body.points - PIVOT) + PIVOT, normals=blend(body.normals))


def photo_seed(person: int, photo: int) -> int:
    """The seed of the scene of a person's n-th picture in `render_people`."""
    return PHOTOS_PER_PERSON * person + photo


def sample_identity(person: str, seed: int = 0) -> Identity:
    """Who it is that `write_sample` has drawn under this name. ValueError for nobody of its people.

    So that what a picture shows can be told from its name, without keeping it anywhere.
    """
    return random_identity(_seed_of(person, seed))


def sample_scene(person: str, photo: int, seed: int = 0) -> Scene:
    """How `write_sample` has taken the picture `<person>/<photo>.jpg`; photos count from 0."""
    return random_scene(photo_seed(_seed_of(person, seed), photo))


@lru_cache
def _seeds(seed: int) -> dict[str, int]:
    return {person_name(person): person for person in range(seed, seed + PEOPLE)}


def _seed_of(person: str, seed: int) -> int:
    try:
        return _seeds(seed)[person]
    except KeyError:
        raise ValueError(f"{person!r} is none of the sample's people.") from None


def render_people(
    people: int, photos: int, seed: int = 0, size: int = 112
) -> Iterator[tuple[str, int, Image.Image]]:
    """Name, number of the picture and picture, person by person.

    The people have the seeds `seed`, `seed + 1`, …; each picture has a scene of its own.
    """
    if people < 1 or not 1 <= photos <= PHOTOS_PER_PERSON:
        raise ValueError(f"Ask for at least 1 person and 1 to {PHOTOS_PER_PERSON} photos of each.")
    for person in range(seed, seed + people):
        who = random_identity(person)
        for photo in range(photos):
            scene = random_scene(photo_seed(person, photo))
            yield person_name(person), photo, render(who, scene, size)


def write_sample(
    out: str | Path, people: int = PEOPLE, photos: int = PHOTOS, seed: int = 0, size: int = 112
) -> int:
    """Write `<out>/<person>/<nn>.jpg` and return the number of pictures.

    An older sample in `out` is replaced when the new one is complete, its README.md stays.
    ValueError, and nothing is touched, if `out` holds anything else: a drawn picture is known by
    its name and by its signature.
    """
    out = Path(out)
    refuse_others(out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".drawing-", dir=out) as scratch:
        fresh = Path(scratch)
        for name, photo, image in render_people(people, photos, seed, size):
            (fresh / name).mkdir(exist_ok=True)
            (fresh / name / f"{photo:02d}.jpg").write_bytes(signed(as_jpeg(image)))
        refuse_others(out, fresh)  # once more: drawing takes minutes
        replace_sample(out, fresh)
    return people * photos


def replace_sample(out: Path, fresh: Path) -> None:
    """Move the drawn pictures below `fresh` to `out`; those that were there before go."""
    new = {path.relative_to(fresh) for path in fresh.glob("*/*.jpg")}
    old = {path.relative_to(out) for path in out.glob("*/*.jpg")}
    for name in new:
        (out / name).parent.mkdir(exist_ok=True)
        (fresh / name).replace(out / name)
    for name in old - new:
        (out / name).unlink()
        if not any((out / name).parent.iterdir()):
            (out / name).parent.rmdir()


def refuse_others(out: Path, scratch: Path | None = None) -> None:
    """ValueError where a folder holds anything but a sample and its README.md."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is not a folder; choose an empty folder.")
    for path in out.rglob("*"):
        if scratch is not None and scratch in (path, *path.parents):
            continue
        name = path.relative_to(out).as_posix()
        is_folder = path.is_dir() and not path.is_symlink()
        if not (is_folder or name == "README.md" or is_drawn(path, name)):
            raise ValueError(
                f"{out} holds other things than sample faces, which stay as they are ({name}); "
                "choose an empty folder."
            )


def is_drawn(path: Path, name: str) -> bool:
    """Whether `write_sample` has written a file under this name, and nobody has changed it."""
    if path.is_symlink() or not path.is_file() or not re.fullmatch(r"[a-z]+\d*/\d+\.jpg", name):
        return False
    return is_signed(path.read_bytes())


def as_jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def signed(jpeg: bytes) -> bytes:
    """A JPEG with a comment that says it is drawn, and by its digest that it is the very same."""
    words = SIGNATURE + hashlib.sha256(jpeg).hexdigest().encode()
    length = (2 + len(words)).to_bytes(2, "big")
    return jpeg[:JFIF] + b"\xff\xfe" + length + words + jpeg[JFIF:]


def is_signed(jpeg: bytes) -> bool:
    """Whether these bytes are as `signed` has made them."""
    comment = 4 + len(SIGNATURE) + 2 * hashlib.sha256().digest_size
    return signed(jpeg[:JFIF] + jpeg[JFIF + comment :]) == jpeg
