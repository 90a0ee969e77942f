"""What all pages of Rehearsal have in common: one file each, the same look, nothing from outside, dark mode, print."""

from harness.pages.writing import Pages

__all__ = ["Pages"]
