"""How the library keeps to itself, and what thirty visitors share, told from the sources."""

import ast
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from sources import LIBRARY, MODULES, PAGES, ROOT, SOURCES, dotted, imports, named, reached, tree

from pages.ui.text import IDEAS, counted

HEAVY = {"torch", "torchvision", "sklearn", "umap", "numba", "loky"}


def roots(module: Path, at_top: bool = False) -> set[str]:
    """Packages that a module imports from."""
    return {name.split(".")[0] for name in imports(module, at_top)}


@pytest.mark.parametrize("module", LIBRARY, ids=named)
def test_the_library_knows_no_screen(module: Path) -> None:
    assert not roots(module) & {"streamlit", "altair", "pages", "app"}


@pytest.mark.parametrize("name", ["images", "datasets", "rendering", "verification", "__main__"])
def test_what_is_light_stays_light(name: str) -> None:
    """Faces and figures can be had without waiting for torch."""
    module = f"siamese.{name}"
    for inner in {module} | reached(module, at_top=True):
        assert not roots(MODULES[inner], at_top=True) & HEAVY, inner


@pytest.mark.parametrize("module", LIBRARY, ids=named)
def test_slow_imports_wait_until_they_are_needed(module: Path) -> None:
    assert not roots(module, at_top=True) & (HEAVY - {"torch", "torchvision"})
    if module.stem != "vision":
        assert "torchvision" not in roots(module)
        assert "siamese.vision" not in reached(dotted(module), at_top=True)


def test_no_torch_in_a_process_that_only_reads_pictures() -> None:
    program = "import sys, siamese.datasets, siamese.__main__; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(ast.literal_eval(done.stdout)) & HEAVY


@pytest.mark.parametrize("module", LIBRARY, ids=named)
def test_no_chance_but_from_a_generator_that_is_handed_in(module: Path) -> None:
    """A run's result must not depend on what else happens in the process."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            words = {keyword.arg for keyword in node.keywords}
            if call in {"torch.rand", "torch.randn", "torch.randint", "torch.randperm"}:
                allowed = module.stem == "jobs"  # noise to warm up with, in a worker of its own
                assert "generator" in words or allowed, f"{module.name}: {ast.unparse(node)}"
            assert call not in {"torch.manual_seed", "np.random.seed", "random.seed"}


@pytest.mark.parametrize("module", LIBRARY, ids=named)
def test_every_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(tree(module))


# What thirty visitors share


def test_no_script_lies_where_streamlit_would_run_it_by_itself() -> None:
    assert not list((ROOT / "pages").glob("*.py"))


CALLABLE = re.compile(r"Callable\[.*\]")


TREES = [tree(path) for path in SOURCES]


def records() -> list[tuple[ast.ClassDef, str]]:
    """All dataclasses, with how they are decorated."""
    return [
        (node, how)
        for each in TREES
        for node in ast.walk(each)
        if isinstance(node, ast.ClassDef)
        for how in map(ast.unparse, node.decorator_list)
        if how.partition("(")[0] == "dataclass"
    ]


def fields_of(node: ast.ClassDef) -> set[str]:
    """The words of what a record holds; what a function in it takes and gives is not in it."""
    lines = [it.annotation for it in node.body if isinstance(it, ast.AnnAssign)]
    return {word for line in lines for word in words_of(line)}


def words_of(kind: ast.expr) -> set[str]:
    return set(re.findall(r"\w+", CALLABLE.sub("", ast.unparse(kind))))


def kinds() -> list[tuple[str, set[str]]]:
    """Names of records and of other kinds (`Greys = NDArray[np.uint8]`), with what is in them."""
    found = [
        (node.targets[0].id, words_of(node.value))
        for each in TREES
        for node in ast.walk(each)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Subscript | ast.BinOp)
    ]
    return [*found, *((node.name, fields_of(node)) for node, _ in records())]


def holders() -> set[str]:
    """Names of kinds that hold arrays or tensors, at any depth."""
    found, known = {"NDArray", "Tensor"}, kinds()
    while True:
        more = {name for name, words in known if found & words} | found
        if more == found:
            return found
        found = more


def test_nothing_compares_arrays_by_accident() -> None:
    """`==` of two records that hold arrays raises, or looks at every number: they are told by who
    they are, so that caches and lists of them work."""
    holding = holders()
    assert {"Result", "FaceSet", "TrainingState", "Checkpoint", "Verifier", "FaceSpace"} <= holding
    wrong = [
        node.name for node, how in records() if holding & fields_of(node) and "eq=False" not in how
    ]
    assert wrong == []


KEEPING = {"cache", "lru_cache", "cache_data", "cache_resource", "Once"}


def kept_for_all() -> dict[str, list[str]]:
    """Functions whose results the process keeps for good: what their arguments are."""
    found = {}
    for each in TREES:
        for node in ast.walk(each):
            if not isinstance(node, ast.FunctionDef):
                continue
            for how in map(ast.unparse, node.decorator_list):
                name = how.partition("(")[0].rpartition(".")[2]
                if name in KEEPING and "scope='session'" not in how:
                    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                    found[node.name] = [ast.unparse(it.annotation or it) for it in arguments]
    return found


def test_what_the_process_keeps_is_nobodys_picture() -> None:
    """Numbers, names, and people whom our own program draws: nothing that a visitor has brought,
    nor what a net of a visitor's has made of it."""
    drawn = {"Identity", "Expression", "Shot", "Nuisance", "Playground"}
    plain = {"str", "int", "float", "bool", "None"}
    kept = kept_for_all()
    assert {"sample_faces", "processes", "_picture", "_outcome"} <= kept.keys()
    for name, arguments in kept.items():
        words = set(re.findall(r"\w+", " ".join(arguments)))
        assert words <= drawn | plain | {"Any"}, f"{name}({', '.join(arguments)})"


