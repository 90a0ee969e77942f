"""A try's verdict follows from its two answers; a golden pair passes, and each way of telling is caught."""

import json
from typing import Any

import pytest

from harness.isolation.document import Operation, Parameter
from harness.isolation.exchange import Answer, Exchange, Request, difference
from harness.isolation.judging import judge
from harness.isolation.subject import System, Tenant
from harness.isolation.ways import Probe, Siege

READ = Operation("GET", "/notes/{noteId}", (Parameter("noteId", "path", required=True),))
VICTIM = Tenant("tenant-b", "nk_b_secret", {"noteId": "note-bbbb"}, frozenset({"canary-b"}))
ATTACKER = Tenant("tenant-a", "nk_a_secret", {"noteId": "note-aaaa"})
SIEGE = Siege(System("notes", (READ,)), ATTACKER, VICTIM, {"noteId": "note-none", "tenantId": "tenant-n"})
MISSING = '{"message": "there is no note %s", "correlationId": "%s", "at": "2026-11-21T10:00:0%dZ"}'


def exchange(note: str, status: int = 404, body: str = "", method: str = "GET", **headers: str) -> Exchange:
    text = body or MISSING % (note, note[-1], len(note) % 10)
    return Exchange(
        Request(method, f"/notes/{note}"), Answer(status, {"content-type": "application/json", **headers}, text)
    )


def verdict(attack: Exchange, reference: Exchange | None, **probe: Any) -> str:
    made = Probe(READ.route, "id in path", "noteId", attack.request, reference.request if reference else None, **probe)
    return judge(SIEGE, made, attack, reference).verdict


def test_try_passes_when_both_are_refused_alike() -> None:
    assert verdict(exchange("note-bbbb"), exchange("note-none"), absence_told=True) == "pass"


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        (exchange("note-bbbb", 200, '{"text": "canary-b"}'), "leak"),
        (exchange("note-bbbb", 404, '{"message": "it is tenant-b\'s"}'), "leak"),
        (exchange("note-bbbb", 403), "hint"),
        (exchange("note-bbbb", 404, '{"message": "that note can\'t be seen"}'), "hint"),
        (exchange("note-bbbb", 404, **{"x-owner": "yes"}), "hint"),
        (exchange("note-bbbb", 404, location="/notes/other"), "hint"),
        (exchange("note-bbbb", 500), "error"),
        (exchange("note-bbbb", 0), "error"),
        (exchange("note-bbbb", 429), "error"),
    ],
)
def test_try_does_not_pass_when_the_answer_tells_more(attack: Exchange, expected: str) -> None:
    assert verdict(attack, exchange("note-none")) == expected


def test_try_is_vacuous_when_what_never_existed_is_refused_for_its_form() -> None:
    bad, worse = exchange("note-bbbb", 400), exchange("note-none", 400)

    assert verdict(bad, worse, absence_told=True) == "vacuous"
    assert verdict(bad, worse) == "pass"


def test_key_that_must_be_refused_leaks_when_it_is_served() -> None:
    assert verdict(exchange("note-bbbb", 200, "{}"), exchange("note-bbbb", 200, "{}"), must_be_refused=True) == "leak"


@pytest.mark.parametrize(("status", "expected"), [(401, "pass"), (403, "pass"), (404, "hint")])
def test_missing_key_is_refused_as_unauthorized_or_forbidden(status: int, expected: str) -> None:
    assert verdict(exchange("note-bbbb", status), None, must_be_refused=True) == expected


def test_write_passes_when_it_was_served_with_the_attackers_own() -> None:
    made, other = (exchange("note-bbbb", 201, json.dumps({"noteId": one}), "POST") for one in ("note-x", "note-y"))

    assert verdict(made, other) == "pass"


def test_ids_instants_and_ids_of_the_exchange_make_no_difference() -> None:
    names = {"note-bbbb": "noteId", "note-none": "noteId"}

    assert difference(exchange("note-bbbb"), exchange("note-none"), names) == ""
    assert difference(exchange("note-bbbb"), exchange("note-none"), {}).startswith("body ")


def test_identity_of_the_answers_owner_is_no_leak_when_its_own_key_was_refused() -> None:
    request = Request("GET", "/notes/note-bbbb", headers=(("authorization", VICTIM.key),))
    attack = Exchange(request, Answer(403, {}, '{"message": "tenant-b, use another header"}'))

    assert verdict(attack, None, must_be_refused=True) == "pass"
