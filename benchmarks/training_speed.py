"""How fast do we train, beside the usual tutorial's loop?  Same net, same pictures, same machine.

    python benchmarks/training_speed.py --seconds 15

The tutorial's loop reads picture files in a pair data set, changes each by PIL transforms, collects
them in a DataLoader and runs two towers. Ours keeps one uint8 tensor, changes a batch at once,
embeds each picture once and compares all pairs. A second table shows ours alone and beside busy
processes, with numbers of threads that are fixed and one that follows the pace. Prints the tables
and writes them to `benchmarks/training_speed.md`.
"""

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

import siamese  # noqa: F401  (threads that wait shall sleep)
from siamese import config, training
from siamese.datasets import load
from siamese.experiment import Experiment
from siamese.faces import split_by_person
from siamese.losses import balanced_mean, contrastive
from siamese.networks import NETWORKS, Prepared, build, has_fast_bf16, initialise
from siamese.threads import Threads
from siamese.training import TrainingState
from siamese.vision import v2

BATCH = 64
TURNS = 3
BESIDE = "## Beside other work"
Pair = tuple[Tensor, Tensor, float]


class Pairs(Dataset[Pair]):
    """Random pairs of picture files, half of them of one person, as tutorials make them."""

    def __init__(self, folder: Path) -> None:
        self.people = [sorted(person.iterdir()) for person in sorted(folder.iterdir())]
        size = NETWORKS["small"].size
        self.change = v2.Compose(
            [
                v2.Grayscale(),
                v2.Resize((size, size)),
                v2.RandomHorizontalFlip(),
                v2.RandomAffine(12, (0.06, 0.06), (0.88, 1.12)),
                v2.ColorJitter(0.15, 0.3),
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                v2.RandomErasing(0.5, (0.02, 0.2)),
            ]
        )

    def __len__(self) -> int:
        return 100_000

    def __getitem__(self, _: int) -> Pair:
        one, other = random.sample(self.people, 2)
        if is_same := random.random() < 0.5:
            other = one
        first, second = random.choice(one), random.choice(other)
        return self.read(first), self.read(second), float(is_same)

    def read(self, file: Path) -> Tensor:
        changed: Tensor = self.change(Image.open(file).convert("RGB"))
        return changed


