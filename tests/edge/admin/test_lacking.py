"""What a target has no way to do is told as that (501), and what is behind it is part of its health (503)."""

from collections.abc import Mapping
from typing import Any

from harness.edge import Edge, EdgeOptions, assemble
from harness.edge.upstream import AsgiUpstream
from harness.errors import TargetLacks
from tests.edge.admin.edges import Target, ask, edge_of, engine

KILL_CALLER = {"kind": "kill_caller", "match": {"service": "dynamodb"}}


class Remote(Target):
    """A target whose functions run out of reach, and which has a server behind its edge."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: dict[str, str] = {}

    def kill_function(self, name: str) -> int:
        raise TargetLacks(f"{name} runs elsewhere")

    async def ailing(self) -> Mapping[str, str]:
        return self.problems


def remote_edge(**options: Any) -> tuple[Edge, Remote]:
    target = Remote()
    return assemble(AsgiUpstream(engine), target, EdgeOptions(**options), engine=engine), target


def test_kill_is_answered_as_lacking_when_functions_are_out_of_reach() -> None:
    edge, _ = remote_edge()

    answer = ask(edge, "POST", "/_rehearsal/functions/kill", json={"function": "adapter"})

    assert answer.status_code == 501
    assert answer.json() == {"error": {"code": "target_lacks", "message": "adapter runs elsewhere"}}


def test_fault_is_refused_as_lacking_when_the_target_can_not_have_it() -> None:
    edge, _ = remote_edge(lacking_faults={"kill_caller": "functions run elsewhere"})
    latency = {"kind": "latency", "delay_ms": 1}

    answer = ask(edge, "POST", "/_rehearsal/faults", json={"rules": [latency, KILL_CALLER]})

    assert answer.status_code == 501
    assert answer.json()["error"]["code"] == "target_lacks"
    assert ask(edge, "GET", "/_rehearsal/faults").json()["faults"] == []


def test_fault_is_set_when_the_target_has_it() -> None:
    edge, _ = edge_of()

    assert ask(edge, "POST", "/_rehearsal/faults", json=KILL_CALLER).status_code == 201


def test_repeat_of_records_is_answered_as_lacking_when_the_engine_feeds_functions() -> None:
    edge, _ = edge_of()

    answer = ask(edge, "POST", "/_rehearsal/streams/repeat", json={"table": "Wallets"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "target_lacks")


def test_health_names_the_part_when_a_server_behind_the_edge_does_not_answer() -> None:
    edge, target = remote_edge()
    well = ask(edge, "GET", "/_rehearsal/health")
    target.problems["dynamodb"] = "can't be reached"

    ill = ask(edge, "GET", "/_rehearsal/health")

    assert (well.status_code, well.json()["status"]) == (200, "ok")
    assert (ill.status_code, ill.json()["ailing"]) == (503, {"dynamodb": "can't be reached"})


def test_clock_tells_whether_functions_follow() -> None:
    follow, alone = edge_of()[0], edge_of(functions_follow=False)[0]

    assert ask(follow, "GET", "/_rehearsal/clock").json()["functions_follow"] is True
    assert ask(alone, "GET", "/_rehearsal/clock").json()["functions_follow"] is False
