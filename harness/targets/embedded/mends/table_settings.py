"""Mend: CloudFormation heeds a table's TimeToLiveSpecification, PointInTimeRecoverySpecification and a taken name.

Wrong: the engine's CloudFormation ignores both, at creation and at updates: a table that its template protects is not.
And a template that names a table which is there already puts an empty one in its place.
AWS (documented, "AWS::DynamoDB::Table"): both are properties that update without interruption; a name that is taken
fails the resource (assumed: the words are those of the handlers' AlreadyExists).
Mended: after the table is made or updated, the settings go to where UpdateTimeToLive and UpdateContinuousBackups put
them. Left out: RecoveryPeriodInDays, which the engine does not keep, and global tables.
"""

from typing import Any

from harness.targets.embedded.mends.symbols import CLOUDFORMATION, DYNAMODB, Function, Mend, Symbol

CREATE = Symbol(CLOUDFORMATION, "_ddb_create", "277586e016c693bd")
UPDATE = Symbol(CLOUDFORMATION, "_ddb_update", "0665980ffdd06491")
UPDATE_TTL = Symbol(DYNAMODB, "_update_ttl", "e8243a4fbbb8997d")
UPDATE_BACKUPS = Symbol(DYNAMODB, "_update_continuous_backups", "4d306deca0a21e52")

Properties = dict[str, Any]


def _heeding_at_creation(original: Function) -> Function:
    def create(logical_id: str, props: Properties, stack_name: str) -> Any:
        _refuse_existing(props.get("TableName"))
        name, attributes = original(logical_id, props, stack_name)
        _forget_predecessor(name)
        _set(name, {}, props)
        return name, attributes

    return create


def _heeding_at_updates(original: Function) -> Function:
    def update(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
    ) -> Any:
        name, attributes = original(physical_id, old, new, stack_name, logical_id)
        _set(name, old if name == physical_id else {}, new)
        return name, attributes

    return update


def _refuse_existing(table: str | None) -> None:
    if table is not None and table in UPDATE_TTL.module()._tables:
        raise ValueError(f"Resource of type 'AWS::DynamoDB::Table' with identifier '{table}' already exists.")


def _forget_predecessor(table: str) -> None:
    """Drop the settings of a table of the same name that CloudFormation has deleted: it leaves them."""
    engine = UPDATE_TTL.module()
    engine._ttl_settings.pop(table, None)
    engine._pitr_settings.pop(table, None)


def _set(table: str, old: Properties, new: Properties) -> None:
    engine = UPDATE_TTL.module()
    before, after = old.get("TimeToLiveSpecification") or {}, new.get("TimeToLiveSpecification") or {}
    if before != after:
        attribute = after.get("AttributeName") or before.get("AttributeName")
        specification = {"Enabled": _is_true(after.get("Enabled", False)), "AttributeName": attribute}
        _done(engine._update_ttl({"TableName": table, "TimeToLiveSpecification": specification}))
    protected, protects = _protected(old), _protected(new)
    if protected != protects:
        specification = {"PointInTimeRecoveryEnabled": protects}
        _done(
            engine._update_continuous_backups({"TableName": table, "PointInTimeRecoverySpecification": specification})
        )


def _protected(properties: Properties) -> bool:
    specification = properties.get("PointInTimeRecoverySpecification") or {}
    return _is_true(specification.get("PointInTimeRecoveryEnabled", False))


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _done(answer: Any) -> None:
    status, _, body = answer
    if status >= 400:
        raise ValueError(f"AWS::DynamoDB::Table settings failed: {body!r}")


def _apply() -> None:
    CREATE.wrap(_heeding_at_creation)
    UPDATE.wrap(_heeding_at_updates)
    handlers = CREATE.module()._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    handlers |= {"create": CREATE.function(), "update": UPDATE.function()}


MEND = Mend(
    name="table_settings",
    touches=(CREATE, UPDATE),
    relies_on=(UPDATE_TTL, UPDATE_BACKUPS),
    apply=_apply,
)
