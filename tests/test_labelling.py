"""Whose picture is it? Sets as people and laboratories lay them out, and what is read from them."""

from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siamese.faces import DataError
from siamese.labelling import PEOPLE_BY, Labelling, label, listed

NAMES = ("anna", "ben", "carl", "dora", "eve")
FACES = ("centerlight", "glasses", "happy", "sad", "sleepy", "wink")
Truth = dict[str, str]  # path → who it shows, '' where nobody can say


def people(
    form: str, whose: Iterable[str] = NAMES, count: int = 3, **more: Iterable[object]
) -> Truth:
    """A path for each person, number and whatever else the form asks for. `i` counts people."""
    truth = {}
    for i, who in enumerate(whose, 1):
        forms = [form]
        for key, values in more.items():
            forms = [each.replace(f"{{{key}}}", str(value)) for each in forms for value in values]
        for each in forms:
            for n in range(1, count + 1):
                truth[each.format(p=who, i=i, n=n, k=100 * i + n)] = who
    return truth


def ids(form: str, count: int = 5) -> list[str]:
    return [form.format(i=i) for i in range(1, count + 1)]


def read(truth: Truth) -> Labelling:
    return label([PurePosixPath(path) for path in truth])


# How sets are laid out, and who is on each of their pictures. No doubt about any of these.
PLAIN: dict[str, Truth] = {
    "a folder for each": people("{p}/{n}.jpg"),
    "in a wrapper": people("My class 2026/{p}/{n}.jpg"),
    "in three wrappers": people("data/set/faces/{p}/{n}.jpg"),
    "AT&T: s1/1.pgm": people("att_faces/{p}/{n}.pgm", ids("s{i}")),
    "Georgia Tech: s01/01.jpg": people("gt_db/{p}/{n:02}.jpg", ids("s{i:02}")),
    "LFW": people("lfw/{p}/{p}_{n:04}.jpg", ("Neil_Young", "Ann_Lee", "George_W_Bush")),
    "LFW, deepfunneled in itself": people(
        "lfw-deepfunneled/lfw-deepfunneled/{p}/{p}_{n:04}.jpg", ("Al_Gore", "Zoe_Ball", "Li_Na")
    ),
    "LFW flat, surnames that are words": people(
        "lfwcrop_grey/faces/{p}_{n:04}.pgm",
        ("Neil_Young", "Neil_Armstrong", "Jack_Straw", "Andy_Garcia", "Ann_Lee", "Zoe_Park"),
    ),
    "CASIA-WebFace": people("CASIA-WebFace/{p}/{n:03}.jpg", ids("00000{i}5")),
    "VGGFace2, splits of other people": people("train/{p}/{n:04}_01.jpg", ids("n00000{i}"))
    | people("test/{p}/{n:04}_02.jpg", ids("n00100{i}")),
    "VGGFace2, many of one picture": people("vgg/{p}/00{n:02}_{c}.jpg", ids("n00{i}"), c="12"),
    "splits of the same people": people("{s}/{p}/{n}.jpg", s=("train", "val", "test")),
    "YOLO folders": people("{s}/images/{p}_{n}.jpg", s=("train", "valid", "test")),
    "Roboflow": people(
        "{s}/{p}-{n}_jpg.rf.0a1b2c3d4e{s}.jpg", s=("train", "valid")
    ),
    "Kaggle, five celebrities": people(
        "data/{s}/{p}/http{n}abc.jpg", ("ben_afflek", "elton_john", "madonna"), s=("train", "val")
    ),
    "pins": people("105_classes_pins/{p}/{p}10{n}_3.jpg", ("pins_Ada", "pins_Alex", "pins_Li")),
    "folds": people("fold_{s}/{p}/{n}.jpg", s="123"),
    "visits, named files": people("{s}/{p}_{n}.jpg", s=("visit1", "visit2", "visit3")),
    "weekdays, named files": people("{s}/{p}_{n}.jpg", s=("monday", "tuesday")),
    "years, then people": people("{s}/{p}/IMG_{k}.jpg", s=(2019, 2020, 2021)),
    "people, then years": people("{p}/{s}/IMG_{k}.jpg", s=(2019, 2020, 2021)),
    "years and seasons, named files": people("{s}/{p}_{n}.jpg", s=("2019/summer", "2020/winter")),
    "CFP: frontal and profile": people(
        "Data/Images/{p}/{s}/{n:02}.jpg", ids("{i:03}"), s=("frontal", "profile")
    ),
    "frontal and profile below names": people("{p}/{s}/{n}.jpg", s=("frontal", "profile")),
    "YouTube Faces": people("frame_images_DB/{p}/{s}/{s}.{n}.jpg", s="012"),
    "VoxCeleb by name": people("unzippedFaces/{p}/1.6/{s}Xy{i}Zw_aBcD/{n:07}.jpg", s="12"),
    "VoxCeleb by number": people(
        "vox/{p}/{s}zcIwhm{i}eoX/{n:05}.jpg", ids("id1000{i}"), s="12"
    ),
    "clips named for the person": people("data/{p}/{p}vid{s}/0_folder/img_{n}.jpg", s="12"),
    "Cohn-Kanade": people("ck/{p}/{s}/{p}_{s}_{n:08}.png", ids("S00{i}"), s=("001", "002")),
    "CK+48 by emotion": people(
        "CK+48/{s}/{p}_004_{n:08}.png", ids("S01{i}"), s=("anger", "happy", "fear")
    ),
    "Multi-PIE": people(
        "s/{s}/multiview/{p}/01/{c}/{p}_01_01_{c}_{n:02}.png", ids("{i:03}"),
        s=("session01", "session02"), c=("051", "140"),
    ),
    "SCface": people(
        "distance_{s}/cam_{c}/{p}_cam{c}_{n}.jpg", ids("{i:03}"), s="12", c="123"
    ),
    "Essex: women and men": people("faces94/female/{p}/{p}.{n}.jpg", ("9326871", "9332898"))
    | people("faces94/male/{p}/{p}.{n}.jpg", ("ajones", "bsmith", "cdoe")),
    "Racial faces in the wild": people("RFW/data/African/{p}/{p}_{n:04}.jpg", ids("m.0{i}x"))
    | people("RFW/data/Asian/{p}/{p}_{n:04}.jpg", ids("m.0{i}y")),
    "Yale B, cropped": people(
        "CroppedYale/{p}/{p}_P00A+{n:03}E+00.pgm", ids("yaleB0{i}")
    ),
    "Yale B, flat": people("{p}_P00A+{n:03}E+00.pgm", ids("yaleB0{i}")),
    "Yale": people("yalefaces/{p}.{s}", ids("subject0{i}"), 1, s=FACES),
    "Yale with .gif": people("{p}.{s}.gif", ids("subject0{i}"), 1, s=FACES),
    "JAFFE": people("jaffe/{p}.{s}{n}.39.tiff", ("KA", "KL", "MK", "NA"), s=("AN", "HA")),
    "FERET": people("{p}_930831_{s}_a.ppm", ids("0000{i}"), 1, s=("fa", "fb", "hl")),
    "FERET by folder": people(
        "images/{p}/{p}_930831_{s}_a.ppm", ids("0000{i}"), 1, s=("fa", "fb", "hl")
    ),
    "letters and number": people("{p}-{n}.jpg", ("ab-01", "ab-02", "cd-03")),
    "AR": people("{p}-{n:02}.bmp", ("m-001", "m-002", "w-001", "w-002")),
    "FEI": people("{p}-{n:02}.jpg", ids("{i}")),
    "FEI, frontal": people("frontalimages/{p}{s}.jpg", ids("{i}"), 1, s="ab"),
    "ORL flat": people("{p}_{n}.jpg", ids("{i}")),
    "Georgia Tech flat": people("cropped_faces/{p}_{n:02}.jpg", ids("s{i:02}")),
    "FG-NET": people("FGNET/images/{p}A{n:02}.JPG", ids("{i:03}")),
    "MUCT": people("muct/jpg/{p}q{s}-fn.jpg", ids("i00{i}"), 1, s="abc"),
    "KDEF": people("KDEF/{s}{p}/{s}{p}{c}S.JPG", ("F01", "F02", "M01"), 1, s="AB", c=("AN", "HA")),
    "Radboud": people(
        "Rafd{s}_{p}_Caucasian_male_{c}_frontal.jpg", ids("0{i}"), 1, s=("045", "090"),
        c=("happy", "sad"),
    ),
    "MORPH": people("{p}_{n}M2{n}.JPG", ids("0000{i}")),
    "CACD": people("{s}_{p}_{n:04}.jpg", ("Robert_Duvall", "Bo_Derek", "Al_Pacino"), s=(40, 52)),
    "AgeDB": people("{k}_{p}_3{n}_f.jpg", ("MariaCallas", "AnnLee", "BoDerek")),
    "IMDB-WIKI": people("imdb/00/{p}_rm{n}818688_1955-1-6_2003.jpg", ("nm0000100", "nm0000200")),
    "Bosphorus": people("bosphorus/{p}/{p}_N_{n}.png", ids("bs00{i}")),
    "FaceScrub": people("actor_faces/{p}/{p}_{n}_{n}.jpeg", ("Aaron_Eckhart", "Adam_Brody"))
    | people("actress_faces/{p}/{p}_{n}_{n}.jpeg", ("Ali_Larter", "Amy_Adams")),
    "OpenCV's lessons": people("dataset/User.{i}.{n}.jpg", ids("User.{i}")),
    "number first": people("{n}.{p}.jpg"),
    "what is on it": people("{p}_{s}.jpg", s=("smile", "glasses", "beach")),
    "a word that no list holds": people("{p}_{s}.jpg", count=1, s=("lachend", "wach", "muede")),
    "person1.jpg and person1_2.jpg": people("{p}.jpg", ids("person{i}"), 1)
    | people("{p}_{s}.jpg", ids("person{i}"), 1, s="23"),
    "anna1.jpg": people("{p}{n}.jpg"),
    "anna (1).jpg": people("{p} ({n}).jpg"),
    "copies that were augmented": people("{p}/{n}.jpg") | people("{p}/augmented/{n}_flip.jpg"),
    "augmented beside": people("{p}/{n}.jpg") | people("augmented/{p}/{n}_aug.jpg"),
    "somebody has folders, others have none": people("{p}/{n}.jpg", NAMES[:3])
    | people("{p}/{s}/{n}.jpg", NAMES[3:], s=("glasses", "no glasses")),
    "people at different depths": people("class/{p}/{n}.jpg", NAMES[:3])
    | people("guests/2024/{p}/{n}.jpg", NAMES[3:]),
    "names that are words": people("{p}/{n}.jpg", ("Kim", "Lee", "Park", "Val", "Dev", "April")),
    "numbered by a word": people("people/{p}/{n}.jpg", ids("person {i}")),
    "face1, face2": people("dataset/{p}/{n}.jpg", ids("face{i}")),
    "albums of Google": people("Takeout/Google Photos/{p}/IMG_{k}.jpg"),
    "a zip for each, of a phone": people("{p}/DCIM/100APPLE/IMG_{n}.JPG"),
    "a zip for each, folders of one name": people("{p}/photos/{n}.jpg"),
    "a zip for each, with its folder": people("{p}/{p}/IMG_{n}.jpg"),
    "a zip for each, by occasion": people("{p}/{s}_{n}.jpg", s=("beach", "party")),
    "a zip for each, folders by occasion": people("{p}/{s}/{n}.jpg", s=("beach", "party", "home")),
    "two zips of the class": people("class_a/{p}/{n}.jpg", NAMES[:3])
    | people("class_b/{p}/{n}.jpg", NAMES[3:]),
    "one person, any file names": people("anna/{s}.jpg", ["anna"], 1, s=("x", "y", "z")),
    "one person, clips": people("anna/clip {s}/{n}.jpg", ["anna"], s="12"),
    "accents in two spellings": {"train/Zoe\u0308/1.jpg": "Zoë", "test/Zoë/2.jpg": "Zoë"}
    | people("train/{p}/{n}.jpg"),
    "Chinese names": people("{p}{n}.jpg", ("王芳", "李明", "张伟")),
    "one picture of each, full names": people(
        "{p}.jpg", ("Anna Smith", "Anna Jones", "Ben Miller", "Carl Day"), 1
    ),
    "views that no list holds": people("{p}/{s}/{n}.jpg", s=("schraeg", "gerade")),
    "days and cameras": people("{p}/{s}/{c}/{n}.jpg", s=("day1", "day2"), c=("cam1", "cam2")),
    "takes": people("{p}/take{s}/{n}.png", s="12"),
    "a letter below a number": people("{p}/{s}/{n}.jpg", ids("{i:03}"), s="ab"),
    "sessions s1, s2 below a number": people("{p}/s{s}/rgb_{n}.bmp", ids("00{i}"), s="12"),
    "Sheffield": people("{p}/face/{p}0{n:02}.pgm", ("1a", "1b", "1c", "1d")),
    "one picture a visit": people("{s}/{p}.jpg", count=1, s=("visit_1", "visit_2", "visit_3")),
    "splits, numbers only": {
        f"{('train', 'test')[n % 2]}/{i}_{n}.jpg": str(i) for i in range(1, 6) for n in range(6)
    },
    "Windows counts copies": people("{p} ({n}).jpg", ids("{i}")),
    "a date before the name": people("2019-05-0{n} {p}.jpg"),
    "a time behind the name": people("{p}_20190501_12000{n}.jpg"),
    "a word before the name": people("Photo of {p} {n}.jpg"),
    "numbered, with what it shows": people("{p}_pose_{n}.jpg", ids("person_0{i}")),
    "names with marks": people("{p}_{n}.jpg", ("ज़ोया", "राम", "सीता")),
    "Arabic folders": people("{p}/{n}.jpg", ("محمد", "فاطمة", "علي")),
    "odd folders beside people": people("{p}/{n}.jpg") | dict.fromkeys(
        ("New folder/1.jpg", "backup/2.jpg", "misc/3.jpg", "group photos/4.jpg"), ""
    ),
    "a stray one of somebody": {**people("set/{p}/{n}.jpg"), "anna_99.jpg": "anna"},
    "some in folders, some by name": people("{p}/{n}.jpg", NAMES[:3])
    | people("{p}_{n}.jpg", NAMES[3:]),
    "capitals in one split": {"test/ANNA/9.jpg": "ANNA"}
    | {path: who.replace("anna", "ANNA") for path, who in people("train/{p}/{n}.jpg").items()},
    "seven hundred videos": people("{p}/{s}/{n}.jpg", ids("p{i}"), 2, s=range(140)),
}  # fmt: skip


