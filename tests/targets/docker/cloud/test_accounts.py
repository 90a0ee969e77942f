"""A key's account is told by the key alone."""

import pytest

from harness.targets.docker.cloud.accounts import account_of


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("111111111111", "111111111111"),
        ("LSIAQAAAAAAAGMKEM7X5", "000000000000"),
        ("LKIARZPUZDIKGB2VALC4", "123456789012"),
        ("LSIAQAAAAAAA", "000000000000"),  # too short for what it begins as
        ("LSIA11111111GMKEM7X5", "000000000000"),  # no base32
        ("LSIAAAAAAAAAGMKEM7X5", "000000000000"),  # below the first account
        ("LSIAQAAAAAAA1MKEM7X5", "000000000000"),  # no base32 where the last bit is
        ("LSIA\xe9AAAAAAAGMKEM7X5", "000000000000"),  # not even ASCII
        ("AKIARZPUZDIKGB2VALC4", "000000000000"),  # as of a real account
        ("test", "000000000000"),
        ("", "000000000000"),
    ],
)
def test_account_is_found_when_a_key_holds_one(key: str, account: str) -> None:
    assert account_of(key) == account
