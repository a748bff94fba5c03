"""Training and embedding on another device than the processor: the same batches, nearly the same
figures."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest
import torch

from siamese import devices, settings, training
from siamese.__main__ import main
from siamese.config import preset
from siamese.devices import CPU, DeviceError, device_of
from siamese.experiment import prepared
from siamese.faces import FaceSet
from siamese.losses import LOSSES
from siamese.mining import MINERS
from siamese.networks import Prepared, embed
from siamese.threads import Threads
from siamese.training import advance, start

QUICK = {"people": 4, "pictures": 2, "warmup": 3}
ACCELERATORS = [name for name in devices.there() if name != "cpu"]
needs_one = pytest.mark.skipif(not ACCELERATORS, reason="There is no accelerator here.")


@pytest.fixture(scope="module")
def faces(make_faces: Callable[..., FaceSet]) -> Prepared:
    return prepared(make_faces(8, 4), "small")


@pytest.mark.parametrize(
    ("there", "name"),
    [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("mps", "cuda"), "cuda")],
)
def test_auto_is_the_best_that_is_there(
    there: tuple[str, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in there)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in there)
    assert device_of("auto").type == device_of().type == name
    assert device_of("cpu") == CPU
    for missing in {"cuda", "mps"} - set(there):
        with pytest.raises(DeviceError, match=f"There is no device '{missing}' here: .*cpu"):
            device_of(missing)


def test_a_device_that_is_not_here_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for words in (["train", "--steps", "3"], ["evaluate", "--model", "small"]):
        with pytest.raises(SystemExit) as caught:
            main([*words, "--data", "sample_faces", "--device", "cuda"])
        said = capsys.readouterr().err
        assert caught.value.code == 2
        assert "There is no device 'cuda' here" in said
        assert said.count("\n") == 1


def test_workers_take_what_their_machine_says(
    faces: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def noting(state: training.TrainingState, *rest: object) -> training.TrainingState:
        asked.append(rest[-1])
        return state

    monkeypatch.setattr(training, "advance", noting)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    state = start(preset("triplet", **QUICK))
    for said, chosen in ((None, ""), ("auto", ""), ("cuda", ""), ("cpu", "cuda"), (None, "auto")):
        monkeypatch.delenv("SIAMESE_DEVICE", raising=False)
        if said:
            monkeypatch.setenv("SIAMESE_DEVICE", said)
        Threads(1, device=chosen).advance(state, faces, 1)
    assert [device.type for device in asked] == ["cpu", "cuda", "cuda", "cuda", "cuda"]
    assert set(settings.DEVICES) > {"auto", "cpu", "cuda"}


def test_a_state_goes_home_and_the_one_before_stays(faces: Prepared) -> None:
    state = start(preset("triplet", **QUICK))
    before = {name: weight.clone() for name, weight in state.weights.items()}
    after = advance(state, faces, 2, CPU)
    again = advance(state, faces, 2)
    assert all(torch.equal(state.weights[name], weight) for name, weight in before.items())
    assert all(torch.equal(after.weights[name], again.weights[name]) for name in before)
    assert np.array_equal(after.history, again.history)


LOSS_AND_MINER = [
    (loss, mining)
    for loss in LOSSES
    for mining in (["all"] if loss in ("circle", "bce") else MINERS)
]


@needs_one
@pytest.mark.parametrize("name", ACCELERATORS)
@pytest.mark.parametrize(("loss", "mining"), LOSS_AND_MINER)
def test_another_device_agrees_with_the_processor(
    loss: str, mining: str, name: str, faces: Prepared
) -> None:
    """Twenty steps: the generator ends where it does on the processor, to the bit, since all chance
    is drawn there; losses within 2 %, embeddings within .05 (of length 1)."""
    state = start(preset(loss, **QUICK, mining=mining, dropout=0.1))
    here = advance(state, faces, 20)
    there = advance(state, faces, 20, torch.device(name))
    assert asdict(there.config) == asdict(here.config)
    for tensors in (there.weights, there.average, *there.moments):
        assert all(tensor.device == CPU for tensor in tensors.values())
    if mining != "random":  # which draws by what distances round to
        assert torch.equal(here.generator, there.generator)
    np.testing.assert_allclose(there.column("loss"), here.column("loss"), rtol=0.02, atol=1e-3)
    e, f = (embed(one.net, faces.pictures) for one in (here, there))
    assert float((e - f).norm(dim=1).max()) < 0.05
    g = embed(here.net, faces.pictures, device=torch.device(name))
    assert float((e - g).norm(dim=1).max()) < 1e-3
