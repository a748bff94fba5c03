"""What margins do, predicted: points that the loss itself moves, as on the page Margin."""

from typing import TYPE_CHECKING, Any

from siamese.lessons.task import Task

if TYPE_CHECKING:
    from siamese.playground import Trajectory


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


def _pressed(seed: int) -> tuple[int, str]:
    usual, large = _points(seed), _points(seed, margin=3.0)
    ratio = large.same[-1] / usual.same[-1]
    return int(ratio >= 1), (
        f"Photos of one person end {usual.same[-1]:.3f} apart with a margin of 0.5 and "
        f"{large.same[-1]:.3f} with 3."
    )


def _one_spot(seed: int) -> tuple[int, str]:
    end = _points(seed, start="heap", noise=0.0)
    return int(end.different[-1] < 1e-6), (
        f"After {end.playground.steps} steps strangers are {end.different[-1]:.2f} apart, and the "
        f"loss is {end.loss[-1]:.2f}."
    )


def _room_for_two(seed: int) -> tuple[int, str]:
    two, five = (
        _points(seed, people=people, margin=1.5, normalised=True, lr=0.01) for people in (2, 5)
    )
    return int(two.loss[-1] > 0), (
        f"In the end the loss is {two.loss[-1]:.2f} with two people and {five.loss[-1]:.2f} with "
        "five."
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
        controls="margin_margin",
    ),
    Task(
        "margin_press",
        "A margin of 3 in place of 0.5, all else as before. After the same number of steps, how "
        "far apart are the photos of one person?",
        ("less far than with 0.5", "at least as far"),
        0,
        "A triplet that is not satisfied pulls the same person as hard as it pushes the stranger, "
        "and with so large a margin it stays unsatisfied for longer.",
        _pressed,
        controls="margin_margin",
    ),
    Task(
        "margin_spot",
        "All photos of all people start on exactly the same spot. What does triplet loss do to "
        "them?",
        ("It drives them apart", "Nothing: they stay there"),
        1,
        "From one spot no direction leads away from the others: the loss is as large as the margin "
        "and has no slope.",
        _one_spot,
    ),
    Task(
        "margin_room",
        "On a circle of radius 1, five people cannot meet a margin of 1.5. Can two?",
        ("Yes", "No"),
        0,
        "Two people can lie opposite each other, 2 apart; the fewer there are, the more room each "
        "has.",
        _room_for_two,
        controls="margin_margin",
    ),
)
