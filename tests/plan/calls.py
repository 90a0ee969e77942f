"""Recorded calls for tests, as an environment's calls.jsonl holds them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def call(service: str, operation: str, *, at_s: float = 0.0, trace: str = "1-a", **more: Any) -> dict[str, Any]:
    """Return one recorded call."""
    stamp = f"2026-01-05T10:{int(at_s) // 60:02}:{at_s % 60:06.3f}+00:00"
    told = {"service": service, "operation": operation, "started_at": stamp, "trace": trace, "caller": ""}
    told |= {"resource": "", "key": "", "method": "POST", "path": "/", "bytes_in": 100, "bytes_out": 100}
    return told | {"read_units": None, "write_units": None} | more


def written(folder: Path, calls: Iterable[Mapping[str, Any]]) -> Path:
    """Write calls as a trace and return where."""
    file = folder / "calls.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in calls), encoding="utf-8")
    return file


def api(path: str, *, method: str = "POST", at_s: float = 0.0, trace: str = "1-a") -> dict[str, Any]:
    """Return a recorded call of a deployed API."""
    whole = f"/restapis/abc/v1/_user_request_{path}"
    return call("execute-api", "", at_s=at_s, trace=trace, method=method, path=whole)
