"""How long from a key on a slider to the changed picture, in a real browser.

    python benchmarks/slider_latency.py [--presses 30] [--write benchmarks/slider_latency.md]

Starts the app on a free port, opens each page, lets it settle, and presses an arrow key on one of
its sliders again and again. The clock runs in the browser, from the key's event to the first frame
drawn after what the slider decides has changed on the page: the formula, the player's data, the
photo. Needs what requirements-dev.txt lists, and Chromium.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
STARTING = 300_000  # ms: torch is imported, a net is read
WARM = 5  # presses before the clock counts
AIM = 300  # ms


@dataclass(frozen=True)
class Case:
    """A slider, and what it changes on the page."""

    name: str
    path: str
    slider: str  # how its label begins
    watched: str  # JavaScript: a text that changes when the new picture is there


STUDIO = """(() => {
  for (const host of document.querySelectorAll("*")) {
    const live = host.shadowRoot?.querySelector(".live img");
    if (live) return live.complete ? live.src.length + live.src.slice(-400) : undefined;
  }
})()"""
PLAYER = """(() => {
  for (const host of document.querySelectorAll("*")) {
    const plane = host.shadowRoot?.querySelector("canvas.plane");
    if (plane) return plane.getAttribute("aria-label");
  }
})()"""
FORMULA = "document.querySelector('.katex')?.textContent"

CASES = (
    Case("Losses: distance of the pair", "/losses", "Distance D", FORMULA),
    Case("Losses: triplet, margin", "/losses?losses_loss=Triplet", "Margin", FORMULA),
    Case("Losses: circle, margin", "/losses?losses_loss=Circle", "Margin", FORMULA),
    Case("Margin: margin", "/margin", "Margin", PLAYER),
    Case("Margin: 8 people, margin", "/margin?margin_people=8&margin_photos=8", "Margin", PLAYER),
    Case("Face studio: turn of the head", "/faces", "Turn", STUDIO),
    Case("Face studio: side of the light", "/faces", "Light", STUDIO),
    Case("Face studio: smile", "/faces", "Smile", STUDIO),
    Case("Face studio: width of the nose", "/faces", "Width of the nose", STUDIO),
)

CLOCK = """
(look) => {
  const now = () => new Function("return " + look)();
  window.measure = () => new Promise((done) => {
    const before = now();
    document.addEventListener("keydown", (event) => {
      const begun = event.timeStamp;
      const ask = () => {
        const seen = now();
        if (seen !== undefined && seen !== before)
          return requestAnimationFrame((at) => done(at - begun));
        if (performance.now() - begun > 20000) return done(-1);
        requestAnimationFrame(ask);
      };
      ask();
    }, { once: true, capture: true });
  });
}
"""


@contextmanager
def serving() -> Iterator[str]:
    """Address of a server of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    with tempfile.TemporaryDirectory() as home:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"HOME": home}, stdout=quiet, stderr=quiet
        )
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def settle(page: Page, watched: str) -> None:
    """The page stands and nothing runs any more."""
    page.wait_for_function(f"() => {watched} !== undefined", timeout=STARTING)
    page.get_by_text("Predict, then look").wait_for(timeout=STARTING)
    calm = "() => !document.querySelector('[data-testid=stStatusWidget]')"
    quiet = 0
    while quiet < 8:  # the bars of the face studio come one by one
        page.wait_for_timeout(500)
        quiet = quiet + 1 if page.evaluate(calm) else 0


def measure(page: Page, case: Case, presses: int) -> list[float]:
    """Milliseconds of each press."""
    settle(page, case.watched)
    slider = page.get_by_role("slider", name=case.slider).first
    slider.scroll_into_view_if_needed()
    slider.focus()
    page.evaluate(CLOCK, case.watched)
    times = []
    for press in range(WARM + presses):
        page.evaluate("() => { window.told = window.measure(); }")
        slider.press("ArrowRight" if press % 8 < 4 else "ArrowLeft")
        times.append(float(page.evaluate("() => window.told")))
        page.wait_for_timeout(250)
    assert min(times) >= 0, f"{case.name}: a press changed nothing"
    return times[WARM:]


def row(case: Case, times: list[float]) -> str:
    tenths = statistics.quantiles(times, n=10)
    within = sum(one <= AIM for one in times) / len(times)
    return f"| {case.name} | {statistics.median(times):.0f} | {tenths[8]:.0f} | {within:.0%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=30)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--write", type=Path, help="put the table into this file, below its line")
    chosen = parser.parse_args()
    rows = []
    with serving() as address, sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        for case in CASES:
            if chosen.only.casefold() in case.name.casefold():
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(address + case.path, timeout=STARTING)
                rows.append(row(case, measure(page, case, chosen.presses)))
                print(rows[-1], flush=True)
                page.close()
        browser.close()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    head = "| slider | median ms | 9 of 10 within ms | within 300 ms |\n| --- | --- | --- | --- |\n"
    about = f"{os.cpu_count()} cores ({platform.machine()}), load {load}, {chosen.presses} presses."
    if chosen.write:
        lines = "\n".join(rows)
        kept = chosen.write.read_text("utf-8").partition("<!-- measured -->")[0]
        chosen.write.write_text(f"{kept}<!-- measured -->\n{about}\n\n{head}{lines}\n", "utf-8")


if __name__ == "__main__":
    main()
