"""What a run is taken home as: programs that really run, and say what our library says."""

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from siamese import checkpoints
from siamese.__main__ import main
from siamese.checkpoints import Checkpoint
from siamese.config import TrainingConfig, preset
from siamese.datasets import load
from siamese.distances import distance_matrix
from siamese.evaluation import evaluate
from siamese.experiment import Experiment, prepared
from siamese.export import ExportError, export, graph, texts
from siamese.export.recipe import Recipe, recipe
from siamese.faces import FaceSet, SplitRule, split_by_person, split_by_picture
from siamese.mining import MINERS
from siamese.networks import NETWORKS, Prepared, embed, prepare
from siamese.training import advance, batch_loss, start
from siamese.verification import score

ROOT = Path(__file__).parent.parent
LOSSES = ("contrastive", "triplet", "soft-triplet", "circle", "bce")
EER = re.compile(r"EER (0\.\d{4})")
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
Capture = pytest.CaptureFixture[str]


def a_recipe(config: TrainingConfig, **changes: Any) -> Recipe:
    usual = Recipe(
        config, 600, {}, "sample_faces", "sample_faces", SplitRule("person", 0.25, 0), 0, 0.03
    )
    return replace(usual, **changes)


OWN = {"source": "pictures of our own, and more", "data": ""}
MOVES = {"moves": {step: {"margin": 0.5, "lr": step / 1e6} for step in range(10, 400, 10)}}
RECIPES = {
    **{f"{loss}": a_recipe(preset(loss)) for loss in LOSSES},
    **{f"{loss} own": a_recipe(preset(loss, design=1), **OWN, **MOVES) for loss in LOSSES},
    **{
        f"{loss} {mining}": a_recipe(preset(loss, mining=mining))
        for loss in LOSSES
        for mining in MINERS
    },
    **{f"{net}": a_recipe(preset("triplet", net)) for net in NETWORKS},
    **{f"bce {net}": a_recipe(preset("bce", net)) for net in NETWORKS},
    **{
        f"{loss} tuned": a_recipe(preset(loss, "starter", tuned=True), cohort=1000)
        for loss in LOSSES[:-1]
    },
    **{
        f"{loss} longest": a_recipe(
            preset(loss, "starter", horizon=10_000, mining="semi-hard"), cohort=1000, **OWN, **MOVES
        )
        for loss in LOSSES[:-1]
    },
    "bare": a_recipe(preset("triplet", augment=False, averaging=0.0)),
    "unblended": a_recipe(preset("triplet", blending=False)),
    "strong": a_recipe(preset("triplet", strong_augmentation=True, dropout=0.2)),
    "any length": a_recipe(preset("triplet", normalise=False), cohort=30),
    "cosine": a_recipe(preset("contrastive", normalise=False, distance="cosine"), cohort=30),
    "leaky": a_recipe(preset("triplet"), split=SplitRule("picture", 0.5, 7)),
}


# ---- how the programs are written ----------------------------------------------------------------


@pytest.mark.parametrize("name", RECIPES)
def test_a_page_is_a_page(name: str) -> None:
    text = texts.plain(RECIPES[name], "page.py")
    assert text.count("\n") <= 150
    others = set(LOSSES) - {RECIPES[name].config.loss}
    assert sum(f"def {other}" in text for other in others) == 0
    taken = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    roots = {(module or "").partition(".")[0] for module in taken}
    assert roots - set(sys.stdlib_module_names) == {"numpy", "torch", "PIL"}


@pytest.mark.parametrize("writes", [texts.plain, texts.script])
def test_programs_are_as_clean_as_ours(
    writes: Callable[[Recipe, str], str], tmp_path: Path
) -> None:
    pytest.importorskip("ruff", reason="Ruff is not installed.")
    for name, told in RECIPES.items():
        (tmp_path / f"{name.replace(' ', '_').replace('-', '_')}.py").write_text(
            writes(told, "x.py")
        )
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(ROOT / "pyproject.toml")]
    ours = ["--config", 'lint.isort.known-first-party = ["siamese"]']
    for command in (["check", *config, *ours], ["format", "--diff", *config]):
        done = subprocess.run([*ruff, *command, "."], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]


