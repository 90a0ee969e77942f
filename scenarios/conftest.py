"""Scenarios leave their JUnit report beside their histories."""

import pytest

from harness.pytest_plugin import keep_junit


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    keep_junit(config)
