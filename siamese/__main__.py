"""The command line: `python -m siamese render | train | evaluate | embed | compare |
export`.

Results go to stdout, progress and errors to stderr. An error is one line, exit code 2.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence

from siamese.commands import options
from siamese.commands.console import fail, let_go, tell
from siamese.commands.export import export
from siamese.commands.options import SOURCE_HELP, Parser
from siamese.commands.sources import model_file, place_of, read, tell_of
from siamese.commands.train import train
from siamese.outputs import Output


def render(arguments: argparse.Namespace) -> None:
    from siamese.rendering import write_sample

    write_sample(arguments.out, arguments.people, arguments.photos, arguments.seed, arguments.size)
    print(f"{arguments.people} people × {arguments.photos} photos in {arguments.out}")


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
    from siamese import checkpoints, verifiers
    from siamese.comparison import compare_photos

    path = model_file(arguments.model)
    verifier = verifiers.of_checkpoint(checkpoints.load(path), path.stem, "")
    tell(compare_photos(verifier, arguments.a, arguments.b), arguments.json)


def embed(arguments: argparse.Namespace) -> None:
    from siamese import checkpoints, networks, projector
    from siamese.experiment import is_new, prepared

    model = model_file(arguments.model)
    out = Output.at(arguments.out, [place_of(arguments.data), model], projector.is_ours)
    checkpoint = checkpoints.load(model)
    faces = read(arguments)
    tell_of(faces)
    embedding = networks.embed(checkpoint.net, prepared(faces, checkpoint.config.net).pictures)
    unseen = is_new(faces.people, checkpoint.trained_on)[faces.labels]
    told = projector.Labelled(embedding.numpy(), faces.labels, faces.people, faces.files, unseen)
    out.write(projector.FORMATS.get(out.path.suffix.lower(), projector.as_npz)(told))
    print(f"{len(faces)} embeddings of {embedding.shape[1]} numbers in {arguments.out}")


Command = tuple[Callable[[argparse.Namespace], None], Callable[[Parser], None], str]
COMMANDS: dict[str, Command] = {  # what it does, its options, and a sentence
    "render": (render, options.of_render, "Draw people who do not exist."),
    "train": (
        train,
        options.of_train,
        "Train a net and score it on people that it has never seen.",
    ),
    "compare": (
        compare,
        options.of_compare,
        "Measure how far apart the faces in two photos are.",
    ),
    "evaluate": (evaluate, options.of_evaluate, "Score a net on faces."),
    "embed": (embed, options.of_embed, "Write the embeddings of faces."),
    "export": (
        export,
        options.of_export,
        "Write a run as a script, on our library or on one page, a notebook, or for ONNX.",
    ),
}


def parser() -> Parser:
    root = Parser(
        prog="python -m siamese", description=__doc__, epilog=SOURCE_HELP, allow_abbrev=False
    )
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for name, (does, add_options, about) in COMMANDS.items():
        one: Parser = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        one.set_defaults(does=does)
        add_options(one)
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


if __name__ == "__main__":
    main()