def test_words_of_a_file_become_no_code() -> None:
    """A model file may come from anyone, and what is written is run."""
    evil = '"""\nraise SystemExit("evil")\n"""; {{ 7 * 6 }} \\x22 \'' + "#" * 500
    about = {"source": evil, "split": {"by": "person", "unseen": "0.2 + evil()", "seed": 0}}
    file = a_file(preset("triplet"), about | {"scores": {"eer": "evil()"}})
    told = recipe(file)
    assert told.split == SplitRule("person", 0.25, 0)
    assert told.eer is None
    for text in (texts.script(told, evil), texts.plain(told, evil)):
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        assert not names & {"evil", "SystemExit"}
        assert "42" not in text.partition("import")[0]
    cells = json.loads(texts.notebook(told, evil, evil))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            calls = ast.walk(ast.parse("".join(cell["source"])))
            assert not {node.id for node in calls if isinstance(node, ast.Name)} & {"SystemExit"}


# ---- what a run tells of itself ------------------------------------------------------------------


def a_file(
    config: TrainingConfig, about: dict[str, Any] | None = None, state: Any = None
) -> Checkpoint:
    return checkpoints.load(checkpoints.save(state or start(config), about or {}))


@pytest.mark.parametrize(
    ("by", "kind"), [(split_by_person, "person"), (split_by_picture, "picture")]
)
def test_a_model_file_tells_how_people_were_split(
    by: Any, kind: str, make_faces: Callable[..., FaceSet]
) -> None:
    experiment = Experiment("noise", by(make_faces(10, 5), 0.4, 3), "small")
    state = start(preset("triplet"))
    evaluation = experiment.evaluate(state)
    report = experiment.report(state, evaluation, evaluation, 1.0)
    told = recipe(checkpoints.load(experiment.save(state, evaluation, report, complete=False)))
    assert told.split == SplitRule(kind, 0.4, 3)  # type: ignore[arg-type]
    assert told.eer == pytest.approx(evaluation.scores.eer)
    assert (told.source, told.data) == ("noise", "")


@pytest.fixture(scope="module")
def moved(make_faces: Callable[..., FaceSet]) -> Checkpoint:
    """Margin and learning rate were moved in mid-run."""
    faces = make_faces(8, 4)
    seen = Prepared(prepare(faces.pictures, NETWORKS["small"]), torch.tensor(faces.labels))
    state = start(preset("triplet", people=4, pictures=2))
    state = advance(state, seen, 3).change(margin=0.5)
    state = advance(state, seen, 2).change(lr=1e-3)
    return a_file(state.config, state=advance(state, seen, 2))


def test_moves_in_mid_run_are_told(moved: Checkpoint) -> None:
    told = recipe(moved)
    assert (told.config.margin, told.config.lr) == (0.3, 3e-3)
    assert told.moves == {3: {"margin": 0.5}, 5: {"lr": 1e-3}}
    assert "3: (0.5, 0.003), 5: (0.5, 0.001)" in texts.plain(told, "x.py")


# ---- the page says what the library says ---------------------------------------------------------