def test_nothing_is_told_by_its_place_in_memory() -> None:
    """`id()` of what has gone is soon that of something else. Only keys of widgets are made of it,
    of things that the session holds."""
    for module in SOURCES:
        inside = {
            id(call)
            for text in ast.walk(tree(module))
            if isinstance(text, ast.JoinedStr)
            for call in ast.walk(text)
        }
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "id":
                assert id(node) in inside, f"{named(module)}:{node.lineno}"


def sayings(module: Path) -> list[str]:
    """The texts of a module that can reach the screen: all its strings but the docstrings."""
    spoken = {id(node.value) for node in ast.walk(tree(module)) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken
    ]


@pytest.mark.parametrize("module", PAGES, ids=named)
def test_a_tutorial_that_a_page_speaks_of_is_named(module: Path) -> None:
    for text in sayings(module):
        unnamed = text.replace("Siamese-network tutorial", "").replace("Tutorial's baseline", "")
        assert "tutorial" not in unnamed.casefold(), text


def test_no_page_claims_errors_that_nobody_has_measured() -> None:
    told = " ".join(text for module in PAGES for text in sayings(module))
    assert "errors are larger" not in told
    assert "nobody has measured by how much" not in told


def test_equal_rates_are_not_told_as_equal_counts() -> None:
    """There are far more pairs of strangers: where both *rates* are equal, the counts are not."""
    told = " ".join(text for module in PAGES for text in sayings(module)).casefold()
    assert not re.search(r"as many (strangers|pairs of (strangers|two)) .{0,60} as ", told)


def test_on_train_nobody_is_a_stranger() -> None:
    """Two different people, people of the test and members of a cohort each have their own word."""
    train = [module for module in PAGES if "train" in module.parts[-2:]]
    assert len(train) > 4
    told = [text for module in train for text in sayings(module)]
    assert not [text for text in [*told, *IDEAS.values()] if "stranger" in text.casefold()]


def test_a_number_and_its_word() -> None:
    assert [counted(n, "step") for n in (0, 1, 1200)] == ["0 steps", "1 step", "1,200 steps"]
    assert [counted(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]


NOUNS = r" (steps|photos|pictures|faces|pairs|runs|cores|moments|strangers|files)\b"
NEVER_ONE = {
    *("count", "faces", "runs", "len(uploads)", "len(faces)", "len(found.faces)"),
    *("len(shown.loss) - 1", "len(told.loss) - 1", "table['steps'].max()"),
    *("stored['steps'].iloc[0]", "tried.run.steps", "len(pair_set.faces)", "public.pictures"),
    *("len(apart)", "len(it.is_same)", "pairs", "run.pictures_per_second", "spoken_rate(rate)"),
    *("tried.config.loss", "config.loss", "len(deck.pairs)"),
}  # they tell several, or a name


@pytest.mark.parametrize("module", PAGES, ids=named)
def test_one_is_not_told_as_many(module: Path) -> None:
    """'1 steps': where a number may be 1, `text.counted` puts the word behind it."""
    for node in ast.walk(tree(module)):
        for number, after in pairwise(node.values if isinstance(node, ast.JoinedStr) else []):
            if isinstance(number, ast.FormattedValue) and isinstance(after, ast.Constant):
                told = ast.unparse(number.value)
                if re.match(NOUNS, str(after.value)) and not told.isupper():
                    assert told in NEVER_ONE, f"{{{told}}}{after.value}"


CHANGING = {
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
    "setdefault", "update",
}  # fmt: skip


def test_no_function_changes_what_a_module_holds() -> None:
    """All sessions share it, each in a thread of its own. To put a whole new value at a key at once
    is safe; what was read before and what is iterated over meanwhile is not."""
    for module in (tree(path) for path in SOURCES):
        held = {
            target.id
            for node in module.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
        for node in (inner for function in functions for inner in ast.walk(function)):
            assert not isinstance(node, ast.Global), ast.unparse(node)
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if called and node.func.attr in CHANGING:
                assert ast.unparse(node.func.value) not in held, ast.unparse(node)
            changed = [node.target] if isinstance(node, ast.AugAssign) else []
            changed += node.targets if isinstance(node, ast.Delete) else []
            for target in changed:
                assert ast.unparse(target).partition("[")[0] not in held, ast.unparse(node)


def test_the_readme_names_every_module() -> None:
    told = (ROOT / "README.md").read_text("utf-8").partition("## What is where")[2]
    for name in MODULES:
        top = name.split(".")[1] if name.startswith("siamese.") else ""
        assert re.search(rf"\b{top}\b", told), name
