"""Whom a door lets in, predicted: owners, strangers and paper before it."""

from siamese.lessons.shipped import crowd
from siamese.lessons.task import Task, percent


def _rates_at(detection: float, verification: float, seed: int) -> tuple[float, float]:
    """Share of owners' visits that stay outside, and of strangers' visits that get in."""
    import numpy as np

    verifier, enrolled, outside = crowd(seed)
    codes = [verifier.embed(pictures) for pictures in outside]
    wrong: dict[bool, list[bool]] = {True: [], False: []}
    for owner, person in enumerate(enrolled):
        for visitor, code in enumerate(codes):
            close = verifier.matrix(code, person.under(verifier)) < detection * verifier.threshold
            opens = close.mean(1) >= verification
            wrong[owner == visitor].extend(opens != (owner == visitor))
    return float(np.mean(wrong[True])), float(np.mean(wrong[False]))


def _stricter_share(seed: int) -> tuple[int, str]:
    (shut, let_in), (shut_later, let_in_later) = (_rates_at(1.0, v, seed) for v in (0.25, 1.0))
    outcome = 0 if let_in_later < let_in and shut_later > shut else 1 if shut_later <= shut else 2
    return outcome, (
        f"Strangers who got in: {percent(let_in, 1)} before, {percent(let_in_later, 1)} after; "
        f"owners who stayed outside: {percent(shut, 1)} before, {percent(shut_later, 1)} after."
    )


def _many_doors(seed: int) -> tuple[int, str]:
    verifier, enrolled, outside = crowd(seed)
    codes = [verifier.embed(pictures) for pictures in outside]

    def let_in(owners: int) -> float:
        hits = [
            any(
                (
                    verifier.matrix(code[:1], person.under(verifier)) < 1.3 * verifier.threshold
                ).mean()
                >= 0.5
                for person in enrolled[:owners]
            )
            for code in codes[12:]  # none of these is enrolled here
        ]
        return sum(hits) / len(hits)

    one, many = let_in(1), let_in(12)
    outcome = 0 if many > one else 1 if many == one else 2
    return outcome, (
        f"Of the strangers, {percent(one)} got in with one person enrolled and {percent(many)} "
        "with twelve."
    )


def _paper(seed: int) -> tuple[int, str]:
    import numpy as np
    from PIL import Image, ImageFilter

    from siamese.enrolment import verify

    verifier, enrolled, outside = crowd(seed)
    opened = 0
    for person, pictures in zip(enrolled, outside, strict=True):
        print_out = Image.fromarray(pictures[0]).filter(ImageFilter.GaussianBlur(0.8))
        paper = (0.85 * np.asarray(print_out, float) + 20).astype(np.uint8)  # paler than the face
        opened += verify(paper, [person], verifier, verifier.threshold, 0.5)[0].opens
    share = opened / len(enrolled)
    return (0 if share > 0.5 else 1), (
        f"Blurred and paled like a print, {opened} of {len(enrolled)} owners' photos opened the "
        "door of their owner."
    )


DOOR: tuple[Task, ...] = (
    Task(
        "door-share",
        "All enrolled pictures must match, instead of a quarter of them. What happens?",
        (
            "fewer strangers get in, more owners stay outside",
            "fewer strangers get in, and owners do not notice",
            "nothing changes: the distance threshold is the same",
        ),
        0,
        "Every threshold trades one error for the other; none makes both smaller.",
        _stricter_share,
        controls="door_verification",
    ),
    Task(
        "door-many",
        "Twelve people are enrolled instead of one, and the door opens for any of them. "
        "How likely is it now to let in a stranger, who is none of the twelve?",
        ("More likely than before", "As likely", "Less likely"),
        0,
        "Each enrolled person is one more chance to be taken for somebody.",
        _many_doors,
    ),
    Task(
        "door-paper",
        "Somebody holds up a pale, slightly blurred print of the owner's photo. And now?",
        ("The door opens", "It stays shut"),
        0,
        "The net compares faces; it has never learnt what paper is.",
        _paper,
    ),
)
