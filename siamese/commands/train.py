"""`train`: a new run or one that is resumed, with its model file and its report."""

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siamese import outputs
from siamese.commands.console import fail, note, tell
from siamese.commands.options import STARTER_COHORT, STARTER_STEPS
from siamese.commands.sources import model_file, place_of, read, tell_of
from siamese.faces import split_by_person, split_by_picture
from siamese.outputs import Output, OutputError

if TYPE_CHECKING:  # torch takes seconds to import, `--help` should not
    from siamese.checkpoints import Checkpoint
    from siamese.config import TrainingConfig
    from siamese.evaluation import Evaluation
    from siamese.experiment import Experiment
    from siamese.training import TrainingState

SETTINGS = (  # of TrainingConfig that are options of `train` by the same name
    *("mining", "distance", "margin", "gamma", "embedding"),
    *("people", "pictures", "singles", "lr"),
)
LOOK_EVERY = 2.0  # seconds between two scores on the progress bar
KEEP_EVERY = 120.0  # seconds between two checkpoints, so that an accident costs no more


def train(arguments: argparse.Namespace) -> None:
    out = output_of(arguments)
    import torch

    from siamese.devices import device_of
    from siamese.experiment import Experiment, first_state, known_before

    device_of(arguments.device)  # says at once where there is none such
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    file = resumable(arguments) if arguments.resume else None
    config = file.config if file else chosen(arguments)
    if arguments.cohort and config.distance == "learned":
        fail("The learned distance has no cohort: train it without --cohort.")
    cut = split_by_picture if arguments.split == "picture" else split_by_person
    faces = read(arguments)
    split = cut(faces, arguments.unseen, arguments.seed)
    source = Path(arguments.data).name  # the path is private
    known = known_before(config)
    experiment = Experiment(source, split, arguments.net, known, arguments.cohort)
    begin = resumed(file, experiment, arguments) if file else first_state(config)
    tell_of(faces)
    train_and_tell(experiment, begin, arguments, out)


def output_of(arguments: argparse.Namespace) -> Output | None:
    """The place for the model file, if one is wanted. It may be the file that is resumed: that one
    is then replaced by what has become of it."""
    if not arguments.out:
        return None
    inputs = [place_of(arguments.data)]
    if arguments.tuned:
        inputs.append(model_file(arguments.net))
    if arguments.resume and arguments.light:
        inputs.append(arguments.resume)
    return Output.at(arguments.out, inputs, outputs.is_model)


def chosen(arguments: argparse.Namespace) -> "TrainingConfig":
    """The configuration of a new run."""
    from siamese.config import preset

    complete(arguments)
    given = {name: getattr(arguments, name) for name in (*SETTINGS, "seed", "horizon")}
    return preset(
        arguments.loss,
        arguments.net,
        tuned=arguments.tuned,
        **{name: value for name, value in given.items() if value is not None},
    )


def resumable(arguments: argparse.Namespace) -> "Checkpoint":
    """The run in a model file. Its settings hold: fails where other ones are asked for."""
    from siamese import checkpoints

    path, file = arguments.resume, checkpoints.load(arguments.resume)
    if file.state is None:
        fail(f"{path} was written with --light: it holds the net, and not what to resume.")
    hold(path, file, arguments, "loss", "tuned", *SETTINGS)
    arguments.loss, arguments.tuned = file.config.loss, file.config.tuned
    if arguments.cohort is None:
        arguments.cohort = len(file.cohort.embeddings) if file.cohort else 0
    complete(arguments)
    return file


def say_what_steps_are_left(path: Path, file: "Checkpoint", steps: int | None) -> None:
    """Where the steps that are asked for do not mean what they seem to."""
    if steps is not None and steps <= file.step:
        note(
            f"{path} has learnt for {file.step:,} steps already, and --steps counts from the "
            "first: there is nothing left to learn.",
        )
    if steps is not None and 0 < file.config.horizon < steps:
        note(
            f"{path} was to learn for {file.config.horizon:,} steps: its learning rate falls until "
            "then, and stays low.",
        )


