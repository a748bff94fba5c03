"""Embeddings → files for other programs: numpy, spreadsheets, TensorBoard's Embedding Projector."""

import csv
import io
import math
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SPRITE = 8192  # pixels of the largest picture that the Projector loads
CSV_HEAD = b"\xef\xbb\xbfperson,file,unseen,e1"  # what our tables begin with
SIDE = 64  # pixels of a face on the sprite sheet, at most
README = """For TensorBoard's Embedding Projector (https://projector.tensorflow.org, or your own)

In the browser: Load, then tensors.tsv as vectors and metadata.tsv as metadata.
With the faces: put all files into one folder and run `tensorboard --logdir FOLDER`; the file
projector_config.pbtxt says which picture on sprite.png belongs to which row.
"""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Embeddings and what is known of each."""

    embedding: NDArray[np.float32]  # (N, D)
    labels: NDArray[np.int64]  # (N,) number of the person
    people: Sequence[str]  # name of each person
    files: Sequence[str]  # (N,) where each picture came from
    unseen: NDArray[np.bool_]  # (N,) True where the net has never met the person


def as_npz(told: Labelled) -> bytes:
    """As `python -m siamese embed` writes it: embedding, labels, people, files, unseen."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        embedding=told.embedding,
        labels=told.labels,
        people=np.array(told.people),
        files=np.array(told.files),
        unseen=told.unseen,
    )
    return buffer.getvalue()


def as_csv(told: Labelled) -> bytes:
    """One line a picture: person, file, unseen, e1 … eD; a header; UTF-8 with the mark by which
    spreadsheets know it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["person", "file", "unseen", *(f"e{n + 1}" for n in range(told.embedding.shape[1]))]
    )
    for values, label, file, new in zip(
        told.embedding, told.labels, told.files, told.unseen, strict=True
    ):
        row = [_harmless(told.people[label]), _harmless(file), int(new)]
        writer.writerow([*row, *(f"{value:.9g}" for value in values)])
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


FORMATS: dict[str, Callable[[Labelled], bytes]] = {".npz": as_npz, ".csv": as_csv}


def is_ours(file: Path) -> bool:
    """Whether a file is a table of embeddings as one of `FORMATS` writes it."""
    with file.open("rb") as stream:
        if stream.read(len(CSV_HEAD)) == CSV_HEAD:
            return True
        try:
            names = set(zipfile.ZipFile(stream).namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
    return names == {f"{column.name}.npy" for column in fields(Labelled)}


def as_projector(told: Labelled, pictures: NDArray[np.uint8]) -> bytes:
    """A zip with tensors.tsv, metadata.tsv, sprite.png and projector_config.pbtxt for pictures
    (N, H, W, 3)."""
    sprite, side = sprite_sheet(pictures)
    image = io.BytesIO()
    sprite.save(image, "PNG")
    config = (
        'embeddings {\n  tensor_name: "faces"\n  tensor_path: "tensors.tsv"\n'
        '  metadata_path: "metadata.tsv"\n  sprite {\n    image_path: "sprite.png"\n'
        f"    single_image_dim: {side}\n    single_image_dim: {side}\n  }}\n}}\n"
    )
    vectors = "".join("\t".join(f"{v:.9g}" for v in row) + "\n" for row in told.embedding)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README)
        file.writestr("tensors.tsv", vectors)
        file.writestr("metadata.tsv", metadata(told).encode("utf-8", "backslashreplace"))
        file.writestr("sprite.png", image.getvalue())
        file.writestr("projector_config.pbtxt", config)
    return buffer.getvalue()


def metadata(told: Labelled) -> str:
    """One line a picture after a header, tab-separated: person, file, seen or unseen."""
    lines = ["person\tfile\tmet"]
    for label, file, new in zip(told.labels, told.files, told.unseen, strict=True):
        words = told.people[label], file, "unseen" if new else "seen"
        lines.append("\t".join(" ".join(word.split()) for word in words))
    return "\n".join(lines) + "\n"


def sprite_sheet(pictures: NDArray[np.uint8]) -> tuple[Image.Image, int]:
    """Pictures (N, H, W, 3) row by row on a square grid, as the Projector wants them, and the side
    of one in pixels: smaller where there are many."""
    columns = max(1, math.ceil(math.sqrt(len(pictures))))
    side = max(1, min(SIDE, SPRITE // columns))
    sheet = Image.new("RGB", (columns * side, columns * side))
    for number, picture in enumerate(pictures):
        small = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(small, (number % columns * side, number // columns * side))
    return sheet, side


def _harmless(text: str) -> str:
    """A spreadsheet takes a text that begins like a formula for one."""
    return f"'{text}" if text[:1] in set("=+-@＝＋－＠\t\r\n") else text
