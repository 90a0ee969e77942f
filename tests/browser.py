"""A real browser for tests of pages: one that is installed already, driven from outside, closed at the end.

tests/conftest.py hands it out, one for all. A test that asks for it is skipped, with the reason, where no browser is on
the path.
"""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STARTS_WITHIN_MS = 60_000


def browser_path() -> str | None:
    """Return the path of an installed browser that can be driven; None without one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium or Chrome."""
    path = browser_path()
    if path is None:
        pytest.skip(f"no browser on the path, looked for {', '.join(NAMES)}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    # Chromium refuses to run as root in a sandbox.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=options, timeout=STARTS_WITHIN_MS)
        try:
            yield opened
        finally:
            opened.close()
