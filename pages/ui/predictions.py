"""What a visitor has predicted: over all pages, in words, and as a short code for a link."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from siamese.lessons import TASKS, Task

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily taken for another one
TOLD, OPEN = "0123456789", "ABCDEFGHIJ"  # a choice: the answer was shown, or it is still to come
PIECE = 4  # letters of a prediction in a link


def tag(task: Task) -> str:
    """Three letters that tell a task from all others, whatever their order."""
    number = int.from_bytes(hashlib.blake2b(task.name.encode(), digest_size=4).digest())
    return "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(3))


BY_TAG = {tag(task): task for task in TASKS}


@dataclass
class Predictions:
    """Each task can be answered once. What came of it has been shown, or is still to come."""

    said: dict[str, int] = field(default_factory=dict)  # name of a task → number of the choice
    told: set[str] = field(default_factory=set)  # tasks whose answer the visitor has seen

    def say(self, task: Task, choice: int) -> None:
        self.said.setdefault(task.name, choice)

    def tell(self, task: Task) -> None:
        """The answer is shown."""
        self.told.add(task.name)

    @property
    def foreseen(self) -> int:
        """How many of those that have been told came as predicted."""
        return sum(self.said[task.name] == task.answer for task in TASKS if task.name in self.told)

    def in_words(self) -> str:
        """'4 of 30 predicted, 3 seen coming'"""
        told = f"{len(self.said)} of {len(TASKS)} predicted"
        return f"{told}, {self.foreseen} seen coming" if self.told else told

    def code(self) -> str:
        """All of it in a few letters for a link; '' where nothing has been predicted."""
        return "".join(
            tag(task) + (TOLD if task.name in self.told else OPEN)[self.said[task.name]]
            for task in TASKS
            if task.name in self.said
        )

    def take(self, code: str) -> int:
        """What a link says was predicted, as far as nothing has been said here. How many pieces of
        it mean nothing."""
        pieces = re.findall(f".{{1,{PIECE}}}", code[: PIECE * len(TASKS)])
        return sum(not self._take(piece) for piece in pieces)

    def _take(self, piece: str) -> bool:
        task, sign = BY_TAG.get(piece[:-1]), piece[-1]
        choice = (TOLD + OPEN).find(sign) % len(TOLD)
        if task is None or sign not in TOLD + OPEN or choice >= len(task.choices):
            return False
        if task.name not in self.said:
            self.say(task, choice)
            if sign in TOLD:
                self.tell(task)
        return True


def among(names: Iterable[str]) -> tuple[Task, ...]:
    """Tasks by their names, in this order."""
    by_name = {task.name: task for task in TASKS}
    return tuple(by_name[name] for name in names)