@pytest.mark.parametrize("truth", PLAIN.values(), ids=PLAIN)
def test_who_is_who(truth: Truth) -> None:
    found = read(truth)
    assert dict(zip(truth, found.people, strict=True)) == truth
    assert found.by in {"folder", "file name", "folder and file name"}
    assert not found.silent
    if len({path.split("/")[0] for path in truth}) < 5:
        assert not [doubt for doubt in found.doubts if "taken for people" not in doubt]


# Sets that can be read in more than one way: they are read so, and it is said.
DOUBTFUL: dict[str, Truth] = {
    "three people, views that no list holds": people(
        "{p}/{s}/{n}.jpg", NAMES[:3], s=("schraeg", "gerade")
    ),
    "rooms that no list holds": people("{s}/{p}/{n}.jpg", s=("raum eins", "raum zwei")),
    "rooms, named files": people("{s}/{p}_{n}.jpg", s=("raum eins", "raum zwei")),
    "visits by number, named files": people("{s}/{p}_{n}.jpg", s="123"),
    "towns in file names": people("{p}/{s}_{n}.jpg", s=("tokyo", "rom", "oslo", "bern", "kiew")),
    "clips by number, many": people("{p}/{s}/{s}.{n}.jpg", ("AJ_Cook", "Al_Gore", "Ann_Lee"), 2,
        s=range(12)),
    "towns, each of one person": people("{p}/{p}stadt/{n}.jpg", NAMES[:1])
    | people("ben/rom/{n}.jpg", ["ben"]) | people("ben/paris/{n}.jpg", ["ben"])
    | people("{p}/{n}.jpg", NAMES[2:]),
    "teams nobody listed": people("reds/{p}/{n}.jpg", NAMES[:3])
    | people("blues/{p}/{n}.jpg", NAMES[3:]),
    "two collections, people by number": {
        f"{place}/s{i}/{n}.jpg": f"{place}/s{i}"
        for place in ("att", "yale") for i in range(1, 6) for n in (1, 2)
    },
    "one name in two collections": people("berlin/{p}/{n}.jpg", ("anna", "ben", "carl", "dora"))
    | people("paris/{p}/{n}.jpg", ("anna", "emil", "fritz", "gerd")),
}  # fmt: skip


