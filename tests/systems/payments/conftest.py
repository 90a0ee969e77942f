"""The payments system's package is deployed from its own `src/`, so it is found there and nowhere else."""

import os
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[3] / "systems" / "payments" / "src"
if str(SOURCES) not in sys.path:
    sys.path.insert(0, str(SOURCES))

# What AWS Lambda's environment has and a test run has not.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "payments-tests")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
