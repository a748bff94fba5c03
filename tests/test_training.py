"""Training as a pure step: repeatable however it is cut, and it learns."""

import copy
import math
import pickle
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from siamese import checkpoints, training
from siamese.config import RANGES, ConfigError, TrainingConfig, preset, with_loss
from siamese.distances import distance_matrix
from siamese.evaluation import evaluate
from siamese.experiment import first_state, prepared
from siamese.faces import FaceSet
from siamese.losses import LOSSES
from siamese.mining import MINERS
from siamese.networks import Prepared
from siamese.training import (
    COLUMNS,
    TrainingState,
    advance,
    is_collapsed,
    is_shrunk,
    loss_of_collapse,
    order,
    start,
    train,
)

QUICK = {"people": 4, "pictures": 2, "warmup": 3}


@pytest.fixture(scope="module")
def faces(make_faces: Callable[..., FaceSet]) -> Prepared:
    return prepared(make_faces(8, 4), "small")


def tensors(state: TrainingState) -> dict[str, Tensor]:
    """Everything in a state that a step may change, by name."""
    found = {f"weights.{name}": tensor for name, tensor in state.weights.items()}
    found |= {f"average.{name}": tensor for name, tensor in state.average.items()}
    for index, memory in enumerate(state.moments):
        found |= {f"moments.{index}.{name}": tensor for name, tensor in memory.items()}
    return found | {"generator": state.generator, "history": torch.tensor(state.history)}


def same(a: TrainingState, b: TrainingState) -> bool:
    """Equal to the last bit."""
    ours, theirs = tensors(a), tensors(b)
    return (
        (a.config, a.step) == (b.config, b.step)
        and ours.keys() == theirs.keys()
        and all(torch.equal(ours[name], theirs[name]) for name in ours)
    )


# ---- pure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_forty_steps_at_once_are_forty_steps(loss: str, faces: Prepared) -> None:
    first = start(preset(loss, **QUICK))
    one_by_one = first
    for _ in range(40):
        one_by_one = advance(one_by_one, faces, 1)
    assert same(advance(first, faces, 40), one_by_one)


@pytest.mark.parametrize("mining", MINERS)
def test_every_miner_is_repeatable(mining: str, faces: Prepared) -> None:
    first = start(preset("contrastive", mining=mining, **QUICK))
    at_once = advance(first, faces, 6)
    assert same(at_once, advance(advance(first, faces, 2), faces, 4))
    assert not same(at_once, advance(start(replace(first.config, seed=1)), faces, 6))


@pytest.mark.parametrize("net", ["plane", "starter"])
def test_other_nets_are_repeatable(net: str, faces: Prepared) -> None:
    first = start(preset("triplet", net, **QUICK))
    assert same(advance(first, faces, 4), advance(advance(first, faces, 1), faces, 3))


def test_a_state_goes_on_after_a_file_and_after_a_pickle(faces: Prepared) -> None:
    state = advance(start(preset("bce", **QUICK)), faces, 5)
    on = advance(state, faces, 5)
    read = checkpoints.load(checkpoints.save(state, {})).resume()
    assert same(read, state)
    assert same(advance(read, faces, 5), on)
    assert same(advance(pickle.loads(pickle.dumps(state)), faces, 5), on)


def in_another_process(state: TrainingState, faces: Prepared) -> TrainingState:
    torch.set_num_threads(1)
    return advance(state, faces, 5)


def test_a_state_goes_on_in_another_process(faces: Prepared) -> None:
    from loky import ProcessPoolExecutor

    state = advance(start(preset("circle", **QUICK)), faces, 5)
    with ProcessPoolExecutor(1) as pool:
        there = pool.submit(in_another_process, state, faces).result(timeout=120)
    assert same(there, advance(state, faces, 5))


def test_a_run_never_draws_from_a_global_generator(faces: Prepared) -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    for loss in LOSSES:
        config = preset(loss, mining="random", **QUICK)
        one = advance(start(config), faces, 2)
        torch.manual_seed(1)
        assert random.getstate() == before[0]
        assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
        assert torch.equal(torch.get_rng_state(), before[2])
        torch.manual_seed(77)  # and what stands there changes nothing
        assert same(advance(start(config), faces, 2), one)
        torch.manual_seed(1)


