"""The command line: `python -m siamese render | train | evaluate | embed | compare`.

Results go to stdout, progress and errors to stderr. An error is one line, exit code 2.
"""

import argparse
import codecs
import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from siamese import outputs
from siamese.datasets import SOURCES, load
from siamese.faces import FaceSet, split_by_person, split_by_picture
from siamese.labelling import PEOPLE_BY
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
SOURCE_HELP = """A SOURCE is sample_faces (the built-in people), olivetti or lfw (public sets of
real faces; scikit-learn fetches them from the internet once, 4 and 233 MB, and keeps them in
~/scikit_learn_data), or a folder or a zip of person/picture."""
SHIPPED = ("small", "starter")  # nets that can be asked for by name
STARTER_STEPS = 10_000  # 50 minutes on one core
STARTER_COHORT = 1_000  # people
LOOK_EVERY = 2.0  # seconds between two scores on the progress bar
KEEP_EVERY = 120.0  # seconds between two checkpoints, so that an accident costs no more


PLAINER = {"×": "x", "…": "...", "−": "-", "–": "-", "→": "->", "’": "'", "‘": "'"}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        fail(f"{message} (see: {self.prog} --help)")


def fail(message: object) -> NoReturn:
    print(f"siamese: {' '.join(str(message).split())}", file=sys.stderr)
    sys.exit(2)


def plainer(error: UnicodeError) -> tuple[str, int]:
    """A sign that the console does not have as one that it has, or by its number."""
    assert isinstance(error, UnicodeEncodeError)
    sign = error.object[error.start]
    shown = PLAINER.get(sign) or sign.encode("ascii", "backslashreplace").decode()
    return shown, error.start + 1


codecs.register_error("plainer", plainer)


def say_which(name: str, ours: Path | None) -> None:
    """A name of ours is taken as such; where something of the user's is called so, that is said."""
    here = Path(name)
    if here.exists() and not (ours is not None and ours.exists() and here.samefile(ours)):
        print(f"{name} is the one of the lab; the one that lies here is ./{name}", file=sys.stderr)


def place_of(source: str) -> Path:
    """Where a SOURCE lies."""
    from siamese.public import PUBLIC, home

    if source in PUBLIC:
        return home() / PUBLIC[source].kept
    return SOURCES.get(source) or Path(source).expanduser()


def model_file(model: str) -> Path:
    """The file of a MODEL."""
    from siamese import checkpoints

    path = checkpoints.resolved(model)
    if str(path) != str(Path(model)):
        say_which(model, path)
    return path


def read(arguments: argparse.Namespace) -> FaceSet:
    """The faces of --data, as the page *People* reads them: people told apart, faces cut out."""
    from siamese.public import PUBLIC

    source: str = arguments.data
    if source in SOURCES:
        say_which(source, SOURCES[source])
    public = PUBLIC.get(source)
    if public and not public.is_here:
        print(f"Fetching {public.label}, {public.megabytes} MB, once …", file=sys.stderr)
    with contextlib.redirect_stdout(sys.stderr):  # scikit-learn speaks of its download, too
        if source in SOURCES or arguments.as_they_are:
            return load(source, people_by=arguments.people_by)
        from siamese.portraits import load_portraits

        with searching() as progress:
            return load_portraits(source, progress=progress, people_by=arguments.people_by)


