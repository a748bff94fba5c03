"""Model files: what goes in comes out, and nothing else gets in."""

import contextlib
import io
import json
import lzma
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from siamese import checkpoints, training
from siamese.checkpoints import KEY, CheckpointError, load, save
from siamese.config import preset
from siamese.experiment import prepared
from siamese.faces import FaceSet
from siamese.networks import DESIGN, embed, parameters
from siamese.training import TrainingState, advance, start

ABOUT = {
    "source": "nowhere",
    "seen": ["a", "b"],
    "scores": {"eer": 0.1, "tar_at_far": {"0.1": 1.0}},
}
SAME = np.array([0.1, 0.2], np.float32)
DIFFERENT = np.array([0.7, 0.8, 0.9], np.float32)


@pytest.fixture(scope="module")
def state(make_faces: Callable[..., FaceSet]) -> TrainingState:
    config = preset("triplet", people=4, pictures=2, embedding=4)
    return advance(start(config), prepared(make_faces(6, 3), "small"), 3)


@pytest.fixture(scope="module")
def data(state: TrainingState) -> bytes:
    return save(state, ABOUT, SAME, DIFFERENT)


def remade(
    data: bytes,
    description: Callable[[dict[str, Any]], object] = lambda content: None,
    tensors: Callable[[dict[str, Tensor]], object] = lambda content: None,
) -> bytes:
    """The file with its description and tensors changed by hand."""
    content, inside = checkpoints.describe(data), safetensors.torch.load(data)
    description(content)
    tensors(inside)
    return safetensors.torch.save(inside, {KEY: json.dumps(content)})


