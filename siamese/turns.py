"""What a worker does: train a run for a while, look at it, lay out a map.

A run's state and the faces that it learns from stay in the worker, in memory only. What comes back
of a turn is small; the state comes along only now and then, so that a worker which dies costs no
more than what it has done since.
"""

import gc
import os
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from siamese import projection
from siamese.config import TrainingConfig, preset
from siamese.evaluation import Evaluation, evaluate
from siamese.experiment import cohort_before
from siamese.networks import Prepared
from siamese.sharing import Once, digest
from siamese.threads import Threads
from siamese.training import TrainingState, advance, start

NEIGHBOURS = 8  # of a face on the map: about as many as there are photos of a person
FIRST_LOOKS = 8  # that a worker keeps
SERVER_SEEN = 1.0  # seconds between two times that a worker looks whether its server is there


class UnknownError(LookupError):
    """This worker has not got the state or the faces of a turn: hand them over once more."""


@dataclass(frozen=True, eq=False)
class Turn:
    """One turn of a run, all that a worker has to know."""

    run: str  # what the worker keeps it by
    seen: str  # digests of the faces
    unseen: str
    faces: dict[str, Prepared] = field(repr=False)  # those that the worker has not got yet
    state: TrainingState | None = field(repr=False)  # None: go on from what the worker has
    config: TrainingConfig  # from now on
    map: NDArray[np.float32] | None  # the map before
    steps: int  # to train, at most; 0 for a look only
    seconds: float  # likewise
    threads: Threads
    looks: bool = True  # at the unseen people
    quick: bool = False  # such a look as can be had among many runs
    home: bool = True  # whether the state comes along


@dataclass(frozen=True, eq=False)
class Result:
    """A look at a run."""

    state: TrainingState  # without its numbers where it has stayed in the worker
    evaluation: Evaluation
    map: NDArray[np.float32]  # (N, 2), the unseen faces
    map_method: str  # 'umap', 'pca', or 'plane' for embeddings drawn as they are
    quick: bool = False  # seen in a crowd: its figures are a little worse than those of a full look


@dataclass(frozen=True, eq=False)
class Done:
    """What comes back of a turn."""

    state: TrainingState  # as in a `Result`
    result: Result | None  # where it was to look
    best: Result | None  # the best look since the state last came home, if it is another one
    seconds: float  # spent on training alone
    looking: float  # seconds of this thread spent on the evaluation and the map, without waiting
    threads: Threads  # and their pace


@dataclass(eq=False)
class Held:
    """A run that is trained here."""

    state: TrainingState
    best: Result | None = None  # of the looks since the state last went home


class Store:
    """What a worker keeps, in memory only."""

    def __init__(self) -> None:
        self.runs: dict[str, Held] = {}
        self.faces: dict[str, Prepared] = {}  # by digest
        self._first_looks: dict[tuple[str, TrainingConfig, str], Result] = {}

    def take(self, turn: Turn) -> tuple[Held, Prepared, Prepared]:
        """The run of a turn and its faces, with what came along. UnknownError where something is
        missing."""
        self.faces |= turn.faces
        if turn.state is not None:
            self.runs[turn.run] = Held(turn.state)
        try:
            return self.runs[turn.run], self.faces[turn.seen], self.faces[turn.unseen]
        except KeyError as missing:
            raise UnknownError(turn.run) from missing

    def first_look(self, turn: Turn, state: TrainingState, unseen: Prepared) -> Result:
        """The look that a run begins with, which is the same for all visitors with these settings
        and faces: a class that presses *Train* at once does not wait for thirty of them."""
        key = turn.unseen, state.config, _digest(state.average)
        result = self._first_looks.pop(key, None) or look(state, unseen, None)
        if result.map_method != "pca":  # that stands in for UMAP
            self._first_looks[key] = replace(result, state=state.light())
        for old in list(self._first_looks)[:-FIRST_LOOKS]:
            del self._first_looks[old]
        return replace(result, state=state)

    def drop(self, name: str) -> None:
        """Forget a run, or faces and what has been seen of them."""
        self.runs.pop(name, None)
        self.faces.pop(name, None)
        for key in [key for key in self._first_looks if key[0] == name]:
            del self._first_looks[key]


def _digest(weights: dict[str, torch.Tensor]) -> str:
    return " ".join(digest(each.numpy()) for each in weights.values())


kept = Store()


def work(turn: Turn) -> Done:
    """Train for a while, then look at the unseen people. Runs in a worker."""
    run, seen, unseen = kept.take(turn)
    state, seconds = _train(turn, replace(run.state, config=turn.config), seen)
    began = time.thread_time()
    result = _looked(turn, state, unseen) if turn.looks else None
    looking = time.thread_time() - began
    run.state = state
    run.best = better(run.best, result)
    return _handed(turn, run, result, seconds, looking)