def tutorial(folder: Path, workers: int) -> Iterator[tuple[int, int]]:
    """(pictures, pairs) of each step of the tutorial's loop."""
    net = initialise(build("small", 64), torch.Generator().manual_seed(0)).train()
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3)
    for first, second, is_same in DataLoader(Pairs(folder), BATCH // 2, num_workers=workers):
        distance = (net(first) - net(second)).norm(dim=1)
        loss = balanced_mean(contrastive(distance, is_same, 1.0), is_same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield 2 * len(first), len(first)


def ours(experiment: Experiment, bf16: bool) -> Iterator[tuple[int, int]]:
    """(pictures, pairs) of each step of ours, on the same loss."""
    setattr(training, "has_fast_bf16", lambda: bf16)  # noqa: B010  (a name that it imports)
    state = training.start(config.preset("contrastive", mining="all"))
    while True:
        state = training.advance(state, experiment.seen, 10)
        yield 10 * BATCH, 10 * BATCH * (BATCH - 1) // 2


@contextmanager
def company(count: int) -> Iterator[None]:
    """So many processes that keep a core busy each."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def with_threads(
    experiment: Experiment, by: Callable[[TrainingState, Prepared, int], TrainingState]
) -> Iterator[tuple[int, int]]:
    """(pictures, pairs) of each step of ours, taken in this way."""
    state = training.start(config.preset("triplet"))
    while True:
        state = by(state, experiment.seen, 4)  # few: threads that wait may take seconds for them
        yield 4 * BATCH, 4 * BATCH * (BATCH - 1) // 2


def beside_others(experiment: Experiment, seconds: float, most: int) -> list[str]:
    """Rows of a table: pictures a second alone and beside one busy process and two, with one
    thread, with all, and with as many as pay. The three take turns, so that what else the machine
    does meets all of them; the median of the turns is told."""

    def fixed(count: int) -> Callable[[TrainingState, Prepared, int], TrainingState]:
        def by(state: TrainingState, faces: Prepared, steps: int) -> TrainingState:
            torch.set_num_threads(count)
            return training.advance(state, faces, steps)

        return by

    rows = []
    for busy in (0, 1, 2):
        ways = [
            with_threads(experiment, by) for by in (fixed(1), fixed(most), Threads(most).advance)
        ]
        with company(busy):
            turns = [[measure(way, seconds / TURNS)[0] for way in ways] for _ in range(TURNS)]
        paces = (f"{statistics.median(paces):,.0f}" for paces in zip(*turns, strict=True))
        beside = f"{busy} busy process{'es' * (busy > 1)}" if busy else "nothing added"
        rows.append(f"| {beside} | {' | '.join(paces)} |")
    return rows


def measure(steps: Iterator[tuple[int, int]], seconds: float) -> tuple[float, float]:
    """Pictures and pairs a second, after one second of warming up."""
    began = time.perf_counter()
    while time.perf_counter() - began < 1:
        next(steps)
    pictures = pairs = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        more_pictures, more_pairs = next(steps)
        pictures, pairs = pictures + more_pictures, pairs + more_pairs
    return pictures / elapsed, pairs / elapsed


def peak(dtype: torch.dtype) -> float:
    """GFLOP/s of a matrix product, the best of ten."""
    size = 2048
    a = torch.randn(size, size, dtype=dtype)
    times = []
    for _ in range(10):
        began = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - began)
    return 2 * size**3 / min(times) / 1e9


def loops(experiment: Experiment, seconds: float) -> list[str]:
    """The table that sets ours beside the tutorial's."""
    fast, seen, rows = has_fast_bf16(), experiment.split.seen, []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for index, (picture, label) in enumerate(zip(seen.pictures, seen.labels, strict=True)):
            person = folder / seen.people[label]
            person.mkdir(exist_ok=True)
            Image.fromarray(picture).save(person / f"{index}.jpg", quality=90)
        for workers in (0, 2):
            name = f"tutorial's loop, {workers} loader processes"
            rows.append((name, *measure(tutorial(folder, workers), seconds)))
    rows.append(("ours, fp32", *measure(ours(experiment, bf16=False), seconds)))
    if fast:
        rows.append(("ours, bf16", *measure(ours(experiment, bf16=True), seconds)))
    best = max(row[1] for row in rows[:2])
    return [
        "# Training speed",
        "",
        f"`python benchmarks/training_speed.py --seconds {seconds:g}`, {os.cpu_count()} cores "
        f"({platform.machine()}), torch {torch.__version__}; matrix product fp32 "
        f"{peak(torch.float32):.0f} GFLOP/s, bf16 {peak(torch.bfloat16):.0f}.",
        "",
        "| loop | pictures a second | pairs a second | against the tutorial's best |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {pictures:,.0f} | {pairs:,.0f} | {pictures / best:.1f} × |"
            for name, pictures, pairs in rows
        ),
    ]


def company_table(experiment: Experiment, seconds: float) -> list[str]:
    """The table that shows ours alone and beside other work."""
    most, crowd = torch.get_num_threads(), os.getloadavg()[0]
    return [
        "",
        BESIDE,
        "",
        f"`python benchmarks/training_speed.py --beside --seconds {seconds:g}`: pictures a second "
        "with triplet loss, as `train --data sample_faces --loss triplet` does it. The load of the "
        f"machine was {crowd:.1f} before, from work that is not ours and goes on; below 0.5 the "
        "first row is that of a machine of its own.",
        "",
        f"| | `--threads 1` | `--threads {most}` | as many as pay |",
        "| --- | --- | --- | --- |",
        *beside_others(experiment, seconds, most),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--data", default="sample_faces")
    parser.add_argument("--beside", action="store_true", help="the second table alone")
    arguments = parser.parse_args()
    split = split_by_person(load(arguments.data))
    experiment = Experiment(arguments.data, split, "small").ready()
    file = Path(__file__).with_suffix(".md")
    if arguments.beside:
        lines = file.read_text("utf-8").partition(f"\n{BESIDE}")[0].splitlines()
    else:
        lines = loops(experiment, arguments.seconds)
    lines += company_table(experiment, arguments.seconds)
    print("\n".join(lines))
    file.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
