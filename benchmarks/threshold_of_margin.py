"""Where does the threshold land, for each margin?  The margin is not the threshold.

    python benchmarks/threshold_of_margin.py

Trains the net `small` with contrastive loss, as `margin_sweep.py` does (seed 0, 300 steps, the
same margins), and writes one row a margin to `pages/ui/pairs/threshold_of_margin.csv`: the
threshold of equal errors on unseen people, and between which distances nine in ten pairs of each
kind lie.
"""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch

import siamese  # noqa: F401  (threads that wait shall sleep)
from siamese.config import preset
from siamese.datasets import load
from siamese.experiment import Experiment
from siamese.faces import split_by_person
from siamese.training import advance, start

TABLE = Path(__file__).parent.parent / "pages" / "ui" / "pairs" / "threshold_of_margin.csv"
COLUMNS = (
    *("margin", "steps", "threshold", "eer"),
    *("same_low", "same_high", "different_low", "different_high"),
)
MARGINS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
STEPS = 300


def main() -> None:
    torch.set_num_threads(1)
    experiment = Experiment("sample_faces", split_by_person(load("sample_faces")), "small")
    with TABLE.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for margin in MARGINS:
            state = advance(start(preset("contrastive", margin=margin)), experiment.seen, STEPS)
            look = experiment.evaluate(state)
            bands = [np.quantile(kind, (0.05, 0.95)) for kind in (look.same, look.different)]
            row = [look.scores.threshold, look.scores.eer, *np.concatenate(bands)]
            table.writerow([margin, STEPS, *(f"{value:.5f}" for value in row)])
            file.flush()
            print(f"margin {margin}: threshold {row[0]:.3f}", flush=True)


if __name__ == "__main__":
    main()