def test_what_is_given_stays_as_it_is(faces: Prepared) -> None:
    state = advance(start(preset("triplet", **QUICK)), faces, 2)
    kept, kept_faces = copy.deepcopy(state), copy.deepcopy(faces)
    after = advance(state, faces, 3)
    assert same(state, kept)
    assert all(torch.equal(a, b) for a, b in zip(faces, kept_faces, strict=True))
    assert not same(after, state)
    ours, theirs = tensors(state).values(), tensors(after).values()
    assert not {t.data_ptr() for t in ours} & {t.data_ptr() for t in theirs}


def test_no_step_changes_nothing(faces: Prepared) -> None:
    for state in (start(preset("triplet", **QUICK)), advance(start(preset("bce")), faces, 1)):
        assert same(advance(state, faces, 0), state)


def test_train_is_advance(faces: Prepared) -> None:
    config = preset("triplet", **QUICK)
    states = list(train(start(config), faces, steps=7, at_once=3))
    assert [state.step for state in states] == [0, 3, 6, 7]
    assert same(states[-1], advance(start(config), faces, 7))
    assert next(train(start(config), faces, seconds=0)).step == 0
    *_, last = train(start(config), faces, seconds=0.3, at_once=1)
    assert last.step >= 1


# ---- what a step does ---------------------------------------------------------------------------


def test_a_change_of_margin_takes_effect_at_the_next_step(faces: Prepared) -> None:
    state = advance(start(preset("contrastive", margin=0.5, **QUICK)), faces, 4)
    changed = advance(state.change(margin=1.5, lr=5e-4), faces, 2)
    unchanged = advance(state, faces, 2)
    assert changed.column("margin").tolist() == [0.5] * 4 + [1.5] * 2
    assert changed.column("lr")[-1] == pytest.approx(5e-4)
    assert np.array_equal(changed.history[:4], state.history)
    # Of the first step after the change: same batch, same net; only the margin differs.
    before, after = (s.column("loss")[4] for s in (unchanged, changed))
    assert changed.column("different")[4] == unchanged.column("different")[4]
    assert after > before + 0.3


def test_loss_of_a_step_is_the_loss_of_its_batch(faces: Prepared) -> None:
    """Recomputed by hand from the weights before the step and the draw of the generator."""
    config = preset("contrastive", margin=0.7, mining="all", augment=False, **QUICK)
    state = advance(start(config), faces, 3)
    generator = torch.Generator()
    generator.set_state(state.generator)
    batch = training.people_and_pictures(faces.labels, 4, 2, generator)
    net = training.net_of(config, state.weights).train()
    with torch.autocast("cpu", torch.bfloat16, enabled=training.has_fast_bf16()):
        embedding = net(training.as_float(faces.pictures[batch])).detach()
    distance = distance_matrix(embedding, embedding)
    pulls, pushes = [], []
    for i in range(8):
        for j in range(i):
            d, alike = float(distance[i, j]), faces.labels[batch[i]] == faces.labels[batch[j]]
            (pulls if alike else pushes).append(d**2 if alike else max(0.7 - d, 0) ** 2)
    row = dict(zip(COLUMNS, advance(state, faces, 1).history[3], strict=True))
    assert row["loss"] == pytest.approx((np.mean(pulls) + np.mean(pushes)) / 2, rel=1e-4)
    active = np.mean([value > 1e-6 for value in pulls + pushes])
    assert row["active"] == pytest.approx(active, abs=1e-6)
    assert row["same"] == pytest.approx(np.sqrt(pulls).mean(), rel=1e-4)
    assert row["same_low"] <= row["same"] <= row["same_high"]
    assert row["different_low"] <= row["different"] <= row["different_high"]


