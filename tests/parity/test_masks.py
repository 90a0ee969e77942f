"""What is another in every run is taken out of texts, and what runs are compared by stays."""

import pytest

from harness.ids import derived_token
from harness.parity.masks import Mask, masked_text

NODE = "scenarios/test_it.py::test_it"


@pytest.mark.parametrize("seed", [7, 8])
def test_names_are_the_same_when_only_the_seed_differs(seed: int) -> None:
    mask = Mask(seed, NODE)

    assert mask(f"pay-click-{derived_token(seed, NODE, '')} paid") == "pay-click paid"


def test_names_are_the_same_when_a_run_was_repeated_on_one_environment() -> None:
    assert Mask(7, NODE, "run-2")(f"pay-{derived_token(7, NODE, 'run-2')}") == "pay"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tnt_gne3q23xdureepxa", "tnt_…"),
        ("ch_face92280a2c9c9642a79c64", "ch_…"),
        ("dep-tnt_gne3q23xdureepxa-5ac28a800436941b2106", "dep-tnt_…-…"),
        ("2026-11-22T00:01:23.056000Z and 2026-11-22", "<time> and <date>"),
        ("after 10.0 s, again in 250 ms", "after <n> s, again in <n> ms"),
        ("http://127.0.0.1:41234/x and localhost:4566", "<address>/x and <address>"),
        ("arn:aws:states:us-east-1:000000000000:execution:f:x", "arn:aws:states:execution:f:x"),
        ("seat-holds-HoldFunction-3B9BDB8D36B9E", "seat-holds-HoldFunction-…"),
        ("b0ae1a76-2ab1-4cd7-a0f1-16c3a8b8b6ab", "<id>"),
    ],
)
def test_what_only_one_run_has_is_masked(text: str, expected: str) -> None:
    assert masked_text(text) == expected


@pytest.mark.parametrize(
    "text",
    ["COMPLETED amount_minor=4000 USD", "409 slot_taken", "States.Timeout", "too_many_requests", "40.00", "x ×12"],
)
def test_what_runs_are_compared_by_stays(text: str) -> None:
    assert masked_text(text) == text
