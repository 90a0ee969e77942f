"""The audit of the record: every DynamoDB call that a function made for a tenant names that tenant's partitions only.

Who a call was made for is told by the session it was made under (its tag), and by the HTTP request that led to it (its
trace); where both speak they have to agree. A call that names another tenant's partition, or reads a table whole, is a
finding whatever came of it. Calls that can name no tenant (the look-up of an API key) have to be excused by name, each
with a reason; an excuse that nothing needed is told too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from harness.isolation.subject import Excuse, TableLayout
from harness.isolation.table_calls import Named, TableCall

SCANNED, TENANTLESS, FOREIGN, UNTAGGED, UNKNOWN_TABLE, TORN, INCOMPLETE = (
    "reads a table whole",
    "asks for a key that names no tenant",
    "names a partition that is not the tenant's",
    "has no tenant's session",
    "is about a table whose keys nobody told",
    "was made under one tenant's session for another tenant's request",
    "names more than the record holds",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A call that should not have been made, and what is wrong with it."""

    what: str
    call: TableCall
    tenant: str
    named: Named | None = None

    def __str__(self) -> str:
        about = f": {self.named.place} {self.named.key or '(no key)'}" if self.named else ""
        return f"{self.call.told()} {self.what}{about}; it was made for {self.tenant or 'no tenant'}"


@dataclass(frozen=True)
class RecordAudit:
    """What was found. `checked` counts calls by tenant's session, `excused` calls by excuse."""

    findings: tuple[Finding, ...]
    checked: int
    excused: Mapping[str, int] = field(default_factory=dict)
    unneeded: tuple[str, ...] = ()
    denied: int = 0

    @property
    def vacuous(self) -> bool:
        """Whether no call was made that could have been wrong."""
        return self.checked == 0

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return {
            "checked": self.checked,
            "denied": self.denied,
            "findings": [str(one) for one in self.findings],
            "excused": dict(self.excused),
            "unneeded_excuses": list(self.unneeded),
        }


@dataclass(frozen=True)
class Layouts:
    """How tables' partition keys name their tenant, ready to be asked."""

    tables: Sequence[TableLayout]

    def known(self, table: str) -> bool:
        """Tell whether a table is one of these."""
        return any(one.name == table for one in self.tables)

    def belongs(self, named: Named, tenant: str) -> bool:
        """Tell whether a partition is this tenant's."""
        return any(_fits(pattern, named.key, tenant) for pattern in self._patterns(named) if "{tenant}" in pattern)

    def tenantless(self, named: Named) -> bool:
        """Tell whether a partition's key is of a form that names no tenant."""
        return any(_fits(pattern, named.key, "") for pattern in self._patterns(named) if "{tenant}" not in pattern)

    def _patterns(self, named: Named) -> Iterator[str]:
        for one in self.tables:
            if one.name == named.table:
                yield from one.keys.get(named.index, ())


def audit_record(
    calls: Iterable[TableCall],
    layouts: Layouts,
    excuses: Sequence[Excuse],
    *,
    tenant_by_trace: Mapping[str, str] | None = None,
    tag: str = "TenantId",
) -> RecordAudit:
    """Look at every call. `tenant_by_trace` tells whose key each HTTP request was sent under ("" nobody's)."""
    found: list[Finding] = []
    counts: Counter[str] = Counter()
    checked = denied = 0
    for call in calls:
        denied += call.denied
        excuse = _excuse_for(call, excuses)
        tagged = call.tags.get(tag, "")
        asked = (tenant_by_trace or {}).get(call.trace, "")
        if excuse is not None and not tagged:
            counts[_told(excuse)] += 1
            continue
        checked += 1
        found.extend(_findings(call, layouts, tagged, asked))
    unneeded = tuple(_told(one) for one in excuses if not counts[_told(one)])
    return RecordAudit(tuple(found), checked, dict(counts), unneeded, denied)


def _findings(call: TableCall, layouts: Layouts, tagged: str, asked: str) -> Iterator[Finding]:
    tenant = tagged or asked
    if not tagged:
        yield Finding(UNTAGGED, call, tenant)
    elif asked and asked != tagged:
        yield Finding(TORN, call, asked)
    if call.incomplete:
        yield Finding(INCOMPLETE, call, tenant)
    for named in call.named:
        if not named.key:
            yield Finding(SCANNED, call, tenant, named)
        elif not layouts.known(named.table):
            yield Finding(UNKNOWN_TABLE, call, tenant, named)
        elif layouts.tenantless(named):
            # An item that is written carries such a key; to ask by it is to ask for everybody's.
            if named.by != "item":
                yield Finding(TENANTLESS, call, tenant, named)
        elif tenant and not layouts.belongs(named, tenant):
            yield Finding(FOREIGN, call, tenant, named)


def _excuse_for(call: TableCall, excuses: Sequence[Excuse]) -> Excuse | None:
    """Return the excuse that covers all that a call names, None when none does."""
    fitting = (
        one for one in excuses if ends_with(call.caller, one.caller) and fnmatchcase(call.operation, one.operation)
    )
    covering = (
        one
        for one in fitting
        if call.named
        and all(
            named.key and ends_with(named.table, one.table) and fnmatchcase(named.index, one.index)
            for named in call.named
        )
    )
    return next(covering, None)


def ends_with(name: str, end: str) -> bool:
    """Tell whether a physical name is, or ends after a dash in, another; `*` fits any."""
    return end in ("*", name) or name.endswith(f"-{end}")


def _told(excuse: Excuse) -> str:
    place = excuse.table if excuse.index == "*" else f"{excuse.table}/{excuse.index}"
    by = "" if excuse.caller == "*" else f" by {excuse.caller}"
    return f"{excuse.operation} on {place}{by}: {excuse.reason}".replace("* on", "any call on", 1)


def _fits(pattern: str, key: str, tenant: str) -> bool:
    escaped = re.escape(pattern).replace(re.escape("{tenant}"), re.escape(tenant)).replace(r"\*", ".*")
    return re.fullmatch(escaped, key, re.DOTALL) is not None
