"""What a run can be taken home as."""

from collections.abc import Callable
from dataclasses import dataclass, field

from siamese.checkpoints import Checkpoint
from siamese.export import texts
from siamese.export.recipe import recipe


@dataclass(frozen=True)
class Form:
    """One way to take a run home."""

    label: str  # on the screen
    ending: str  # of its file
    about: str  # a sentence
    write: Callable[[Checkpoint, str, str], bytes] = field(repr=False)  # file, its name, own name


def _script(file: Checkpoint, model: str, name: str) -> bytes:
    return texts.script(recipe(file), name).encode()


def _plain(file: Checkpoint, model: str, name: str) -> bytes:
    return texts.plain(recipe(file), name).encode()


FORMS: dict[str, Form] = {
    "script": Form(
        "Script on our library",
        ".py",
        "Trains the same net again, with the lab's own functions.",
        _script,
    ),
    "plain": Form(
        "Script of one page",
        ".py",
        "The whole method in 150 lines that need torch, numpy and Pillow alone.",
        _plain,
    ),
}


def export(file: Checkpoint, form: str, model: str, name: str) -> bytes:
    """A run as one of `FORMS`: the bytes of a file that will be called `name`. `model` is the path
    of the model file as seen from there. ExportError where it cannot be had."""
    return FORMS[form].write(file, model, name)
