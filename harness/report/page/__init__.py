"""The page of a run: one HTML file that needs nothing else, neither network nor script.

Scripts only add: a search, filters, buttons that copy. A policy in the page itself forbids every outside request.
"""

from harness.report.page.writing import PAGE_NAME, write_comparison, write_page

__all__ = ["PAGE_NAME", "write_comparison", "write_page"]
