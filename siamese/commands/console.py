"""What is said on the console: results on stdout, errors and notes on stderr."""

import codecs
import json
import os
import sys
from typing import Any, NoReturn, TextIO

PLAINER = {"×": "x", "…": "...", "−": "-", "–": "-", "→": "->", "’": "'", "‘": "'"}


def fail(message: object) -> NoReturn:
    print(f"siamese: {' '.join(str(message).split())}", file=sys.stderr)
    sys.exit(2)


def note(sentence: str) -> None:
    print(" ".join(sentence.split()), file=sys.stderr)


def tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:20} {value:.4g}" if isinstance(value, float) else f"{name:20} {value}")


def plainer(error: UnicodeError) -> tuple[str, int]:
    """A sign that the console does not have as one that it has, or by its number."""
    assert isinstance(error, UnicodeEncodeError)
    sign = error.object[error.start]
    shown = PLAINER.get(sign) or sign.encode("ascii", "backslashreplace").decode()
    return shown, error.start + 1


codecs.register_error("plainer", plainer)


def let_go(stream: TextIO) -> None:
    """What cannot be written any more, since a disk is full or a reader gone, is not tried again
    when the program ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
