"""The options of the commands, with their ranges and their help."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from siamese.commands.console import fail
from siamese.labelling import PEOPLE_BY
from siamese.settings import DEVICES

SOURCE_HELP = """A SOURCE is sample_faces (the built-in people), olivetti or lfw (public sets of
real faces; scikit-learn fetches them from the internet once, 4 and 233 MB, and keeps them in
~/scikit_learn_data), or a folder or a zip of person/picture."""
SHIPPED = ("small", "starter")  # nets that can be asked for by name
REFERENCE = "sface"  # likewise, where its package is installed
MODEL_HELP = (
    f"a model file, or {' or '.join(SHIPPED)}: nets that come with the lab; or {REFERENCE}: an "
    "industrial one"
)
FORMS = ("script", "plain", "notebook", "onnx")  # of siamese.export, which takes torch
STARTER_STEPS = 10_000  # 50 minutes on one core
STARTER_COHORT = 1_000  # people


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        fail(f"{message} (see: {self.prog} --help)")


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


SEED = between(int, 0, 2**31 - 1)
WHOLE = between(int, 1, 10**9)


def of_render(one: Parser) -> None:
    one.add_argument("--people", type=between(int, 1, 10_000), default=96)
    one.add_argument("--photos", type=between(int, 1, 1_000), default=8, help="of each person")
    one.add_argument("--seed", type=SEED, default=0)
    one.add_argument("--size", type=between(int, 32, 512), default=112, help="pixels a side")
    one.add_argument("--out", type=Path, required=True, metavar="DIR")


def of_train(one: Parser) -> None:
    _pictures(one)
    _net(one)
    _batch(one)
    _length(one)
    _test(one)
    _device(one)
    _files(one)


def of_compare(one: Parser) -> None:
    one.add_argument("a", type=Path, metavar="A.jpg")
    one.add_argument("b", type=Path, metavar="B.jpg")
    one.add_argument("--model", default="starter", metavar="MODEL", help=MODEL_HELP)
    one.add_argument("--json", action="store_true")


def of_evaluate(one: Parser) -> None:
    one.add_argument("--model", required=True, metavar="MODEL", help=MODEL_HELP)
    _pictures(one)
    _device(one)
    one.add_argument("--who", choices=["unseen", "all"], default="unseen")
    one.add_argument("--json", action="store_true")


def of_embed(one: Parser) -> None:
    one.add_argument("--model", required=True, metavar="MODEL", help=MODEL_HELP)
    _pictures(one)
    _device(one)
    one.add_argument(
        "--out", type=file_name, required=True, metavar="FILE.npz",
        help="or FILE.csv, for a spreadsheet",
    )  # fmt: skip


def of_export(one: Parser) -> None:
    one.add_argument("--model", required=True, metavar="MODEL", help=MODEL_HELP)
    one.add_argument(
        "--as", dest="form", choices=FORMS, required=True,
        help="script: trains the net again with this library; plain: the same on one page, with "
        "torch, numpy and Pillow alone; notebook: loads the model file and draws its map; onnx: "
        "the net for other programs, which needs requirements-export.txt",
    )  # fmt: skip
    one.add_argument("--out", type=file_name, required=True, metavar="FILE")


def _pictures(one: Parser) -> None:
    one.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="sample_faces, olivetti, lfw, a folder or a zip of person/picture",
    )
    one.add_argument(
        "--people-by", choices=PEOPLE_BY, default="auto",
        help="what tells people apart: the folder of a picture, the top folder, or the name of "
        "its file; 'auto' looks at the whole set and says what it took",
    )  # fmt: skip
    one.add_argument(
        "--as-they-are", action="store_true", help="pictures are cut to the face already"
    )


def _device(one: Parser) -> None:
    one.add_argument(
        "--device", choices=DEVICES, default="auto",
        help="where the net computes; 'auto' takes the accelerator that is there, or the cpu",
    )  # fmt: skip


def _net(one: Parser) -> None:
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
    one.add_argument("--embedding", type=WHOLE, metavar="D", help="numbers in an embedding")


def _batch(one: Parser) -> None:
    one.add_argument("--people", type=WHOLE, metavar="P", help="people in a batch")
    one.add_argument("--pictures", type=WHOLE, metavar="K", help="pictures of each")
    one.add_argument(
        "--singles", type=between(int, 0, 256), metavar="N",
        help="people with one picture in a batch, beside the P who have more",
    )  # fmt: skip
    one.add_argument("--lr", type=float, help="learning rate")
    one.add_argument(
        "--tuned", action="store_true", help="begin with the net that ships, not by chance"
    )


def _length(one: Parser) -> None:
    length = one.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=between(float, 0.1, 10**6), metavar="S", help="30")
    length.add_argument(
        "--steps", type=WHOLE, metavar="N", help=f"the starter net takes {STARTER_STEPS:,}"
    )


def _test(one: Parser) -> None:
    one.add_argument("--unseen", type=float, default=0.25, help="share of people kept for the test")
    one.add_argument(
        "--split", choices=["person", "picture"], default="person",
        help="'picture' lets the net see everybody: it flatters, and is here to show by how much",
    )  # fmt: skip
    one.add_argument("--seed", type=SEED, default=0)


def _files(one: Parser) -> None:
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