@pytest.mark.parametrize("truth", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_could_be_read_otherwise_is_said(truth: Truth) -> None:
    found = read(truth)
    assert dict(zip(truth, found.people, strict=True)) == truth
    assert found.doubts
    for sentence in found.doubts:
        assert sentence.endswith(".")
        assert "\n" not in sentence


# Sets in which nothing says who is who: folders are splits, views, feelings, ages, or albums.
NOBODY: dict[str, list[str]] = {
    "splits": [f"{s}/IMG_{n}.jpg" for s in ("train", "val", "test") for n in range(4)],
    "splits in capitals": [f"set/{s}/{n}.png" for s in ("Training", "Testing") for n in range(4)],
    "FER2013": [
        f"{s}/{face}/Training_{n}.jpg" for s in ("train", "test") for face in FACES[2:5]
        for n in range(4)
    ],
    "views": [f"{s}/{n}.jpg" for s in ("frontal", "profile") for n in range(4)],
    "with and without": [f"{s}/DSC0{n}.jpg" for s in ("glasses", "no glasses") for n in range(4)],
    "masks": [f"{s}/{n}.jpg" for s in ("with_mask", "without_mask") for n in range(4)],
    "real and fake": [f"{s}/{n}.jpg" for s in ("real", "fake") for n in range(4)],
    "women and men": [f"{s}/{n}.jpg" for s in ("male", "female") for n in range(4)],
    "CelebA without its list": [f"img_align_celeba/{n:06}.jpg" for n in range(9)],
    "FairFace": [f"{s}/{n}.jpg" for s in ("train", "val") for n in range(9)],
    "UTKFace": [f"UTKFace/{n}_1_2_2017011617452{n:04}.jpg.chip.jpg" for n in range(9, 40)],
    "a card": [f"DCIM/{s}/IMG_{n}.JPG" for s in ("100CANON", "101CANON") for n in range(4)],
    "years": [f"{s}/IMG_{n}.JPG" for s in (2019, 2020) for n in range(4)],
    "days": [f"{s}/P10{n:05}.JPG" for s in ("2019-05-01", "2020-01-31") for n in range(4)],
    "albums of a phone": [
        f"{s}/{n}.jpg" for s in ("Camera Roll", "WhatsApp Images", "Screenshots") for n in range(4)
    ],
    "Google's years": [
        f"Takeout/Google Photos/Photos from {s}/PXL_{n}.jpg" for s in (2019, 2020) for n in range(4)
    ],
    "camera names": [f"IMG_{n:04}.jpg" for n in range(9)],
    "a phone's names": [f"IMG_20260101_1200{n:02}.jpg" for n in range(9)],
    "WhatsApp": [f"WhatsApp Image 2026-01-01 at 12.00.{n:02}.jpeg" for n in range(9)],
    "Kodak": [f"{s}_{n:04}.jpg" for s in (100, 101) for n in range(9)],
    "Roboflow of a camera": [f"train/IMG_{n}_jpg.rf.0a1b2c3d4e{n}f.jpg" for n in range(9)],
    "ids of a machine": [f"1B2C3D4E-1111-2222-3333-44445555666{n}.JPG" for n in range(9)],
    "originals and edited": [f"{s}/{n}.jpg" for s in ("original", "edited") for n in range(4)],
    "augmented and not": [f"{s}/{n}.jpg" for s in ("raw", "augmented") for n in range(4)],
}  # fmt: skip


@pytest.mark.parametrize("paths", NOBODY.values(), ids=NOBODY)
def test_splits_views_and_albums_are_nobody(paths: list[str]) -> None:
    found = label([PurePosixPath(path) for path in paths])
    assert not any(found.people)
    if any("/" in path for path in paths) or "UTK" in paths[0]:
        assert found.silent


# What is put beside a set must not change who is who in it.

LAYOUTS = [
    truth for truth in PLAIN.values() if len(truth) >= 9 and len(set(truth.values()) - {""}) > 1
]
STRAYS = ("cover.jpg", "IMG_0001.jpg", "0.jpg", "group photo.jpg", "zzz.png", "IMG_20260101_1.jpg")
WRAPPERS = ("x", "train", "2019", "anna lee", "s1", "My class (2)", "faces", "a/b/c", "001")


@pytest.mark.parametrize("stray", STRAYS)
def test_a_stray_picture_at_the_top_changes_nobody(stray: str) -> None:
    for truth in LAYOUTS:
        if stray in truth:
            continue
        with_stray = {stray: "", **truth}
        found = read(with_stray)
        assert dict(zip(truth, found.people[1:], strict=True)) == truth
        assert found.people[0] not in set(truth.values()) - {""}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_folder_around_everything_changes_nobody(wrapper: str) -> None:
    for truth in LAYOUTS:
        found = label([PurePosixPath(wrapper, path) for path in truth])
        assert list(found.people) == list(truth.values())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LAYOUTS), st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nobody(truth: Truth, chance: object) -> None:
    paths = list(truth)
    chance.shuffle(paths)  # type: ignore[attr-defined]
    found = label([PurePosixPath(path) for path in paths])
    assert {path: who.casefold() for path, who in zip(paths, found.people, strict=True)} == {
        path: who.casefold() for path, who in truth.items()
    }


