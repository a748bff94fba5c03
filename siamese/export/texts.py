"""Recipe → program: the templates beside this module, filled in."""

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from siamese.config import TrainingConfig
from siamese.export.notebook import as_notebook
from siamese.export.recipe import Recipe
from siamese.losses import LOSSES
from siamese.networks import DESIGN, NETWORKS

WIDTH = 96  # letters of a line in a text
LINES = 150  # of a page
MOST_MOVES = 13  # of its settings in mid-run
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # programs, not pages; see recipe.py on what may come in
)
ON_THE_LIBRARY = (
    "Run it in the folder of Siamese\xa0Lab, or with PYTHONPATH set to it. {score} This comes to "
    "the same, but for how processors round: with one thread and on the same one, to the bit."
)
ON_ITS_OWN = (
    "python {name} FOLDER, where there are folders of people, pictures cut to the head, as the "
    "page 'People' of Siamese\xa0Lab hands them out. Needs torch, numpy and Pillow alone. {score}"
)
WIDTHS = {1: (32, 64, 96, 96), DESIGN: (16, 32, 64, 64)}  # of the four convolutions, by design


def script(recipe: Recipe, name: str) -> str:
    """A program on our library that trains the net of a run again."""
    return _filled(
        "script.py.jinja",
        recipe,
        name,
        about=_wrapped(ON_THE_LIBRARY.format(score=recipe.score)),
        settings={each.name: _code(getattr(recipe.config, each.name)) for each in _settings()},
        cohort=0 if recipe.config.tuned else recipe.cohort,  # a tuned run keeps that of its net
    )


def plain(recipe: Recipe, name: str) -> str:
    """A program of one page that does the same without our library. Of many settings that were
    moved in mid-run it has those that held longest, as many as there is room for."""
    texts = [_page(recipe, name, moves) for moves in range(MOST_MOVES, 0, -3)]
    return next((text for text in texts if text.count("\n") <= LINES), texts[-1])


def notebook(recipe: Recipe, name: str, model: str) -> str:
    """A notebook that loads the model file, a path as seen from there, and draws its map."""
    return as_notebook(_filled("notebook.py.jinja", recipe, name, model=json.dumps(model)))


def _page(recipe: Recipe, name: str, moves: int) -> str:
    config = recipe.config
    spec = NETWORKS[config.net].of(config.design)
    first = config.net == "plane" or config.design == 1
    features = spec.trunk()[1]
    ending = _ending(config, features)
    widths = WIDTHS[1 if first else DESIGN]
    return _filled(
        "plain.py.jinja",
        recipe,
        name,
        about=_wrapped(ON_ITS_OWN.format(score=recipe.score, name=in_a_text(name))),
        default="sample_faces" if recipe.data == "sample_faces" else "",
        spec=spec,
        widths=widths,
        has_margin=LOSSES[config.loss].margins[1] > 0,
        mines=config.loss != "circle"
        and (LOSSES[config.loss].eats == "triplets" or config.mining != "all"),
        blended=config.blending or config.strong_augmentation,
        both="embed(average, crowd) + embed(average, crowd.flip(-1))",
        trunk='net["trunk"]' if config.loss == "bce" else "net",
        ending=", ".join(ending),
        last=7 + ending.index(f"nn.Linear({features}, NUMBERS)"),
        functions=", ".join(_functions(config)),
        own_distances=_distance(config.distance, "e", "e"),
        to_cohort=_distance(config.distance, "e", "crowd"),
        constants=_constants(recipe),
        moves=_moves(recipe, moves) if recipe.moves else "",
    )


def _ending(config: TrainingConfig, features: int) -> list[str]:
    """The last layers, in code: from a picture's features to its embedding."""
    layers = ["nn.Flatten()"]
    if config.dropout:
        layers.append(f"nn.Dropout({config.dropout!r})")
    layers.append(f"nn.Linear({features}, NUMBERS)")
    if NETWORKS[config.net].sigmoid:
        layers.append("nn.Sigmoid()")
    return layers


def _functions(config: TrainingConfig) -> list[str]:
    """What a page takes from torch.nn.functional."""
    asked = {
        "affine_grid": config.augment,
        "grid_sample": config.augment,
        "normalize": config.normalise or config.distance == "cosine",
        "relu": config.net == "starter",
        "softplus": config.loss in ("soft-triplet", "circle", "bce"),
    }
    return [name for name, is_asked in asked.items() if is_asked]


def _distance(kind: str, a: str, b: str) -> str:
    """All distances between embeddings (A, D) and (B, D), in code."""
    if kind == "euclidean":
        return f"torch.cdist({a}, {b})"
    if kind == "cosine":
        return f"1 - normalize({a}) @ normalize({b}).T"
    return f'torch.stack([-net["head"]((one - {b}).abs())[:, 0] for one in {a}])'


def _constants(recipe: Recipe) -> str:
    """Settings of the steps by their names on the page, on one line or two."""
    config = recipe.config
    told = {"MARGIN": config.margin} if LOSSES[config.loss].margins[1] > 0 else {}
    told |= {"RATE": config.lr}
    if recipe.moves:  # tells both
        told = {}
    told |= {"STEPS": recipe.steps, "WARMUP": config.warmup}
    told |= {"HORIZON": config.horizon} if config.horizon else {}
    last = {"DECAY": config.decay, "MEMORY": config.averaging}
    whole = _assigned(told | last)
    return whole if len(whole) <= WIDTH else f"{_assigned(told)}\n{_assigned(last)}"


def _assigned(values: Mapping[str, float]) -> str:
    return f"{', '.join(values)} = {', '.join(map(repr, values.values()))}"


def _moves(recipe: Recipe, most: int) -> str:
    """Step → margin and learning rate from there on, in code: so many that held longest."""
    now = {"margin": recipe.config.margin, "lr": recipe.config.lr}
    held = {0: (now["margin"], now["lr"])}
    for step, moved in sorted(recipe.moves.items()):
        now |= moved
        held[step] = now["margin"], now["lr"]
    ends = [*list(held)[1:], recipe.steps]
    spans = sorted(zip(held, ends, strict=True), key=lambda span: span[0] - span[1])
    kept = sorted({0, *(step for step, _ in spans[:most])})
    inside = ", ".join(f"{step}: {held[step]}" for step in kept)
    if len(inside) <= WIDTH - len("MOVES = {}  # of margin, rate"):
        return f"{{{inside}}}  # of margin, rate"
    lines = _wrapped(inside.replace(", ", ",\xa0").replace("),\xa0", "), ").replace(": ", ":\xa0"))
    return (
        f"{{  # margin and rate from a step on\n{textwrap.indent(lines, '    ')},\n}}  # fmt: skip"
    )


def _settings() -> list[Any]:
    return list(fields(TrainingConfig))


def _filled(template: str, recipe: Recipe, name: str, **words: Any) -> str:
    """A template with what all of them ask for and what this one does."""
    return TEMPLATES.get_template(template).render(
        r=recipe,
        c=recipe.config,
        begin=recipe.config,
        title=recipe.title,
        name=in_a_text(name),
        **words,
    )


def in_a_text(name: str) -> str:
    """The name of a file as it may stand in a text of a program."""
    return re.sub(r"[^\w.-]", "_", name)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False).replace("\xa0", " ")


def _code(value: Any) -> str:
    """A number or a name of ours as Python writes it."""
    return f'"{value}"' if isinstance(value, str) else repr(value)