def test_distances_are_told_by_mean_and_tenths() -> None:
    """Against torch's own quantiles."""
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3])
    distance = torch.rand(8, 8, generator=torch.Generator().manual_seed(0))
    pairs = [(i, j) for i in range(8) for j in range(8) if i != j]
    expected: list[float] = []
    for alike in (True, False):
        chosen = torch.stack(
            [distance[i, j] for i, j in pairs if (labels[i] == labels[j]).item() == alike]
        )
        expected += [float(chosen.mean()), *chosen.quantile(torch.tensor([0.1, 0.9])).tolist()]
    assert training.spread_of(distance, labels) == pytest.approx(expected, rel=1e-5)


def test_learning_rate_warms_up(faces: Prepared) -> None:
    state = advance(start(preset("triplet", people=4, pictures=2, lr=1e-3, warmup=4)), faces, 7)
    rising = [0.2e-3, 0.4e-3, 0.6e-3, 0.8e-3]
    assert state.column("lr").tolist() == pytest.approx(rising + [1e-3] * 3)
    at_once = advance(start(preset("triplet", people=4, pictures=2, warmup=0)), faces, 1)
    assert at_once.column("lr").tolist() == pytest.approx([at_once.config.lr])


def test_without_averaging_the_average_is_the_net(faces: Prepared) -> None:
    state = advance(start(preset("triplet", averaging=0.0, **QUICK)), faces, 3)
    for name, weight in state.weights.items():
        assert torch.allclose(state.average[name], weight, atol=1e-7)
    averaged = advance(start(preset("triplet", averaging=0.9, **QUICK)), faces, 3)
    name = "projection.weight"
    assert torch.equal(averaged.weights[name], state.weights[name])  # training itself is the same
    assert not torch.equal(averaged.average[name], state.average[name])


