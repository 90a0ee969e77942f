"""Ask every engine for its units and write docs/capacity-units.md: `make conformance-units`."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from conformance.engines import Engine, NotMeasured, engines
from conformance.units.measuring import measure
from conformance.units.showing import Measured, document
from harness.errors import RehearsalError

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "capacity-units.md"
ASKED = ("Rehearsal, embedded", "ministack, stock", "DynamoDB Local")
OPERATIONS = 5_000


def main() -> int:
    """Measure and write; 1 when the embedded engine differs from the model anywhere, 2 when nothing could be done."""
    parser = argparse.ArgumentParser(prog="python -m conformance.units", description=__doc__)
    parser.add_argument("--engine", action="append", default=[], metavar="NAME=URL", help="an endpoint that runs")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="an engine's name, or a part of it")
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="how many are drawn (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=None, help=f"default: {DOCUMENT.name}, when all are asked")
    options = parser.parse_args()
    try:
        given = [_named(one) for one in options.engine]
    except RehearsalError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    wanted = {*ASKED, *(name for name, _ in given)}
    chosen = [one for one in engines(given) if one.name in wanted and _is_wanted(one.name, options.only)]
    measured = [_measured(one, options.operations, options.seed) for one in chosen]
    date = str(datetime.now(UTC).date())
    text = document(measured, date=date, operations=options.operations, seed=options.seed)
    if options.output or not options.only:
        (options.output or DOCUMENT).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return int(any("embedded" in one.name and one.tally.differences for one in measured))


def _named(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not (name and equals and url):
        raise RehearsalError(f"--engine {text!r} is not of the form NAME=URL")
    return name, url


def _is_wanted(name: str, only: list[str]) -> bool:
    return not only or any(part.lower() in name.lower() for part in only)


def _measured(engine: Engine, operations: int, seed: int) -> Measured:
    sys.stderr.write(f"{engine.name}\n")
    try:
        with engine.start() as running:
            tally = measure(running.patient, operations=operations, seed=seed)
    except NotMeasured as reason:
        sys.stderr.write(f"  not measured: {reason.headline}\n")
        return Measured(engine.name, not_measured=reason.headline)
    agreed, asked = sum(tally.agreed.values()), sum(tally.asked.values())
    sys.stderr.write(f"  {agreed:,} of {asked:,} agreed\n")
    return Measured(engine.name, running.version, tally)


if __name__ == "__main__":
    sys.exit(main())
