"""The folder of one run: `artifacts/<run>/`. It is made when the first thing is put into it."""

import hashlib
import re
import shutil
from pathlib import Path

from harness.history import History, to_json_lines
from harness.report.timeline import timeline

SLUG_LENGTH_MAX = 80


class RunFolder:
    """Where one run's files go."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def of_test(self, node_id: str) -> Path:
        """Return a test's folder: its file and name, shortened; different tests never share one."""
        words = re.sub(r"[^A-Za-z0-9]+", "-", node_id.partition("::")[2] or node_id).strip("-")
        stem = Path(node_id.partition("::")[0]).stem
        slug = f"{stem}-{words}" if not words.startswith(stem) else words
        digest = hashlib.sha256(node_id.encode()).hexdigest()[:6]
        return self.path / f"{slug[:SLUG_LENGTH_MAX]}-{digest}"

    def keep_history(self, node_id: str, history: History) -> None:
        """Write a test's history and its timeline."""
        folder = self.of_test(node_id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "history.jsonl").write_text(to_json_lines(history), encoding="utf-8")
        (folder / "timeline.txt").write_text(timeline(history), encoding="utf-8")

    def keep_logs(self, directory: Path) -> None:
        """Copy an environment's logs, when this run left anything at all."""
        if not self.path.exists():
            return
        for log in sorted(directory.rglob("*.log")):
            target = self.path / "logs" / log.relative_to(directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log, target)
