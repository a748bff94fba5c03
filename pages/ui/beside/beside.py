"""A small copy of a picture that waits at the lower edge of a narrow screen, while the picture is
out of sight and its controls are not. The component of the picture takes these files in."""

from pathlib import Path

BESIDE = tuple(Path(__file__).with_suffix(f".{kind}") for kind in ("js", "css"))