def untrained(told: Recipe, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """All names of a page that has been run without a step."""
    text = texts.plain(replace(told, steps=0, source="ours", data=""), "page.py")
    monkeypatch.setattr(sys, "argv", ["page.py", str(folder)])
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {"__name__": "__main__"}
    with torch.set_grad_enabled(True), torch.random.fork_rng():
        exec(compile(text, "page.py", "exec"), names)
    return names


def from_the_library(page: Any, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of our net by their names in a page's, which come in the same order."""
    body = [name for name in weights if not name.startswith("head.")]
    names = [name for name in page.state_dict() if not name.startswith("head.")]
    found = {mine: weights[ours] for mine, ours in zip(names, body, strict=True)}
    if "head.weight" in weights:
        found |= {
            "head.weight": weights["head.weight"][None],
            "head.bias": weights["head.bias"][None],
        }
    return found


def to_the_library(page: Any, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The other way round."""
    rows = {name: torch.tensor([row]) for row, name in enumerate(weights)}
    order = from_the_library(page, rows)
    names = list(weights)
    found = {names[int(order[name])]: weight for name, weight in page.state_dict().items()}
    return {name: weight.view(weights[name].shape) for name, weight in found.items()}


NETS = [
    "triplet",
    "bce",
    "plane",
    "starter",
    "baseline",
    "bce starter",
    "triplet own",
    "any length",
]


@pytest.mark.parametrize("name", NETS)
def test_nets_of_a_page_are_ours(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    config = RECIPES[name].config
    page = untrained(RECIPES[name], folder, monkeypatch)
    state = start(replace(config, seed=5))
    page["average"].load_state_dict(from_the_library(page["average"], state.average))
    spec = NETWORKS[config.net]
    pictures = torch.rand(3, spec.channels, spec.size, spec.size)
    with torch.no_grad():
        theirs, ours = page["embed"](page["average"], pictures), state.net(pictures)
    assert torch.allclose(theirs, ours, atol=1e-5)


@pytest.mark.parametrize("mining", [name for name in MINERS if name != "random"])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_of_a_page_are_ours(
    loss: str, mining: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    config = preset(loss, mining=mining, embedding=8)
    page = untrained(a_recipe(config), folder, monkeypatch)
    net = start(config).net
    page["net"].load_state_dict(from_the_library(page["net"], net.state_dict()))
    generator = torch.Generator().manual_seed(1)
    embedding = torch.randn(12, 8, generator=generator, requires_grad=True)
    if config.normalise:
        embedding = torch.nn.functional.normalize(embedding).detach().requires_grad_()
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4])
    distance = distance_matrix(embedding, embedding, config.distance, net.head)
    _, ours = batch_loss(distance, embedding, labels, net, config, generator)
    words = [page["net"]] if loss == "bce" else []
    margin = [] if loss in ("soft-triplet", "bce") else [config.margin]
    theirs = page["loss_of"](*words, embedding, labels, *margin)
    assert torch.allclose(theirs, ours, rtol=1e-4)
    slopes = [torch.autograd.grad(value, embedding)[0] for value in (theirs, ours)]
    assert torch.allclose(*slopes, atol=1e-4 * float(slopes[1].abs().max()) + 1e-6)


def test_a_random_miner_of_a_page_takes_one_triplet_each(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    page = untrained(RECIPES["triplet random"], folder, monkeypatch)
    apart = torch.nn.functional.normalize(torch.eye(4).repeat_interleave(2, 0), dim=-1)
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 3, 4])  # the last two have nobody
    assert page["loss_of"](apart, labels, 0.5) == 0  # same pictures at 0, others at 1.41
    assert page["loss_of"](apart, labels, 2.0) == pytest.approx(2 - 2**0.5, abs=1e-5)


@pytest.mark.parametrize("name", ["triplet", "leaky", "cosine", "any length", "bce"])
def test_test_and_score_of_a_page_are_ours(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    told = replace(RECIPES[name], cohort=min(RECIPES[name].cohort, 6))
    config, rule = told.config, told.split
    page = untrained(told, folder, monkeypatch)
    by = split_by_person if rule.by == "person" else split_by_picture
    split = by(load(folder), rule.unseen, rule.seed)
    files = [f"{file.parent.name}/{file.name}" for file, _ in page["files"]]
    kept = [file for file, unseen in zip(files, page["unseen"], strict=True) if unseen]
    assert kept == list(split.unseen.files)

    experiment = Experiment("ours", split, config.net, cohort=told.cohort)
    state = start(config)
    weights = to_the_library(page["average"], state.average)
    state = replace(state, average=weights)
    cohort = experiment.cohort_of(state.net, config.distance)
    ours = evaluate(state.net, config.distance, experiment.unseen, cohort).scores
    printed = float(EER.findall(capsys.readouterr().out)[-1])
    pair = 1 / ours.pairs_same  # Pillow shrinks pictures a bit otherwise
    assert printed == pytest.approx(ours.eer, abs=2 * pair)
    exact = score(page["distance"].numpy(), page["labels"].numpy())
    assert printed == pytest.approx(exact.eer, abs=pair / 2 + 1e-4)


# ---- programs that run ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on pictures of one's own, of a few steps."""
    path = tmp_path_factory.mktemp("models") / "run.safetensors"
    few = ["--steps", "4", "--people", "4", "--pictures", "2", "--threads", "1", "--seed", "2"]
    main(["train", "--data", str(folder), "--out", str(path), *few])
    return path


def exported(model: Path, form: str, out: Path) -> Path:
    main(["export", "--model", str(model), "--as", form, "--out", str(out)])
    return out


def run(*words: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, env=ONE_THREAD, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_script_trains_the_same_net(model: Path, folder: Path, tmp_path: Path) -> None:
    script, again = exported(model, "script", tmp_path / "run.py"), tmp_path / "again.safetensors"
    told = run(script, folder, "--out", again)
    first, second = checkpoints.load(model), checkpoints.load(again)
    assert EER.findall(told)[-1] == f"{first.about['scores']['eer']:.4f}"
    assert second.config == first.config
    assert second.about["split"] == first.about["split"]
    for name, weight in first.average.items():
        assert torch.equal(second.average[name], weight), name


def test_a_script_repeats_moves_in_mid_run(moved: Checkpoint, folder: Path, tmp_path: Path) -> None:
    """Other faces than the run had, so it is compared with the library's steps on these."""
    script, again = tmp_path / "run.py", tmp_path / "again.safetensors"
    script.write_bytes(export(moved, "script", "", "run.py"))
    run(script, folder, "--out", again)
    seen = prepared(split_by_person(load(folder), 0.25, 0).seen, "small")
    state = start(recipe(moved).config)
    state = advance(state, seen, 3).change(margin=0.5)
    state = advance(advance(state, seen, 2).change(lr=1e-3), seen, 2)
    found = checkpoints.load(again)
    assert found.config == state.config
    for name, weight in state.average.items():
        assert torch.equal(found.average[name], weight), name


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with torch, numpy, Pillow and what torch asks for; nothing else."""
    place = tmp_path_factory.mktemp("bare")
    waiting, done = ["torch", "numpy", "pillow"], set()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        try:
            package = distribution(name)
        except importlib.metadata.PackageNotFoundError:  # for other systems
            continue
        waiting += [
            re.split(r"[\s;<>=!\[(~]", need)[0].lower()
            for need in package.requires or ()
            if "extra ==" not in need
        ]
        for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (place / top).exists():
                (place / top).symlink_to(package.locate_file(top))
    return place


def alone(bare: Path, page: Path, *words: str | Path) -> str:
    """Run a page where nothing but torch, numpy and Pillow can be imported."""
    code = (
        "import sys, runpy; sys.path.append(sys.argv[1]); sys.argv = sys.argv[2:]; "
        "sys.modules['siamese'] = None; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return run("-I", "-S", "-c", code, bare, page, *words)


def test_where_pages_run_there_is_nothing_else(bare: Path, tmp_path: Path) -> None:
    for name in ("siamese", "safetensors", "torchvision", "scipy", "streamlit", "cv2"):
        page = tmp_path / "page.py"
        page.write_text(f"try:\n    import {name}\nexcept ImportError:\n    print('no')\n")
        assert alone(bare, page) == "no\n", name


@pytest.mark.parametrize("loss", LOSSES)
def test_a_page_runs_alone(loss: str, bare: Path, folder: Path, tmp_path: Path) -> None:
    """And learns: strangers whom an untrained net cannot tell apart, it soon can."""
    page = tmp_path / "page.py"
    told = a_recipe(preset(loss, people=6, pictures=4), steps=150, **OWN)
    page.write_text(texts.plain(told, page.name))
    printed = alone(bare, page, folder)
    assert float(EER.findall(printed)[-1]) < 0.35
    assert "on 3 unseen people" in printed


@pytest.mark.parametrize("name", ["triplet tuned", "circle longest"])
def test_pages_of_the_starter_run_alone(
    name: str, bare: Path, folder: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.py"
    told = replace(RECIPES[name], steps=2, cohort=RECIPES[name].cohort and 6, **OWN)
    page.write_text(texts.plain(told, page.name))
    assert EER.search(alone(bare, page, folder))


def test_a_tuned_page_begins_with_the_net_that_ships(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    page = untrained(RECIPES["triplet tuned"], folder, monkeypatch)
    file = checkpoints.load(checkpoints.shipped("starter"))
    pictures = torch.rand(3, 1, 64, 64)
    with torch.no_grad():
        theirs, ours = page["embed"](page["average"], pictures), file.net(pictures)
    assert torch.allclose(theirs, ours, atol=1e-5)
    assert file.cohort is not None
    assert torch.equal(page["crowd"], file.cohort.embeddings)


def test_a_page_asks_for_a_folder(bare: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(texts.plain(a_recipe(preset("triplet"), **OWN), page.name))
    done = subprocess.run([sys.executable, page], env=ONE_THREAD, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr == "Which folder? It holds person/picture.\n"


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["triplet", "circle"])
def test_both_scripts_reach_the_score_of_the_run(loss: str, bare: Path, tmp_path: Path) -> None:
    model = tmp_path / "run.safetensors"
    words = ["--loss", loss, "--steps", "600", "--threads", "1", "--out", str(model)]
    main(["train", "--data", "sample_faces", *words])
    score = checkpoints.load(model).about["scores"]["eer"]
    script = exported(model, "script", tmp_path / "script.py")
    page = exported(model, "plain", tmp_path / "page.py")
    assert float(EER.findall(run(script))[-1]) == pytest.approx(score, abs=0.01)
    assert float(EER.findall(alone(bare, page))[-1]) == pytest.approx(score, abs=0.01)


# ---- notebooks -----------------------------------------------------------------------------------

RUNNER = """
import json, sys
cells = json.loads(open(sys.argv[1], encoding="utf-8").read())["cells"]
names = {}
for cell in cells:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
"""


def code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_cells(notebook: Path, then: str) -> Any:
    """Run the cells in their order in one fresh program beside the notebook, and tell `then`, an
    expression over their names."""
    told = run(
        "-c", f"{RUNNER}\nprint(json.dumps(eval({then!r}, names)))", notebook, cwd=notebook.parent
    )
    return json.loads(told.splitlines()[-1])


def test_a_notebook_loads_embeds_and_draws(model: Path, folder: Path, tmp_path: Path) -> None:
    shutil.copy(model, tmp_path)
    notebook = exported(tmp_path / model.name, "notebook", tmp_path / "run.ipynb")
    text = notebook.read_text("utf-8")
    assert '"PEOPLE = \\"people\\"' in text
    notebook.write_text(text.replace('PEOPLE = \\"people\\"', f'PEOPLE = \\"{folder}\\"'))
    last = code_cells(notebook)[-1].splitlines()[-1]
    svg, eer = run_cells(notebook, f"[{last}, float(score(distance, faces.labels).eer)]")
    assert svg.count("<circle") == 3 * 6
    assert eer == pytest.approx(checkpoints.load(model).about["scores"]["eer"], abs=1e-6)


def test_the_walkthrough_runs() -> None:
    notebook = ROOT / "docs" / "walkthrough.ipynb"
    assert len(code_cells(notebook)) == 8
    before, after = run_cells(notebook, "[before.scores.eer, after.scores.eer]")
    assert after < 0.2 < before
    shown = json.loads(notebook.read_text("utf-8"))["cells"][-1]["outputs"][0]["text"]
    assert f"{before:.3f} before" in "".join(shown)


@pytest.mark.parametrize("which", ["walkthrough", "exported"])
def test_notebooks_keep_to_the_schema(which: str, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="requirements-export.txt is not installed.")
    text = texts.notebook(a_recipe(preset("triplet")), "x.ipynb", "run.safetensors")
    if which == "walkthrough":
        text = (ROOT / "docs" / "walkthrough.ipynb").read_text("utf-8")
    nbformat.validate(nbformat.reads(text, as_version=4))


# ---- ONNX ----------------------------------------------------------------------------------------


def crops(count: int = 5) -> np.ndarray[Any, np.dtype[np.uint8]]:
    rng = np.random.default_rng(0)
    smooth = rng.integers(0, 256, (count, 14, 14, 3), dtype=np.uint8)
    noise = rng.integers(-9, 10, (count, 112, 112, 3))
    return (smooth.repeat(8, 1).repeat(8, 2) + noise).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("net", ["small", "baseline"])
def test_pictures_are_prepared_to_the_pixel(net: str) -> None:
    ours = graph.Prepared(NETWORKS[net])(torch.tensor(crops(20)))
    assert torch.equal(ours, prepare(crops(20), NETWORKS[net]).float())


@pytest.fixture(scope="module")
def runtime() -> Any:
    pytest.importorskip("onnxscript", reason="requirements-export.txt is not installed.")
    return pytest.importorskip("onnxruntime", reason="requirements-export.txt is not installed.")


KINDS = {
    "triplet": preset("triplet"),
    "bce": preset("bce"),
    "cosine": preset("circle", normalise=False, design=1),
    "plane": preset("contrastive", "plane"),
}


@pytest.mark.parametrize("kind", [*KINDS, "small", "starter"])
def test_onnx_is_the_net(kind: str, runtime: Any) -> None:
    file = a_file(KINDS[kind]) if kind in KINDS else checkpoints.load(checkpoints.shipped(kind))
    session = runtime.InferenceSession(graph.onnx(file))
    spec = replace(NETWORKS[file.config.net], aligned=False)
    for count in (1, 2, 5):
        embedding, distance = session.run(None, {"crops": crops(count)})
        ours = embed(file.net, prepare(crops(count), spec))
        assert np.abs(embedding - ours.numpy()).max() < 1e-4
        with torch.no_grad():
            matrix = distance_matrix(
                ours, ours, file.config.distance, file.net.head, file.cohort
            ).numpy()
        assert np.abs(distance - matrix).max() < 1e-4
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["settings"])["loss"] == file.config.loss
    assert json.loads(told["threshold"]) == file.threshold


def test_onnx_states_its_opset(runtime: Any, model: Path, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    path = exported(model, "onnx", tmp_path / "run.onnx")
    written = onnx.load(path)
    onnx.checker.check_model(written)
    assert {one.domain: one.version for one in written.opset_import}[""] == graph.OPSET
    exported(model, "onnx", path)  # over what is ours


# ---- what can go wrong ---------------------------------------------------------------------------


def refused(capsys: Capture, *words: str | Path) -> str:
    """Exit code 2 and one line on stderr."""
    with pytest.raises(SystemExit) as caught:
        main(["export", *map(str, words)])
    said = capsys.readouterr()
    assert (caught.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err


def test_without_the_exporter(
    model: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "find_spec", lambda name: None)
    out = tmp_path / "run.onnx"
    said = refused(capsys, "--model", model, "--as", "onnx", "--out", out)
    assert (
        said == "siamese: ONNX needs onnx and onnxscript, which requirements-export.txt installs.\n"
    )
    assert not out.exists()
    with pytest.raises(ExportError):
        graph.onnx(checkpoints.load(model))


@pytest.mark.parametrize("form", ["script", "plain", "notebook"])
def test_files_of_others_are_spared(
    form: str, model: Path, tmp_path: Path, capsys: Capture
) -> None:
    words = ["--model", model, "--as", form, "--out"]
    mine = tmp_path / "mine.py"
    mine.write_text("print('mine')\n")
    assert "not of our making" in refused(capsys, *words, mine)
    assert mine.read_text() == "print('mine')\n"
    assert "no folder" in refused(capsys, *words, tmp_path / "nowhere" / "run.py")
    assert "is a folder" in refused(capsys, *words, tmp_path)
    assert "over what is read" in refused(capsys, *words, model)
    ours = exported(model, form, tmp_path / "run.out")
    before = ours.read_bytes()
    assert exported(model, form, ours).read_bytes() == before


def test_what_is_no_model(tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"nothing of ours")
    words = ["--as", "plain", "--out", tmp_path / "run.py"]
    assert "Not a model file" in refused(capsys, "--model", other, *words)
    assert "Cannot read" in refused(capsys, "--model", tmp_path / "none.safetensors", *words)
    said = refused(capsys, "--model", other, "--as", "poem", "--out", tmp_path / "run.py")
    assert "invalid choice: 'poem'" in said


def test_the_options_name_all_forms() -> None:
    from siamese.commands import options
    from siamese.export import FORMS

    assert set(options.FORMS) == set(FORMS)


@pytest.mark.parametrize("name", ["small", "starter"])
def test_nets_that_ship_can_be_taken_home(name: str, tmp_path: Path) -> None:
    path = exported(Path(name), "notebook", tmp_path / "run.ipynb")
    assert "safetensors" in path.read_text("utf-8")
    assert "def embed" in exported(Path(name), "plain", tmp_path / "run.py").read_text("utf-8")
