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


def _too_wide(seed: int) -> tuple[int, str]:
    import torch

    from siamese import losses

    generator = torch.Generator().manual_seed(seed)
    e = torch.nn.functional.normalize(torch.randn(400, 16, generator=generator), dim=-1)
    distance = torch.cat([(e[:200] - e[200:]).norm(dim=1), (2 * e[:1]).norm(dim=1)])
    least = float(losses.contrastive(distance, torch.zeros(201), 2.5).min())
    return int(least > 0), (
        f"Among 200 random pairs on the sphere and one of exact opposites the smallest loss is "
        f"{least:.2f}."
    )


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
        "The stranger is already far away, the same person near. Who still pushes?",
        ("The hinge", "The soft margin", "Both"),
        1,
        "The soft margin approaches 0 and never reaches it.",
        _never_rests,
    ),
    Task(
        "loss_worst",
        "Circle loss. One stranger has a cosine of 0.8 with the anchor, another 0.4. Who is pushed "
        "harder?",
        ("The one at 0.8", "Both alike", "The one at 0.4"),
        0,
        "Its weight α grows with how wrong a pair is, where triplet pushes all alike.",
        _worst_first,
    ),
    Task(
        "loss_sphere",
        "Embeddings have length 1, the margin of contrastive loss is 2.5. Can two strangers be far "
        "enough apart?",
        ("Yes, if they lie opposite", "No, never"),
        1,
        "Opposite points of the sphere are 2 apart, and there is nothing further.",
        _too_wide,
    ),
)

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

# -- door ------------------------------------------------------------------------------------------


def _crowd(seed: int) -> tuple[Any, list[Any], list[Any]]:
    """The shipped net; all people it has never met with four pictures each, and the other four."""
    import numpy as np

    from siamese import checkpoints
    from siamese.datasets import load, split_by_person
    from siamese.enrolment import Enrolled
    from siamese.judges import of_checkpoint

    judge = of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")
    unseen = split_by_person(load("sample_faces")).unseen
    chance = np.random.default_rng(seed)
    enrolled, outside = [], []
    for person, name in enumerate(unseen.people):
        rows = chance.permutation(np.flatnonzero(unseen.labels == person))
        enrolled.append(Enrolled(name, unseen.pictures[rows[:4]]))
        outside.append(unseen.pictures[rows[4:]])
    return judge, enrolled, outside


def _rates_at(detection: float, verification: float, seed: int) -> tuple[float, float]:
    """Share of owners' visits that stay outside, and of strangers' visits that get in."""
    import numpy as np

    judge, enrolled, outside = _crowd(seed)
    codes = [judge.embed(pictures) for pictures in outside]
    wrong: dict[bool, list[bool]] = {True: [], False: []}
    for owner, person in enumerate(enrolled):
        for visitor, code in enumerate(codes):
            close = judge.matrix(code, person.under(judge)) < detection * judge.threshold
            opens = close.mean(1) >= verification
            wrong[owner == visitor].extend(opens != (owner == visitor))
    return float(np.mean(wrong[True])), float(np.mean(wrong[False]))


def _stricter_share(seed: int) -> tuple[int, str]:
    (shut, let_in), (shut_later, let_in_later) = (_rates_at(1.0, v, seed) for v in (0.25, 1.0))
    outcome = 0 if let_in_later < let_in and shut_later > shut else 1 if shut_later <= shut else 2
    return outcome, (
        f"Strangers who got in: {let_in:.1%} before, {let_in_later:.1%} after; owners who stayed "
        f"outside: {shut:.1%} before, {shut_later:.1%} after."
    ).replace("%", " %")


def _many_doors(seed: int) -> tuple[int, str]:
    judge, enrolled, outside = _crowd(seed)
    codes = [judge.embed(pictures) for pictures in outside]

    def let_in(owners: int) -> float:
        hits = [
            any(
                (judge.matrix(code[:1], person.under(judge)) < 1.3 * judge.threshold).mean() >= 0.5
                for person in enrolled[:owners]
            )
            for code in codes[12:]  # none of these is enrolled here
        ]
        return sum(hits) / len(hits)

    one, many = let_in(1), let_in(12)
    outcome = 0 if many > one else 1 if many == one else 2
    return outcome, (
        f"Of the strangers, {one:.0%} got in with one person enrolled and {many:.0%} with twelve."
    ).replace("%", " %")


def _paper(seed: int) -> tuple[int, str]:
    import numpy as np
    from PIL import Image, ImageFilter

    from siamese.enrolment import verify

    judge, enrolled, outside = _crowd(seed)
    opened = 0
    for person, pictures in zip(enrolled, outside, strict=True):
        print_out = Image.fromarray(pictures[0]).filter(ImageFilter.GaussianBlur(0.8))
        paper = (0.85 * np.asarray(print_out, float) + 20).astype(np.uint8)  # paler than the face
        opened += verify(paper, [person], judge, judge.threshold, 0.5)[0].opens
    share = opened / len(enrolled)
    return (0 if share > 0.5 else 1), (
        f"Blurred and paled like a print, {opened} of {len(enrolled)} owners' photos opened the "
        "door of their owner."
    )


