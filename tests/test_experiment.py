"""From faces to figures, as the command line and the pages both do it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from siamese import checkpoints, evaluation, turns
from siamese.config import preset
from siamese.datasets import DataError
from siamese.distances import distance_matrix
from siamese.evaluation import DRAWN, evaluate, evaluate_pixels, thinned
from siamese.experiment import (
    Experiment,
    first_state,
    is_new,
    known_before,
    only_new,
    prepared,
    short_hash,
)
from siamese.faces import FaceSet, split_by_person, split_by_picture
from siamese.networks import embed, embed_pixels
from siamese.training import advance, start
from siamese.verification import score
from siamese.verifiers import of_checkpoint


@pytest.fixture(scope="module")
def faces(make_faces: Callable[..., FaceSet]) -> FaceSet:
    return make_faces(12, 4)


@pytest.fixture(scope="module")
def experiment(faces: FaceSet) -> Experiment:
    return Experiment("noise", split_by_person(faces), "small").ready()


def test_ready_people_are_the_split(experiment: Experiment) -> None:
    for ready, faces in (
        (experiment.seen, experiment.split.seen),
        (experiment.unseen, experiment.split.unseen),
    ):
        assert len(ready.pictures) == len(ready.labels) == len(faces)
        assert ready.labels.tolist() == faces.labels.tolist()
        assert ready.labels.dtype == torch.int64
    assert experiment.seen is experiment.seen  # done once


@pytest.mark.parametrize("loss", ["triplet", "circle", "bce"])
def test_evaluation_is_embedding_distance_and_scores(loss: str, experiment: Experiment) -> None:
    state = start(preset(loss))
    found = experiment.evaluate(state)
    embedding = embed(state.net, experiment.unseen.pictures)
    with torch.no_grad():
        matrix = distance_matrix(embedding, embedding, state.config.distance, state.net.head)
    labels = experiment.unseen.labels.numpy()
    assert found.scores == score(matrix.numpy(), labels)
    assert np.array_equal(found.embedding, embedding.numpy())
    assert len(found.same) == found.scores.pairs_same
    assert len(found.different) == min(found.scores.pairs_different, DRAWN)
    assert (np.diff(found.same) >= 0).all()
    again = evaluate(state.net, state.config.distance, experiment.unseen)
    assert again.scores == found.scores  # looking changes nothing


def test_pixels_are_what_learning_has_to_beat(experiment: Experiment) -> None:
    unseen = experiment.split.unseen
    pixels = embed_pixels(unseen.pictures).double().numpy()
    matrix = np.linalg.norm(pixels[:, None] - pixels[None], axis=-1)
    expected = score(matrix, unseen.labels)
    assert experiment.pixels.scores.eer == pytest.approx(expected.eer, abs=1e-3)
    assert experiment.pixels.scores.auc == pytest.approx(expected.auc, abs=1e-3)


def test_one_person_cannot_be_judged(make_faces: Callable[..., FaceSet]) -> None:
    alone = make_faces(1, 4)
    with pytest.raises(ValueError, match="at least one pair"):
        evaluate_pixels(alone.pictures, alone.labels)


def test_thinning_keeps_the_distribution() -> None:
    many = np.random.default_rng(0).normal(size=50_000)
    few = thinned(many)
    assert len(few) == DRAWN
    assert (few.min(), few.max()) == pytest.approx((many.min(), many.max()))
    shares = np.linspace(0.01, 0.99, 50)
    assert np.quantile(few, shares) == pytest.approx(np.quantile(many, shares), abs=0.01)
    assert thinned(np.array([3.0, 1.0, 2.0])).tolist() == [1, 2, 3]


def test_a_model_file_knows_whom_it_has_seen(experiment: Experiment, faces: FaceSet) -> None:
    state = advance(start(preset("triplet", people=4, pictures=2)), experiment.seen, 2)
    trained, untrained = experiment.evaluate(state), experiment.evaluate(start(state.config))
    report = experiment.report(state, trained, untrained, seconds=2.0)
    found = checkpoints.load(experiment.save(state, trained, report))
    assert found.about["scores"] == report
    assert np.array_equal(found.same, trained.same)

    new = dict(zip(faces.people, is_new(faces.people, found.trained_on), strict=True))
    assert {person for person, is_so in new.items() if is_so} == set(experiment.split.unseen.people)
    unseen = only_new(faces, found)
    assert unseen.files == experiment.split.unseen.files
    ready = prepared(unseen, "small")
    assert evaluate(found.net, found.config.distance, ready).scores == trained.scores
    with pytest.raises(DataError, match="nobody new"):
        only_new(experiment.split.seen, found)


def test_whom_a_net_knows_from_before_is_no_test(faces: FaceSet) -> None:
    split = split_by_person(faces)
    known, *others = split.unseen.people
    again = Experiment("noise", split, "small", frozenset({short_hash(known), short_hash("else")}))
    assert again.unseen_people.people == tuple(others)
    assert len(again.unseen.labels) == len(split.unseen) - 4
    assert again.pixels.scores.people == len(others)
    found = checkpoints.load(
        again.save(start(preset("triplet")), again.evaluate(start(preset("triplet"))), {})
    )
    assert is_new([*faces.people, "else"], found.trained_on).sum() == len(others)

    all_but_one = frozenset(short_hash(person) for person in split.unseen.people[1:])
    for before in (all_but_one, all_but_one | {short_hash(known)}):
        with pytest.raises(DataError, match="has already learnt from"):
            Experiment("noise", split, "small", before).ready()


def test_a_cohort_is_drawn_from_the_seen_people_and_kept(faces: FaceSet) -> None:
    split = split_by_person(faces)
    plain = Experiment("noise", split, "small")
    among = Experiment("noise", split, "small", cohort=5)
    state = start(preset("circle"))
    trained, without = among.evaluate(state), plain.evaluate(state)
    assert trained.cohort is not None
    assert trained.cohort.embeddings.shape == (5, state.config.embedding)
    assert without.cohort is None
    assert not np.array_equal(trained.same, without.same)
    for complete in (True, False):
        found = checkpoints.load(among.save(state, trained, {}, complete))
        assert found.cohort is not None
        again = evaluate(found.net, "cosine", among.unseen, found.cohort)
        np.testing.assert_allclose(again.same, trained.same, atol=1e-6 if complete else 5e-3)
        verifier = of_checkpoint(found, "", "")
        e = verifier.embed(among.unseen_people.pictures)
        np.testing.assert_allclose(
            np.sort(verifier.matrix(e, e)[np.triu_indices(len(e), 1)])[[0, -1]],
            [min(again.same[0], again.different[0]), max(again.same[-1], again.different[-1])],
            atol=1e-5,
        )
    assert checkpoints.load(plain.save(state, without, {})).cohort is None


@pytest.mark.parametrize("loss", ["circle", "contrastive"])
def test_a_tuned_run_begins_as_the_starter_net_is_on_every_page(
    faces: FaceSet, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its distances are relative to the same strangers, at its first step and later."""
    experiment = Experiment("noise", split_by_person(faces), "starter")
    state = first_state(preset(loss, "starter", tuned=True))
    found = experiment.evaluate(state)
    starter = of_checkpoint(checkpoints.load(checkpoints.shipped("starter")), "", "")
    assert found.cohort is not None
    assert starter.cohort is not None
    assert torch.equal(found.cohort.embeddings, starter.cohort.embeddings)
    e = starter.embed(experiment.unseen_people.pictures)
    expected = evaluation.verifier(
        e, torch.tensor(starter.matrix(e, e)), experiment.unseen_people.labels
    ).scores
    # Straight distances order all but the closest calls as cosines do.
    assert found.scores.eer == pytest.approx(expected.eer, abs=1e-9 if loss == "circle" else 0.01)
    again = checkpoints.load(experiment.save(state, found, {}))
    assert again.cohort is not None
    monkeypatch.setattr(turns, "draw", lambda embedding, *_: (embedding, ""))
    look = turns.look(state, experiment.unseen, None)
    assert look.evaluation.scores.eer == found.scores.eer
    plain = start(preset(loss, "starter"))
    assert experiment.evaluate(plain).cohort is None


