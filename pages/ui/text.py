"""Names, file names, values of a link, texts of errors: anything that a visitor or a file may have
written, made fit to stand in Markdown as what it is, letter by letter."""

import re

SIGNS = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~$:&=]")
# Icons, addresses and arrows are also looked for in finished text, where no backslash helps.
LATE = re.compile(r"(?<=:)(?=[\w/+-])|(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=[-<>=~])(?=[-<>=~])", re.I)
JOINER = "\N{WORD JOINER}"  # takes no room, and parts what would be read as one


def plain(text: str) -> str:
    """The text as Markdown that shows it and does no more: no link, no colour, no formula."""
    parted = LATE.sub(JOINER, " ".join(text.splitlines()))
    return SIGNS.sub(r"\\\g<0>", parted)