def test_average_by_hand(faces: Prepared) -> None:
    """a ← m·a + (1 − m)·w, where m grows from 0.1 to `averaging` in the first steps."""
    state = start(preset("triplet", averaging=0.3, **QUICK))
    expected = state.weights["projection.weight"].clone()
    for step in range(6):
        state = advance(state, faces, 1)
        memory = min(0.3, (1 + step) / (10 + step))
        expected = memory * expected + (1 - memory) * state.weights["projection.weight"]
    assert torch.allclose(state.average["projection.weight"], expected, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_batch_without_pairs_of_one_person_does_no_harm(loss: str) -> None:
    alone = Prepared(torch.randint(0, 256, (6, 1, 64, 64), dtype=torch.uint8), torch.arange(6))
    state = advance(start(preset(loss, **QUICK)), alone, 2)
    assert all(weight.isfinite().all() for weight in state.weights.values())
    assert np.isfinite(state.column("loss")).all()
    assert np.isnan(state.column("same")).all()  # nothing to average, and it says so


def test_one_picture_twice_gives_no_nan() -> None:
    """Distance zero in every pair, where a square root has no slope."""
    twins = Prepared(torch.full((8, 1, 64, 64), 99, dtype=torch.uint8), torch.arange(8) // 2)
    for loss in LOSSES:
        state = advance(start(preset(loss, augment=False, **QUICK)), twins, 3)
        assert all(weight.isfinite().all() for weight in state.weights.values()), loss


# ---- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"net": "huge"}, "no net 'huge'. Choose from small"),
        ({"loss": "hinge"}, "no loss 'hinge'. Choose from contrastive"),
        ({"mining": "gold"}, "no mining 'gold'. Choose from all"),
        ({"distance": "manhattan"}, "no distance 'manhattan'"),
        ({"margin": -0.1}, "margin is -0.1; it has to lie between 0.0 and 10.0"),
        ({"margin": math.nan}, "margin is nan"),
        ({"gamma": math.inf}, "gamma is inf"),
        ({"embedding": 0}, "embedding is 0"),
        ({"embedding": 64.5}, "embedding is 64.5; it has to be a whole number"),
        ({"people": 1}, "people is 1"),
        ({"people": 16.0}, "people is 16.0; it has to be a whole number"),
        ({"pictures": 1000}, "pictures is 1000"),
        ({"lr": 0.0}, "lr is 0.0"),
        ({"lr": "fast"}, "lr is 'fast'; it has to be a number"),
        ({"decay": 2.0}, "decay is 2.0"),
        ({"warmup": -1}, "warmup is -1"),
        ({"averaging": 1.0}, "averaging is 1.0"),
        ({"seed": -1}, "seed is -1"),
        ({"augment": "no"}, "augment is 'no'; it has to be true or false"),
        ({"normalise": None}, "normalise is None"),
        ({"net": ["small"]}, "net is .* has to be a name"),
        ({"distance": "learned"}, "'bce' go together"),
        ({"loss": "bce"}, "'bce' go together"),
        ({"loss": "circle"}, "Circle loss works on angles"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        TrainingConfig(**changes)  # type: ignore[arg-type]


def test_every_number_has_its_range() -> None:
    kinds = {field: type(value) for field, value in asdict(TrainingConfig()).items()}
    assert RANGES.keys() == {field for field, kind in kinds.items() if kind in (int, float)}


def test_plane_and_baseline_have_their_own_size() -> None:
    for net, size in (("plane", 2), ("baseline", 4096)):
        assert preset("triplet", net).embedding == size
        with pytest.raises(ConfigError, match=f"has {size} numbers"):
            start(preset("triplet", net, embedding=64))


def test_presets_name_what_is_wrong() -> None:
    with pytest.raises(ConfigError, match="no loss 'hinge'"):
        preset("hinge")
    with pytest.raises(ConfigError, match="no net 'huge'"):
        preset("triplet", "huge")
    assert preset("triplet", margin=0.7).margin == 0.7


def test_state_is_small(faces: Prepared) -> None:
    """Weights, their average and two moments: what is sent to a worker and back twice a second."""
    state = advance(start(preset("triplet")), faces, 1)
    weights = sum(tensor.nbytes for tensor in state.weights.values())
    assert len(pickle.dumps(state)) < 4.2 * weights + 50_000


@pytest.mark.parametrize("one", LOSSES)
@pytest.mark.parametrize("other", LOSSES)
def test_another_loss_changes_what_is_the_losss_own(one: str, other: str) -> None:
    """There and back again it is the first one; the net begins with the very same weights."""
    config = preset(one, seed=5, people=9, lr=1e-3, embedding=32)
    changed = with_loss(config, other)
    usual = preset(other)
    own = ("margin", "gamma", "mining", "distance")
    assert [getattr(changed, name) for name in own] == [getattr(usual, name) for name in own]
    kept = ("net", "design", "seed", "people", "pictures", "lr", "embedding", "augment", "tuned")
    assert [getattr(changed, name) for name in kept] == [getattr(config, name) for name in kept]
    assert with_loss(changed, one) == config
    weights, others = (start(it).weights for it in (config, changed))
    assert not {name for name in weights.keys() ^ others.keys() if not name.startswith("head")}
    assert all(torch.equal(weights[name], others[name]) for name in weights.keys() & others.keys())


def test_another_loss_keeps_the_length_of_embeddings() -> None:
    """But for BCE, whose learned distance wants them free."""
    free = preset("triplet", normalise=False)
    assert not with_loss(free, "contrastive").normalise
    assert not with_loss(preset("triplet"), "bce").normalise
    assert with_loss(preset("bce"), "circle").normalise
    with pytest.raises(ConfigError, match="tune with another loss"):
        with_loss(preset("triplet", "starter", tuned=True), "bce")
    tuned = with_loss(preset("triplet", "starter", tuned=True), "contrastive")
    assert tuned == preset("contrastive", "starter", tuned=True)


# ---- it learns ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_people_who_are_easily_told_apart_are_told_apart(
    loss: str, make_faces: Callable[..., FaceSet]
) -> None:
    """Sixty steps, judged on people whom the net has never seen. Cross-entropy with its learned
    distance is slower, and takes far more people to carry over to others: it is judged on those
    that it has seen."""
    seen, unseen = (prepared(make_faces(24, 6, seed=seed), "small") for seed in (0, 1))
    judged, steps = (seen, 90) if loss == "bce" else (unseen, 60)
    first = start(preset(loss, people=12, pictures=3))
    last = advance(first, seen, steps)
    before, after = (evaluate(s.net, s.config.distance, judged).scores for s in (first, last))
    assert before.eer > 0.4
    assert after.eer < 0.85 * before.eer
    assert after.auc > before.auc + 0.05
    assert np.isfinite(last.history).all()
    assert not is_collapsed(last)


# ---- collapse -----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_the_lamp_lights_for_a_heap_and_only_for_a_heap(loss: str, faces: Prepared) -> None:
    config = preset(loss, augment=False, **QUICK)
    state = advance(start(config), faces, 12)
    rows = state.history.copy()
    rows[:, COLUMNS.index("loss")] = loss_of_collapse(config)
    for name in ("same", "same_low", "same_high", "different", "different_low", "different_high"):
        rows[:, COLUMNS.index(name)] = 0.01
    heap = replace(state, history=rows)
    assert is_collapsed(heap)
    assert not is_collapsed(replace(heap, step=3, history=rows[:3]))  # too soon to tell
    spread = rows.copy()
    spread[:, COLUMNS.index("different_high")] = 10.0
    assert not is_collapsed(replace(heap, history=spread))
    assert not is_shrunk(replace(heap, history=spread))


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "bce"])
def test_a_heap_in_order_is_no_collapse(loss: str, faces: Prepared) -> None:
    """All distances are tiny, and yet strangers lie three times as far apart."""
    config = preset(loss, augment=False, **QUICK)
    state = advance(start(config), faces, 12)
    rows = state.history.copy()
    rows[:, COLUMNS.index("loss")] = loss_of_collapse(config)
    for name in ("same", "same_low", "same_high"):
        rows[:, COLUMNS.index(name)] = 0.01
    for name in ("different", "different_low", "different_high"):
        rows[:, COLUMNS.index(name)] = 0.03
    small = replace(state, history=rows)
    assert not is_collapsed(small)
    assert is_shrunk(small)
    assert order(small) == pytest.approx(3)


