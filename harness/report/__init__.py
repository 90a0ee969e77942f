"""What a run leaves behind and says at its end: a folder, a summary of verdicts, and one self-contained HTML page.

`kept` is what is written while the tests run, `model` reads a folder as one run, `page` shows it. Only what the tests
themselves need is imported here: the page costs a template engine, and most runs make it once.
"""

from harness.report.failure import failure_section
from harness.report.kept.gathering import Gatherer
from harness.report.run_folder import RunFolder
from harness.report.summary import Tally
from harness.report.timeline import timeline

__all__ = ["Gatherer", "RunFolder", "Tally", "failure_section", "timeline"]
