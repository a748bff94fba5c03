"""Questions to predict the answer of, each with the experiment that answers it.

`task.experiment(seed)` gives the number of the choice that came true and one sentence with the
figures. The tests run every experiment on several seeds: a stated answer that the code does not
give fails them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siamese.playground import Trajectory


@dataclass(frozen=True)
class Task:
    """Predict, then look."""

    name: str  # a word for links and keys, used once
    question: str  # Markdown
    choices: tuple[str, ...]
    answer: int  # number of the choice that comes true
    why: str  # one sentence
    experiment: Callable[[int], tuple[int, str]]  # seed → number of a choice, figures in words


# -- losses ----------------------------------------------------------------------------------------

LOSSES: tuple[Task, ...] = ()

# -- margin ----------------------------------------------------------------------------------------


def _points(seed: int, **settings: Any) -> "Trajectory":
    """Points that the loss itself moves, as on the page Margin."""
    from siamese.playground import Playground, trajectory

    return trajectory(Playground(seed=seed, **settings))


def _zero_is_not_far(seed: int) -> tuple[int, str]:
    small, large = _points(seed, margin=0.05), _points(seed, margin=0.5)
    losses = small.loss[-1], large.loss[-1]
    outcome = 2 if losses[0] == losses[1] else int(losses[0] > losses[1])
    return outcome, (
        f"Both end at {losses[0]:.3f} and {losses[1]:.3f}, but the clear space round each person "
        f"is {small.gap[-1]:.2f} with the small margin and {large.gap[-1]:.2f} with the large one."
    )


def _never_met(seed: int) -> tuple[int, str]:
    end = _points(seed, margin=2.5, normalised=True, lr=0.01)
    return int(end.loss[-1] > 0), (
        f"After {end.playground.steps} steps the loss is {end.loss[-1]:.2f} and "
        f"{100 * end.active[-1]:.0f} % of the triplets are active."
    )


def _heap(seed: int) -> tuple[int, str]:
    settings = {"margin": 0.5, "noise": 0.46, "lr": 0.05, "tied": 0.99}
    hard, semi = (_points(seed, mining=mining, **settings) for mining in ("hard", "semi-hard"))
    return int(semi.different[-1] < hard.different[-1]), (
        f"Strangers end {hard.different[-1]:.2f} apart with the hardest triplets, at a loss of "
        f"{hard.loss[-1]:.2f} for a margin of 0.50, and {semi.different[-1]:.2f} with semi-hard "
        "ones."
    )


def _flipped(seed: int) -> tuple[int, str]:
    end = _points(seed, flipped=True)
    return int(end.same[-1] > end.different[-1]), (
        f"Photos of one person are {end.same[-1]:.2f} apart in the end, strangers "
        f"{end.different[-1]:.2f}."
    )


MARGIN: tuple[Task, ...] = (
    Task(
        "margin_zero",
        "The same points twice, with triplet loss: once with a margin of 0.05, once with 0.5. "
        "Which loss is lower in the end?",
        ("with the small margin", "with the large margin", "both are zero"),
        2,
        "A loss of zero only says that the margin is met, not that the margin was any good.",
        _zero_is_not_far,
    ),
    Task(
        "margin_circle",
        "Points on a circle of radius 1, triplet loss with a margin of 2.5. Does the loss reach "
        "zero if one only waits?",
        ("yes, in time", "never"),
        1,
        "No two points of the circle are more than 2 apart, so no triplet can ever be satisfied.",
        _never_met,
    ),
    Task(
        "margin_heap",
        "Everyone starts mixed up, and points side by side have to move alike, as in a net. Which "
        "triplets make all fall onto one heap?",
        ("the hardest", "semi-hard ones"),
        0,
        "The hardest triplets first pull everything inwards, and what moves alike cannot get apart "
        "again.",
        _heap,
    ),
    Task(
        "margin_sign",
        "A slip of the pen: max(d(a,n) − d(a,p) + m, 0). Who is closer together in the end?",
        ("photos of one person", "strangers"),
        1,
        "With the sign turned round the loss falls when strangers come near and people are torn "
        "apart.",
        _flipped,
    ),
)

# -- faces -----------------------------------------------------------------------------------------

FACES: tuple[Task, ...] = ()

TASKS = (*LOSSES, *MARGIN, *FACES)
