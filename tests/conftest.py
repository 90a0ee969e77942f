"""One browser for all tests of pages: its driver can't be started twice in one process."""

from tests.browser import browser

__all__ = ["browser"]
