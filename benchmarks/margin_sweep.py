"""What does the margin do to a real net?  Margins × losses × seeds, scored on unseen people.

    python benchmarks/margin_sweep.py --steps 300

Trains the net `small` on the built-in people, split by person, and appends one row a run to
`pages/ui/margin/margin_sweep.csv`; rows that are there already are not made again. Distances are
those that the loss works with: euclidean in [0, 2], for circle loss 1 − cosine in [0, 2].
"""

import argparse
import csv
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch

import siamese  # noqa: F401  (threads that wait shall sleep)
from siamese.config import preset
from siamese.datasets import load
from siamese.distances import distance_matrix
from siamese.experiment import Experiment
from siamese.faces import FaceSet, split_by_person
from siamese.mining import same_and_different
from siamese.training import advance, start

TABLE = Path(__file__).parent.parent / "pages" / "ui" / "margin" / "margin_sweep.csv"
COLUMNS = ("loss", "margin", "seed", "steps", "same", "different", "eer")
MARGINS = {
    "contrastive": (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0),
    "triplet": (0.05, 0.1, 0.2, 0.3, 0.6, 1.0, 1.5),
    "circle": (0.05, 0.15, 0.25, 0.35, 0.45, 0.6),
}
SEEDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    steps: int = parser.parse_args().steps
    torch.set_num_threads(1)
    faces = load("sample_faces")
    done = rows_made(steps)
    for seed in range(SEEDS):
        for loss, margins in MARGINS.items():
            for margin in margins:
                if (loss, margin, seed) not in done:
                    append(point(faces, loss, margin, seed, steps))


def rows_made(steps: int) -> set[tuple[str, float, int]]:
    if not TABLE.exists():
        with TABLE.open("w", newline="") as file:
            csv.writer(file).writerow(COLUMNS)
    with TABLE.open(newline="") as file:
        return {
            (row["loss"], float(row["margin"]), int(row["seed"]))
            for row in csv.DictReader(file)
            if int(row["steps"]) == steps
        }


def point(faces: FaceSet, loss: str, margin: float, seed: int, steps: int) -> list[object]:
    """One run → its row. The seed decides who is unseen, too."""
    began = time.perf_counter()
    config = preset(loss, "small", margin=margin, seed=seed)
    experiment = Experiment("sample_faces", split_by_person(faces, seed=seed), "small")
    state = advance(start(config), experiment.seen, steps)
    look = experiment.evaluate(state)
    embedding = torch.from_numpy(look.embedding)
    matrix = distance_matrix(embedding, embedding, config.distance)
    same, different = same_and_different(experiment.unseen.labels)
    print(f"{loss} {margin} seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    means = (matrix[same].mean().item(), matrix[different].mean().item(), look.scores.eer)
    return [loss, margin, seed, steps, *(f"{value:.5f}" for value in means)]


def append(row: list[object]) -> None:
    with TABLE.open("a", newline="") as file:
        csv.writer(file).writerow(row)


if __name__ == "__main__":
    main()
