"""The report's own tests may ask for a browser."""

from tests.browser import browser

__all__ = ["browser"]
