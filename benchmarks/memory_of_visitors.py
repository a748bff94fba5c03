"""What each further visitor costs in memory, on the pages that compare all pairs or draw all faces.

    python benchmarks/memory_of_visitors.py [visitors]

Opens a page for one visitor after another, without a browser and without ever closing it, and
prints how many megabytes of arrays, tensors and long texts the process holds more after each.
"""

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent
PAGES = {
    "pairs": ("pages/explore/pairs.py", {}),
    "pairs, whom it learnt from": ("pages/explore/pairs.py", {"p_whose": "People it learnt from"}),
    "map": ("pages/explore/embedding.py", {"e_method": "PCA"}),
}


def megabytes() -> float:
    """Of all arrays, tensors, and long texts that this process holds."""
    gc.unfreeze()
    gc.collect()
    sizes: dict[object, int] = {}
    for each in gc.get_objects():
        for inner in gc.get_referents(each):
            kind = type(inner)
            if issubclass(kind, np.ndarray) and inner.base is None:
                sizes[id(inner)] = inner.nbytes
            elif issubclass(kind, torch.Tensor) and inner.device.type == "cpu":
                storage = inner.untyped_storage()
                sizes["storage", storage.data_ptr()] = storage.nbytes()
            elif issubclass(kind, str | bytes) and len(inner) > 10_000:
                sizes[id(inner)] = len(inner)
    return sum(sizes.values()) / 1e6


def opened(page: str, link: dict[str, str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300).run()
    app.switch_page(page)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def main(visitors: int) -> None:
    for name, (page, link) in PAGES.items():
        here, costs = [], []
        before = megabytes()
        for _ in range(visitors):
            here.append(opened(page, link))
            now = megabytes()
            costs.append(now - before)
            before = now
        print(f"{name}: {', '.join(f'{cost:.0f}' for cost in costs)} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
