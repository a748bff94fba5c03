"""How often a second the live door checks a face: a real server, a real browser, a fake camera.

    python benchmarks/door.py --seconds 20

Needs Chromium and Playwright. Prints a table and writes it to `benchmarks/door.md`. Run it on a
quiet machine: server, browser and the drawing of the page share its cores.
"""

import argparse
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

import film
from playwright.sync_api import Page, sync_playwright
from serving import ROOT, serving

from pages.ui.door import door
from siamese import checkpoints
from siamese.datasets import load
from siamese.enrolment import Enrolled
from siamese.faces import split_by_person
from siamese.verifiers import of_checkpoint

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def check(times: int) -> float:
    """Milliseconds of one check on the server: decode, find, cut out, embed, compare (median)."""
    unseen = split_by_person(load("sample_faces")).unseen
    verifier = of_checkpoint(checkpoints.load(checkpoints.shipped()), "Shipped net", "")
    person = Enrolled("x", unseen.pictures[:5])
    frame = film.jpeg(film.still(unseen.pictures[6]))
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        door._answer(frame, verifier, [person], verifier.threshold, 0.5)
        spent.append(time.perf_counter() - start)
    return 1000 * statistics.median(spent)


def stand(page: Page, address: str, seconds: int) -> tuple[float, int]:
    """Checks a second as the page counts them, and how many verdicts were 'open'."""
    page.set_default_timeout(120_000)
    page.goto(f"{address}/door?door_mode=Live%20camera")
    page.get_by_role("button", name=re.compile("^Enrol ")).click()
    page.get_by_text("5 pictures").wait_for()
    page.get_by_role("button", name="Start the camera").click()
    page.locator(".door .strip i").nth(2).wait_for()  # warm
    page.get_by_role("button", name="Stop the camera").click()
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_timeout(1000 * seconds)
    words = page.locator(".door .pace").inner_text()
    return float(words.split()[0]), page.locator(".door .strip .yes").count()


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the checks of the live door.")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--out", default=str(Path(__file__).with_suffix(".md")), help="'' for none")
    options = parser.parse_args()
    milliseconds = check(50)
    first = load("sample_faces").pictures[6]  # of the person whom the page offers to enrol
    with tempfile.TemporaryDirectory() as home, serving(ROOT / "app.py", Path(home)) as address:
        path = film.shoot(Path(home) / "one.mjpeg", [first], 2)
        with sync_playwright() as play:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = play.chromium.launch(
                executable_path=chromium, args=[*FLAGS, *film.flags(path)]
            )
            pace, opened = stand(browser.new_page(), address, options.seconds)
            browser.close()
    load_now = os.getloadavg()[0]
    report = "\n".join([
        "# The live door",
        "",
        f"`python benchmarks/door.py --seconds {options.seconds}`, {os.cpu_count()} cores, "
        f"load average {load_now:.1f} at the end.",
        "",
        "| | |",
        "| --- | --- |",
        f"| checks a second, as the page counts them | {pace:.1f} |",
        f"| of the last 60 verdicts, open | {opened} |",
        f"| one check on the server, median of 50 | {milliseconds:.0f} ms |",
        "",
        "A check is: a picture of 480×360 pixels from the (fake) camera by way of the browser to "
        "the server, decoded, searched for faces, cut out, embedded by the shipped net, compared "
        "with five enrolled pictures, and drawn. Headless Chromium draws without a GPU on the "
        "same cores. The page waits 120 ms between an answer and the next picture.",
        "",
    ])  # fmt: skip
    print(report)
    if options.out:
        Path(options.out).write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
