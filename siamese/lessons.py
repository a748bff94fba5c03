"""Questions to predict the answer of, each with the experiment that answers it.

`task.experiment(seed)` gives the number of the choice that came true and one sentence with the
figures. The tests run every experiment on several seeds: a stated answer that the code does not
give fails them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


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

MARGIN: tuple[Task, ...] = ()

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

TASKS = (*LOSSES, *MARGIN, *FACES, *DOOR)
