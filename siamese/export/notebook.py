"""Text in cells → a notebook: a file that Jupyter and its relatives open."""

import json
import re
from typing import Any

FORMAT = 4, 5  # of notebooks
MARK = re.compile(r"^# %%(?P<prose> \[markdown\])?\n", re.MULTILINE)


def as_notebook(text: str) -> str:
    """A program whose cells begin with a line `# %%`, or `# %% [markdown]` where they are prose in
    comments: the 'percent format' of Spyder, VS Code and Jupytext → .ipynb, without results."""
    _, *parts = MARK.split(text)
    cells = [
        _cell(number, body.strip("\n"), bool(prose))
        for number, (prose, body) in enumerate(zip(parts[::2], parts[1::2], strict=True))
    ]
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": python, "language_info": {"name": "python"}},
        "nbformat": FORMAT[0],
        "nbformat_minor": FORMAT[1],
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, body: str, prose: bool) -> dict[str, Any]:
    if prose:
        body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
    lines = body.splitlines(keepends=True)
    cell = {"id": f"cell-{number}", "metadata": {}, "source": lines}
    if prose:
        return {"cell_type": "markdown", **cell}
    return {"cell_type": "code", **cell, "execution_count": None, "outputs": []}
