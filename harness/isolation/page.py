"""The page of a proof: one HTML file, the matrix on top, the exchanges behind each cell below."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from harness.isolation import view
from harness.isolation.proof import Proof
from harness.pages import Pages

_PAGES = Pages(Path(__file__).parent / "templates")


def write_page(path: Path, proof: Proof, *, arguments: Sequence[str] = ()) -> Path:
    """Write the page; `arguments` are those of `rehearse isolation` that make it again.

    Raises SettingInvalid where that is not possible.
    """
    return _PAGES.write(
        path,
        "isolation.html.jinja",
        proof=proof,
        command=shlex.join(["rehearse", "isolation", *arguments]),
        headline=view.headline(proof),
        mood=view.MOOD_BY_VALIDITY[proof.validity],
        facts=view.facts(proof),
        reasons=list(proof.reasons()),
        rows=view.rows(proof),
        ways=view.ways(proof),
        tried=view.tried(proof),
        audits=[(heading, lines) for heading, lines in view.audits(proof) if lines],
    )
