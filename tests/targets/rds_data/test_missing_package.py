"""Without psycopg the part says what to install; nobody else needs it."""

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["psycopg"] = None
from harness.errors import ToolMissing
try:
    import harness.targets.rds_data
except ToolMissing as missing:
    print(missing)
"""


def test_package_to_install_is_named_when_psycopg_is_missing() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)

    assert answer.stdout.startswith("ToolMissing: psycopg is not installed")
    assert "rehearsal[sql]" in answer.stdout
