"""What an uploader takes: all that is read or answered, and a photo of an iPhone as a JPEG."""

import re
from pathlib import Path

import pytest

from pages.ui.endings import accepted
from siamese.images import SUFFIXES

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
AGENTS = {
    IPHONE + "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1": False,
    IPHONE + "(KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1": False,
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/131.0 Safari/537.36": True,
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": True,
    "": True,
}


@pytest.mark.parametrize(("agent", "asks"), AGENTS.items())
def test_heic_is_asked_for_where_no_browser_converts_it(agent: str, asks: bool) -> None:
    taken = accepted(agent)
    assert ("heic" in taken) == ("heif" in taken) == asks
    assert set(SUFFIXES) - set(taken) <= {"heic", "heif", "hif"}
    assert {"jfif", "pgm", "avif", "mpo"} <= set(taken)


def test_every_uploader_of_pictures_takes_the_same() -> None:
    root = Path(__file__).parent.parent / "pages"
    uploaders = [
        (path.name, words)
        for path in root.rglob("*.py")
        for words in re.findall(r"file_uploader\((.*?)\n\s*\)", path.read_text("utf-8"), re.DOTALL)
    ]
    pictures = [place for place, words in uploaders if "safetensors" not in words]
    assert len(pictures) >= 5
    assert all("accepted()" in words for _, words in uploaders if "safetensors" not in words)