PERSON = st.text("abcdefghijklmnopqrstuvwxyzäé", min_size=4, max_size=9).map("q{}".format)
ABOVE = st.sampled_from(["train", "visit 2", "2019", "photos", "class_a"])
BELOW = st.sampled_from(["frontal", "clip 3", "augmented", "2020", "no glasses"])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(PERSON, min_size=4, max_size=9, unique=True),
    st.lists(ABOVE, max_size=2, unique=True),
    st.lists(BELOW, max_size=2, unique=True),
    st.booleans(),
)  # fmt: skip
def test_people_are_found_between_folders_above_and_below(
    who: list[str], above: list[str], below: list[str], is_named: bool
) -> None:
    over, under = [f"{name}/" for name in above] or [""], [f"/{name}" for name in below] or [""]
    truth = {
        f"{outer}{name}{inner}/{f'{name}_' if is_named else ''}{n}.jpg": name
        for outer in over for name in who for inner in under for n in range(2)
    }  # fmt: skip
    assert list(read(truth).people) == list(truth.values())


PARTS = st.sampled_from((
    *("anna", "ben", "carl", "Anna", "s1", "s2", "1", "01", "train", "test", "frontal", "2019"),
    *("New folder", "a b", "img", "..", "face1", "face2", "1zcIwhmdeo4", "Park", "val", "王芳"),
    *("\udcfc", "_", "x", ""),
))  # fmt: skip
FILES = st.sampled_from((
    *("1.jpg", "anna_1.jpg", "ben 2.png", "IMG_1.jpg", "1_2.jpg", "s1_03.pgm", "x", ".jpg"),
    *("anna_smile.jpg", "User.1.2.jpg", "001A02.jpg", "25_0_2_20170116174525125.jpg", "_.png"),
    "park.jpg",
))  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.lists(PARTS, max_size=4), FILES), max_size=25), st.integers(0, 3))
def test_any_heap_of_paths_is_read_or_left(heap: list[tuple[list[str], str]], choice: int) -> None:
    """Never an exception; a name of somebody is one of a folder or file; two orders, one result."""
    paths = [PurePosixPath(*folders, name) for folders, name in heap]
    by = PEOPLE_BY[choice]
    found = label(paths, by)
    assert len(found.people) == len(paths)
    there = {part.casefold() for path in paths for part in path.parts}
    for who, path in zip(found.people, paths, strict=True):
        if who and not path.name.casefold().startswith(who.casefold()):
            known = set(who.casefold().split("/")) <= there
            assert known or any(who.casefold() in part for part in there)
    back = label(paths[::-1], by)
    assert [who.casefold() for who in back.people[::-1]] == [who.casefold() for who in found.people]


