"""Whether a journal on disk is whole: every line, and the order of its records."""

from dataclasses import dataclass, field
from pathlib import Path

import orjson

from harness.edge.journal.lines import LineDamaged, documents


@dataclass(slots=True)
class Verdict:
    """What verifying found; `problems` is empty when the journal is whole."""

    files: int = 0
    records: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(directory: Path) -> Verdict:
    """Read a journal's folder through, changing nothing; a process may write to it meanwhile.

    What recovery once cut off and kept (`*.damaged`) counts as a problem too.
    """
    verdict, last = Verdict(), 0
    for path in [*sorted(directory.glob("snapshot-*.jsonl")), *sorted(directory.glob("segment-*.jsonl"))]:
        verdict.files += 1
        with path.open("rb") as file:
            try:
                for document in documents(file, path.stat().st_size):
                    record = orjson.loads(document)
                    number = record.get("n", last)
                    if number < last or (path.name.startswith("segment") and number == last):
                        verdict.problems.append(f"{path.name}: record {number} follows record {last}")
                    last = number
                    verdict.records += 1
            except LineDamaged as damage:
                verdict.problems.append(f"{path.name}: {damage}")
    verdict.problems += [f"{path.name}: kept by a recovery" for path in sorted(directory.glob("*.damaged"))]
    return verdict
