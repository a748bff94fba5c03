"""Files for other programs: what went in comes out of them again."""

import codecs
import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from siamese import projector
from siamese.projector import Labelled


@pytest.fixture
def told() -> Labelled:
    rng = np.random.default_rng(0)
    return Labelled(
        rng.normal(size=(7, 5)).astype(np.float32),
        np.array([0, 0, 1, 1, 1, 2, 2]),
        ("ann\ta", "=cmd()", "Zoë, q"),
        tuple(f"p/{n}.jpg" for n in range(7)),
        np.array([True, True, False, False, False, True, True]),
    )


@pytest.fixture
def pictures() -> np.ndarray:
    flat = np.random.default_rng(1).integers(0, 255, (7, 1, 1, 3))
    return np.broadcast_to(flat, (7, 112, 112, 3)).astype(np.uint8)


def test_npz(told: Labelled) -> None:
    with np.load(io.BytesIO(projector.as_npz(told)), allow_pickle=False) as found:
        assert set(found) == {"embedding", "labels", "people", "files", "unseen"}
        assert np.array_equal(found["embedding"], told.embedding)
        assert np.array_equal(found["labels"], told.labels)
        assert tuple(found["people"]) == told.people
        assert tuple(found["files"]) == told.files
        assert np.array_equal(found["unseen"], told.unseen)


def test_csv(told: Labelled) -> None:
    found = pd.read_csv(io.BytesIO(projector.as_csv(told)))
    assert list(found.columns) == ["person", "file", "unseen", *(f"e{n}" for n in range(1, 6))]
    assert np.array_equal(found.filter(regex="^e").to_numpy(np.float32), told.embedding)
    assert found.unseen.tolist() == told.unseen.astype(int).tolist()
    assert found.person[5] == "Zoë, q"
    assert not any(name.startswith("=") for name in found.person)  # no formula for a spreadsheet


def test_a_spreadsheet_knows_the_letters(told: Labelled) -> None:
    """It takes a file for the system's code page unless it begins with this mark."""
    assert projector.as_csv(told).startswith(codecs.BOM_UTF8)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x"])
def test_no_name_is_a_formula(name: str, told: Labelled) -> None:
    told = replace(told, people=(name, "b", "c"), files=(name, *told.files[1:]))
    text = projector.as_csv(told).decode("utf-8-sig")
    (_, row, *_) = csv.reader(io.StringIO(text, newline=""))
    assert row[:2] == [f"'{name}"] * 2


def test_names_that_are_no_text_are_written_all_the_same(
    told: Labelled, pictures: np.ndarray
) -> None:
    told = replace(told, people=("caf\udce9", "b", "c"))
    assert b"caf\\udce9" in projector.as_csv(told)
    with zipfile.ZipFile(io.BytesIO(projector.as_projector(told, pictures))) as file:
        assert b"caf\\udce9" in file.read("metadata.tsv")


def test_a_table_of_ours_is_known(told: Labelled, tmp_path: Path) -> None:
    file = tmp_path / "table"
    for write in projector.FORMATS.values():
        file.write_bytes(write(told))
        assert projector.is_ours(file)
    np.savez_compressed(other := tmp_path / "other.npz", embedding=told.embedding)
    assert not projector.is_ours(other)
    for text in (b"", b"person,file\n", b"\xef\xbb\xbfperson,mark\n", b"PK\x03\x04"):
        file.write_bytes(text)
        assert not projector.is_ours(file)


def test_the_projector_zip(told: Labelled, pictures: np.ndarray) -> None:
    with zipfile.ZipFile(io.BytesIO(projector.as_projector(told, pictures))) as file:
        rows = list(csv.reader(io.StringIO(file.read("tensors.tsv").decode()), delimiter="\t"))
        lines = file.read("metadata.tsv").decode().splitlines()
        config = file.read("projector_config.pbtxt").decode()
        sprite = Image.open(io.BytesIO(file.read("sprite.png")))
        sprite.load()
        assert set(re.findall(r'"(\S+\.\w+)"', config)) < set(file.namelist())
    assert np.array_equal(np.array(rows, np.float32), told.embedding)
    assert len(lines) == 8  # with more than one column the Projector wants a header
    assert {line.count("\t") for line in lines} == {2}
    assert lines[1] == "ann a\tp/0.jpg\tunseen"
    side = int(re.findall(r"single_image_dim: (\d+)", config)[0])
    assert sprite.width == sprite.height == 3 * side
    for number, picture in enumerate(pictures):
        middle = (number % 3 + 0.5) * side, (number // 3 + 0.5) * side
        assert sprite.getpixel((int(middle[0]), int(middle[1]))) == tuple(picture[0, 0])


@pytest.mark.parametrize(("count", "side"), [(1, 64), (16384, 64), (20000, 57)])
def test_a_sheet_is_never_too_large(count: int, side: int) -> None:
    sheet, found = projector.sprite_sheet(np.zeros((count, 2, 2, 3), np.uint8))
    assert found == side
    assert sheet.width == sheet.height <= projector.SPRITE
    assert (sheet.width // side) ** 2 >= count


def test_no_pictures_at_all() -> None:
    assert projector.sprite_sheet(np.zeros((0, 2, 2, 3), np.uint8))[1] == 64
