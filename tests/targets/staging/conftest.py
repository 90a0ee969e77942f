"""Staging tests see nothing of the user's shell: no credentials, no allow list, no state."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test's runs write away from the user's, and the user's credentials away from the test."""
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path / "state"))
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "REHEARSAL_STAGING_ENDPOINT_URL", "REHEARSAL_STAGING_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("harness.targets.staging.allow_list.default_file", lambda: tmp_path / "staging.yaml")
    monkeypatch.setattr("harness.targets.staging.guard.default_file", lambda: tmp_path / "staging.yaml")
