"""By how much does a split by picture flatter a net?

    python benchmarks/leaky_split.py

Trains the net `small` on the built-in people for 300 steps with each of three losses and three
seeds, a quarter of the people and a quarter of the others' pictures set aside (`siamese.leak.cut`),
and writes the equal error rate of each net on the three kinds of pairs to
`pages/ui/pairs/leaky_split.csv`. One thread, about 20 s a run; rows that are there are not made
again.
"""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch

import siamese  # noqa: F401  (threads that wait shall sleep)
from siamese.config import preset
from siamese.datasets import load
from siamese.leak import cut, leak

TABLE = Path(__file__).parent.parent / "pages" / "ui" / "pairs" / "leaky_split.csv"
COLUMNS = ("loss", "seed", "steps", "pairs", "eer", "auc", "pairs_same", "pairs_different")
LOSSES = ("contrastive", "triplet", "circle")
SEEDS, STEPS = 3, 300


def main() -> None:
    torch.set_num_threads(1)
    faces = load("sample_faces")
    for seed in range(SEEDS):
        parts = cut(faces, seed=seed).ready("small")
        for loss in LOSSES:
            if (loss, str(seed)) in rows_made():
                continue
            told = leak(parts, preset(loss, seed=seed), STEPS)
            with TABLE.open("a", newline="") as file:
                for name, scores in told.items():
                    counts = scores.pairs_same, scores.pairs_different
                    row = loss, seed, STEPS, name, f"{scores.eer:.5f}", f"{scores.auc:.5f}", *counts
                    csv.writer(file).writerow(row)
            print(loss, seed, {name: round(scores.eer, 4) for name, scores in told.items()})


def rows_made() -> set[tuple[str, str]]:
    if not TABLE.exists():
        with TABLE.open("w", newline="") as file:
            csv.writer(file).writerow(COLUMNS)
    with TABLE.open(newline="") as file:
        return {(row["loss"], row["seed"]) for row in csv.DictReader(file)}


if __name__ == "__main__":
    main()