def _train(turn: Turn, state: TrainingState, seen: Prepared) -> tuple[TrainingState, float]:
    """The state after the steps of a turn, and the seconds that they took."""
    torch.set_num_threads(turn.threads.count)
    began = time.perf_counter()
    seconds, done = 0.0, 0
    pace = turn.threads.pace.get(turn.threads.count)  # seconds a step, by the turns before
    while done < turn.steps and seconds < turn.seconds:
        # As many as fit in the time that is left, by the pace so far; each call costs some time.
        known = seconds / done if done else pace
        fitting = (turn.seconds - seconds) / known if known else 1
        most = turn.steps if pace else 4 * max(1, done)
        steps = int(min(turn.steps - done, max(1, fitting), most))
        state = turn.threads.advance(state, seen, steps)
        done, seconds = done + steps, time.perf_counter() - began
    return state, seconds


def look(
    state: TrainingState,
    unseen: Prepared,
    before: NDArray[np.float32] | None,
    quick: bool = False,
) -> Result:
    """How well the net tells the unseen people apart, and their map, from the map before on."""
    cohort = cohort_before(state.config)
    evaluation = evaluate(state.net, state.config.distance, unseen, cohort, quick)
    placed, method = draw(evaluation.embedding, before, quick)
    return Result(state, evaluation, placed, method, quick)


def _looked(turn: Turn, state: TrainingState, unseen: Prepared) -> Result:
    if turn.map is None and not turn.steps:
        return kept.first_look(turn, state, unseen)
    return look(state, unseen, turn.map, turn.quick)


def better(one: Result | None, other: Result | None) -> Result | None:
    """The one that errs less; of equals, the other."""
    if one is None or other is None:
        return one or other
    return other if other.evaluation.scores.eer <= one.evaluation.scores.eer else one


def _handed(turn: Turn, run: Held, result: Result | None, seconds: float, looking: float) -> Done:
    if turn.home:
        best, run.best = run.best if run.best is not result else None, None
        return Done(run.state, result, best, seconds, looking, turn.threads)
    light = run.state.light()
    result = result and replace(result, state=light)
    return Done(light, result, None, seconds, looking, turn.threads)


def drop(name: str) -> None:
    """Forget a run, or faces. Runs in a worker."""
    kept.drop(name)


def draw(
    embedding: NDArray[np.float32], before: NDArray[np.float32] | None, quick: bool = False
) -> tuple[NDArray[np.float32], str]:
    """The map of a moment: the plane itself, or UMAP, or PCA while UMAP is not ready."""
    if embedding.shape[1] == 2:
        return embedding, "plane"
    if not projection.is_warm():
        return projection.project(embedding, "pca", start=before), "pca"
    choices = {"start": before, "neighbours": NEIGHBOURS, "quick": quick}
    return projection.project(embedding, "umap", **choices), "umap"


def lay_out(
    embedding: NDArray[np.float32], method: str, choices: dict[str, Any]
) -> tuple[NDArray[np.float32], str]:
    """A map by a method of `PROJECTIONS`, and the method that drew it: PCA while this worker's UMAP
    is not ready. Runs in a worker."""
    if method == "umap" and not projection.is_warm():
        known = {name: choices[name] for name in ("dimensions", "start") if name in choices}
        return projection.project(embedding, "pca", **known), "pca"
    return projection.project(embedding, method, **choices), method


def lay_out_film(
    moments: list[NDArray[np.float16]], method: str, choices: dict[str, Any]
) -> list[NDArray[np.float32]]:
    """`projection.film`. Runs in a worker, and waits for its UMAP."""
    if method == "umap":
        projection.warm_up()
    return projection.film(moments, method, **choices)


def warm_worker() -> None:
    """The first thing that a process of this machine does: be polite, and end with its server."""
    os.nice(2)  # pages come first
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    _trust_memory()
    warm()


def warm() -> None:
    """Load what takes long, so as to answer quickly later. Runs in a worker, of a cluster too."""
    _load()


@Once
def _load() -> None:
    torch.set_num_threads(1)
    noise = (torch.arange(8 * 64 * 64) % 251).to(torch.uint8).reshape(8, 1, 64, 64)
    few = Prepared(noise, torch.arange(8) // 2)
    advance(start(replace(preset("triplet"), people=4, pictures=2)), few, 2)
    gc.freeze()
    threading.Thread(target=_warm_up_maps, daemon=True).start()


def _trust_memory() -> None:
    """Where psutil is installed, loky ends a worker that has grown by 300 MB, as if it had a leak;
    ours grow by the faces and runs that they keep."""
    from loky import process_executor

    process_executor._USE_PSUTIL = False


def _warm_up_maps() -> None:
    """UMAP, and all that is loaded out of the garbage collector's sight: loky calls it after each
    second, and with torch and UMAP to go through that takes half of a worker's time."""
    projection.warm_up()
    gc.freeze()


def _end_with(server: int) -> None:
    """End when the server has: one that is stopped or killed says good-bye to nobody, and all its
    workers would be left, with half a gigabyte each."""
    while os.getppid() == server:
        time.sleep(SERVER_SEEN)
    os._exit(0)
