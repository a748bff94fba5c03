"""What losses do, predicted: slopes and values of the formulas themselves."""

from siamese.lessons.task import Task


def _left_alone(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.losslab import contrastive, value_and_slopes

    distance = np.random.default_rng(seed).uniform(1.0, 2.0, 100)
    _, (slope,) = value_and_slopes(contrastive(False, 1.0), distance)
    outcome = 2 if (slope == 0).all() else 0 if (slope < 0).all() else 1
    return outcome, (
        f"The steepest slope over 100 pairs of strangers between 1 and 2 apart is "
        f"{np.abs(slope).max():.3f}."
    )


def _one_heap(seed: int) -> tuple[int, str]:
    import torch

    from siamese import losses, mining
    from siamese.distances import distance_matrix

    generator = torch.Generator().manual_seed(seed)
    heap = torch.randn(1, 8, generator=generator).expand(12, 8)
    labels = torch.arange(12) // 3
    distance = distance_matrix(heap, heap)
    anchor, same, different = mining.MINERS["all"](distance, labels, generator).T
    loss = losses.triplet(distance[anchor, same], distance[anchor, different], 0.3)
    value = float(losses.mean_of_active(loss))
    outcome = 0 if value == 0 else 1 if abs(value - 0.3) < 1e-6 else 2
    return outcome, f"The loss of {len(loss)} triplets with all photos on one spot is {value:.3f}."


def _never_rests(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.losslab import triplet, value_and_slopes

    near, far = np.random.default_rng(seed).uniform((0.1, 1.4), (0.4, 1.9), (50, 2)).T
    _, (_, hinge) = value_and_slopes(triplet(0.3), near, far)
    _, (_, soft) = value_and_slopes(triplet(None), near, far)
    outcome = 1 if (hinge == 0).all() and (soft < 0).all() else 0
    return outcome, (
        f"On 50 easy triplets the hinge pushes strangers with {np.abs(hinge).max():.2f}, the soft "
        f"margin with {np.abs(soft).mean():.2f} on average."
    )


def _worst_first(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.losslab import circle, value_and_slopes

    same = np.full(2, np.random.default_rng(seed).uniform(0.3, 0.6))
    _, (push, _) = value_and_slopes(circle(0.25, 64), [0.4, 0.8], same)
    ratio = push[1] / push[0]
    outcome = 0 if ratio > 1.2 else 1 if ratio > 0.8 else 2
    return outcome, f"The stranger at cosine 0.8 is pushed {ratio:.1f} times as hard."


def _near_and_far(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.losslab import contrastive, value_and_slopes

    stray = np.random.default_rng(seed).uniform(-0.03, 0.03, 2)
    _, (slope,) = value_and_slopes(contrastive(False, 1.0), np.array([0.1, 0.9]) + stray)
    ratio = slope[0] / slope[1]
    outcome = 0 if ratio > 1.5 else 1 if ratio > 0.67 else 2
    return outcome, f"The near pair is pushed {ratio:.0f} times as hard."


LOSSES: tuple[Task, ...] = (
    Task(
        "loss_alone",
        "Contrastive loss, margin 1. Two strangers are 1.4 apart. What does a step do to them?",
        ("It pushes them further apart", "It pulls them together", "Nothing"),
        2,
        "Beyond the margin the loss is flat: far enough is far enough.",
        _left_alone,
    ),
    Task(
        "loss_heap",
        "A net gives every photo the same embedding. What is its triplet loss with margin 0.3?",
        ("0", "0.3, the margin", "far more than the margin"),
        1,
        "All distances are 0, so each triplet costs max(0 − 0 + m, 0) = m: a loss that sticks at "
        "the margin is the mark of a collapsed net.",
        _one_heap,
    ),
    Task(
        "loss_soft",
        "A triplet is right by far: the stranger lies further away than the margin asks for. Which "
        "loss still pushes the stranger away?",
        ("the one with a margin, max(…, 0)", "the one with a soft margin", "both"),
        1,
        "The soft margin approaches 0 and never reaches it.",
        _never_rests,
    ),
    Task(
        "loss_worst",
        "Circle loss looks at one photo and two strangers. The cosine between the photo and the "
        "one is 0.8, between the photo and the other 0.4. Which of the two does a step push away "
        "harder?",
        ("The one at 0.8", "Both alike", "The one at 0.4"),
        0,
        "Its weight α grows with how wrong a pair is; a triplet above zero pushes with the same "
        "force however wrong it is.",
        _worst_first,
    ),
    Task(
        "loss_near",
        "Contrastive loss, margin 1. Two strangers are 0.1 apart, two others 0.9. Which pair does "
        "a step push apart harder?",
        ("The near pair, by far", "Both alike", "The far pair, by far"),
        0,
        "What is missing to the margin is squared, so the push grows with it.",
        _near_and_far,
    ),
)
