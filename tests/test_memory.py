"""A step finds again what the one before it has freed."""

import subprocess
import sys

import pytest

from siamese.memory import keep_freed

PROGRAM = """
import resource
import torch
from siamese.config import preset
from siamese.networks import Prepared
from siamese.training import advance, start
torch.set_num_threads(1)
pictures = torch.randint(0, 256, (128, 1, 64, 64), dtype=torch.uint8)
faces = Prepared(pictures, torch.arange(128) // 4)
state = advance(start(preset("contrastive", design=1)), faces, 5)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
advance(state, faces, 10)
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10)
"""


@pytest.mark.skipif(not keep_freed(), reason="not glibc")
def test_a_step_takes_its_memory_from_the_last_one() -> None:
    """Pages that the kernel has to hand out anew: without it, more than 2,000 a step."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert not done.stderr
    assert float(done.stdout) < 300


def test_where_it_cannot_be_asked_for_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_: object) -> object:
        return object()

    monkeypatch.setattr("ctypes.CDLL", without)
    assert keep_freed.__wrapped__() is False
