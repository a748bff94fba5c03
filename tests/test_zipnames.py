"""Names in zips and folders of other systems: two people never become one, and read as meant."""

import io
import os
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from siamese.datasets import load, to_zip
from siamese.zipnames import guess

WEST = ["Müller", "Zoë", "José"]


def picture(seed: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def unicode_path(raw: bytes, text: str, spoil: int = 0) -> bytes:
    body = b"\1" + struct.pack("<I", zlib.crc32(raw) ^ spoil) + text.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


def packed(names: list[tuple[bytes, bytes]], flag: int = 0) -> bytes:
    """A zip of raw names and their extra fields, each with a picture of its own."""
    file, directory = io.BytesIO(), b""
    for number, (raw, extra) in enumerate(names):
        data, where = picture(number), file.tell()
        sizes = (zlib.crc32(data), len(data), len(data), len(raw), len(extra))
        file.write(struct.pack("<4s5H3I2H", b"PK\3\4", 20, flag, 0, 0, 33, *sizes))
        file.write(raw + extra + data)
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, flag, 0, 0, 33, *sizes, 0, 0, 0, 0, where
        )
        directory += raw + extra
    start = file.tell()
    counts = (len(names), len(names), len(directory), start, 0)
    file.write(directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *counts))
    return file.getvalue()


def people_of(
    names: list[str],
    encode: Callable[[str], bytes],
    extra: Callable[[bytes, str], bytes] = lambda raw, text: b"",
    flag: int = 0,
) -> tuple[str, ...]:
    texts = [f"{name}/{number}.png" for name in names for number in range(2)]
    raws = [encode(text) for text in texts]
    entries = [(raw, extra(raw, text)) for raw, text in zip(raws, texts, strict=True)]
    faces = load(packed(entries, flag))
    assert len(faces) == 2 * len(names)
    return faces.people


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("utf-8", [*WEST, "Łukasz", "王芳", "Анна"]),
        ("cp437", WEST),
        ("cp437", ["Müller"]),
        ("cp850", ["Søren", "Ágnes"]),
        ("cp850", ["João", "Antônio"]),
        ("cp1252", ["Müller", "Søren"]),
        ("cp1251", ["Анна", "Иван"]),
        ("cp866", ["Анна", "Иван", "Юлия"]),
        ("cp852", ["Łukasz", "Świętosław"]),
        ("cp1250", ["Łukasz", "Żaneta"]),
        ("cp932", ["表さん", "能さん"]),
        ("cp932", ["田中", "佐藤"]),
        ("cp932", ["ソニア", "タナカ"]),
        ("cp936", ["王芳", "李明"]),
        ("cp936", ["刘洋", "陈静"]),
        ("cp949", ["김민수", "이영희"]),
        ("cp950", ["王芳", "陳大文"]),
    ],
)
def test_names_are_read_as_they_were_meant(page: str, names: list[str]) -> None:
    assert sorted(people_of(names, lambda text: text.encode(page))) == sorted(names)
    assert guess([name.encode(page) for name in names]) == page


def test_decomposed_names_of_macos_and_the_flag() -> None:
    def mac(text: str) -> bytes:
        return unicodedata.normalize("NFD", text).encode()

    assert sorted(people_of(WEST, mac)) == sorted(WEST)
    assert sorted(people_of(WEST, str.encode, flag=0x800)) == sorted(WEST)


def test_the_unicode_field_counts_where_it_belongs_to_the_name() -> None:
    """Info-ZIP writes '?' for what it cannot, and the name in a field with a check sum."""

    def lost(text: str) -> bytes:
        return text.encode("ascii", "replace")

    assert people_of(["李明", "王芳"], lost, unicode_path) == ("李明", "王芳")
    names = ["Ada", "Bo"]
    assert people_of(names, str.encode, lambda raw, text: unicode_path(raw, f"x{text}", 1)) == (
        "Ada",
        "Bo",
    )
    cut = people_of(names, str.encode, lambda raw, text: struct.pack("<HH", 0x7075, 3) + b"\1ab")
    assert cut == ("Ada", "Bo")


def test_names_that_were_lost_are_nobody() -> None:
    """Two people whose names both became '??' must not become one."""
    entries = [
        (f"{name}/{n}.png".encode(), b"") for name in ("??", "??", "ada", "bo") for n in (1, 2)
    ]
    faces = load(packed(entries))
    assert faces.people == ("ada", "bo")
    assert len(faces.skipped) == 4
    assert "names were lost" in faces.skipped[0]


def test_a_backslash_between_folders_and_in_a_name() -> None:
    windows = [(f"set\\{name}\\{n}.png".encode(), b"") for name in ("ada", "bo") for n in (1, 2)]
    assert load(packed(windows)).people == ("ada", "bo")
    unix = [(f"{name}/{n}.png".encode(), b"") for name in ("a\\x", "a\\y") for n in (1, 2)]
    assert load(packed(unix)).people == ("a\\x", "a\\y")


@pytest.mark.parametrize("page", ["cp1252", "cp437", "cp932"])
def test_folders_whose_names_are_no_utf8(page: str, tmp_path: Path) -> None:
    names = ["田中", "佐藤"] if page == "cp932" else ["Müller", "Möller", "Sören"]
    for number, name in enumerate(names):
        place = os.path.join(os.fsencode(tmp_path), name.encode(page))
        os.mkdir(place)
        for shot in range(2):
            Path(os.fsdecode(place), f"{shot}.png").write_bytes(picture(9 * number + shot))
    assert sorted(load(tmp_path).people) == sorted(names)


def test_a_name_and_the_same_one_in_other_bytes_stay_two(tmp_path: Path) -> None:
    for number, raw in enumerate(("Müller".encode(), "Müller".encode("cp1252"), b"ada")):
        place = os.path.join(os.fsencode(tmp_path), raw)
        os.mkdir(place)
        for shot in range(2):
            Path(os.fsdecode(place), f"{shot}.png").write_bytes(picture(9 * number + shot))
    people = load(tmp_path).people
    assert len(people) == 3
    assert {"Müller", "ada"} < set(people)


def test_names_are_shown_on_one_line_and_stay_apart(tmp_path: Path) -> None:
    """Line breaks, tabs, marks that turn the direction of writing, and a very long name."""
    names = [
        "two\nlines",
        "two lines",
        "two\tlines",
        "\u202eevil",
        "evil",
        "x" * 250,
        "y" + "x" * 249,
    ]
    for number, name in enumerate(names):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(picture(number))
    faces = load(tmp_path)
    assert len(faces.people) == len(set(faces.people)) == len(names)
    for name in (*faces.people, *faces.files, faces.told):
        assert name.isprintable()
    assert {"two lines", "two lines (2)", "two lines (3)", "evil", "evil (2)"} < set(faces.people)


@pytest.mark.parametrize(
    "names", [("train", "test", "val"), ("frontal", "profile"), ("2019", "2020")]
)
def test_our_own_zip_comes_back_whatever_people_are_called(names: tuple[str, ...]) -> None:
    entries = [(f"{name}/{n}.png".encode(), b"") for name in names for n in (1, 2)]
    faces = load(packed(entries), people_by="folder")
    again = load(to_zip(faces))
    assert set(again.people) == set(names)
    with zipfile.ZipFile(io.BytesIO(to_zip(faces))) as archive:
        assert archive.testzip() is None
