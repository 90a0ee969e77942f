"""Busy ports are named with the process that holds them."""

import os
import socket
from dataclasses import replace

import pytest

from harness.errors import PortBusy
from harness.targets.ports import LOOPBACK, free_ports, is_listening, require_free


def test_busy_port_names_part_process_and_way_out_when_taken() -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        port = holder.getsockname()[1]
        free = free_ports()

        with pytest.raises(PortBusy) as refusal:
            require_free(replace(free, apis={**free.apis, "payments": port}))

    assert f"port {port} (payments API)" in str(refusal.value)
    assert f"pid {os.getpid()}" in str(refusal.value)
    assert "--instance" in str(refusal.value)


def test_ports_differ_and_are_silent_when_chosen() -> None:
    ports = free_ports()

    numbers = [number for _, number in ports.named()]
    assert len(set(numbers)) == len(numbers) == 4
    assert not is_listening(ports.aws)
    require_free(ports)
