"""A place for a result: tried before the work begins, and nothing of the user's is lost there.

What is there already is replaced only where it carries our own mark, and a file is written as a
whole or not at all.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODEL = b'{"__metadata__":{"siamese_lab":'  # a model file of ours, behind the 8 bytes of its length


class OutputError(ValueError):
    """A place where a result cannot, or must not, be written; the message says why."""


@dataclass(frozen=True)
class Output:
    """A file to come. `ours` tells whether the file that is there was written by us."""

    path: Path
    ours: Callable[[Path], bool]

    @classmethod
    def at(cls, out: Path, inputs: Iterable[Path], ours: Callable[[Path], bool]) -> "Output":
        """The place that `out` names, links followed, once a file could be written there.

        OutputError where it could not, where somebody else's file is in its way, and where it is
        one of the `inputs` or lies in one.
        """
        path = Path(os.path.realpath(out))
        if any(lies_in(path, source) for source in inputs):
            raise OutputError(
                f"{out} would be written over what is read, or into it: choose a place elsewhere."
            )
        if not path.parent.is_dir():
            raise OutputError(f"There is no folder {path.parent} to write to.")
        output = cls(path, ours)
        with output._unfinished():
            return output

    def write(self, data: bytes) -> None:
        """All of the file or nothing of it. OutputError where it cannot be."""
        with self._unfinished() as unfinished:
            unfinished.write_bytes(data)
            if self.path.exists():
                shutil.copymode(self.path, unfinished)
            unfinished.replace(self.path)

    @contextmanager
    def _unfinished(self) -> Iterator[Path]:
        """A new file beside ours that is gone afterwards."""
        unfinished = self.path.with_name(f".siamese-{secrets.token_hex(8)}")
        try:
            self._spare()
            unfinished.open("xb").close()
            yield unfinished
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}.") from error
        finally:
            unfinished.unlink(missing_ok=True)

    def _spare(self) -> None:
        """OutputError where there is something that is not to be replaced."""
        try:
            size = self.path.lstat().st_size
        except FileNotFoundError:
            return
        if self.path.is_dir():
            raise OutputError(f"{self.path} is a folder: name a file.")
        if not self.path.is_file():
            raise OutputError(f"{self.path} is no ordinary file: choose another place.")
        if size and not self.ours(self.path):
            raise OutputError(
                f"{self.path} is there already, and not of our making: move it away, or choose "
                "another name."
            )
        if not os.access(self.path, os.W_OK):
            raise OutputError(f"{self.path} is there already, and protected from writing.")


def lies_in(path: Path, source: Path) -> bool:
    """Whether a path is this file or folder or lies in it, however either of them is spelt."""
    if not source.exists():
        return False
    return any(here.exists() and here.samefile(source) for here in (path, *path.parents))


def is_model(file: Path) -> bool:
    """Whether a file begins as our model files do."""
    with file.open("rb") as stream:
        return stream.read(8 + len(MODEL))[8:] == MODEL