@pytest.mark.parametrize("wanted", [0, 1])
def test_nobody_is_a_cohort_alone(faces: FaceSet, wanted: int) -> None:
    experiment = Experiment("noise", split_by_person(faces), "small", cohort=wanted)
    assert experiment.evaluate(start(preset("triplet"))).cohort is None


def test_the_same_split_goes_on_as_it_was(faces: FaceSet) -> None:
    """Also a split by pictures, which has everybody on both sides."""
    for split in (split_by_person(faces), split_by_picture(faces)):
        once = Experiment("noise", split, "small")
        again = Experiment("noise", split, "small", frozenset(once.trained_on))
        assert again.unseen_people is split.unseen
        assert again.trained_on == once.trained_on


def test_only_a_tuned_net_knows_anybody_at_first() -> None:
    assert not known_before(preset("circle", "starter"))
    assert len(known_before(preset("circle", "starter", tuned=True))) > 1000


def test_names_of_people_are_not_in_the_file(experiment: Experiment) -> None:
    state = start(preset("triplet"))
    trained = experiment.evaluate(state)
    data = experiment.save(state, trained, {}, complete=False)
    assert not any(person.encode() in data[:20_000] for person in ("p00", "p01", "p11"))
    assert short_hash("p00") != short_hash("p01")


def test_report(experiment: Experiment) -> None:
    state = advance(start(preset("triplet", people=4, pictures=2)), experiment.seen, 5)
    trained, untrained = experiment.evaluate(state), experiment.evaluate(start(state.config))
    report = experiment.report(state, trained, untrained, seconds=2.0)
    assert (report["people_seen"], report["people_unseen"]) == (9, 3)
    assert (report["steps"], report["seconds"]) == (5, 2.0)
    assert report["pictures_per_second"] == 5 * 4 * 2 / 2
    assert report["eer"] == trained.scores.eer
    assert report["eer_untrained"] == untrained.scores.eer
    assert report["eer_pixels"] == experiment.pixels.scores.eer
    assert experiment.report(state, trained, untrained, 0.0)["pictures_per_second"] == 0
