"""How many threads of torch to train with: as many as pay, by the pace that is measured.

The threads of one step wait for each other, so a core that is shared with something else slows all
of them down, and what else a machine does changes by the second.
"""

from dataclasses import dataclass, field, replace
from time import perf_counter as clock

import torch

from siamese import settings, training
from siamese.devices import device_of
from siamese.networks import Prepared
from siamese.training import TrainingState

TRIAL = 2  # steps with another number of threads; the first of them is not measured
SHARE = 0.05  # of the time that goes into trials, about
BETTER = 1.1  # how much quicker another number has to be
NEW = 0.7  # weight of a measurement, beside those before it


@dataclass
class Threads:
    """Begins with one thread. Now and then it tries twice as many, or half, and stays where it is
    quicker; the slower a trial was, the longer until the next."""

    most: int
    count: int = 1
    pace: dict[int, float] = field(default_factory=dict)  # seconds a step, by number of threads
    spent: float = 0.0  # seconds, in all
    next: float = 0.0  # when the next trial may be, likewise
    up: bool = True  # whether it goes to more threads
    device: str = ""  # of `DEVICES`; '' is what the settings of that machine say

    def at_most(self, most: int) -> "Threads":
        """What is known, where there are so many threads to be had."""
        return replace(self, most=most, count=min(self.count, most))

    def advance(self, state: TrainingState, faces: Prepared, steps: int) -> TrainingState:
        """`training.advance`, some of the steps perhaps with another number of threads.

        The numbers sum in different orders: their results are equal, but not to the bit.
        """
        other = self.other
        is_due = self.count in self.pace and self.spent >= self.next
        if is_due and other != self.count and steps >= TRIAL:
            state = self._try(other, state, faces)
            steps -= TRIAL
        return self._timed(self.count, state, faces, steps)

    @property
    def other(self) -> int:
        """The number to be tried next; `count` where there is none."""
        ways = [min(self.most, 2 * self.count), max(1, self.count // 2)]
        first, second = ways if self.up else ways[::-1]
        return first if first != self.count else second

    def _try(self, other: int, state: TrainingState, faces: Prepared) -> TrainingState:
        began = self.spent
        state = self._timed(other, state, faces, 1, counts=False)  # has to get into its stride
        state = self._timed(other, state, faces, TRIAL - 1)
        self.next = self.spent + (self.spent - began) / SHARE
        if self.pace[other] * BETTER < self.pace[self.count]:
            self.up, self.count = other > self.count, other
        else:
            self.up = other < self.count
        return state

    def _timed(
        self, count: int, state: TrainingState, faces: Prepared, steps: int, counts: bool = True
    ) -> TrainingState:
        if not steps:
            return state
        torch.set_num_threads(count)
        began = clock()
        state = training.advance(state, faces, steps, device_of(self.device or settings.device()))
        seconds = clock() - began
        self.spent += seconds
        if counts:
            before = self.pace.get(count, seconds / steps)
            self.pace[count] = NEW * seconds / steps + (1 - NEW) * before
        return state
