"""Questions to predict the answer of, each with the experiment that answers it.

`task.experiment(seed)` gives the number of the choice that came true and one sentence with the
figures. The tests run every experiment on several seeds: a stated answer that the code does not
give fails them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from siamese import config

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
    controls: str = ""  # keys on its page, with blanks between, of what one tries it with by hand


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

# -- faces -----------------------------------------------------------------------------------------


def _studio(seed: int) -> tuple[Any, Any, Any]:
    """The studio, the shipped net, and a made-up person's plain photo."""
    from siamese import checkpoints, studio
    from siamese.judges import of_checkpoint

    judge = of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")
    return studio, judge, studio.Shot(studio.person(8000 + seed))


def _brighter(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.networks import embed_pixels

    studio, _, shot = _studio(seed)
    exposure = next(one for one in studio.NUISANCES if one.field == "exposure")
    reference, brighter = studio.photos(shot.who, [shot.scene, *exposure.at([1.5])], studio.QUICK)
    there = studio.strangers(shot)[:, -1]  # the end of each way: wholly another person
    moved = float(studio.distances(embed_pixels, reference, brighter[None])[0])
    others = studio.distances(embed_pixels, reference, there)
    outcome = 0 if moved > np.mean(others) else 1
    return outcome, (
        f"Raw pixels: {moved:.1f} to the brighter photo, {np.mean(others):.1f} on average to "
        f"{len(others)} other people in the same light."
    )


def _turned_or_another(seed: int) -> tuple[int, str]:
    studio, judge, shot = _studio(seed)
    turn = next(one for one in studio.NUISANCES if one.field == "yaw")
    found = studio.sweep(shot, replace(turn, low=-20, high=20), [judge], count=3)
    own, other = found.distances[judge.name][-1], found.stranger[-1]
    outcome = 1 if other > 1.1 * own else 2 if other > 0.9 * own else 0
    return outcome, (
        f"In thresholds of the net: {own:.2f} to the turned photo, {other:.2f} to people who "
        f"differ as much in pixels ({found.pixels[-1]:.1f})."
    )


def _never_taught(seed: int) -> tuple[int, str]:
    import torch

    from siamese import training
    from siamese.judges import of_state
    from siamese.networks import embed_pixels

    studio, _, shot = _studio(seed)
    exposure = next(one for one in studio.NUISANCES if one.field == "exposure")
    shown = studio.photos(shot.who, [shot.scene, *exposure.at([-1.0])], studio.QUICK)
    other = studio.strangers(shot)[0, -1]
    untrained = of_state(training.start(config.preset("triplet", seed=seed)), None, "", "")
    shares = []
    for look in (embed_pixels, untrained.embed):
        with torch.no_grad():
            moved, far = studio.distances(look, shown[0], [shown[1], other])
        shares.append(moved / far)
    outcome = 0 if shares[1] < 0.5 * shares[0] else 1
    return outcome, (
        f"Measured by the distance to another person, a stop less light moves the photo by "
        f"{shares[0]:.0%} in raw pixels and by {shares[1]:.0%} under random weights."
    ).replace("%", " %")


def _smile_or_turn(seed: int) -> tuple[int, str]:
    studio, judge, shot = _studio(seed)
    told = {}
    for nuisance in studio.NUISANCES:
        if nuisance.field in ("smile", "yaw"):
            scenes = nuisance.at([nuisance.high])
            shown = studio.photos(shot.who, [shot.scene, *scenes], studio.QUICK)
            told[nuisance.field] = float(studio.relative(judge, shown[0], shown[1:])[0])
    return int(told["yaw"] > told["smile"]), (
        f"The broadest smile moves the photo by {told['smile']:.2f} thresholds, a turn of the head "
        f"by 40° by {told['yaw']:.2f}."
    )


FACES: tuple[Task, ...] = (
    Task(
        "faces-light",
        "The same photo one and a half stops brighter, or another person in the same light: which "
        "differs more in raw pixels?",
        ("the brighter photo", "the other person"),
        0,
        "Light changes every pixel, a face only some of them: so pixels tell light, not people.",
        _brighter,
        controls="faces_exposure",
    ),
    Task(
        "faces-turn",
        "The head turned by 20°, and strangers who differ by just as many grey levels. Whom does "
        "the trained net put further away?",
        ("the turned head", "the strangers", "both alike: they differ as much"),
        1,
        "The net has learnt which differences are somebody else and which are only another photo.",
        _turned_or_another,
        controls="faces_yaw",
    ),
    Task(
        "faces-random",
        "A net with random weights, which has never seen a face. Is it as easily led astray by a "
        "darker photo as raw pixels are?",
        ("hardly: far less than pixels", "just as easily"),
        0,
        "Each picture is brought to the same mean and spread before the first layer: what one "
        "knows one need not learn.",
        _never_taught,
    ),
    Task(
        "faces-smile",
        "Which moves the trained net more: the broadest smile, or a turn of the head by 40°?",
        ("the smile", "the turn"),
        1,
        "A smile moves a few pixels about the mouth, a turn hides half of the face and shows "
        "another side of it.",
        _smile_or_turn,
        controls="faces_smile faces_yaw",
    ),
)

# -- two photos ------------------------------------------------------------------------------------


def _damaged(seed: int, **how: Any) -> tuple[Any, Any, Any, Any]:
    """Two photos of each person whom the shipped net has never met, the second one spoilt: their
    distances in thresholds, before and after, (24,) each, under the net and under pixels."""
    import numpy as np

    from siamese.damage import Damage, damage
    from siamese.evaluation import evaluate_pixels
    from siamese.judges import of_pixels

    net, enrolled, outside = _crowd(seed)
    first = np.stack([person.pictures[0] for person in enrolled])
    second = np.stack([pictures[0] for pictures in outside])
    spoilt = np.stack([damage(picture, Damage(**how)) for picture in second])
    everybody = np.concatenate([person.pictures for person in enrolled] + outside)
    labels = np.concatenate([np.repeat(np.arange(len(outside)), 4)] * 2)
    found = []
    for judge in (net, of_pixels(evaluate_pixels(everybody, labels))):
        codes = judge.embed(first)
        for other in (second, spoilt):
            found.append(np.diag(judge.matrix(codes, judge.embed(other))) / judge.threshold)
    before, after, pixels_before, pixels_after = found
    return before, after, pixels_before, pixels_after


def _mirrored(seed: int) -> tuple[int, str]:
    import numpy as np

    before, after, pixels_before, pixels_after = _damaged(seed, mirror=True)
    net, pixels = np.abs(after - before).max(), np.abs(pixels_after - pixels_before).max()
    outcome = 1 if net < 1e-3 < pixels else 0 if pixels < 1e-3 < net else 2
    return outcome, (
        f"Over {len(before)} pairs the distance changed by at most {net:.2f} thresholds under the "
        f"net and by up to {pixels:.2f} under raw pixels."
    )


def _colourless(seed: int) -> tuple[int, str]:
    import numpy as np

    before, after, *_ = _damaged(seed, grey=1.0)
    most = float(np.abs(after - before).max())
    outcome = 1 if most < 0.05 else 0 if after.mean() > before.mean() else 2
    return outcome, (
        f"Over {len(before)} pairs the distance changed by at most {most:.2f} thresholds."
    )


def _darker(seed: int) -> tuple[int, str]:
    import numpy as np

    before, after, pixels_before, pixels_after = _damaged(seed, light=-1.0)
    net, pixels = np.abs(after - before).mean(), np.abs(pixels_after - pixels_before).mean()
    outcome = 0 if pixels > 2 * net else 1 if net > 2 * pixels else 2
    return outcome, (
        f"On average the distance moved by {pixels:.2f} thresholds under raw pixels and by "
        f"{net:.2f} under the net."
    )


def _blurred(seed: int) -> tuple[int, str]:
    before, after, *_ = _damaged(seed, blur=4.0)
    one, still = (before < 1).mean(), (after < 1).mean()
    outcome = 1 if still < 0.5 else 0
    return outcome, (
        f"Before, {one:.0%} of the pairs counted as one person, after it {still:.0%}."
    ).replace("%", " %")


def _needle(seed: int) -> tuple[int, str]:
    judge, enrolled, outside = _crowd(seed)
    codes = [judge.embed(pictures) for pictures in outside]
    right: list[float] = []  # for each pair, the share of enrolled pictures that match
    wrong: list[float] = []
    for owner, person in enumerate(enrolled):
        for visitor, code in enumerate(codes):
            close = judge.matrix(code, person.under(judge)) < judge.threshold
            (right if owner == visitor else wrong).append(float(close.mean()))
    found, passed = sum(right) / len(right), sum(wrong) / len(wrong)
    chance = found / (found + 999 * passed)
    outcome = 0 if chance > 0.9 else 2 if chance < 0.1 else 1
    return outcome, (
        f"The net lets {passed:.1%} of the strangers pass, some {999 * passed:.0f} of 999, and "
        f"finds the right one {found:.0%} of the time: a hit is right with a chance of "
        f"{chance:.1%}."
    ).replace("%", " %")


PHOTOS: tuple[Task, ...] = (
    Task(
        "photo_mirror",
        "One of two photos is mirrored. Under whom does the distance stay as it was?",
        ("raw pixels", "the shipped net", "neither: a mirrored face is another face"),
        1,
        "An embedding here is the mean over a face and its mirror image, so the two are the same "
        "to it.",
        _mirrored,
    ),
    Task(
        "photo_grey",
        "All colour is taken out of one photo. What does the distance under the shipped net do?",
        ("It grows", "Next to nothing", "It falls"),
        1,
        "This net looks at grey pictures anyway, it never sees a colour.",
        _colourless,
    ),
    Task(
        "photo_dark",
        "One of two photos is taken with half the light. Whose distance moves more, in thresholds?",
        ("that of raw pixels", "that of the shipped net", "both alike"),
        0,
        "The net brings each picture to the same brightness and contrast before it looks.",
        _darker,
    ),
    Task(
        "photo_blur",
        "Two photos of one person; one is blurred until eyes and mouth are mere shadows. What does "
        "the shipped net mostly say?",
        ("still one person", "two people"),
        1,
        "What it goes by is gone, and it has never met a blurred face: a large distance does not "
        "prove that it is somebody else.",
        _blurred,
    ),
    Task(
        "photo_needle",
        "One person among 1,000 is looked for. Of a photo the shipped net, which is wrong on some "
        "2 % of the strangers, says: below the threshold. How likely is it the right one?",
        ("98 %", "about one half", "less than 10 %"),
        2,
        "A small share of very many strangers is still far more than one person: the base rate "
        "decides.",
        _needle,
    ),
)

# -- door ------------------------------------------------------------------------------------------


def _crowd(seed: int) -> tuple[Any, list[Any], list[Any]]:
    """The shipped net; all people it has never met with four pictures each, and the other four."""
    import numpy as np

    from siamese import checkpoints
    from siamese.datasets import load
    from siamese.enrolment import Enrolled
    from siamese.faces import split_by_person
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
        controls="door_verification",
    ),
    Task(
        name="door-many",
        question="Twelve people are enrolled instead of one, and the door opens for any of them. "
        "How likely is it now to let in a stranger, who is none of the twelve?",
        choices=("More likely than before", "As likely", "Less likely"),
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

# -- pairs -----------------------------------------------------------------------------------------


def _half(seed: int) -> tuple[Any, Any, Any]:
    """Under the shipped net: all pairs of half of the people, drawn by chance, whom it has never
    met; and, of all of those people, the distance matrix (N, N) and the labels (N,)."""
    import numpy as np

    from siamese.pairs import all_pairs

    matrix, labels = _shipped_matrix()
    people = np.random.default_rng(seed).permutation(np.unique(labels))[:12]
    rows = np.isin(labels, people)
    return all_pairs(matrix[np.ix_(rows, rows)], labels[rows]), matrix, labels


@lru_cache(maxsize=1)
def _shipped_matrix() -> tuple[Any, Any]:
    """Distances between pictures of 24 people, (192, 192), and who they are, (192,)."""
    from siamese import checkpoints
    from siamese.datasets import load
    from siamese.faces import split_by_person
    from siamese.judges import of_checkpoint

    faces = split_by_person(load("sample_faces")).unseen
    judge = of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")
    code = judge.embed(faces.pictures)
    return judge.matrix(code, code), faces.labels


def _price_of_care(seed: int) -> tuple[int, str]:
    pairs = _half(seed)[0]
    error, threshold = pairs.equal_error
    same, different = pairs.distances
    strict = different[int(error / 10 * len(different))]
    before, after = (float((same >= at).mean()) for at in (threshold, strict))
    outcome = 0 if after < 1.5 * before else 1 if after < 10 * before else 2
    return outcome, (
        f"On 12 people whom it has never met, {100 * before:.1f} % of the pairs of one person were "
        f"rejected before and {100 * after:.1f} % after."
    )


def _many_strangers(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.pairs import all_pairs

    everybody = all_pairs(*_shipped_matrix())
    threshold = everybody.equal_error[1]
    usual = everybody.rates(threshold).precision
    halves = [_half(20 * seed + draw)[0].rates(threshold).precision for draw in range(20)]
    few = float(np.mean(halves))
    outcome = 0 if few > usual + 0.02 else 1 if few >= usual - 0.02 else 2
    return outcome, (
        f"Among all 24 people {100 * usual:.0f} in 100 accepted pairs are right, and among 12 of "
        f"them {100 * few:.0f}, the mean of 20 drawings."
    )


def _nothing_happened(seed: int) -> tuple[int, str]:
    import numpy as np

    silent = float((np.random.default_rng(seed).binomial(100, 0.01, 5000) == 0).mean())
    outcome = 0 if silent < 0.05 else 1 if silent < 0.7 else 2
    return outcome, f"In {100 * silent:.0f} % of 5,000 such tests there was not one false accept."


def _promise_kept(seed: int) -> tuple[int, str]:
    from siamese.pairs import trial

    _, matrix, labels = _half(seed)
    told = [trial(matrix, labels, 0.01, 20 * seed + draw) for draw in range(20)]
    broken = sum(one.got.far > 0.01 for one in told)
    outcome = 0 if broken == 0 else 2 if broken == len(told) else 1
    worst = max(one.got.far for one in told)
    return outcome, (
        f"In {broken} of 20 drawings more than 1 in 100 got in, at worst {100 * worst:.1f} in 100."
    )


def _few_lookalikes(seed: int) -> tuple[int, str]:
    import numpy as np

    _, matrix, labels = _half(seed)
    people = np.random.default_rng(seed).permutation(np.unique(labels))[:12]
    rows = np.flatnonzero(np.isin(labels, people))
    threshold = _half(seed)[0].equal_error[1]
    i, j = (rows[side] for side in np.triu_indices(len(rows), 1))
    wrong = (labels[i] != labels[j]) & (matrix[i, j] < threshold)
    spread = len(
        {tuple(sorted(pair)) for pair in zip(labels[i[wrong]], labels[j[wrong]], strict=True)}
    )
    outcome = 0 if spread > 44 else 1 if spread > 22 else 2
    return outcome, (
        f"{wrong.sum()} pairs of photos are accepted wrongly, all of them from {spread} of the 66 "
        "pairs of people."
    )


PAIRS: tuple[Task, ...] = (
    Task(
        name="pairs_price",
        question="The threshold is moved from where both errors are equally frequent to where ten "
        "times fewer strangers are accepted. How many more pairs of one person are rejected?",
        choices=("hardly more", "some times as many, but not ten times", "ten times as many"),
        answer=1,
        why="The two errors do not trade one for one: how steeply depends on how the two hills of "
        "distances fall.",
        experiment=_price_of_care,
    ),
    Task(
        name="pairs_precision",
        question="With the shipped net and the 24 people whom it has never met, two in three of "
        "the pairs that it accepts are right where both errors are equally frequent: the page says "
        "so. Now 12 of these people are drawn by lot, and the threshold stays. What share is right "
        "among the 12?",
        choices=("a larger share", "the same share", "a smaller share"),
        answer=0,
        why="Half as many people make half as many pairs of one person, but only a quarter as many "
        "pairs of strangers: what share of the accepted is right depends on who comes.",
        experiment=_many_strangers,
    ),
    Task(
        name="pairs_silent",
        question="A lock lets in 1 stranger in 100. You test it with 100 pairs of strangers. How "
        "often does the test show no error at all?",
        choices=("hardly ever", "in about a third of the tests", "nearly always"),
        answer=1,
        why="No error in n pairs only says that the rate is probably below 3/n.",
        experiment=_nothing_happened,
    ),
    Task(
        name="pairs_trial",
        question="A threshold lets in at most 1 stranger in 100 on half of the people. And on the "
        "other half?",
        choices=("no more than that", "more in some drawings", "more in every drawing"),
        answer=1,
        why="A threshold is fitted to the people it was chosen on, and others are others.",
        experiment=_promise_kept,
    ),
    Task(
        name="pairs_few",
        question="12 people make 66 pairs of people. Over how many of these 66 are the wrongly "
        "accepted pairs of photos spread?",
        choices=("most of them", "about half", "fewer than a third"),
        answer=2,
        why="Errors are not spread evenly: a few people are much alike to the net, and nearly all "
        "errors are theirs.",
        experiment=_few_lookalikes,
    ),
)


# -- map -------------------------------------------------------------------------------------------


def _unseen(seed: int, people: int = 16) -> tuple[Any, Any, Any]:
    """The shipped net's embeddings (N, D) of some people it has never met, their labels (N,), and
    the distances (N, N)."""
    import numpy as np

    from siamese import checkpoints
    from siamese.datasets import load
    from siamese.faces import split_by_person
    from siamese.judges import of_checkpoint

    judge = of_checkpoint(checkpoints.load(checkpoints.shipped()), "shipped", "")
    unseen = split_by_person(load("sample_faces")).unseen
    chosen = np.random.default_rng(seed).permutation(len(unseen.people))[:people]
    rows = np.flatnonzero(np.isin(unseen.labels, chosen))
    e = judge.embed(unseen.pictures[rows])
    return e.numpy(), unseen.labels[rows], judge.matrix(e, e)


def _which_map(seed: int) -> tuple[int, str]:
    import numpy as np

    from siamese.projection import project

    e, _, matrix = _unseen(seed)
    shares = []
    for kind in ("pca", "tsne"):
        placed = project(e, kind, seed=seed)
        nearest = []
        for distance in (matrix.copy(), np.linalg.norm(placed[:, None] - placed[None], axis=-1)):
            np.fill_diagonal(distance, np.inf)
            nearest.append(distance.argmin(1))
        shares.append(float((nearest[0] == nearest[1]).mean()))
    return int(shares[1] > shares[0]), (
        f"The nearest dot is the nearest face for {100 * shares[0]:.0f} % of the photos on the map "
        f"by PCA and for {100 * shares[1]:.0f} % on the map by t-SNE."
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

    _, labels, matrix = _unseen(seed, people=24)
    people = np.random.default_rng(seed).permutation(np.unique(labels))
    others = np.flatnonzero(~np.isin(labels, people[:8]))  # eight people stay away
    newcomers = [int(np.flatnonzero(labels == who)[0]) for who in people[:8]]
    alike = float(np.median([np.sort(row)[1] for row in matrix]))  # of a photo to its nearest
    there = float(np.median([matrix[one, others].min() for one in newcomers]))
    return int(there > 1.5 * alike), (
        f"Of eight newcomers, the nearest face is {there:.2f} away in the median; photos usually "
        f"have their next at {alike:.2f}."
    )


MAP: tuple[Task, ...] = (
    Task(
        "map_which",
        "Two flat maps of the same embeddings, by PCA and by t-SNE. On which is the nearest dot "
        "more often the nearest face of the space as well?",
        ("PCA", "t-SNE"),
        1,
        "t-SNE is made to keep neighbours together; PCA keeps the two directions in which the "
        "embeddings differ most, whoever is neighbour of whom.",
        _which_map,
        controls="map_method",
    ),
    Task(
        "map_next",
        "PCA puts the space, 64 numbers, on a flat map. Is the nearest dot also the nearest face "
        "in the space?",
        ("Nearly always", "For most of the photos", "For fewer than half of them"),
        2,
        "Two directions cannot hold what 64 tell apart: ask the space, not the map.",
        _next_on_paper,
        controls="map_method",
    ),
    Task(
        "map_all",
        "Each person has eight photos here, and under the shipped net the photo nearest to a photo "
        "nearly always shows the same person. And the seven nearest: are they as often the seven "
        "others of that person?",
        ("Yes, as often", "No, strangers are among them more often"),
        1,
        "One near friend is enough for the nearest neighbour to be right; MAP@R asks for all.",
        _all_of_them,
    ),
    Task(
        "map_newcomer",
        "A photo of somebody new comes in, and nobody in the space is that person. How far away is "
        "the nearest face there?",
        ("About as far as a photo usually has its next", "Clearly further"),
        1,
        "The distance in the space can tell that somebody is new; a dot on a map cannot.",
        _nobody_here,
    ),
)

TASKS = (*LOSSES, *MARGIN, *FACES, *PHOTOS, *DOOR, *PAIRS, *MAP)
