"""A question to predict the answer of, and the experiment that answers it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """Predict, then look."""

    name: str  # a word for links and keys, used once
    question: str  # Markdown
    choices: tuple[str, ...]
    answer: int  # number of the choice that comes true
    why: str  # one sentence
    experiment: Callable[[int], tuple[int, str]]  # seed → number of a choice, figures in words
    controls: str = ""  # keys on its page, with blanks between, of what one tries it with by hand


def percent(share: float, digits: int = 0) -> str:
    """A share, 0 … 1, in a sentence: '7 %'."""
    return f"{share:.{digits}%}".replace("%", " %")