def test_the_hardest_triplets_shrink_all_and_keep_the_order(
    make_faces: Callable[..., FaceSet],
) -> None:
    """The loss sits at the margin, and the error rate on strangers falls all the same."""
    seen, unseen = (prepared(make_faces(24, 6, seed=seed), "small") for seed in (0, 1))
    config = preset("triplet", mining="hard", people=12, pictures=3, lr=0.01)
    first = start(config)
    last = advance(first, seen, 70)
    before, after = (evaluate(s.net, "euclidean", unseen).scores.eer for s in (first, last))
    assert last.column("loss")[-10:].mean() > 0.9 * config.margin
    assert last.column("different_high")[-10:].mean() < config.margin
    assert after < before - 0.05
    assert is_shrunk(last)
    assert not is_collapsed(last)


def test_a_net_that_collapses_lights_the_lamp(faces: Prepared) -> None:
    """Batch-hard triplets at a learning rate that is far too high: all faces on one heap, and the
    loss is the margin."""
    weights = {name: weight.clone() for name, weight in start(preset("triplet")).weights.items()}
    weights["projection.weight"].zero_()
    weights["projection.bias"].fill_(1.0)  # every face lands on the same point
    config = preset("triplet", mining="hard", margin=0.4, lr=1e-6, **QUICK)
    state = advance(replace(start(config), weights=weights, average=weights), faces, 12)
    assert state.column("loss") == pytest.approx(0.4, abs=0.02)
    assert is_collapsed(state)


def test_the_learning_rate_rises_and_falls() -> None:
    config = preset("circle", lr=0.01, warmup=9, horizon=100)
    rates = [training.learning_rate(config, step) for step in range(120)]
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(0.01, rel=0.03)
    assert rates[50] == pytest.approx(0.01 * (0.01 + 0.99 / 2), rel=1e-6)
    assert rates[100] == rates[119] == pytest.approx(0.0001)
    assert all(a >= b for a, b in pairwise(rates[10:]))
    flat = [training.learning_rate(preset("circle", lr=0.01), step) for step in (30, 3000)]
    assert flat == [0.01, 0.01]