DOOR: tuple[Task, ...] = (
    Task(
        name="door-share",
        question="All enrolled pictures must match, instead of a quarter of them. What happens?",
        choices=(
            "fewer strangers get in, more owners stay outside",
            "fewer strangers get in, and owners do not notice",
            "nothing changes: the distance threshold is the same",
        ),
        answer=0,
        why="Every threshold trades one error for the other; none makes both smaller.",
        experiment=_stricter_share,
    ),
    Task(
        name="door-many",
        question="Twelve people are enrolled, not one. What of a stranger's chance to get in?",
        choices=("It rises", "It stays the same", "It falls"),
        answer=0,
        why="Each enrolled person is one more chance to be taken for somebody.",
        experiment=_many_doors,
    ),
    Task(
        name="door-paper",
        question="Somebody holds up a pale, slightly blurred print of the owner's photo. And now?",
        choices=("The door opens", "It stays shut"),
        answer=0,
        why="The net compares faces; it has never learnt what paper is.",
        experiment=_paper,
    ),
)

# -- map -------------------------------------------------------------------------------------------


def _unseen(seed: int, people: int = 16) -> tuple[Any, Any, Any]:
    """The shipped net's embeddings (N, D) of some people it has never met, their labels (N,), and
    the distances (N, N)."""
    import numpy as np

    from siamese import checkpoints
    from siamese.datasets import load, split_by_person
    from siamese.judges import of_checkpoint

    judge = of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")
    unseen = split_by_person(load("sample_faces")).unseen
    chosen = np.random.default_rng(seed).permutation(len(unseen.people))[:people]
    rows = np.flatnonzero(np.isin(unseen.labels, chosen))
    e = judge.embed(unseen.pictures[rows])
    return e.numpy(), unseen.labels[rows], judge.matrix(e, e)


def _wide_and_narrow(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.projection import project

    rng = np.random.default_rng(seed)
    narrow, wide = rng.normal(size=(2, 60, 16)) * np.array([1.0, 10.0])[:, None, None]
    points = np.concatenate([narrow, wide + 100]).astype(np.float32)
    placed = project(points, "tsne", seed=seed)

    def ratio(spots: Any) -> float:
        sizes = [(part - part.mean(0)).std() for part in (spots[:60], spots[60:])]
        return float(sizes[1] / sizes[0])

    found = ratio(placed)
    outcome = 0 if found > 5 else 1 if 0.5 < found < 2 else 2
    return outcome, (
        f"In the space the second heap is {ratio(points):.1f} times as wide, on the map "
        f"{found:.1f} times."
    )


def _next_on_paper(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.projection import project

    e, _, matrix = _unseen(seed)
    placed = project(e, "pca")
    on_map = np.linalg.norm(placed[:, None] - placed[None], axis=-1)
    nearest = []
    for distance in (matrix.copy(), on_map):
        np.fill_diagonal(distance, np.inf)
        nearest.append(distance.argmin(1))
    share = float((nearest[0] == nearest[1]).mean())
    outcome = 0 if share > 0.9 else 1 if share >= 0.5 else 2
    return outcome, f"For {100 * share:.0f} % of the photos it is the same face."


def _all_of_them(seed: int) -> tuple[int, str]:
    from siamese.verification import map_at_r, rank1

    _, labels, matrix = _unseen(seed)
    first, all_others = rank1(matrix, labels), map_at_r(matrix, labels)
    return int(all_others < first - 0.005), (
        f"The nearest is right for {100 * first:.0f} % of the photos; MAP@R, which looks at all "
        f"seven, is {all_others:.3f}."
    )


def _nobody_here(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.neighbours import between_neighbours
    from siamese.projection import project

    e, labels, matrix = _unseen(seed)
    who = int(np.random.default_rng(seed).choice(np.unique(labels)))
    others, newcomer = np.flatnonzero(labels != who), int(np.flatnonzero(labels == who)[0])
    placed = project(e[others], "tsne", seed=seed)
    spot = between_neighbours(matrix[newcomer, others], placed)
    away = float(np.linalg.norm(placed - spot, axis=1).min() / np.ptp(placed, axis=0).max())
    alike = float(np.median([np.sort(row)[1] for row in matrix]))  # of a photo to its nearest
    there = float(matrix[newcomer, others].min())
    return int(away < 0.1), (
        f"The nearest dot is {100 * away:.0f} % of the map's width away. In the space the nearest "
        f"face is {there:.2f} away, where photos usually have their next at {alike:.2f}."
    )


MAP: tuple[Task, ...] = (
    Task(
        "map_size",
        "Two heaps of points, the second ten times as wide as the first. t-SNE draws them. How "
        "large are they on the map?",
        ("The second about ten times as wide", "About alike", "The first is wider"),
        1,
        "Each point is given about as many neighbours as any other, wherever it lives, so sizes on "
        "such a map mean nothing.",
        _wide_and_narrow,
    ),
    Task(
        "map_next",
        "PCA puts the space, 64 numbers, on a flat map. Is the nearest dot also the nearest face "
        "in the space?",
        ("Nearly always", "For most of the photos", "For fewer than half of them"),
        2,
        "Two directions cannot hold what 64 tell apart: ask the space, not the map.",
        _next_on_paper,
    ),
    Task(
        "map_all",
        "With the shipped net, nearly every photo's nearest neighbour shows the same person. Are "
        "then its seven nearest the seven other photos of that person?",
        ("Yes, just as often", "No, some strangers come between"),
        1,
        "One near friend is enough for the nearest neighbour to be right; MAP@R asks for all.",
        _all_of_them,
    ),
    Task(
        "map_newcomer",
        "Somebody who is nobody on the map is put on it, between the nearest neighbours. Where?",
        ("On a free spot, away from all", "Right among somebody's photos"),
        1,
        "A map has no place for 'nobody you know'; only the distances in the space can say it.",
        _nobody_here,
    ),
)

TASKS = (*LOSSES, *MARGIN, *FACES, *DOOR, *MAP)
