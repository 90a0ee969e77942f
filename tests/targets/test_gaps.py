"""Services that the engine lacks come from moto, started with their first call and gone with the cloud."""

import asyncio
import importlib.util
import os
import signal
from pathlib import Path

import psutil
import pytest

from harness.errors import ToolMissing
from harness.ids import new_token
from harness.targets import open_environment
from harness.targets.embedded.gaps import MOTO_SERVICES, MotoServer, gaps_served_by
from harness.waiting import wait_until


def test_missing_package_is_named_when_a_gap_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ToolMissing, match=r"moto\[server\] is not installed"):
        asyncio.run(MotoServer(tmp_path / "moto.log").start())


def test_only_what_the_engine_lacks_is_a_gap(tmp_path: Path) -> None:
    gaps = gaps_served_by(MotoServer(tmp_path / "moto.log"), lambda names: tuple(set(names) - {"xray"}))

    assert set(gaps) == set(MOTO_SERVICES) - {"xray"}


@pytest.mark.slow
def test_service_answers_and_ends_with_the_cloud_when_that_is_killed() -> None:
    with open_environment(instance=f"gaps-{new_token(6)}") as environment:
        assert environment.client("ivs").list_channels()["channels"] == []
        cloud = psutil.Process(environment.pids["cloud"])
        (moto,) = [one for one in cloud.children() if "moto_process" in " ".join(one.cmdline())]

        os.kill(cloud.pid, signal.SIGKILL)

        wait_until("the end of moto", lambda: not moto.is_running(), within_s=10)
