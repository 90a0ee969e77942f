"""What the README tells a newcomer to type works, and gives what it says."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def block_below(heading: str) -> str:
    """The shell commands below a heading of the README."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None, heading
    return found.group(1)


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))}
    environ |= {"REHEARSAL_STATE_DIR": str(tmp_path / "state"), "REHEARSAL_INSTANCE": "readme"}
    yield environ
    subprocess.run([ROOT / ".venv/bin/rehearse", "down"], env=environ, check=False)


def bash(script: str, environ: dict[str, str]) -> str:
    answer = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.slow
def test_first_payment_completes_and_a_lost_answer_charges_once_when_the_readme_is_followed(
    environ: dict[str, str],
) -> None:
    first, lost = block_below("The first payment"), block_below("Lose an answer")
    broken = block_below("Break AWS, and look back").replace("faults.yaml", '"$REHEARSAL_STATE_DIR/faults.yaml"')

    said = bash(f"{first}\n{lost}\n{broken}", environ)

    assert '"payment_id":"pay-1"' in said
    assert '"status":"COMPLETED"' in said
    assert "payment-flow" in said
    assert said.count("🎉 complete: 5 states") == 3
    assert said.count('"amount_minor":4000') == 1
    fired = [line.split()[2:4] for line in said.splitlines() if re.match(r"\d\d:\d\d:\d\d\.\d+  f-\d", line)]
    assert sorted(fired) == [["error", "before"], ["error", "before"], ["reset", "after"]]
    assert said.count("lost (reset), was 200") == 1
    assert not (Path(environ["REHEARSAL_STATE_DIR"]) / "readme").exists()


def test_every_make_command_of_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    texts = [README, *((ROOT / name).read_text() for name in ("CONTRIBUTING.md", "docs/engine.md"))]
    named = {name for text in texts for name in re.findall(r"\bmake ([a-z][a-z0-9-]+)", text)}

    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()


def test_every_linked_file_of_the_readme_exists() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)

    assert [name for name in linked if not (ROOT / name).exists()] == []
