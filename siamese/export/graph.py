"""Run → ONNX: crops in, embeddings and distances out, for programs that know nothing of torch.

What the net wants of a picture is inside: grey, size and light are a part of the graph. The
exporter is torch's own and needs what requirements-export.txt installs.
"""

import json
import warnings
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from siamese.checkpoints import Checkpoint
from siamese.distances import NEAREST, Cohort, cosine_matrix
from siamese.faces import SIZE
from siamese.networks import NETWORKS, EmbeddingNet, NetworkSpec

OPSET = 18
NEEDED = ("onnx", "onnxscript")
DIGITS = 15  # bits behind the point of a weight that a pixel is shrunk with


class ExportError(ValueError):
    """A run that cannot be taken home so; the message says what is missing."""


def onnx(file: Checkpoint) -> bytes:
    """The net of a run as an ONNX file of opset `OPSET`.

    In: `crops` (N, 112, 112, 3) uint8, N of them. Out: `embedding` (N, D) float32, as
    `networks.embed` gives it, and `distance` (N, N) between all of them. The file's metadata tell
    the threshold and the settings. ExportError where the exporter is not installed.
    """
    if problem := what_is_missing():
        raise ExportError(problem)
    net = FromCrops(file).eval()
    crops = torch.zeros(3, SIZE, SIZE, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's exporter on itself
        program = torch.onnx.export(
            *(net, (crops,)),
            input_names=["crops"],
            output_names=["embedding", "distance"],
            dynamic_shapes={"crops": {0: torch.export.Dim("pictures", min=1)}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    return _described(program.model_proto, file)


def what_is_missing() -> str:
    """Why nothing can be exported as ONNX here, in a sentence; '' where it can."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return ""
    return f"ONNX needs {' and '.join(missing)}, which requirements-export.txt installs."


def _described(model: Any, file: Checkpoint) -> bytes:
    """The file, with what one has to know of the run in its metadata."""
    spec = NETWORKS[file.config.net]
    told = {
        "crops": "cut out by five landmarks, forehead to chin" if spec.aligned else "whole heads",
        "distance": file.config.distance,
        "threshold": file.threshold,
        "steps": file.step,
        "settings": asdict(file.config),
    }
    for name, value in told.items():
        text = value if isinstance(value, str) else json.dumps(value)
        model.metadata_props.add(key=name, value=text)
    model.producer_name, model.producer_version = "Siamese Lab", str(file.step)
    return bytes(model.SerializeToString())


class FromCrops(nn.Module):
    """Crops (N, 112, 112, 3) uint8 → embeddings (N, D) and all distances between them (N, N)."""

    def __init__(self, file: Checkpoint) -> None:
        super().__init__()
        self.prepared = Prepared(NETWORKS[file.config.net])
        self.net: EmbeddingNet = file.net
        self.kind = file.config.distance
        self.crowd = None if file.cohort is None else Crowd(file.cohort)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        pictures = self.prepared(crops) / 255
        embedding = (self.net(pictures) + self.net(pictures.flip(-1))) / 2  # as `mirrored_mean`
        if self.net.normalise:
            embedding = normalize(embedding, dim=-1)
        distance = self._distance(embedding, embedding)
        if self.crowd is not None:
            scale = self.crowd(self._distance(embedding, self.crowd.embeddings))
            distance = distance / (scale[:, None] * scale)
        return embedding, distance

    def _distance(self, a: Tensor, b: Tensor) -> Tensor:
        if self.kind == "cosine":
            return cosine_matrix(a, b)
        apart = a[:, None] - b  # (A, B, D)
        if self.net.head is None:
            return apart.square().sum(-1).sqrt()
        return torch.sigmoid(-(apart.abs() @ self.net.head.weight + self.net.head.bias))


class Crowd(nn.Module):
    """`Cohort.scale` of distances (N, M) to its members: (N,)."""

    embeddings: Tensor

    def __init__(self, cohort: Cohort) -> None:
        super().__init__()
        self.usual, self.count = cohort.usual, min(NEAREST, len(cohort.embeddings))
        self.register_buffer("embeddings", cohort.embeddings)

    def forward(self, distance: Tensor) -> Tensor:
        nearest: Tensor = distance.topk(self.count, largest=False).values.mean(-1)
        return (nearest.clamp(min=1e-6) / self.usual).sqrt()


class Prepared(nn.Module):
    """`networks.prepare` as sums of products: (N, 112, 112, 3) uint8 → (N, C, size, size), 0 … 255.

    torch shrinks uint8 pictures in whole numbers: weights of 15 bits, one way and then the other,
    rounded after each. float32 holds whole numbers up to 2^24, which these sums never reach, so
    not a pixel differs.
    """

    weights: Tensor

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.grey = spec.channels == 1
        self.register_buffer("weights", shrinking(SIZE, spec.size))

    def forward(self, crops: Tensor) -> Tensor:
        pixels = crops.float()
        if self.grey:
            red, green, blue = pixels.unbind(-1)  # (N, H, W) each
            pixels = (red * 0.2989 + green * 0.587 + blue * 0.114).floor()[:, None]
        else:
            pixels = pixels.permute(0, 3, 1, 2)  # (N, C, H, W)
        across = _rounded(pixels @ self.weights.T)  # (N, C, H, size)
        return _rounded(self.weights @ across)


def _rounded(sums: Tensor) -> Tensor:
    rounded: Tensor = ((sums + 2 ** (DIGITS - 1)) / 2**DIGITS).floor()
    return rounded.clamp(0, 255)


def shrinking(before: int, after: int) -> Tensor:
    """Weights (after, before) of an antialiased bilinear resize, times 2^15, in whole numbers.

    A pixel of the small picture is the mean of those under a triangle as wide as two of its own.
    """
    scale = before / after
    middles = scale * (torch.arange(after, dtype=torch.double) + 0.5)  # in pixels of the large one
    aside = (torch.arange(before) + 0.5 - middles[:, None]).abs() / scale
    triangle = (1 - aside).clamp(min=0)
    weights = triangle / triangle.sum(1, keepdim=True)
    whole: Tensor = (weights * 2**DIGITS + 0.5).floor()
    return whole.float()
