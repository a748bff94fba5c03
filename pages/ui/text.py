"""Names, file names, values of a link, texts of errors: anything that a visitor or a file may have
written, made fit to stand in Markdown as what it is, letter by letter."""

import re

SIGNS = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~$:&=]")
# Icons, addresses and arrows are also looked for in finished text, where no backslash helps.
LATE = re.compile(r"(?<=:)(?=[\w/+-])|(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=[-<>=~])(?=[-<>=~])", re.I)
JOINER = "\N{WORD JOINER}"  # takes no room, and parts what would be read as one

MINING = {
    "all": "All",
    "hard": "The hardest",
    "semi-hard": "Semi-hard",
    "random": "Random",
}
IDEAS = {
    "contrastive": "Pull two photos of one person together; push photos of two people apart until "
    "they are a **margin** away.",
    "triplet": "An anchor, a second photo of the same person, one of somebody else: that one has "
    "to be further away, by a **margin**.",
    "soft-triplet": "Like triplet, but without a margin: it never stops pushing, only gently.",
    "circle": "All pairs of a face at once. The worse a pair, the harder it is pulled or pushed.",
    "bce": "Ask a learned distance *same person, yes or no?* It is how Koch and others "
    "trained their Siamese net in 2015.",
}


def plain(text: str) -> str:
    """The text as Markdown that shows it and does no more: no link, no colour, no formula."""
    parted = LATE.sub(JOINER, " ".join(text.splitlines()))
    return SIGNS.sub(r"\\\g<0>", parted)


def spoken(name: str) -> str:
    return name if name != name.lower() else name.title()


def in_link(name: str) -> str:
    """A name as part of a link: 'Triplet 2' → 'triplet-2'."""
    return "-".join(name.lower().split())


def in_file(name: str) -> str:
    """A name as that of a file: 'Triplet · margin 0.2' → 'triplet-margin-0.2'."""
    return "-".join(re.findall(r"\w[\w.]*", name.lower())).strip(".") or "run"


def counted(count: int, one: str, many: str = "") -> str:
    """(1, 'step') → '1 step', (1200, 'step') → '1,200 steps'"""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float, digits: int = 1) -> str:
    """0.034 → '3.4 %'"""
    return f"{100 * share:.{digits}f} %"


def share(part: float, none: str = "none", every: str = "all") -> str:
    """0.034 → '3.4 %', 0.34 → '34 %', 0.979 → '97.9 %': rare errors and rare hits are told finer.
    As `percent` in pairs/slider.js."""
    if part in (0, 1):
        return none if part == 0 else every
    if part < 0.001:
        return "less than 0.1 %"
    if part > 0.999:
        return "more than 99.9 %"
    return percent(part, 1 if part < 0.0995 or part > 0.9005 else 0)
