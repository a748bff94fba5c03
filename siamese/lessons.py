"""Questions to predict the answer of, each with the experiment that answers it.

`task.experiment(seed)` gives the number of the choice that came true and one sentence with the
figures. The tests run every experiment on several seeds: a stated answer that the code does not
give fails them.
"""

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


# -- losses ----------------------------------------------------------------------------------------

LOSSES: tuple[Task, ...] = ()

# -- margin ----------------------------------------------------------------------------------------

MARGIN: tuple[Task, ...] = ()

# -- faces -----------------------------------------------------------------------------------------

FACES: tuple[Task, ...] = ()

TASKS = (*LOSSES, *MARGIN, *FACES)
