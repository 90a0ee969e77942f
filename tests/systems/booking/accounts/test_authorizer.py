"""Who is let in, and that a refusal tells nothing: not in its answer, not in its log, not by its cost."""

from collections.abc import Iterator
from dataclasses import replace

import bcrypt
import pytest
from booking.adapters.key_hashes import KeyHashes
from booking.adapters.key_index import Candidate, KnownKeys
from booking.adapters.tenant_items import api_key_from
from booking.domain.api_keys import ApiKey, Scope, new_key_text, public_part
from booking.domain.errors import StoreUnavailable
from groundwork.instants import moment_of

from tests.systems.booking.world import NAMES, Tenant, World, world


@pytest.fixture(scope="module", name="town")
def _town() -> Iterator[World]:
    with world() as made:
        yield made


def key_item(town: World, tenant: Tenant) -> dict[str, object]:
    return town.item(NAMES.api_keys, {"PK": f"TENANT#{tenant.tenant_id}", "SK": f"APIKEY#{tenant.api_key_id}"})


def test_nobody_is_let_in_when_the_secret_differs_in_one_character(town: World) -> None:
    key = town.tenant().key
    other = key[:-1] + ("a" if key[-1] != "a" else "b")

    assert town.authorized(other) == {"isAuthorized": False}


def test_nobody_is_let_in_when_the_key_was_never_made(town: World) -> None:
    assert town.authorized(new_key_text()) == {"isAuthorized": False}


@pytest.mark.parametrize(
    "text", ["", "bk_", "bk_aaaaaaaa", "bk_aaaaaaaa_" + "x" * 31, "x" * 5_000, "bk_aaaaaaa#_" + "x" * 40]
)
def test_no_table_is_asked_when_a_key_is_malformed(town: World, text: str) -> None:
    blind = replace(town.authorizer, index=None)  # type: ignore[arg-type]  # would fail if it were asked
    town_without_tables = replace_authorizer(town, blind)

    assert town_without_tables.authorized(text) == {"isAuthorized": False}


