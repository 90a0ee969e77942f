"""The command line, run in the test's own process."""

import sys

import pytest

from harness.cli import main


def run_rehearse(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Run `rehearse` with these arguments; return its exit code and what it printed on both streams."""
    monkeypatch.setattr(sys, "argv", ["rehearse", *arguments])
    code = 0
    try:
        main()
    except SystemExit as ending:
        code = int(ending.code or 0)
    return code, *capfd.readouterr()
