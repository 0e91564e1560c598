"""Every check finds what it is for, in a network that is sick in this way, with its numbers."""

from __future__ import annotations

import re

import pytest

from glassnet.explain.diagnosis import CHECKS
from glassnet.graph import REGISTRY
from tests.explain.diagnosis.sick import SICK, WRONG_OP


@pytest.mark.parametrize("name", SICK)
def test_a_sick_network_is_diagnosed(name, monkeypatch):
    monkeypatch.setitem(REGISTRY, WRONG_OP.name, WRONG_OP)
    make, check, level, title, numbers = SICK[name]
    net, x, y, *weights = make()
    settings = {"sample_weight": weights[0]} if weights else {}
    told = net.diagnose(x, y, verbose=0, **settings)
    (found,) = told.of(check)
    assert found.level == level
    assert title in found.title
    for key, fits in numbers.items():
        assert fits(found.numbers[key]), (key, found.numbers[key])
    assert not re.search(r"\{\w+", str(found)), "a place that was not filled in"
    assert found.evidence.endswith(".") and found.remedy.endswith(".")
    assert re.search(r"\d", found.evidence) or check in ("nothing_to_train", "target_shape")
    # The trial of rates takes the size of a step into its evidence.
    names = [check, "update_ratio"] if check == "learning_rate" else [check]
    alone = net.diagnose(x, y, checks=names, verbose=0, **settings)
    assert [str(one) for one in alone] == [str(found)]


def test_every_check_has_a_sick_network():
    assert {check for _, check, *_ in SICK.values()} == set(CHECKS)