def test_round_trip(state: TrainingState, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        found = load(source)
        assert (found.config, found.step, found.about) == (state.config, 3, ABOUT)
        assert np.array_equal(found.same, SAME)
        assert np.array_equal(found.different, DIFFERENT)
        assert found.average.keys() == state.average.keys()
        assert all(torch.equal(found.average[n], w) for n, w in state.average.items())
        pictures = torch.randint(0, 256, (3, 1, 64, 64), dtype=torch.uint8)
        assert torch.equal(embed(found.net, pictures), embed(state.net, pictures))
        assert found.state is not None
        assert np.array_equal(found.state.history, state.history)
        assert len(found.state.moments) == len(state.moments) > 0


def test_light_file_holds_the_net_alone(state: TrainingState, data: bytes) -> None:
    light = save(state, ABOUT, SAME, DIFFERENT, complete=False)
    assert len(light) < len(data) / 7
    assert len(light) < 2 * parameters(state.net) + 20_000
    found = load(light)
    assert found.state is None
    resumed = found.resume()
    assert resumed.step == 3
    for name, weight in state.average.items():
        assert resumed.weights[name].dtype == weight.dtype
        torch.testing.assert_close(resumed.weights[name], weight, rtol=1e-3, atol=1e-6)


def test_half_precision_hardly_moves_a_distance(make_faces: Callable[..., FaceSet]) -> None:
    """Of embeddings of the usual length."""
    pictures = prepared(make_faces(6, 3), "small").pictures
    config = preset("triplet", people=4, pictures=2)
    state = advance(start(config), prepared(make_faces(6, 3), "small"), 3)
    light = load(save(state, {}, complete=False)).net
    before, after = embed(state.net, pictures), embed(light, pictures)
    assert (torch.cdist(before, before) - torch.cdist(after, after)).abs().max() < 2e-3


@pytest.mark.parametrize("complete", [False, True])
def test_training_goes_on_from_any_file(
    state: TrainingState, complete: bool, make_faces: Callable[..., FaceSet]
) -> None:
    found = load(save(state, {}, complete=complete))
    on = advance(found.resume(), prepared(make_faces(6, 3), "small"), 2)
    assert on.step == 5
    assert np.isfinite(on.column("loss")).all()
    for name, weight in state.average.items():
        torch.testing.assert_close(found.average[name], weight, rtol=1e-3, atol=1e-6)


KEPT = Path(__file__).parent / "data"  # see the README there


@pytest.mark.parametrize("name", ["complete", "light"])
def test_a_file_kept_from_before_still_embeds_and_goes_on(
    name: str, make_faces: Callable[..., FaceSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the code did that wrote it."""
    monkeypatch.setattr(training, "has_fast_bf16", lambda: False)  # the same on all processors
    expected = json.loads((KEPT / "expected.json").read_text("utf-8"))[name]
    found = load(lzma.decompress((KEPT / f"{name}.safetensors.xz").read_bytes()))
    assert (found.step, len(found.trained_on)) == (expected["step"], expected["learnt"])
    assert found.threshold == expected["threshold"]
    assert (found.cohort and len(found.cohort.embeddings)) == expected["cohort"]
    assert (len(found.same), len(found.different)) == (672, 2000)
    faces = prepared(make_faces(6, 3), "small")
    np.testing.assert_allclose(
        embed(found.net, faces.pictures[:3]), expected["embedding"], atol=1e-3
    )
    on = advance(found.resume(), faces, 3)
    assert on.step == expected["steps"]
    np.testing.assert_allclose(on.column("loss")[-3:], expected["losses"], rtol=1e-3)
    np.testing.assert_allclose(embed(on.net, faces.pictures[:3]), expected["after"], atol=1e-3)


def test_a_file_tells_how_its_net_is_built(make_faces: Callable[..., FaceSet]) -> None:
    faces = prepared(make_faces(6, 3), "small")
    for design in (1, DESIGN):
        config = preset("triplet", design=design, blending=design == 1, people=4, pictures=2)
        state = advance(start(config), faces, 1)
        found = load(save(state, {}))
        assert found.config == config
        assert torch.equal(embed(found.net, faces.pictures), embed(state.net, faces.pictures))


def test_a_file_of_the_first_format_knows_no_design(data: bytes) -> None:
    def aged(content: dict[str, Any]) -> None:
        content["format"] = 1
        del content["config"]["design"], content["config"]["blending"]

    with pytest.raises(CheckpointError, match="damaged"):  # weights of one, layers of the other
        load(remade(data, aged))
    assert (load(checkpoints.shipped()).config.design, DESIGN) == (1, 2)
    assert not load(checkpoints.shipped()).config.blending


def test_untrained_nets_can_be_kept() -> None:
    first = start(preset("bce", embedding=4))
    assert load(save(first, {})).resume().step == 0


def test_shipped_net_is_small_and_ours() -> None:
    found = load(checkpoints.shipped())
    assert checkpoints.shipped().stat().st_size < 1_500_000
    assert 0 < found.about["scores"]["eer"] < 0.2
    assert len(found.same) > 10
    assert (np.diff(found.same) >= 0).all()


# ---- what is not ours ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0",
        b"\0" * 8,
        b"\xff" * 8,
        b"\xff" * 200,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 100_000) + b"[" * 100_000,  # deeper than a parser goes
        struct.pack("<Q", 4) + b"\xff\xfe\xfd\xfc",
        np.random.default_rng(0).bytes(5000),
        b"PK\x03\x04" + bytes(100),
        safetensors.torch.save({"weight": torch.zeros(3)}),
        safetensors.torch.save({"weight": torch.zeros(3)}, {"format": "pt"}),
        *(
            safetensors.torch.save({"weight": torch.zeros(3)}, {KEY: text})
            for text in ("", "null", "[]", "1", '"x"', "{}", '{"format": 1}', "[" * 100_000)
        ),
    ],
    ids=range(21),
)
def test_files_of_others(junk: bytes) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(junk)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_cut_files(data: bytes) -> None:
    (head,) = struct.unpack("<Q", data[:8])
    lengths = {*range(0, 40, 3), head, head + 7, head + 8, head + 9, len(data) - 1, len(data) // 2}
    for length in lengths | set(np.linspace(0, len(data) - 1, 30).astype(int)):
        with pytest.raises(CheckpointError):
            load(data[:length])


def test_files_with_bytes_turned_over_are_read_or_refused(data: bytes) -> None:
    """Damage to the head ends in a checkpoint or a CheckpointError, never in anything else."""
    (head,) = struct.unpack("<Q", data[:8])
    rng = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(data)
        for place in rng.integers(0, head + 8, rng.integers(1, 4)):
            damaged[place] = rng.integers(256)
        with contextlib.suppress(CheckpointError):
            load(bytes(damaged))


@pytest.mark.parametrize("number", [0, 3, 99, "1", None])
def test_files_of_another_format(data: bytes, number: object) -> None:
    with pytest.raises(CheckpointError, match="format"):
        load(remade(data, lambda content: content.update(format=number)))


@pytest.mark.parametrize(
    "changes",
    [
        {"net": "huge"},
        {"net": "starter"},
        {"net": ["small"]},
        {"net": None},
        {"loss": 3},
        {"margin": -1},
        {"margin": float("nan")},
        {"lr": float("inf")},
        {"lr": "fast"},
        {"embedding": 5},
        {"embedding": 4.0},
        {"embedding": 10**9},
        {"embedding": 10**400},
        {"people": 16.5},
        {"pictures": 10**30},
        {"seed": -1},
        {"normalise": "yes"},
        {"distance": "learned"},
        {"trick": 1},
    ],
    ids=str,
)
def test_settings_that_were_tampered_with(data: bytes, changes: dict[str, object]) -> None:
    with pytest.raises(CheckpointError):
        load(remade(data, lambda content: content["config"].update(changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"config": None},
        {"config": []},
        {"config": "small"},
        {"step": -1},
        {"step": 4},  # not the length of the history
        {"step": 3.5},
        {"step": float("inf")},
        {"step": "three"},
        {"about": None},
        {"about": 7},
        {"about": {"seen": 7}},
        {"about": {"seen": [["a"]]}},
    ],
    ids=str,
)
def test_descriptions_that_were_tampered_with(data: bytes, changes: dict[str, object]) -> None:
    with pytest.raises(CheckpointError):
        load(remade(data, lambda content: content.update(changes)))


def test_settings_that_are_missing_are_the_usual_ones(data: bytes, state: TrainingState) -> None:
    assert load(remade(data, lambda content: content["config"].pop("gamma"))).config == state.config


WEIGHT, MEMORY = "projection.bias", "moments.0.exp_avg"


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop(f"average.{WEIGHT}"),
        lambda t: t.pop(f"weights.{WEIGHT}"),
        lambda t: t.update({f"average.{WEIGHT}": torch.zeros(5)}),
        lambda t: t.update({f"average.{WEIGHT}": torch.zeros(4, dtype=torch.float64)}),
        lambda t: t.update({f"weights.{WEIGHT}": torch.zeros(4, dtype=torch.bfloat16)}),
        lambda t: t.update({f"average.{WEIGHT}": torch.full((4,), torch.nan)}),
        lambda t: t.update({f"weights.{WEIGHT}": torch.full((4,), torch.inf)}),
        lambda t: t.update({"average.more": torch.zeros(4)}),
        lambda t: t.update({"weights.more": torch.zeros(4)}),
        lambda t: t.pop(MEMORY),
        lambda t: t.update({MEMORY: torch.zeros(())}),
        lambda t: t.update({"moments.0.more": torch.zeros(4)}),
        lambda t: [t.pop(name) for name in list(t) if name.startswith("moments.1.")],
        lambda t: t.update(generator=torch.zeros(3, dtype=torch.uint8)),
        lambda t: t.update(generator=torch.zeros(5056)),
        lambda t: t.update(history=torch.zeros(3, 2)),
        lambda t: t.update(history=t["history"].double()),
        lambda t: t.pop("history"),
        lambda t: t.pop("distances.same"),
        lambda t: t.update({"distances.same": torch.zeros(2, 2)}),
        lambda t: t.update({"distances.same": torch.zeros(2, dtype=torch.bfloat16)}),
        lambda t: t.update({"distances.different": torch.full((2,), torch.nan)}),
        lambda t: t.update(cohort=torch.zeros(9, 5)),
        lambda t: t.update(cohort=torch.zeros(4)),
        lambda t: t.update(cohort=torch.zeros(1, 4)),
        lambda t: t.update(cohort=torch.full((9, 4), torch.nan)),
    ],
    ids=range(26),
)
def test_tensors_that_were_tampered_with(
    data: bytes, change: Callable[[dict[str, Tensor]], object]
) -> None:
    with pytest.raises(CheckpointError):
        load(remade(data, tensors=change))


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a pickle was opened')",)


def test_no_pickle_is_ever_opened() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:  # as torch.save writes it
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
    for junk in (pickle.dumps(Bomb()), stream.getvalue()):
        with pytest.raises(CheckpointError):
            load(junk)
    assert "pickle" not in Path(checkpoints.__file__).read_text("utf-8").split('"""', 2)[2]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        load(tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError, match="directory"):
        load(tmp_path)


def test_files_that_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "LARGEST", 1000)
    path = tmp_path / "large.safetensors"
    path.write_bytes(bytes(1001))
    for source in (path, path.read_bytes()):
        with pytest.raises(CheckpointError, match="larger than any"):
            load(source)
