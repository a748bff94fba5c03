"""In how many pictures of real people is a face found, and how long does it take?

    python benchmarks/detection.py ../shared/data/lfw_people.zip ../shared/data/att_faces.zip

Reads a sample of each zip (500 pictures, seed 0; all, where there are fewer) through the door that
uploads take: `open_picture`, then `detect`. One thread; times are of the processor.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import cv2
import numpy as np

from siamese.archives import opened
from siamese.detection import detect, warnings
from siamese.images import open_picture

SAMPLE = 500


def measure(source: Path, sample: int = SAMPLE, seed: int = 0) -> dict[str, object]:
    """Shares and milliseconds on a sample of the pictures in a zip."""
    cv2.setNumThreads(1)
    counts, doubts, seconds = [], 0, []
    with opened(source, source.name) as files:
        rows = np.random.default_rng(seed).permutation(len(files))[:sample]
        for row in np.sort(rows):
            picture = open_picture(files[row].read(), files[row].path.name)
            began = time.process_time()
            faces = detect(picture)
            seconds.append(time.process_time() - began)
            counts.append(len(faces))
            doubts += bool(faces and warnings(picture, faces[0]))
    found = np.array(counts)
    return {
        "pictures": len(found),
        "found": float((found > 0).mean()),
        "several": float((found > 1).mean()),
        "warned": doubts / len(found),
        "milliseconds": round(1000 * float(np.median(seconds)), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zips", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    arguments = parser.parse_args()
    for source in arguments.zips:
        print(json.dumps({"source": source.name} | measure(source, arguments.sample)))


if __name__ == "__main__":
    main()
