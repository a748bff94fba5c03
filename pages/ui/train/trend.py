"""A sentence on a run that does not go well, and what may help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.ui.text import percent

if TYPE_CHECKING:
    from siamese.jobs import Run
    from siamese.progress import Trouble

COLLAPSED = (
    "Collapsed. Every face gets nearly the same embedding, and the loss sits on its dashed line. "
    "Press Reset and try easier mining (all, semi-hard) or smaller steps."
)


def in_words(run: Run, found: Trouble | None) -> str:
    """What is wrong with a run, as its chart says it; nothing where all is well."""
    if found is None:
        return ""
    if found.kind == "collapsed":
        return COLLAPSED
    return worse(run, found) if found.kind == "worse" else still(found)


def worse(run: Run, found: Trouble) -> str:
    """`run.best` is finer than the looks that are kept."""
    step, rate = found.step, found.eer
    if run.best is not None:
        step, rate = run.best.state.step, run.best.evaluation.scores.eer
    when = f"At step {step:,}" if step else "Before the first step"
    return (
        f"It was better. {when} the equal error rate was {percent(rate)}, and it has risen since. "
        "Smaller steps or more people may help. (The best look is chosen by the people of the "
        "test, so its figure flatters a little.)"
    )


def still(found: Trouble) -> str:
    return (
        f"It stands still. Since step {found.step:,}, for half of the time, the equal error rate "
        f"has come no lower than {percent(found.eer)}. Another margin or learning rate may help, "
        "or other mining; or this is all that these people can teach it."
    )
