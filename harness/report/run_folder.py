"""The folder of one run: `artifacts/<run>/`. It is made when the first thing is put into it."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.history import History, to_json_lines
from harness.masking import masked_values
from harness.report.kept import Evidence, Machines, RunRecord, TestRecord, document_of
from harness.report.timeline import timeline

SLUG_LENGTH_MAX = 80


class RunFolder:
    """Where one run's files go. `secrets`, such as API keys, are taken out of every document but the histories."""

    def __init__(self, path: Path, secrets: Iterable[str] = ()) -> None:
        self.path = path
        self._secrets = tuple(secrets)

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

    def keep_evidence(self, evidence: Evidence) -> None:
        """Write what a test leaves besides its history."""
        self._write(self.of_test(evidence.node_id) / "evidence.json", evidence)

    def keep_outcome(self, record: TestRecord) -> None:
        """Add a test's line to those of the others."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "tests.jsonl").open("a", encoding="utf-8") as file:
            file.write(self._text(record) + "\n")

    def keep_run(self, record: RunRecord) -> None:
        """Write the run's own document."""
        self._write(self.path / "run.json", record)

    def keep_machines(self, machines: Machines) -> None:
        """Write the state machines' definitions."""
        self._write(self.path / "machines.json", machines)

    def keep_logs(self, directory: Path) -> None:
        """Copy an environment's logs, when this run left anything at all."""
        if not self.path.exists():
            return
        for log in sorted(directory.rglob("*.log")):
            target = self.path / "logs" / log.relative_to(directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log, target)

    def _write(self, path: Path, record: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._text(record) + "\n", encoding="utf-8")

    def _text(self, record: object) -> str:
        return json.dumps(masked_values(document_of(record), self._secrets), ensure_ascii=False)
