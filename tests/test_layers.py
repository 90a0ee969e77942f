"""The layer rules hold, and each of them bites: forbidden imports in a copy of the tree are reported, every one."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT_IMPORTS = str(Path(sys.executable).with_name("lint-imports"))
GROUND_FLOOR = ("errors", "units", "clock", "ids", "waiting", "config", "masking", "durations")

SOURCES = ("systems/groundwork/python", "systems/payments/src", "systems/booking/src")

BREAKS = [
    ("Arrows point down only", "harness/edge/record/log.py", "import harness.targets"),
    ("Arrows point down only", "harness/clients/__init__.py", "import harness.report"),
    ("Arrows point down only", "harness/errors.py", "import harness.history"),
    ("Arrows point down only", "harness/report/__init__.py", "import harness.parity"),
    ("The library never imports a system or the gateway", "harness/clients/__init__.py", "import mock_gateway"),
    ("The library never imports a system or the gateway", "harness/deploy/__init__.py", "import payments"),
    ("Systems and the gateway never import the library", "mock_gateway/__init__.py", "import harness.units"),
    ("Systems and the gateway never import the library", "systems/payments/src/payments/__init__.py", "import harness"),
    ("independent of each other", "systems/payments/src/payments/__init__.py", "import mock_gateway"),
    ("Arrows point down only", "harness/monitor/__init__.py", "import harness.cli"),
    ("Generators draw from a seed alone", "harness/generators/stories.py", "import time"),
    ("The gateway's webhooks know no faces", "mock_gateway/webhooks/outbox.py", "import mock_gateway.faces.stripe"),
    ("The gateway's money knows no HTTP", "mock_gateway/money/ledger.py", "import flask"),
    ("The gateway's money knows no HTTP", "mock_gateway/money/cards.py", "import mock_gateway.faults"),
    ("stand beside each other", "mock_gateway/admin/faults.py", "import mock_gateway.faces.plain"),
    ("are pure", "harness/checkers/__init__.py", "import boto3"),
    ("are pure", "harness/history/__init__.py", "import time"),
    ("are pure", "harness/checkers/__init__.py", "import random"),
    ("are pure", "harness/capacity/table.py", "import time"),
    ("are pure", "harness/capacity/vectors/tally.py", "import random"),
    ("evaluated from their text alone", "harness/isolation/iam/policy.py", "import boto3"),
    ("Arrows point down only", "harness/isolation/audit.py", "import harness.cli"),
    ("Arrows point down only", "harness/heat/page.py", "import harness.plan"),
    ("Arrows point down only", "harness/capacity/units/sizes.py", "import harness.edge"),
    ("A system's domain knows no AWS and no HTTP", "systems/payments/src/payments/domain/__init__.py", "import boto3"),
    (
        "A system's domain knows no AWS and no HTTP",
        "systems/payments/src/payments/domain/__init__.py",
        "import payments.adapters",
    ),
    ("A system's domain knows no AWS and no HTTP", "systems/booking/src/booking/domain/__init__.py", "import boto3"),
    ("independent of each other", "systems/booking/src/booking/__init__.py", "import payments"),
    ("stands on knows no system", "systems/groundwork/python/groundwork/__init__.py", "import payments"),
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (root, *(root / source for source in SOURCES))))}
    command = [LINT_IMPORTS, "--no-cache", "--config", str(root / "pyproject.toml")]
    return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_layers_hold_in_this_tree() -> None:
    answer = lint_imports(ROOT)

    assert answer.returncode == 0, answer.stdout


@pytest.fixture(scope="module")
def broken_tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what is said of a tree in which every break was made; looking at each alone would take half a minute."""
    root = tmp_path_factory.mktemp("broken")
    for part in ("harness", "mock_gateway", *SOURCES):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for _, module, line in BREAKS:
        with (root / module).open("a") as file:
            file.write(f"\n{line}\n")
    answer = lint_imports(root)
    assert answer.returncode == 1
    # The details of each broken rule stand below its underlined name.
    return re.sub(r"\s+", " ", answer.stdout.partition("Broken contracts")[2].replace("-" * 5, ""))


@pytest.mark.parametrize(("rule", "module", "line"), BREAKS, ids=[f"{module}-{line}" for _, module, line in BREAKS])
def test_rule_bites_when_a_module_breaks_it(rule: str, module: str, line: str, broken_tree: str) -> None:
    source = next((f"{one}/" for one in SOURCES if module.startswith(one)), "")
    importer = module.removeprefix(source).removesuffix(".py").removesuffix("/__init__")
    said = broken_tree.partition(rule)[2]

    assert f"{importer.replace('/', '.')} -> {line.removeprefix('import ')}" in said


def imported_roots(path: Path) -> set[str]:
    roots = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            roots.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            roots.add(node.module.partition(".")[0])
    return roots


@pytest.mark.parametrize("name", GROUND_FLOOR)
def test_ground_floor_stands_on_the_standard_library_alone(name: str) -> None:
    assert imported_roots(ROOT / "harness" / f"{name}.py") <= {"harness", *sys.stdlib_module_names}


@pytest.mark.parametrize("folder", ["scenarios", "loadtests", "benchmarks"])
def test_black_boxes_stay_closed_in_scenarios_and_loads(folder: str) -> None:
    opened = {
        path: imported_roots(path) & {"payments", "booking", "groundwork", "mock_gateway", "systems", "ministack"}
        for path in (ROOT / folder).rglob("*.py")
    }

    assert {str(path): roots for path, roots in opened.items() if roots} == {}


def test_scenarios_speak_in_domain_verbs() -> None:
    files = (ROOT / "scenarios").rglob("*.py")
    spoken = {str(path): imported_roots(path) & {"boto3", "time", "httpx"} for path in files}

    assert {path: roots for path, roots in spoken.items() if roots} == {}
