"""2,000 damaged pictures and 200 damaged zips, and small files that ask for much: each is read or
refused in a sentence, soon and in little memory.

They are read by `fuzzing.py` in a process of its own, so that its memory can be measured. Time is
that of the processor: how long it takes on a busy machine says nothing of the file.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("fuzzing.py")
SECONDS, MEGABYTES = 2.0, 1000.0


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("pictures", 2000), ("zips", 200)])
def test_damaged_files_are_read_or_refused(kind: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), kind, str(count)],
        capture_output=True,
        text=True,
        timeout=500,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["wrong"] == []
    assert told["read"] + told["refused"] == told["cases"] > count
    assert min(told["read"], told["refused"]) > count / 20  # both ways are walked
    assert told["slowest"] < SECONDS, told["slowest_case"]
    assert told["megabytes"] < MEGABYTES
