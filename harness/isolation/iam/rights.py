"""What roles may do with tables: the own tenant's partitions, another's, and whole tables.

Every role is asked, in the evaluator, for every operation on every table and index under the session of one tenant:
with a partition of others, and with none (a Scan). What a role that takes no tag is allowed with another tenant's key
it is allowed with everybody's.
Source: Service authorization reference, "Actions, resources, and condition keys for Amazon DynamoDB"; the keys that
`dynamodb:LeadingKeys` holds are those of the partitions that the request names, of the index where it names one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from harness.isolation.audit import ends_with
from harness.isolation.iam.deciding import ALLOWED, UNKNOWN, Asked, Decision, decide
from harness.isolation.iam.policy import Policy
from harness.isolation.subject import Excuse, TableLayout
from harness.isolation.table_calls import Named, TableCall

READ_ACTIONS = ("GetItem", "BatchGetItem", "Query", "PartiQLSelect")
WRITE_ACTIONS = (
    *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"),
    *("PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
)
INDEX_ACTIONS = ("Query", "PartiQLSelect")
# Of the others, one is told from the tenant's own by its end alone.
OWN, OTHERS = "tenant-own", ("tenant-other", "tenant-own2")
LEADING_KEYS = "dynamodb:leadingkeys"
# What an item of a transaction may be asked as: its record tells the partition, not the kind.
_IN_TRANSACTION = {
    "item": ("PutItem",),
    "key": ("UpdateItem", "DeleteItem", "ConditionCheckItem", "GetItem"),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the stack. `functions` run under it; `unread` are policies that nobody could read."""

    name: str
    policies: tuple[Policy, ...]
    functions: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Right:
    """Something that a role may do, or may not: told in words by `str`."""

    role: Role
    action: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"role {self.role.name} {self.what}: {self.action} on {self.place}"


@dataclass(frozen=True)
class RolesAudit:
    """What was found. `wide` rights are too much, `short` calls were made and not allowed, `undecided` nobody knows."""

    roles: tuple[Role, ...] = ()
    wide: tuple[Right, ...] = ()
    excused: Mapping[str, int] = field(default_factory=dict)
    short: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    calls_checked: int = 0
    tenantless: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether a role may reach what it must not."""
        return bool(self.wide or self.short)

    @property
    def vacuous(self) -> bool:
        """Whether there was no role with rights on a table to look at."""
        return not any(role.policies for role in self.roles)

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON-ready values."""
        return {
            "roles": [one.name for one in self.roles],
            "wide": [str(one) for one in self.wide],
            "excused": dict(self.excused),
            "short": list(self.short),
            "undecided": list(self.undecided),
            "keys_without_tenant": list(self.tenantless),
            "calls_checked": self.calls_checked,
        }


@dataclass(frozen=True)
class Account:
    """Where the tables are, and the tag that a tenant's session carries."""

    account_id: str
    region: str
    tag: str = "TenantId"

    def arn(self, table: str, index: str = "") -> str:
        """Return the ARN of a table or of its index."""
        place = f"table/{table}/index/{index}" if index else f"table/{table}"
        return f"arn:aws:dynamodb:{self.region}:{self.account_id}:{place}"

    def asked(self, action: str, named: Named, tenant: str, keys: Iterable[str]) -> Asked:
        """Return the request for an action on a partition as IAM sees it, under a tenant's session ("" none)."""
        context: dict[str, tuple[str, ...]] = {}
        if tenant:
            context[f"aws:principaltag/{self.tag}".lower()] = (tenant,)
        if keys := tuple(keys):
            context[LEADING_KEYS] = keys
        return Asked(f"dynamodb:{action}", self.arn(named.table, named.index), context)


def audit_roles(
    roles: Sequence[Role],
    calls: Iterable[TableCall],
    layouts: Sequence[TableLayout],
    excuses: Sequence[Excuse],
    account: Account,
) -> RolesAudit:
    """Look at every role's rights, and whether the calls that were made are allowed to those who made them."""
    wide: list[Right] = []
    excused: dict[str, int] = {}
    undecided: dict[str, None] = {}
    for role in roles:
        for right, decision in _other_rights(role, layouts, account):
            if decision.what == UNKNOWN:
                undecided[decision.why] = None
            elif (reason := _reason(right, excuses)) is not None:
                excused[f"{role.name}: {reason}"] = excused.get(f"{role.name}: {reason}", 0) + 1
            else:
                wide.append(right)
        for policy in role.unread:
            undecided[f"role {role.name}: policy {policy} can't be read"] = None
    checked, short, unknown = _calls_allowed(roles, calls, account)
    return RolesAudit(
        tuple(roles), tuple(wide), excused, tuple(short), (*undecided, *unknown), checked, _tenantless(layouts)
    )


