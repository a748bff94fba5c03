"""The built-in people: who they are, how they are photographed, and the shipped sample."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from siamese.rendering import (
    Identity,
    Scene,
    controls,
    person_name,
    photo_seed,
    random_identity,
    random_scene,
    render,
    render_people,
    sample_identity,
    sample_scene,
    write_sample,
)
from siamese.rendering import people as rendering

SAMPLE = Path(__file__).parents[1] / "sample_faces"
PLAIN = Identity(hairstyle="bald", brow_thickness=1.0)
FRONT = Scene(light_azimuth=0.0)
SMALL = 48


def grey(who: Identity, scene: Scene, size: int = 112) -> NDArray[np.float64]:
    return np.asarray(render(who, scene, size).convert("L"), float)


def extremes(kind: type) -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, control in controls(kind).items()
        for value in (control.choices or (control.low, control.high))
    ]


def test_same_seed_same_picture() -> None:
    first = render(random_identity(7), random_scene(8), 64)
    render(random_identity(3), random_scene(1), 64)
    again = render(random_identity(7), random_scene(8), 64)
    assert first.tobytes() == again.tobytes()


def test_the_cached_head_changes_nothing() -> None:
    from siamese.rendering import hair_of, head_of

    who, scenes = random_identity(11), [random_scene(5), replace(random_scene(5), yaw=20.0)]
    cached = [render(who, scene, 64).tobytes() for scene in scenes]
    head_of.cache_clear()
    hair_of.cache_clear()
    assert render(who, scenes[1], 64).tobytes() == cached[1]


def test_no_global_random_state_is_touched() -> None:
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state(legacy=False)["state"]["key"].copy()  # noqa: NPY002
    render(random_identity(1), random_scene(1), SMALL)
    after = np.random.get_state(legacy=False)["state"]["key"]  # noqa: NPY002
    assert (before == after).all()


@pytest.mark.parametrize("size", [32, 64, 112, 224])
def test_any_size(size: int) -> None:
    image = render(random_identity(2), FRONT, size)
    assert image.size == (size, size)
    assert image.mode == "RGB"
    small = np.asarray(image.resize((16, 16), Image.Resampling.BOX), float)
    other = np.asarray(render(random_identity(2), FRONT, 96).resize((16, 16), Image.Resampling.BOX))
    assert np.abs(small - other).mean() < 8  # the same person at every size


@pytest.mark.parametrize(("name", "value"), extremes(Identity))
def test_every_face_within_the_ranges_is_a_face(name: str, value: Any) -> None:
    check_face(replace(Identity(), **{name: value}), FRONT)


@pytest.mark.parametrize(("name", "value"), extremes(Scene))
def test_every_scene_within_the_ranges_shows_the_face(name: str, value: Any) -> None:
    check_face(Identity(), replace(FRONT, **{name: value}))


def check_face(who: Identity, scene: Scene) -> None:
    with np.errstate(invalid="raise", divide="raise"):
        picture = np.asarray(render(who, scene, SMALL), float)
    middle = picture[SMALL // 3 : -SMALL // 3, SMALL // 3 : -SMALL // 3]
    red, _, blue = middle.mean((0, 1))
    assert red > 1.1 * blue  # skin, not backdrop
    assert middle.mean(2).std() > 4  # with something in it


def test_light_from_the_other_side_is_mirrored() -> None:
    def tilt(azimuth: float) -> float:
        face = grey(PLAIN, Scene(light_azimuth=azimuth))[30:90]
        return float(face[:, 60:80].mean() - face[:, 32:52].mean())

    assert tilt(60) > 15
    assert tilt(-60) == pytest.approx(-tilt(60), rel=0.2)


@pytest.mark.parametrize("name", ["yaw", "pitch"])
def test_a_turned_head_moves_its_features(name: str) -> None:
    def middle_of_the_dark(angle: float) -> float:
        turn: dict[str, Any] = {name: angle}
        face = 255 - grey(PLAIN, replace(FRONT, **turn))[28:68, 26:86]
        rows, columns = np.nonzero(face > np.quantile(face, 0.95))
        return float(columns.mean() if name == "yaw" else rows.mean())

    left, front, right = map(middle_of_the_dark, (-15.0, 0.0, 15.0))
    assert left + 2 < front < right - 2


def test_grey_hair_is_lighter() -> None:
    who = Identity(hairstyle="crop", hair_colour="black")
    hair = np.s_[10:22, 46:66]
    dark, white = grey(who, FRONT)[hair], grey(replace(who, greying=1.0), FRONT)[hair]
    assert white.mean() > dark.mean() + 40


def test_age_draws_lines_on_the_forehead() -> None:
    def roughness(age: float) -> float:
        forehead = grey(replace(PLAIN, age=age), FRONT, 224)[62:84, 90:134]
        return float(np.abs(np.diff(forehead, 2, axis=0)).mean())

    assert roughness(80) > 1.15 * roughness(25)


def test_closed_eyes_hide_the_iris() -> None:
    eyes = np.s_[50:62, 34:78]
    open_, closed = (grey(PLAIN, replace(FRONT, squint=s), 112)[eyes] for s in (0.0, 1.0))
    assert open_.min() < closed.min() - 10
    assert open_.max() > closed.max()


def test_darker_skin_is_darker() -> None:
    brightness = [grey(replace(PLAIN, melanin=m), FRONT)[30:90, 40:70].mean() for m in (0, 0.5, 1)]
    assert brightness[0] > brightness[1] + 10 > brightness[2] + 20


def uncovered(who: Identity, scene: Scene, size: int) -> NDArray[np.bool_]:
    """Pixels (size, size) in which the wall is seen: they change with its brightness."""
    dark, light = (grey(who, replace(scene, background=b, noise=0.0), size) for b in (0.1, 0.9))
    return np.asarray(np.abs(light - dark) > 3)


def enclosed(wall: NDArray[np.bool_]) -> int:
    """How many pixels of the wall cannot be reached from the edge of the picture."""
    reached = np.zeros_like(wall)
    reached[[0, -1]] = reached[:, 0] = reached[:, -1] = True
    reached &= wall
    while True:
        grown = np.pad(reached, 1)
        grown[1:-1, 1:-1] |= grown[:-2, 1:-1] | grown[2:, 1:-1]
        grown[1:-1, 1:-1] |= grown[1:-1, :-2] | grown[1:-1, 2:]
        grown = grown[1:-1, 1:-1] & wall
        if (grown == reached).all():
            return int((wall & ~reached).sum())
        reached = grown


@pytest.mark.parametrize("zoom", [1.0, 1.25])
@pytest.mark.parametrize("yaw", [-45, -30, -15, 20, 40])
def test_no_wall_shines_through_a_head(yaw: int, zoom: float) -> None:
    for seed in (0, 6, 12, 49):
        who = replace(random_identity(seed), hairstyle="bald", beard="none")
        for pitch in (-25, 0, 12, 25):
            scene = Scene(yaw=float(yaw), pitch=float(pitch), ambient=0.4, zoom=zoom)
            assert enclosed(uncovered(who, scene, 112)) == 0, (seed, pitch)


@pytest.mark.parametrize("yaw", [-25, 25])
def test_the_back_of_the_head_is_not_seen_through_the_skin(yaw: int) -> None:
    """Black hair behind fair skin: the cheek and the temple show no dark specks."""
    plain = replace(PLAIN, melanin=0.1, hair_colour="black", hairstyle="buzz", age=18.0)
    scene = Scene(light_azimuth=float(yaw), ambient=0.8, yaw=float(yaw), zoom=1.25)
    face = render(plain, scene, 112).convert("L")
    smooth = np.asarray(face.filter(ImageFilter.MedianFilter(5)), float)
    middle = 56 - round(26 * np.sin(np.radians(yaw)))  # between the eye and the ear
    cheek = np.s_[62:84, middle - 9 : middle + 9]
    assert (np.asarray(face, float)[cheek] > 0.94 * smooth[cheek]).all()


def test_a_person_is_the_same_in_all_scenes() -> None:
    """The mean of many pictures of a person is closer to theirs than to those of another."""

    def mean(person: int, photos: range) -> NDArray[np.float64]:
        scenes = (replace(random_scene(photo), background=0.4) for photo in photos)
        who = random_identity(person)
        return np.asarray(np.mean([grey(who, scene, SMALL) for scene in scenes], 0))

    first = [mean(person, range(6)) for person in range(4)]
    second = [mean(person, range(50, 56)) for person in range(4)]
    distances = np.array([[np.abs(a - b).mean() for b in second] for a in first])
    assert distances.diagonal().mean() < distances.mean()


def test_the_crowd_is_mixed() -> None:
    crowd = [random_identity(seed) for seed in range(200)]
    assert 0.35 < np.mean([who.build > 0 for who in crowd]) < 0.65
    assert min(who.age for who in crowd) < 22
    assert max(who.age for who in crowd) > 70
    assert np.histogram([who.melanin for who in crowd], 4, (0, 1))[0].min() > 25
    assert {who.hairstyle for who in crowd} == set(controls(Identity)["hairstyle"].choices)


def test_nobody_is_extreme_in_everything() -> None:
    traits = [name for name, control in controls(Identity).items() if control.unit == "sd"]
    for seed in range(50):
        values = [getattr(random_identity(seed), name) for name in traits]
        assert np.mean(np.square(values)) < 1.45  # 1.2 deviations squared, and rounding


def test_names_are_distinct_and_plain() -> None:
    names = [person_name(seed) for seed in range(1000)]
    assert len(set(names)) == 1000
    assert all(name.isascii() and name.isalnum() and name == name.lower() for name in names)
    assert not any(character.isdigit() for name in names[:96] for character in name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Identity(age=12.0), "age must lie from 18 to 85"),
        (lambda: Identity(melanin=float("nan")), "melanin must lie from 0 to 1"),
        (lambda: Identity(hairstyle="mohawk"), "hairstyle must be one of bald, ring"),
        (lambda: Identity(build="strong"), "build must be a number"),  # type: ignore[arg-type]
        (lambda: Identity(seed=-1), "seed must be a whole number"),
        (lambda: Scene(yaw=90.0), "yaw must lie from -45 to 45"),
        (lambda: Scene(glasses="monocle"), "glasses must be one of"),
        (lambda: render(PLAIN, FRONT, 8), "size must lie from 16 to 512"),
        (lambda: list(render_people(0, 1)), "at least 1 person"),
        (lambda: person_name(-1), "seed must be a whole number"),
    ],
)
def test_invalid_values_are_refused_in_plain_words(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_write_sample(tmp_path: Path) -> None:
    out = tmp_path / "faces"
    assert write_sample(out, people=2, photos=2, seed=5, size=32) == 4
    (out / "README.md").write_text("kept")
    assert write_sample(out, people=1, photos=1, seed=6, size=32) == 1
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*"))
    assert files == ["README.md", f"{person_name(6)}/00.jpg"]
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]


def test_write_sample_spares_other_folders(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(ValueError, match="choose an empty folder"):
        write_sample(tmp_path, people=1, photos=1)
    assert (tmp_path / "thesis.doc").read_text() == "mine"


def own_photo(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 40), (90, 120, 150)).save(file, "JPEG")
    return file.read_bytes()


@pytest.mark.parametrize("where", ["new", "beside a sample", "in its place", "edited"])
@pytest.mark.parametrize("name", ["{person}/00.jpg", "{person}/07.jpg", "anna/1.jpg", "1.jpg"])
def test_write_sample_spares_photos_that_are_named_like_ours(
    where: str, name: str, tmp_path: Path
) -> None:
    file = tmp_path / name.format(person=person_name(3))
    if where != "new":
        write_sample(tmp_path, people=1, photos=1, seed=3, size=32)
    if where == "edited" and file.exists():  # and the program keeps the comment
        with Image.open(file) as drawn:
            drawn.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(file, "JPEG", quality=95)
        mine = file.read_bytes()
    else:
        mine = own_photo(file)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="choose an empty folder"):
        write_sample(tmp_path, people=1, photos=1, seed=3, size=32)
    assert file.read_bytes() == mine
    assert sorted(tmp_path.rglob("*")) == before


def test_write_sample_spares_a_photo_that_comes_while_it_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = rendering.render

    def slowly(*words: Any) -> Image.Image:
        own_photo(tmp_path / "faces" / person_name(3) / "00.jpg")
        return draw(*words)

    monkeypatch.setattr(rendering, "render", slowly)
    with pytest.raises(ValueError, match="choose an empty folder"):
        write_sample(tmp_path / "faces", people=1, photos=1, seed=3, size=32)
    (left,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left.read_bytes() == own_photo(tmp_path / "again.jpg")


def test_write_sample_spares_what_lies_beside_it(tmp_path: Path) -> None:
    """Whatever it is called: also where the folder is given by a link to it."""
    beside = [tmp_path / f"faces{ending}" / "Anna" / "1.jpg" for ending in (".old", ".new", ".tmp")]
    photos = [own_photo(file) for file in beside]
    (tmp_path / "link").symlink_to(tmp_path / "faces")
    for out in ("faces", "link"):
        write_sample(tmp_path / out, people=1, photos=1, size=32)
    assert [file.read_bytes() for file in beside] == photos
    assert (tmp_path / "link").is_symlink()
    assert len(list(tmp_path.iterdir())) == 5


def test_write_sample_that_is_stopped_leaves_the_older_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path, people=1, photos=2, seed=3, size=32)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.jpg")}

    def stopped(*_: Any) -> Image.Image:
        raise KeyboardInterrupt

    monkeypatch.setattr(rendering, "render", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, people=1, photos=1, seed=4, size=32)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("person", "photo"), [(0, 0), (17, 3), (58, 7), (95, 5)])
def test_the_shipped_sample_is_what_the_renderer_draws(person: int, photo: int) -> None:
    shipped = np.asarray(Image.open(SAMPLE / person_name(person) / f"{photo:02d}.jpg"), float)
    drawn = render(random_identity(person), random_scene(photo_seed(person, photo)))
    assert np.abs(shipped - np.asarray(drawn, float)).mean() < 4


@pytest.mark.parametrize("file", ["alex/00.jpg", "jude/07.jpg", "suki/04.jpg"])
def test_a_shipped_picture_tells_who_and_how_by_its_name(file: str) -> None:
    person, photo = file.removesuffix(".jpg").split("/")
    shipped = np.asarray(Image.open(SAMPLE / file), float)

    def error(name: str, number: int) -> float:
        drawn = render(sample_identity(name), sample_scene(name, number))
        return float(np.abs(shipped - np.asarray(drawn, float)).mean())

    ours = error(person, int(photo))
    assert ours < 4
    assert min(error("kai", int(photo)), error(person, (int(photo) + 1) % 8)) > 2 * ours


def test_a_sample_of_another_seed_has_other_people(tmp_path: Path) -> None:
    write_sample(tmp_path / "faces", people=1, photos=1, seed=200, size=32)
    (name,) = (path.name for path in (tmp_path / "faces").iterdir())
    assert sample_identity(name, seed=200) == random_identity(200)
    assert sample_scene(name, 3, seed=200) == random_scene(photo_seed(200, 3))
    for other in (name, "nobody", ""):
        with pytest.raises(ValueError, match="none of the sample's people"):
            sample_identity(other)


def test_the_shipped_sample_is_complete_and_small() -> None:
    files = list(SAMPLE.glob("*/*.jpg"))
    assert len(files) == 96 * 8
    assert {path.parent.name for path in files} == {person_name(seed) for seed in range(96)}
    assert sum(path.stat().st_size for path in files) <= 5_000_000
    assert (SAMPLE / "README.md").is_file()


def test_the_shipped_sample_can_be_drawn_anew() -> None:
    rendering.refuse_others(SAMPLE)