def hold(path: Path, file: "Checkpoint", arguments: argparse.Namespace, *names: str) -> None:
    """Fails where a setting is given that is not the file's."""
    for name in names:
        asked, held = getattr(arguments, name), getattr(file.config, name)
        if asked is not None and asked is not False and asked != held:
            fail(
                f"{path} has learnt with {name} {held}, and a run goes on with its own settings: "
                f"leave --{name} out, or train anew without --resume."
            )


def resumed(
    file: "Checkpoint", experiment: "Experiment", arguments: argparse.Namespace
) -> "TrainingState":
    """The state in a model file, to be trained on with the same pictures of the same people."""
    path = arguments.resume
    if file.about.get("seen") != experiment.trained_on or file.config.net != experiment.net:
        fail(
            f"{path} has learnt from other people, or is another net: resume it with the same "
            "--data, --net, --unseen and --seed."
        )
    hold(path, file, arguments, "seed")
    if not experiment.has_learnt(file):
        fail(
            f"{path} has learnt from other pictures of people with these names: resume it with the "
            "same --data, --split and --unseen."
        )
    say_what_steps_are_left(path, file, arguments.steps)
    return file.resume()


def complete(arguments: argparse.Namespace) -> None:
    """The defaults that depend on the net: the starter net has a recipe of its own, and its
    learning rate falls until the last step where that is known."""
    starter = arguments.net == "starter"
    arguments.loss = arguments.loss or ("circle" if starter else "triplet")
    if not arguments.steps and not arguments.seconds:
        whole = starter and not arguments.tuned
        arguments.steps, arguments.seconds = (STARTER_STEPS, None) if whole else (None, 30.0)
    arguments.horizon = arguments.steps if starter else None
    if arguments.cohort is None:
        wanted = starter and not arguments.tuned and arguments.loss != "bce"
        arguments.cohort = STARTER_COHORT if wanted else 0


def train_and_tell(
    experiment: "Experiment",
    begin: "TrainingState",
    arguments: argparse.Namespace,
    out: Output | None,
) -> None:
    """Train on, and tell the report at the end, also where the file cannot be written any more.
    Ctrl-C ends it and keeps what there is."""
    import torch
    from tqdm import tqdm

    from siamese import training
    from siamese.devices import device_of
    from siamese.experiment import first_state
    from siamese.threads import Threads

    limit = None if arguments.steps else arguments.seconds
    total = arguments.steps or arguments.seconds
    quiet = arguments.json or not sys.stderr.isatty()
    bar = tqdm(total=total, disable=quiet, unit="step" if arguments.steps else "s", leave=False)
    bar.bar_format = "{l_bar}{bar}| {remaining} left{postfix}"
    untrained = experiment.ready().evaluate(first_state(begin.config))  # before the clock starts

    def figures() -> "tuple[Evaluation, dict[str, Any]]":
        trained = experiment.evaluate(last)
        seconds = time.perf_counter() - began
        return trained, experiment.report(last, trained, untrained, seconds, begin.step)

    device = device_of(arguments.device)
    fixed = partial(training.advance, device=device)
    most = torch.get_num_threads()
    by = fixed if arguments.threads else Threads(most, device=arguments.device).advance
    last = begin
    began = looked = kept = time.perf_counter()
    try:
        for last in training.train(begin, experiment.seen, arguments.steps, limit, by=by):
            now = time.perf_counter()
            bar.update((last.step if arguments.steps else min(now - began, total)) - bar.n)
            if not quiet and last.step and now - looked > LOOK_EVERY:
                looked = now
                eer = experiment.evaluate(last).scores.eer
                bar.set_postfix_str(f"loss {last.column('loss')[-1]:.3f}, EER {eer:.1%}")
            if out and now - kept > KEEP_EVERY:
                try:
                    out.write(experiment.save(last, *figures()))
                except OutputError as error:  # it may be possible the next time
                    note(f"No checkpoint: {error}")
                kept = time.perf_counter()
    except KeyboardInterrupt:
        note("Stopped; keeping what there is.")
    finally:
        bar.close()
    trained, report = figures()
    try:
        if out:
            out.write(experiment.save(last, trained, report, not arguments.light))
    finally:
        tell(report, arguments.json)