@contextlib.contextmanager
def searching() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while faces are looked for, where somebody is there to see it."""
    from tqdm import tqdm

    with tqdm(disable=not sys.stderr.isatty(), desc="Finding faces", leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def tell_of(faces: FaceSet) -> None:
    """On stderr: how people were told apart, what was cut out and what left out."""
    unsure = f" Note: {' '.join(faces.unsure)}" if faces.unsure else ""
    said = [f"People told apart {faces.told}{unsure}"] if faces.told else []
    if faces.skipped:
        said.append(f"{len(faces.skipped)} left out; the first: {faces.skipped[0]}")
    if faces.cut:
        said.append(
            f"In {faces.cut:,} of {len(faces):,} pictures the face fills little: it was found and "
            "cut out (--as-they-are leaves pictures whole)."
        )
    for sentence in said:
        print(" ".join(sentence.split()), file=sys.stderr)


def render(arguments: argparse.Namespace) -> None:
    from siamese.rendering import write_sample

    write_sample(arguments.out, arguments.people, arguments.photos, arguments.seed, arguments.size)
    print(f"{arguments.people} people × {arguments.photos} photos in {arguments.out}")


def train(arguments: argparse.Namespace) -> None:
    out = output_of(arguments)
    import torch

    from siamese.experiment import Experiment, first_state, known_before

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
        print(
            f"{path} has learnt for {file.step:,} steps already, and --steps counts from the "
            "first: there is nothing left to learn.",
            file=sys.stderr,
        )
    if steps is not None and 0 < file.config.horizon < steps:
        print(
            f"{path} was to learn for {file.config.horizon:,} steps: its learning rate falls until "
            "then, and stays low.",
            file=sys.stderr,
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
    if file.about.get("seen") != experiment.learnt or file.config.net != experiment.net:
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

    by = None if arguments.threads else Threads(torch.get_num_threads()).advance
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
                    print(f"No checkpoint: {error}", file=sys.stderr)
                kept = time.perf_counter()
    except KeyboardInterrupt:
        print("Stopped; keeping what there is.", file=sys.stderr)
    finally:
        bar.close()
    trained, report = figures()
    try:
        if out:
            out.write(experiment.save(last, trained, report, not arguments.light))
    finally:
        tell(report, arguments.json)


def evaluate(arguments: argparse.Namespace) -> None:
    from siamese import checkpoints
    from siamese.evaluation import report
    from siamese.experiment import only_new, prepared

    checkpoint = checkpoints.load(model_file(arguments.model))
    found = read(arguments)
    faces = only_new(found, checkpoint) if arguments.who == "unseen" else found
    tell_of(found)
    ready = prepared(faces, checkpoint.config.net)
    distance, cohort = checkpoint.config.distance, checkpoint.cohort
    tell(report(checkpoint.net, distance, ready, cohort), arguments.json)


def compare(arguments: argparse.Namespace) -> None:
    from siamese import checkpoints, judges
    from siamese.comparison import compare_photos

    path = model_file(arguments.model)
    judge = judges.of_checkpoint(checkpoints.load(path), path.stem, "")
    tell(compare_photos(judge, arguments.a, arguments.b), arguments.json)


def embed(arguments: argparse.Namespace) -> None:
    from siamese import checkpoints, networks, projector
    from siamese.experiment import is_new, prepared

    model = model_file(arguments.model)
    out = Output.at(arguments.out, [place_of(arguments.data), model], projector.is_ours)
    checkpoint = checkpoints.load(model)
    faces = read(arguments)
    tell_of(faces)
    embedding = networks.embed(checkpoint.net, prepared(faces, checkpoint.config.net).pictures)
    unseen = is_new(faces.people, checkpoint.learnt)[faces.labels]
    told = projector.Labelled(embedding.numpy(), faces.labels, faces.people, faces.files, unseen)
    out.write(projector.FORMATS.get(out.path.suffix.lower(), projector.as_npz)(told))
    print(f"{len(faces)} embeddings of {embedding.shape[1]} numbers in {arguments.out}")


def tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:20} {value:.4g}" if isinstance(value, float) else f"{name:20} {value}")


def between(kind: Callable[[str], Any], low: float, high: float) -> Callable[[str], Any]:
    """A number in a range, for argparse."""

    def parse(text: str) -> Any:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    parse.__name__ = "whole number" if kind is int else "number"
    return parse


def file_name(text: str) -> Path:
    """A file to be written, for argparse."""
    if text.endswith(("/", os.sep)):
        raise argparse.ArgumentTypeError(f"{text} is a folder: name a file")
    return Path(text)


def parser() -> Parser:
    whole = between(int, 1, 10**9)
    root = Parser(
        prog="python -m siamese", description=__doc__, epilog=SOURCE_HELP, allow_abbrev=False
    )
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: Callable[[argparse.Namespace], None], about: str) -> Parser:
        made: Parser = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        made.set_defaults(does=does)
        return made

    one = command("render", render, "Draw people who do not exist.")
    one.add_argument("--people", type=between(int, 1, 10_000), default=96)
    one.add_argument("--photos", type=between(int, 1, 1_000), default=8, help="of each person")
    one.add_argument("--seed", type=between(int, 0, 2**31 - 1), default=0)
    one.add_argument("--size", type=between(int, 32, 512), default=112, help="pixels a side")
    one.add_argument("--out", type=Path, required=True, metavar="DIR")

    source = "sample_faces, olivetti, lfw, a folder or a zip of person/picture"

    def pictures(one: Parser) -> None:
        one.add_argument("--data", required=True, metavar="SOURCE", help=source)
        one.add_argument(
            "--people-by", choices=PEOPLE_BY, default="auto",
            help="what tells people apart: the folder of a picture, the top folder, or the name of "
            "its file; 'auto' looks at the whole set and says what it took",
        )  # fmt: skip
        one.add_argument(
            "--as-they-are", action="store_true", help="pictures are cut to the face already"
        )

    one = command("train", train, "Train a net and score it on people that it has never seen.")
    pictures(one)
    one.add_argument("--net", default="small", help="small, plane, starter or baseline")
    one.add_argument(
        "--loss",
        help="contrastive, triplet (the default), soft-triplet, circle (the starter's) or bce",
    )
    one.add_argument("--margin", type=float, metavar="M")
    one.add_argument("--gamma", type=float, metavar="G", help="circle loss: how steep")
    one.add_argument("--mining", help="all, hard, semi-hard or random; each loss has its default")
    one.add_argument("--distance", help="euclidean, cosine or learned")
    one.add_argument(
        "--cohort", type=between(int, 0, 10_000), metavar="N",
        help="measure distances relative to N of the people trained on; "
        f"the starter net takes {STARTER_COHORT:,}",
    )  # fmt: skip
    one.add_argument("--embedding", type=whole, metavar="D", help="numbers in an embedding")
    one.add_argument("--people", type=whole, metavar="P", help="people in a batch")
    one.add_argument("--pictures", type=whole, metavar="K", help="pictures of each")
    one.add_argument(
        "--singles", type=between(int, 0, 256), metavar="N",
        help="people with one picture in a batch, beside the P who have more",
    )  # fmt: skip
    one.add_argument("--lr", type=float, help="learning rate")
    one.add_argument(
        "--tuned", action="store_true", help="begin with the net that ships, not by chance"
    )
    length = one.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=between(float, 0.1, 10**6), metavar="S", help="30")
    length.add_argument(
        "--steps", type=whole, metavar="N", help=f"the starter net takes {STARTER_STEPS:,}"
    )
    one.add_argument("--unseen", type=float, default=0.25, help="share of people kept for the test")
    one.add_argument(
        "--split", choices=["person", "picture"], default="person",
        help="'picture' lets the net see everybody: it flatters, and is here to show by how much",
    )  # fmt: skip
    one.add_argument("--seed", type=between(int, 0, 2**31 - 1), default=0)
    one.add_argument(
        "--threads", type=between(int, 1, 1024), metavar="N",
        help="as many as pay, by the pace while it trains; with a fixed N, and --steps, the same "
        "seed gives the same net to the bit",
    )  # fmt: skip
    one.add_argument(
        "--out", type=file_name, metavar="FILE",
        help="model file, .safetensors; while it trains, a checkpoint every two minutes",
    )  # fmt: skip
    one.add_argument(
        "--resume", type=Path, metavar="FILE",
        help="go on from a checkpoint, with the same people; its settings hold, --cohort excepted",
    )  # fmt: skip
    one.add_argument("--light", action="store_true", help="write the net alone, not what to resume")
    one.add_argument("--json", action="store_true")

    model = f"a model file, or {' or '.join(SHIPPED)}: nets that come with the lab"
    one = command("compare", compare, "Measure how far apart the faces in two photos are.")
    one.add_argument("a", type=Path, metavar="A.jpg")
    one.add_argument("b", type=Path, metavar="B.jpg")
    one.add_argument("--model", default="starter", metavar="MODEL", help=model)
    one.add_argument("--json", action="store_true")

    for name, does, about in (
        ("evaluate", evaluate, "Score a net on faces."),
        ("embed", embed, "Write the embeddings of faces."),
    ):
        one = command(name, does, about)
        one.add_argument("--model", required=True, metavar="MODEL", help=model)
        pictures(one)
        if name == "evaluate":
            one.add_argument("--who", choices=["unseen", "all"], default="unseen")
            one.add_argument("--json", action="store_true")
        else:
            one.add_argument(
                "--out", type=file_name, required=True, metavar="FILE.npz",
                help="or FILE.csv, for a spreadsheet",
            )  # fmt: skip
    return root


def main(words: Sequence[str] | None = None) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainer")
    try:
        arguments = parser().parse_args(words)
        arguments.does(arguments)
        sys.stdout.flush()  # while it can still be said that it cannot be
    except ValueError as error:  # all of ours are, with a sentence
        fail(error)
    except OSError as error:
        fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        fail("Stopped.")
    finally:
        let_go(sys.stdout)


def let_go(stream: TextIO) -> None:
    """What cannot be written any more, since a disk is full or a reader gone, is not tried again
    when the program ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
