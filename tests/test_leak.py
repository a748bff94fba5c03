"""The trap: who is set aside, and that a net is scored on all three parts with the same weights."""

from collections.abc import Callable

import pytest

from siamese.config import preset
from siamese.evaluation import evaluate
from siamese.faces import DataError, FaceSet
from siamese.leak import KNOWN, NEW, TRAINED, cut, leak, scores
from siamese.training import advance, start


def test_people_and_pictures_are_set_aside(make_faces: Callable[..., FaceSet]) -> None:
    faces = make_faces(12, 8)
    parts = cut(faces, seed=3)
    assert set(parts.trained.people) == set(parts.known.people)
    assert not set(parts.trained.people) & set(parts.new.people)
    files = [set(part.files) for part in (parts.trained, parts.known, parts.new)]
    assert sum(map(len, files)) == len(set.union(*files)) == len(faces)
    assert (len(parts.new.people), parts.known.counts.tolist()) == (3, [2] * 9)
    assert cut(faces, seed=4).new.people != parts.new.people


def test_too_few_pictures_are_refused_in_a_sentence(make_faces: Callable[..., FaceSet]) -> None:
    with pytest.raises(DataError, match="split by picture needs"):
        cut(make_faces(12, 3))


def test_one_net_is_scored_on_all_three(make_faces: Callable[..., FaceSet]) -> None:
    parts = cut(make_faces(12, 8)).ready("small")
    config = preset("contrastive", people=6, pictures=4)
    told = leak(parts, config, 30)
    state = advance(start(config), parts[TRAINED], 30)
    assert told == scores(state, parts)
    assert list(told) == [TRAINED, KNOWN, NEW]
    for name, faces in parts.items():
        assert told[name] == evaluate(state.net, "euclidean", faces).scores
    assert told[TRAINED].eer < told[NEW].eer
