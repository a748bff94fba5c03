"""How the nets that come with the lab do on photos of real people: distances that were measured
once, and are kept beside this module.

`benchmarks/real_people.py` has written them, of Labeled Faces in the Wild (Huang et al. 2007): no
picture and no name is kept, distances alone. Each net was asked about people whom it has not learnt
from, where that is known: of SFace's, its makers do not say who they were.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # torch takes seconds to import
    from siamese.verifiers import Verifier

Floats = NDArray[np.float32]

TABLE = Path(__file__).with_suffix(".json")
NETS = ("pixels", "untrained", "small", "starter", "sface")
PROBE = 0, 9  # numbers of two pictures of `sample_faces`


@dataclass(frozen=True, eq=False)
class Measured:
    """A net's distances on real people, and what they say of it."""

    people: int
    pictures: int
    pairs_same: int
    pairs_different: int
    eer: float
    auc: float
    balanced_accuracy: float
    threshold: float  # of equal errors among all those pairs
    probe: float  # distance of the pair `PROBE` of the built-in people: it tells the net
    same: Floats = field(repr=False)  # of all pairs of one person, rising, as `thinned` keeps them
    different: Floats = field(repr=False)  # of all pairs of two people, likewise
    # Of two halves of the people, pairs that share nobody within their kind, by lot:
    single_same: Floats = field(repr=False)  # (2, P/2), one pair of each person
    single_different: Floats = field(repr=False)  # (2, P/4), each person in one of them


@functools.cache
def measured(net: str) -> Measured:
    """Of one of `NETS`. KeyError for others."""
    told: dict[str, Any] = {
        name: np.array(value, np.float32) if isinstance(value, list) else value
        for name, value in _table()["nets"][net].items()
    }
    return Measured(**told)


def tested(verifier: Verifier, net: str) -> Verifier:
    """The verifier of one of `NETS`, with its errors on real people and a threshold by them."""
    known = measured(net)
    return replace(verifier, same=known.same, different=known.different, threshold=known.threshold)


def about() -> dict[str, Any]:
    """Where the distances come from: data, command, pictures without a face."""
    return {name: value for name, value in _table().items() if name != "nets"}


@functools.cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    return found
