"""What a run leaves behind and says at its end.

First version: a folder per run with `junit.xml`, one folder a test with its history and timeline, and a summary of
verdicts. Leaves out the HTML page.
"""

from harness.report.failure import failure_section
from harness.report.run_folder import RunFolder
from harness.report.summary import Tally
from harness.report.timeline import timeline

__all__ = ["RunFolder", "Tally", "failure_section", "timeline"]