# By choice, and by a list


def test_people_by_choice() -> None:
    paths = [
        PurePosixPath(path) for path in ("w/a/x/ben_1.jpg", "w/a/y/carl_1.jpg", "w/b/x/ben_2.jpg")
    ]
    assert label(paths, "folder").people == ("x", "y", "x")
    assert label(paths, "top").people == ("a", "a", "b")
    assert label(paths, "name").people == ("ben", "carl", "ben")
    assert [label(paths, by).by for by in ("folder", "top", "name")] == [
        "folder", "top folder", "file name",
    ]  # fmt: skip
    with pytest.raises(DataError, match="auto, folder, top, name, not by 'luck'"):
        label(paths, "luck")  # type: ignore[arg-type]
    splits = [PurePosixPath(f"{s}/{n}.jpg") for s in ("train", "test") for n in range(2)]
    assert set(label(splits, "folder").people) == {"train", "test"}  # who asks for it gets it


def celeba(separator: str = " ", head: str = "") -> bytes:
    lines = [f"{n:06}.jpg{separator}{2880 + n % 4}" for n in range(1, 41)]
    return "\n".join([*head.splitlines(), *lines]).encode()


@pytest.mark.parametrize(
    "form", [celeba(), celeba(","), celeba("\t"), celeba(",", "image,id"), celeba("  ", "40")]
)
def test_a_list_says_who(form: bytes) -> None:
    paths = [PurePosixPath("img_align_celeba", f"{n:06}.jpg") for n in range(1, 41)]
    found = listed(form, "identity_CelebA.txt", paths)
    assert found is not None
    assert found.people == tuple(str(2880 + n % 4) for n in range(1, 41))
    assert found.by == "the list identity_CelebA.txt"


