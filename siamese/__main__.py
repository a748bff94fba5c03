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
from siamese.commands.sources import place_of, read, tell_of
from siamese.commands.train import train
from siamese.outputs import Output


def render(arguments: argparse.Namespace) -> None:
    from siamese.rendering import write_sample

    write_sample(arguments.out, arguments.people, arguments.photos, arguments.seed, arguments.size)
    print(f"{arguments.people} people × {arguments.photos} photos in {arguments.out}")


def evaluate(arguments: argparse.Namespace) -> None:
    from siamese.commands.models import asked, say_that_all_count_as_new
    from siamese.evaluation import scores_of

    model = asked(arguments.model, arguments.device)
    found = read(arguments)
    faces = model.only_new(found) if arguments.who == "unseen" else found
    tell_of(found)
    say_that_all_count_as_new(model)
    code = model.verifier.embed(faces.pictures)  # (N, D)
    tell(scores_of(model.verifier.matrix(code, code), faces.labels), arguments.json)


def compare(arguments: argparse.Namespace) -> None:
    from siamese.commands.models import asked, say_whose_threshold
    from siamese.comparison import compare_photos

    model = asked(arguments.model)
    tell(compare_photos(model.verifier, arguments.a, arguments.b), arguments.json)
    say_whose_threshold(model)


def embed(arguments: argparse.Namespace) -> None:
    from siamese import projector
    from siamese.commands.models import asked, say_that_all_count_as_new
    from siamese.experiment import is_new

    model = asked(arguments.model, arguments.device)
    inputs = [place_of(arguments.data), *([model.path] if model.path else [])]
    out = Output.at(arguments.out, inputs, projector.is_ours)
    faces = read(arguments)
    tell_of(faces)
    say_that_all_count_as_new(model)
    embedding = model.verifier.embed(faces.pictures)
    unseen = is_new(faces.people, model.trained_on)[faces.labels]
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
