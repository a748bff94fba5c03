"""What a net makes of some faces, and what can be worked out of it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages.ui.photo import titles
from siamese import neighbours
from siamese.faces import FaceSet

if TYPE_CHECKING:
    from siamese.verifiers import Verifier

SCORED = 2000  # pictures that all pairs are taken of: two million pairs
Floats = NDArray[np.float32]


@dataclass(eq=False)
class Measured:
    """What a net makes of some faces, the same for all visitors who ask the same net."""

    verifier: Verifier
    faces: FaceSet
    embedding: Floats = field(repr=False)  # (N, D)
    layouts: dict[object, Future[Any]] = field(default_factory=dict, repr=False)  # fresh maps
    _scores: dict[bytes, neighbours.Space | None] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The pictures whose pairs are looked at: all, or whole people drawn from them."""
        return neighbours.whole_people(self.faces.labels, SCORED)

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """All distances between `rows`."""
        import torch

        e = torch.from_numpy(self.embedding[self.rows])
        return self.verifier.matrix(e, e)

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.faces.labels[rows]

    @cached_property
    def silhouettes(self) -> Floats | None:
        """How well each picture sits with its person, (N,); NaN where that was not looked at, None
        where it is not defined."""
        try:
            known = neighbours.silhouettes(self.matrix, self.labels(self.rows))
        except ValueError:
            return None
        found = np.full(len(self.embedding), np.nan, np.float32)
        found[self.rows] = known
        return found

    def scores_among(self, which: NDArray[np.bool_]) -> neighbours.Space | None:
        """Scores among some of the pictures, told by (N,) True; None where there are no pairs of
        both kinds."""
        key = which.tobytes()
        if key not in self._scores:
            self._scores[key] = self._scored(np.flatnonzero(which[self.rows]))
        return self._scores[key]

    def _scored(self, part: NDArray[np.int64]) -> neighbours.Space | None:
        try:
            return neighbours.scores(self.matrix[np.ix_(part, part)], self.labels(self.rows[part]))
        except ValueError:
            return None


@dataclass(eq=False)
class FaceSpace:
    """A net's embeddings of some faces, as one visitor looks at them."""

    measured: Measured
    trained_on: NDArray[np.bool_]  # (N,) True where the net has learnt from this person
    before: Floats | None = field(default=None, repr=False)  # the map of a moment ago, if it moves
    maps: dict[object, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.embedding)

    @property
    def verifier(self) -> Verifier:
        return self.measured.verifier

    @property
    def faces(self) -> FaceSet:
        return self.measured.faces

    @property
    def embedding(self) -> Floats:
        return self.measured.embedding

    @cached_property
    def names(self) -> list[str]:
        return titles(self.faces)

    def distances(self, embedding: Floats) -> NDArray[np.float64]:
        """From one embedding (D,) to all, (N,), in the net's own distance."""
        import torch

        row = torch.from_numpy(np.ascontiguousarray(embedding[None], np.float32))
        (distances,) = self.verifier.matrix(row, torch.from_numpy(self.embedding))
        return np.asarray(distances)

    def scores(self, trained_on: bool) -> neighbours.Space | None:
        """Scores among the people that the net has met or has not; None where there are no pairs
        of both kinds."""
        return self.measured.scores_among(self.trained_on == trained_on)