def test_time_of_a_check_is_spent_when_a_key_is_unknown(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, checked = town.tenant(), list[bytes]()
    wrong = tenant.key[:-3] + ("aaa" if tenant.key[-3:] != "aaa" else "bbb")
    real = bcrypt.checkpw

    def watched(password: bytes, hashed: bytes) -> bool:
        checked.append(hashed[:7])
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", watched)
    town.authorized(new_key_text())
    town.authorized(wrong)

    assert checked == [b"$2b$04$", b"$2b$04$"]


def test_hash_is_paid_once_when_a_key_comes_again(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = town.tenant().key
    town.authorized(key)
    monkeypatch.setattr(bcrypt, "checkpw", None)  # would fail if it were called

    assert town.authorized(key)["isAuthorized"]


def test_index_is_asked_once_when_a_key_comes_again(town: World) -> None:
    tenant = town.tenant()
    town.authorized(tenant.key)
    blind = replace(town.authorizer, index=None)  # type: ignore[arg-type]  # would fail if it were asked

    assert replace_authorizer(town, blind).authorized(tenant.key)["isAuthorized"]


@pytest.mark.parametrize("change", [{"status": "REVOKED"}, {"apiKeyHash": "another"}])
def test_key_that_was_let_in_is_refused_when_it_changes(town: World, change: dict[str, str]) -> None:
    tenant = town.tenant()
    assert town.authorized(tenant.key)["isAuthorized"]
    town.put(NAMES.api_keys, key_item(town, tenant) | change)

    assert [town.authorized(tenant.key) for _ in range(2)] == [{"isAuthorized": False}] * 2


def test_known_key_is_looked_for_again_when_its_hash_was_made_anew(town: World) -> None:
    tenant = town.tenant()
    town.authorized(tenant.key)
    town.put(NAMES.api_keys, key_item(town, tenant) | {"apiKeyHash": town.hashes.hash(tenant.key)})

    assert town.authorized(tenant.key)["isAuthorized"]


def test_key_that_was_let_in_is_refused_when_it_is_gone(town: World) -> None:
    tenant = town.tenant()
    town.authorized(tenant.key)
    deps = replace(town.authorizer, rows_of=lambda _: Gone())  # type: ignore[arg-type,return-value]

    assert replace_authorizer(town, deps).authorized(tenant.key) == {"isAuthorized": False}


def test_nobody_is_let_in_when_the_tenant_is_suspended(town: World) -> None:
    tenant = town.tenant()
    key = {"PK": f"TENANT#{tenant.tenant_id}", "SK": "META#TENANT"}
    town.put(NAMES.tenants, town.item(NAMES.tenants, key) | {"status": "SUSPENDED"})

    assert town.authorized(tenant.key) == {"isAuthorized": False}


def test_nobody_is_let_in_when_the_key_is_gone_and_its_index_is_behind(town: World) -> None:
    tenant = town.tenant()
    deps = replace(town.authorizer, rows_of=lambda _: Gone())  # type: ignore[arg-type,return-value]

    assert replace_authorizer(town, deps).authorized(tenant.key) == {"isAuthorized": False}


@pytest.mark.parametrize(
    ("scopes", "origins", "origin", "admitted"),
    [
        ((Scope.WIDGET,), ("*",), None, True),
        ((Scope.WIDGET,), ("*",), "https://any.example", True),
        ((Scope.WIDGET,), ("https://shop.example",), "https://shop.example", True),
        ((Scope.WIDGET,), ("https://shop.example",), "https://evil.example", False),
        ((Scope.WIDGET,), ("https://shop.example",), "https://shop.example.evil.example", False),
        ((Scope.WIDGET,), ("https://shop.example",), "null", False),
        ((Scope.WIDGET,), ("https://shop.example",), None, False),
        ((Scope.MANAGE,), ("https://shop.example",), None, True),
        ((Scope.MANAGE,), ("https://shop.example",), "https://evil.example", False),
        ((Scope.WIDGET,), (), None, False),
    ],
)
def test_origin_decides_when_a_key_is_for_browsers(
    scopes: tuple[Scope, ...], origins: tuple[str, ...], origin: str | None, admitted: bool
) -> None:
    key = ApiKey("key_1", "bk_aaaaaaaa", "hash", scopes, origins)

    assert key.admits(origin) is admitted


def test_use_is_noted_once_a_minute_when_a_key_is_used(town: World) -> None:
    tenant = town.tenant()
    noted = []
    for pause_s in (0, 30, 31):
        town.clock.passes(seconds=pause_s)
        town.authorized(tenant.key)
        noted.append(moment_of(str(key_item(town, tenant)["lastUsedAt"])))

    assert noted[0] == noted[1] < noted[2] == town.clock.now


def test_caller_is_let_in_when_the_use_can_not_be_noted(town: World) -> None:
    tenant = town.tenant()
    deps = replace(town.authorizer, rows_of=lambda tenant_id: ReadOnly(town, tenant_id))  # type: ignore[arg-type,return-value]

    assert replace_authorizer(town, deps).authorized(tenant.key)["isAuthorized"]


def test_nobody_is_judged_when_the_tables_do_not_answer(town: World) -> None:
    tenant = town.tenant()
    deps = replace(town.authorizer, rows_of=lambda _: Busy())  # type: ignore[arg-type,return-value]

    with pytest.raises(StoreUnavailable):
        replace_authorizer(town, deps).authorized(tenant.key)


def test_log_holds_no_key_when_one_is_refused(town: World, caplog: pytest.LogCaptureFixture) -> None:
    tenant = town.tenant()
    secret = tenant.key[12:]
    wrong = tenant.key[:-1] + ("a" if tenant.key[-1] != "a" else "b")
    caplog.clear()

    town.authorized(wrong)

    told = vars(caplog.records[-1])
    assert told["reason"] == "wrong secret"
    assert secret[:-1] not in str([vars(record) for record in caplog.records])


def test_keys_used_least_recently_are_dropped_when_many_are_known() -> None:
    known, candidate = KnownKeys(), Candidate("t", "k", "h")
    for number in range(1_025):
        known.remember(f"key {number}", candidate)
        known.of("key 0")

    assert known.of("key 0") == candidate
    assert known.of("key 1") is None


def test_hash_matches_nothing_when_it_is_none() -> None:
    assert not KeyHashes(4).matches("bk_aaaaaaaa_secret", "not a hash")


def test_public_part_is_found_by_when_a_key_is_made() -> None:
    text = new_key_text()

    assert public_part(text) == text[:11]
    assert len(text) <= 72  # all that bcrypt sees


def test_scope_that_is_unknown_gives_nothing_when_an_item_has_it(town: World) -> None:
    item = key_item(town, town.tenant()) | {"scopes": ["manage", "root"]}

    assert api_key_from(item).scopes == (Scope.MANAGE,)


class Gone:
    """Tables that have nothing any more."""

    def get_each(self, wanted: list[object], _deadline: object) -> list[None]:
        return [None] * len(wanted)


class Busy:
    """Tables that do not answer."""

    def get_each(self, _wanted: list[object], _deadline: object) -> list[None]:
        raise StoreUnavailable("busy")


class ReadOnly:
    """Tables that can be read only."""

    def __init__(self, town: World, tenant_id: str) -> None:
        self.get_each = town.rows(tenant_id).get_each

    def update(self, _request: object) -> None:
        raise StoreUnavailable("busy")


def replace_authorizer(town: World, deps: object) -> World:
    other = World(town.client, town.clock, town.hashes)
    other.authorizer = deps  # type: ignore[assignment]
    return other
