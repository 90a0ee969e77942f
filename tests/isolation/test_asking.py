"""What is sent: documents are read, requests put together, ways made, and paths go out as they are."""

import random
from typing import Any

import httpx
import pytest

from harness.errors import SettingInvalid
from harness.isolation.absent import look_alike
from harness.isolation.composing import Added, Composer
from harness.isolation.document import operations_of, read_document
from harness.isolation.exchange import Request
from harness.isolation.sending import HttpSender
from harness.isolation.subject import Recipe, System, Tenant
from harness.isolation.ways import WAYS, Siege

DOCUMENT: dict[str, Any] = {
    "security": [{"key": []}],
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "required": ["title", "kind", "tags", "size"],
                "properties": {
                    "title": {"type": "string", "examples": ["shopping"]},
                    "kind": {"enum": ["plain", "rich"]},
                    "tags": {"type": "array"},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                    "never": {"type": "string"},
                },
            }
        }
    },
    "paths": {
        "/notes/{noteId}": {
            "parameters": [{"name": "noteId", "in": "path", "required": True}],
            "get": {"parameters": [{"name": "word", "in": "query", "required": True}]},
            "put": {
                "security": [{"key": ["manage"]}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}},
            },
        },
        "/health": {"get": {"security": []}},
    },
}
READ, WRITE, HEALTH = operations_of(DOCUMENT)


class StillClock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    def monotonic_s(self) -> float:
        return sum(self.slept_s)


def test_document_is_read_with_parameters_bodies_and_whom_routes_are_for() -> None:
    assert [one.route for one in (READ, WRITE, HEALTH)] == ["GET /notes/{noteId}", "PUT /notes/{noteId}", "GET /health"]
    assert (READ.names("path"), READ.names("query")) == (("noteId",), ("word",))
    assert WRITE.body == {"title": "shopping", "kind": "plain", "tags": [], "size": 1}
    assert (READ.public, WRITE.scopes, HEALTH.public) == (False, frozenset({"manage"}), True)


def test_document_is_refused_when_it_is_none(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_text("just: words")

    with pytest.raises(SettingInvalid, match="has no paths"):
        read_document(tmp_path / "a.yaml")
    with pytest.raises(SettingInvalid, match="can't be read"):
        read_document(tmp_path / "none.yaml")


def test_request_is_encoded_and_what_is_added_comes_last() -> None:
    recipes = {"PUT /notes/{noteId}": Recipe({"w": "{word}"}, {"title": "{word}", "of": ["{noteId}"]})}
    composer = Composer(System("notes", (READ, WRITE), recipes))
    values = {"noteId": "a/b#c", "word": "x y"}

    made = composer.request(WRITE, values, "k", added=Added.at("body", ("title", "other")))

    assert made.path == "/notes/a%2Fb%23c"
    assert made.query == (("w", "x y"),)
    assert made.body == '{"title": "x y", "of": ["a/b#c"], "title": "other"}'
    assert composer.request(READ, values, "").headers == ()


def test_request_is_refused_when_a_value_is_missing() -> None:
    with pytest.raises(SettingInvalid, match="needs a value for noteId"):
        Composer(System("notes", (READ,))).request(READ, {"word": "x"}, "k")


def test_absent_values_look_like_those_that_exist_and_never_are() -> None:
    drawn = random.Random(1)  # noqa: S311 - nothing secret is drawn
    made = {look_alike("srv_abc123", drawn) for _ in range(50)}

    assert all(one.startswith("srv_") and len(one) == 10 and one[4:7].isalpha() and one[7:].isdigit() for one in made)
    assert "srv_abc123" not in made


def tenant(one: str) -> Tenant:
    return Tenant(
        f"t-{one}",
        f"nk_{one}_secretof{one}",
        {"noteId": f"note-{one * 4}", "word": one * 5},
        keys={"revoked": f"nk_r{one}_gone", "narrow": f"nk_w{one}_small"},
        origins=("https://a.example",),
    )


def test_each_way_asks_about_the_victim_and_about_nothing() -> None:
    attacker, victim = tenant("a"), tenant("b")
    system = System("notes", (READ, WRITE), narrow_routes=frozenset({WRITE.route}))
    absent = {"noteId": "note-none", "word": "nnnnn", "tenantId": "t-none"}
    siege = Siege(system, attacker, victim, absent, {READ.route: "c1"})

    made = {way.name: [*way.make(siege, READ), *way.make(siege, WRITE)] for way in WAYS}

    assert [name for name, probes in made.items() if not probes] == ["suspended tenant", "id in body"]
    for name in ("id in path", "injected id", "tenant in query"):
        for probe in made[name]:
            assert probe.reference is not None
            assert "note-none" in probe.reference.path or "*" in probe.reference.path or "%2A" in probe.reference.path
            assert ("x-api-key", attacker.key) in probe.attack.headers
    assert all(probe.must_be_refused for name in ("no key", "forged key", "revoked key") for probe in made[name])
    assert all(victim.key not in dict(probe.attack.headers).values() for probe in made["forged key"])


def test_path_arrives_as_it_was_sent() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, json={})

    with HttpSender.to("http://api.test/stage", httpx.MockTransport(answer)) as send:
        send(Request("GET", "/notes/..%2F..%2Fx%23y", (("a", "1"), ("a", "2"))))

    assert seen == [b"/stage/notes/..%2F..%2Fx%23y?a=1&a=2"]


def test_busy_system_is_asked_again_and_a_lost_answer_is_none() -> None:
    statuses = iter([429, 200])
    clock = StillClock()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/lost":
            raise httpx.ReadError("gone")
        return httpx.Response(next(statuses), headers={"retry-after": "2"})

    with httpx.Client(base_url="http://api.test", transport=httpx.MockTransport(answer)) as client:
        send = HttpSender(client, clock)  # type: ignore[arg-type]
        first, lost = send(Request("GET", "/busy")), send(Request("GET", "/lost"))

    assert (first.answer.status, clock.slept_s) == (200, [2.0])
    assert (lost.answer.status, lost.answer.body) == (0, "ReadError: gone")
