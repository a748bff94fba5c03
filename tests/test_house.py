"""How the parts lean on each other, told from the sources themselves."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "siamese").glob("*.py"))
HEAVY = {"torch", "torchvision", "sklearn", "umap", "numba", "loky"}


def imports(module: Path, at_top: bool = False) -> set[str]:
    """Dotted names that a module imports; with `at_top`, only what happens when it is imported."""
    tree = ast.parse(module.read_text("utf-8"))
    nodes = tree.body if at_top else ast.walk(tree)
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def reached(module: Path) -> set[str]:
    """All that comes along when a module of the library is imported."""
    found, waiting = set(), [module]
    while waiting:
        for name in imports(waiting.pop(), at_top=True):
            inner = ROOT / Path(*name.split(".")).with_suffix(".py")
            if name not in found and inner in MODULES:
                waiting.append(inner)
            found.add(name)
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_the_library_knows_no_screen(module: Path) -> None:
    roots = {name.split(".")[0] for name in imports(module)}
    assert not roots & {"streamlit", "altair", "pages", "app"}


@pytest.mark.parametrize("name", ["images", "datasets", "rendering", "verification", "__main__"])
def test_what_is_light_stays_light(name: str) -> None:
    """Faces and figures can be had without waiting for torch."""
    roots = {imported.split(".")[0] for imported in reached(ROOT / "siamese" / f"{name}.py")}
    assert not roots & HEAVY


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_slow_imports_wait_until_they_are_needed(module: Path) -> None:
    roots = {name.split(".")[0] for name in imports(module, at_top=True)}
    assert not roots & (HEAVY - {"torch", "torchvision"})
    if module.stem != "vision":
        assert "torchvision" not in {name.split(".")[0] for name in imports(module)}
        assert "siamese.vision" not in imports(module, at_top=True)


def test_no_torch_in_a_process_that_only_reads_pictures() -> None:
    program = "import sys, siamese.datasets, siamese.__main__; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(ast.literal_eval(done.stdout)) & HEAVY


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_no_chance_but_from_a_generator_that_is_handed_in(module: Path) -> None:
    """A run's result must not depend on what else happens in the process."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            words = {keyword.arg for keyword in node.keywords}
            if call in {"torch.rand", "torch.randn", "torch.randint", "torch.randperm"}:
                allowed = module.stem == "jobs"  # noise to warm up with, in a worker of its own
                assert "generator" in words or allowed, f"{module.name}: {ast.unparse(node)}"
            assert call not in {"torch.manual_seed", "np.random.seed", "random.seed"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))
