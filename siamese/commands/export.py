"""`export`: a run as something that works without the lab, or beside it."""

import argparse
import os

from siamese.commands.sources import model_file
from siamese.outputs import Output


def export(arguments: argparse.Namespace) -> None:
    from siamese import checkpoints
    from siamese.export import export, is_ours

    model = model_file(arguments.model)
    out = Output.at(arguments.out, [model], is_ours)
    file = checkpoints.load(model)
    beside = os.path.relpath(model, out.path.parent)
    data = export(file, arguments.form, beside, out.path.name)
    out.write(data)
    print(f"{arguments.form}, {len(data):,} bytes, in {arguments.out}")