def _other_rights(role: Role, layouts: Sequence[TableLayout], account: Account) -> Iterator[tuple[Right, Decision]]:
    """Give what a role may do to partitions of another tenant, and to whole tables."""
    for layout in layouts:
        for index, patterns in layout.keys.items():
            actions = INDEX_ACTIONS if index else (*READ_ACTIONS, *WRITE_ACTIONS)
            named = Named(layout.name, index, "")
            for pattern in patterns:
                if "{tenant}" not in pattern:
                    continue  # such a key names no tenant: told apart
                keys = [pattern.replace("{tenant}", other).replace("*", "x") for other in OTHERS]
                for action in actions:
                    asked = (account.asked(action, named, OWN, (key,)) for key in keys)
                    decisions = (decide(role.policies, one) for one in asked)
                    if decision := next((one for one in decisions if one.what in (ALLOWED, UNKNOWN)), None):
                        yield Right(role, action, f"{named.place} {pattern}", "may reach another tenant's"), decision
            decision = decide(role.policies, account.asked("Scan", named, OWN, ()))
            if decision.what in (ALLOWED, UNKNOWN):
                yield Right(role, "Scan", named.place, "may read all tenants'"), decision


def _reason(right: Right, excuses: Sequence[Excuse]) -> str | None:
    table, _, index = right.place.partition(" ")[0].partition("/")
    for excuse in excuses:
        by = right.role.functions or (right.role.name,)
        of_caller = any(ends_with(name, excuse.caller) for name in by)
        of_place = ends_with(table, excuse.table) and fnmatchcase(index, excuse.index)
        if of_caller and of_place and fnmatchcase(right.action, excuse.operation):
            return excuse.reason
    return None


def _calls_allowed(
    roles: Sequence[Role], calls: Iterable[TableCall], account: Account
) -> tuple[int, list[str], list[str]]:
    """Ask the evaluator for every call that AWS's own would have been asked for."""
    by_name = {role.name: role for role in roles}
    by_function = {function: role for role in roles for function in role.functions}
    checked, short, unknown = 0, dict[str, None](), dict[str, None]()
    for call in calls:
        role = by_name.get(call.role) if call.role else by_function.get(call.caller)
        if role is None:
            unknown[f"nobody knows the role of {call.role or call.caller}"] = None
            continue
        checked += 1
        tenant = call.tags.get(account.tag, "")
        for named in call.named:
            if named.index and named.by == "item":
                continue  # writing an item needs no right on the indexes that it comes into
            decisions = [
                decide(role.policies, account.asked(action, named, tenant, _keys(call, named)))
                for action in _actions(call, named)
            ]
            if undecided := [one.why for one in decisions if one.what == UNKNOWN]:
                unknown[undecided[0]] = None
            elif not any(one.allows for one in decisions) and not call.denied:
                what = f"{call.operation} on {named.place}"
                short[f"{what} is not allowed to {role.name}, and {call.caller} made it"] = None
    return checked, list(short), list(unknown)


def _keys(call: TableCall, named: Named) -> tuple[str, ...]:
    return tuple(one.key for one in call.named if one.place == named.place and one.key)


def _actions(call: TableCall, named: Named) -> tuple[str, ...]:
    if call.operation in ("TransactWriteItems", "TransactGetItems"):
        return ("GetItem",) if call.operation == "TransactGetItems" else _IN_TRANSACTION.get(named.by, WRITE_ACTIONS)
    if call.operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        return ("PartiQLInsert",) if named.by == "item" else ("PartiQLSelect", "PartiQLUpdate", "PartiQLDelete")
    return (call.operation,)


def _tenantless(layouts: Sequence[TableLayout]) -> tuple[str, ...]:
    return tuple(
        f"{layout.name}/{index} {pattern}" if index else f"{layout.name} {pattern}"
        for layout in layouts
        for index, patterns in layout.keys.items()
        for pattern in patterns
        if "{tenant}" not in pattern
    )
