"""A set that was loaded in another week is refused, because what is there would stand beside it."""

from datetime import date, timedelta
from typing import Any

import pytest

from harness.errors import SettingInvalid
from harness.seeding.booking.again import check_sets
from harness.seeding.booking.model import Tenant
from harness.seeding.booking.sets import read_set, set_path
from tests.seeding.test_drawing import FIRST

TABLES = {"TenantsTable": "booking-Tenants"}
MONDAY = date(2026, 11, 23)


class Table:
    """What GetItem answers of the tenant's main item."""

    def __init__(self, tenant: Tenant | None) -> None:
        self._tenant = tenant

    def get_item(self, **asked: Any) -> dict[str, Any]:
        if self._tenant is None:
            return {}
        assert asked["Key"]["PK"] == {"S": f"TENANT#{self._tenant.tenant_id}"}
        return {"Item": {"createdAt": {"S": f"{self._tenant.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"}}}


def hairdresser(first: date) -> Tenant:
    return read_set(set_path("hairdresser"), first, 1)


def test_set_is_loaded_when_it_was_not_there() -> None:
    check_sets([hairdresser(FIRST)], FIRST, Table(None), TABLES)


@pytest.mark.parametrize("days", [0, 1, 6])
def test_set_is_loaded_again_when_week_one_is_the_same(days: int) -> None:
    before, now = MONDAY - timedelta(days=6), MONDAY - timedelta(days=6 - days)

    check_sets([hairdresser(now)], now, Table(hairdresser(before)), TABLES)


def test_set_is_refused_when_week_one_was_another() -> None:
    now = MONDAY + timedelta(days=1)

    with pytest.raises(SettingInvalid, match="set hairdresser is there from 2026-11-23"):
        check_sets([hairdresser(now)], now, Table(hairdresser(MONDAY)), TABLES)


def test_sets_are_refused_when_two_are_of_one_tenant() -> None:
    with pytest.raises(SettingInvalid, match="two sets are of one tenant: tnt_hairdresser"):
        check_sets([hairdresser(FIRST), hairdresser(FIRST)], FIRST, Table(None), TABLES)
