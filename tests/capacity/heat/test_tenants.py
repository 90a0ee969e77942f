"""Tenants are read from the key as the setting says, or as the key's name suggests."""

from collections.abc import Mapping
from typing import Any

import pytest

from harness.capacity.charge import Place
from harness.capacity.heat import tenant_reader
from harness.capacity.shape import IndexShape, Key, TableShape
from harness.errors import SettingInvalid

SHAPE = TableShape("t", Key("PK", "SK"), indexes=(IndexShape("ByTenant", Key("TenantId", "PK")),))


def tenant(setting: Mapping[str, Any] | None, pk: str, sk: str = "s", resource: str = "") -> str | None:
    names = ("TenantId", "PK") if resource else ("PK", "SK")
    key = f"{names[0]}={pk}"
    read = tenant_reader(setting, SHAPE, resource)
    return None if read is None else read(Place(0, sk, key, f"{key},{names[1]}={sk}"))


@pytest.mark.parametrize(
    ("setting", "pk", "sk", "expected"),
    [
        ({"attribute": "PK"}, "acme", "s", "acme"),
        ({"attribute": "SK"}, "a,SK=b", "globex", "globex"),
        ({"prefix": "#"}, "acme#user-1", "s", "acme"),
        ({"prefix": "#", "part": 1}, "TENANT#acme#user-1", "s", "acme"),
        ({"prefix": "#"}, "no-tenant-here", "s", ""),
        ({"prefix": "#", "part": 1}, "TENANT#acme", "s", "acme"),
        ({"prefix": "#", "part": 2}, "TENANT#acme", "s", ""),
    ],
)
def test_tenant_is_read_as_the_setting_says(setting: Mapping[str, Any], pk: str, sk: str, expected: str) -> None:
    assert tenant(setting, pk, sk) == expected


def test_tenant_is_the_partition_key_when_its_name_says_so_and_nothing_is_set() -> None:
    assert tenant(None, "acme", resource="ByTenant") == "acme"
    assert tenant(None, "acme") is None


def test_index_tells_no_tenants_when_the_attribute_is_in_another_key() -> None:
    assert tenant({"attribute": "SK"}, "acme", resource="ByTenant") is None


@pytest.mark.parametrize(
    "setting",
    [{}, {"attribute": "Plan"}, {"attribute": "PK", "prefix": "#"}, {"prefix": ""}, {"prefix": "#", "part": -1}],
)
def test_setting_is_refused_when_nothing_can_be_read_by_it(setting: Mapping[str, Any]) -> None:
    with pytest.raises(SettingInvalid):
        tenant_reader(setting, SHAPE, "")
