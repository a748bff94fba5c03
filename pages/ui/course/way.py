"""Where a visitor is on the guided course, and how its address says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pages.ui.course.stops import LENGTHS, STOPS, USUAL, Stop

COURSE, STOP, SAID = "course", "stop", "said"  # in the link


@dataclass(frozen=True)
class Course:
    """A course of so many minutes, and at which of its stops somebody is."""

    minutes: int
    at: int = 0  # 0 is the opening

    @property
    def stops(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in STOPS if self.minutes in stop.minutes)

    @property
    def here(self) -> Stop:
        return self.stops[self.at]

    @property
    def last(self) -> int:
        """How many stops there are after the opening."""
        return len(self.stops) - 1

    @property
    def time(self) -> int:
        """Minutes for the stop."""
        return self.here.minutes[self.minutes]

    @property
    def title(self) -> str:
        return f"Stop {self.at} of {self.last}" if self.at else "The opening"

    @property
    def has_time(self) -> bool:
        """For the other tasks of a page, too."""
        return self.minutes == max(LENGTHS)

    def moved(self, by: int) -> Course | None:
        """The course so many stops on; None where there is none."""
        return replace(self, at=self.at + by) if 0 <= self.at + by <= self.last else None

    def on(self, page: str) -> Course | None:
        """The course at its stop on a page; None where it has none there."""
        places = [number for number, stop in enumerate(self.stops) if stop.page == page]
        return replace(self, at=places[0]) if places else None

    def link(self) -> dict[str, str]:
        return {COURSE: str(self.minutes), STOP: str(self.at)}


def read(asked: Mapping[str, str]) -> tuple[Course, str]:
    """The course that an address asks for, or the nearest to it, and a word where it asks for
    something else."""
    minutes, word = _whole(asked.get(COURSE, "")), ""
    nearest = USUAL if minutes is None else min(LENGTHS, key=lambda one: abs(one - minutes))
    course = Course(nearest)
    if minutes != nearest:
        word = f"There are courses of 15, 45 and 90 minutes. This is the one of {nearest}."
    stop = _whole(asked.get(STOP, "0"))
    course = replace(course, at=min(max(stop or 0, 0), course.last))
    if stop != course.at:
        word = f"{word} This course has stops 0 to {course.last}. This is stop {course.at}."
    return course, word.strip()


def _whole(text: str) -> int | None:
    """A whole number of at most nine digits."""
    digits = text.strip().removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) < 10 else None
