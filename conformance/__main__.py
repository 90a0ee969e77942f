"""Examine every engine and write docs/conformance.md: `make conformance`, or `python -m conformance --help`."""

import argparse
import os
import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.engines import Engine, NotMeasured, engines
from conformance.matrix import Column, document
from harness.doctor import Finding, Probe, all_probes, chosen_probes, examine
from harness.errors import RehearsalError

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "conformance.md"
# Fewer than the doctor's own: what one probe costs must not be another one's finding.
AT_ONCE = 4


def main() -> int:
    """Examine, print, and write the document unless only a part was asked for; 2 when nothing could be done."""
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("--engine", action="append", default=[], metavar="NAME=URL", help="an endpoint that runs")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="an engine's name, or a part of it")
    parser.add_argument("--probe", action="append", default=[], metavar="ID", help="a probe's id, or its beginning")
    parser.add_argument("--output", type=Path, default=None, help=f"default: {DOCUMENT.name}, when all is examined")
    options = parser.parse_args()
    try:
        probes = chosen_probes(options.probe) if options.probe else all_probes()
        given = [_named(one) for one in options.engine]
    except RehearsalError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    chosen = [one for one in engines(given) if _is_wanted(one, options.only)]
    columns = [_measured(one, probes) for one in chosen]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    text = document(probes, columns, date=str(datetime.now(UTC).date()), machine=machine)
    whole = not (options.only or options.probe)
    if options.output or whole:
        (options.output or DOCUMENT).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _named(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not (name and equals and url):
        raise RehearsalError(f"--engine {text!r} is not of the form NAME=URL")
    return name, url


def _is_wanted(engine: Engine, only: list[str]) -> bool:
    return not only or any(part.lower() in engine.name.lower() for part in only)


def _measured(engine: Engine, probes: list[Probe]) -> Column:
    sys.stderr.write(f"{engine.name}\n")

    def tell(finding: Finding) -> None:
        sys.stderr.write(f"  {finding.verdict:<11}{finding.probe} {finding.took_s:.1f} s\n")

    try:
        with engine.start() as running:
            bounded = [replace(one, bound_s=one.bound_s * engine.patience) for one in probes]
            found = examine(running.patient, bounded, at_once=AT_ONCE, on_finding=tell)
            return Column(engine.name, running.version, {one.probe: one for one in found})
    except NotMeasured as reason:
        sys.stderr.write(f"  not measured: {reason.headline}\n")
        return Column(engine.name, not_measured=reason.headline)


if __name__ == "__main__":
    sys.exit(main())