def test_a_list_of_names_with_spaces() -> None:
    names = [f"{who}_{n}.jpg" for who in ("Ada Lee", "Bo Li", "Cy Wu") for n in range(3)]
    text = "id,label\n" + "".join(f'{name},"{name[:-6]}"\n' for name in names)
    found = listed(text.encode(), "Dataset.csv", [PurePosixPath("Faces/Faces", n) for n in names])
    assert found is not None
    assert found.people == tuple(name[:-6] for name in names)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\xff\xfe" * 99, celeba().replace(b"288", b"x "), b"000001.jpg 7\n" * 9],
)
def test_what_is_no_list_is_none(data: bytes) -> None:
    paths = [PurePosixPath(f"{n:06}.jpg") for n in range(1, 41)]
    assert listed(data, "labels.txt", paths) is None


def test_large_sets_are_read_soon() -> None:
    """LFW's size, and as many videos: seconds, not minutes."""
    import time

    began = time.process_time()
    for form in ("lfw/p{i}/p{i}_{n}.jpg", "{s}/id{i}/v{i}x{n}/{n}.jpg", "p{i}_{n}.jpg"):
        paths = [
            PurePosixPath(form.format(i=i, n=n, s=("train", "test")[i % 2]))
            for i in range(4000) for n in range(5)
        ]  # fmt: skip
        assert len(set(label(paths).people)) == 4000
    assert time.process_time() - began < 30
