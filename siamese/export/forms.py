"""What a run can be taken home as."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from siamese.checkpoints import Checkpoint
from siamese.export import graph, texts
from siamese.export.recipe import recipe


@dataclass(frozen=True)
class Form:
    """One way to take a run home."""

    label: str  # on the screen
    ending: str  # of its file
    about: str  # a sentence
    write: Callable[[Checkpoint, str, str], bytes] = field(repr=False)  # see `export`
    lacks: Callable[[], str] = str  # why it cannot be had here, in a sentence; '' where it can


def _script(file: Checkpoint, model: str, name: str) -> bytes:
    return texts.script(recipe(file), name).encode()


def _plain(file: Checkpoint, model: str, name: str) -> bytes:
    return texts.plain(recipe(file), name).encode()


def _onnx(file: Checkpoint, model: str, name: str) -> bytes:
    return graph.onnx(file)


def _notebook(file: Checkpoint, model: str, name: str) -> bytes:
    return texts.notebook(recipe(file), name, model).encode()


FORMS: dict[str, Form] = {
    "script": Form(
        *("Script on the lab's library", ".py"),
        "Trains the same net again, with the functions of this lab.",
        _script,
    ),
    "plain": Form(
        *("Script of one page", "-one-page.py"),
        "The whole method in 150 lines at most. Needs torch, numpy and Pillow alone.",
        _plain,
    ),
    "notebook": Form(
        *("Notebook", ".ipynb"),
        "Loads the model file that lies beside it, embeds pictures and draws their map.",
        _notebook,
    ),
    "onnx": Form(
        *("ONNX", ".onnx"),
        "The net for other programs: crops in, embeddings and distances out.",
        _onnx,
        graph.what_is_missing,
    ),
}
MARK = b"Siamese Lab"  # near the beginning of all of them
HEAD = 8_192  # bytes


def export(file: Checkpoint, form: str, model: str, name: str) -> bytes:
    """A run as one of `FORMS`: the bytes of a file that will be called `name`. `model` is the path
    of the model file as seen from there. ExportError where something it needs is not installed."""
    return FORMS[form].write(file, model, name)


def is_ours(path: Path) -> bool:
    """Whether a file begins as ours do."""
    with path.open("rb") as stream:
        return MARK in stream.read(HEAD)