def test_dropout_leaves_out_features_and_is_drawn_from_the_state(faces: Prepared) -> None:
    config = preset("triplet", people=4, pictures=2, dropout=0.5)
    net = start(config).net
    kept = net.kept(400, 0.5, torch.Generator().manual_seed(0))
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert kept.mean() == pytest.approx(1, abs=0.02)
    once = advance(start(config), faces, 2)
    assert same(once, advance(advance(start(config), faces, 1), faces, 1))
    without = advance(start(replace(config, dropout=0.0)), faces, 2)
    assert not torch.equal(once.weights["projection.weight"], without.weights["projection.weight"])


def test_only_matrices_decay(faces: Prepared) -> None:
    state = start(preset("triplet", people=4, pictures=2, decay=0.1, lr=0.01))
    groups = training.optimiser_of(state.net.train(), state).param_groups
    assert [group["weight_decay"] for group in groups] == [0.1, 0.0]
    assert all(weight.ndim > 1 for weight in groups[0]["params"])
    assert all(weight.ndim <= 1 for weight in groups[1]["params"])


def test_people_count_by_their_pictures_late_in_a_run_with_a_horizon() -> None:
    config = preset("circle", "starter", horizon=1000)
    assert [training.picture_weight(config, step) for step in (0, 549, 550, 999, 5000)] == [
        0,
        0,
        1,
        1,
        1,
    ]
    assert training.picture_weight(preset("circle", "starter"), 10**6) == 0  # no end to reckon from


def test_the_starter_net_has_its_recipe() -> None:
    config = preset("circle", "starter")
    assert (config.people, config.singles, config.strong_augmentation) == (28, 24, True)
    assert preset("circle", "starter", people=8).people == 8
    assert not preset("circle").strong_augmentation


# ---- fine-tuning --------------------------------------------------------------------------------


def test_tuning_begins_with_the_net_that_ships() -> None:
    file = checkpoints.load(checkpoints.shipped("starter"))
    state = first_state(preset("circle", "starter", tuned=True))
    assert state.step == 0
    assert state.weights.keys() == file.average.keys()
    assert all(torch.equal(state.weights[name], file.average[name]) for name in state.weights)
    assert state.config.lr < preset("circle", "starter").lr


def test_tuning_learns_new_people_and_forgets_little(make_faces: Callable[..., FaceSet]) -> None:
    people = prepared(make_faces(8, 4), "starter")
    state = first_state(
        preset(
            "circle", "starter", tuned=True, people=8, pictures=4, augment=False, lr=3e-4, horizon=0
        )
    )
    tuned = advance(state, people, 12)
    assert tuned.column("loss")[-4:].mean() < tuned.column("loss")[:4].mean()
    drift = [
        (tuned.weights[name] - before).norm() / before.norm()
        for name, before in state.weights.items()
        if before.ndim > 1
    ]
    assert 0 < max(drift) < 0.1


def test_a_shipped_net_of_the_first_design_can_be_tuned(faces: Prepared) -> None:
    file = checkpoints.load(checkpoints.shipped("small"))
    state = first_state(preset("contrastive", tuned=True, **QUICK))
    assert torch.equal(state.net.projection.weight, file.net.projection.weight)
    assert np.isfinite(advance(state, faces, 2).column("loss")).all()


@pytest.mark.parametrize(
    ("loss", "net", "changes", "words"),
    [
        ("circle", "small", {"design": 2}, "is of design 1"),
        ("circle", "plane", {}, "No trained net 'plane'"),
        ("circle", "starter", {"embedding": 32}, "embeddings of 128 numbers"),
        ("triplet", "starter", {"normalise": False}, "of length 1"),
        ("bce", "starter", {}, "no learned distance"),
    ],
)
def test_what_cannot_be_tuned_is_said(
    loss: str, net: str, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        first_state(preset(loss, net, tuned=True, **changes))
