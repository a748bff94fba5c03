"""How far apart do the nets that come with the lab put real people?

    python benchmarks/real_people.py lfw_people.zip

Reads the faces of the zip as the page *People* does, takes the people with two pictures and more,
at most four of each (three people alone would make two thirds of the pairs), and writes the
distances under every net to `siamese/real_people.json`: of all pairs, every so-manieth, and of
independent pairs, in which each person stands once, of two halves of the people. A net is asked
about people new to it. No picture and no name is written. Some fifteen minutes on one core, most
of them SFace's; what has been found is kept in a temporary folder, whose name is told, and is taken
from there the next time.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch

import siamese  # noqa: F401  (threads that wait shall sleep)
from siamese import checkpoints, detection, reference, training, verifiers
from siamese.config import preset
from siamese.datasets import load
from siamese.evaluation import thinned
from siamese.experiment import is_new
from siamese.faces import FaceSet
from siamese.portraits import load_portraits
from siamese.real_people import PROBE, TABLE
from siamese.verification import area, balanced_accuracy, curve, equal_error
from siamese.verifiers import Verifier

EACH = 4  # pictures of a person at most
SEED = 0
DIGITS = 4
KEPT = Path(tempfile.gettempdir()) / "siamese_real_people"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zip", type=Path)
    source = parser.parse_args().zip
    torch.set_num_threads(1)
    KEPT.mkdir(exist_ok=True)
    print(f"kept in {KEPT}", flush=True)
    found = faces_of(source)
    few = found["few"]
    nets = {}
    for name, (verifier, learnt) in asked().items():
        new = is_new(few.people, learnt)
        nets[name] = measure(name, verifier, few, new)
        told = {k: v for k, v in nets[name].items() if not isinstance(v, list)}
        print(name, told, flush=True)
    TABLE.write_text(
        json.dumps(
            {
                "data": f"Labeled Faces in the Wild, {source.name}",
                "command": f"python benchmarks/real_people.py {source.name}",
                "no_face": found["no_face"],
                "no_face_again": found["no_face_again"],
                "at_most": EACH,
                "nets": nets,
            },
            separators=(",", ":"),
        )
        .replace('"pixels":', '\n"pixels":')
        .replace('},"', '},\n"')
        + "\n"
    )


def asked() -> dict[str, tuple[Verifier, frozenset[str]]]:
    """The nets, and whom each has learnt from."""
    shipped = {name: checkpoints.load(checkpoints.shipped(name)) for name in ("small", "starter")}
    untrained = verifiers.of_state(training.start(preset("triplet")), None, "", "")
    return {
        "pixels": (verifiers.of_pixels(), frozenset()),
        "untrained": (untrained, frozenset()),
        **{name: (verifiers.of_checkpoint(file, name, ""), frozenset(file.trained_on))
           for name, file in shipped.items()},
        "sface": (
            verifiers.of_embedder("sface", "", reference.embed, reference.cut), frozenset()),
    }  # fmt: skip


def faces_of(source: Path) -> dict[str, Any]:
    """The faces that are asked about, and how many pictures showed none."""
    file = KEPT / "faces.npz"
    if not file.exists():
        faces = load_portraits(source)
        counts = faces.counts
        place = np.arange(len(faces)) - np.searchsorted(faces.labels, faces.labels)
        few = faces.choose((counts[faces.labels] > 1) & (place < EACH))
        again = sum(not detection.detect(picture) for picture in few.pictures)
        np.savez(
            file, pictures=few.pictures, labels=few.labels, people=few.people, files=few.files,
            no_face=len(faces.skipped), no_face_again=again,
        )  # fmt: skip
    kept = np.load(file)
    people, files = (tuple(map(str, kept[name])) for name in ("people", "files"))
    few = FaceSet(kept["pictures"], kept["labels"], people, files)
    print(f"{len(few)} pictures of {len(few.people)} people", flush=True)
    return {"few": few} | {name: int(kept[name]) for name in ("no_face", "no_face_again")}


def measure(name: str, verifier: Verifier, few: FaceSet, new: np.ndarray) -> dict[str, Any]:
    """All that is kept of a net, by name."""
    rows = np.flatnonzero(new[few.labels])
    e, labels = embedded(name, verifier, few)[rows], few.labels[rows]
    matrix = verifier.matrix(e, e).astype(np.float32)
    i, j = np.triu_indices(len(rows), 1)
    distance, is_same = matrix[i, j], labels[i] == labels[j]
    points = curve(distance, is_same)
    eer, threshold = equal_error(points)
    single_same, single_different = independent(labels)
    one, other = load("sample_faces").pictures[list(PROBE)]
    probe = verifier.embed(np.stack([one, other]))
    return {
        "people": int(new.sum()),
        "pictures": len(rows),
        "pairs_same": int(is_same.sum()),
        "pairs_different": int((~is_same).sum()),
        "eer": round(eer, 5),
        "auc": round(area(points), 5),
        "balanced_accuracy": round(balanced_accuracy(points), 5),
        "threshold": round(threshold, 5),
        "probe": round(float(verifier.matrix(probe[:1], probe[1:]).item()), DIGITS),
        "same": told(thinned(distance[is_same])),
        "different": told(thinned(distance[~is_same])),
        "single_same": told(matrix[single_same]),
        "single_different": told(matrix[single_different]),
    }


Places = tuple[np.ndarray, np.ndarray]  # rows and columns of the matrix


def independent(labels: np.ndarray) -> tuple[Places, Places]:
    """Pairs that share nobody, of people dealt by lot into two halves: two pictures of each person,
    (2, P/2), and people of a half dealt into pairs, with one picture each, (2, P/4)."""
    rng = np.random.default_rng(SEED)
    of_each = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    lot = rng.permutation(len(of_each))[: len(of_each) // 4 * 4].reshape(2, -1)
    same = np.array([[rng.choice(of_each[who], 2, replace=False) for who in half] for half in lot])
    one = np.array([[rng.choice(of_each[who]) for who in half] for half in lot])
    return (same[..., 0], same[..., 1]), (one[:, ::2], one[:, 1::2])


def embedded(name: str, verifier: Verifier, few: FaceSet) -> torch.Tensor:
    """Embeddings (N, D) of all the pictures, kept on the way."""
    file = KEPT / f"{name}.npy"
    if not file.exists():
        parts = [verifier.embed(few.pictures[at : at + 64]) for at in range(0, len(few), 64)]
        np.save(file, torch.cat(parts).numpy())
    return torch.from_numpy(np.load(file))


def told(distances: np.ndarray) -> Any:
    return np.asarray(distances, np.float64).round(DIGITS).tolist()


if __name__ == "__main__":
    main()
