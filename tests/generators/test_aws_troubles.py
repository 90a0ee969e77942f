"""Drawn faults of AWS calls: the same for the same seed, of every kind over many, and all of them ones that AWS has."""

from random import Random

from harness.edge.faults.document import rule_of
from harness.generators import AwsTrouble, draw_aws_troubles
from harness.generators.aws_troubles import AWS_KINDS


def drawn(seed: int) -> tuple[AwsTrouble, ...]:
    return draw_aws_troubles(Random(seed))  # noqa: S311 - chosen for repeatability, nothing is secret


def test_troubles_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_every_kind_comes_up_over_many_draws() -> None:
    assert {one.kind for seed in range(200) for one in drawn(seed)} == set(AWS_KINDS)


def test_edge_takes_every_rule_that_is_drawn() -> None:
    for seed in range(200):
        for one in drawn(seed):
            match = {"service": one.service, "operation": one.operation, "execution": ["pay-1", "pay-2"]}
            rule = rule_of({"kind": one.kind, "match": match, **one.rule})
            assert rule.phase == one.rule["phase"]
