"""Backups that are kept: what a table was like and held at one moment, in two files each.

A backup is a thing of its own: it outlives its table, its table's namesake, and the journal's oldest past.
The items are written first, so a backup that is described is whole; recovery finds all of them again.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from harness.edge.backups.blueprint import billing_mode
from harness.edge.call import Namespace
from harness.edge.journal.folder import Folder
from harness.edge.journal.lines import documents, framed
from harness.edge.journal.reading import Content

logger = logging.getLogger(__name__)

SYSTEM_KEPT_S = 35 * 86_400


@dataclass(slots=True)
class Backup:
    """One backup; `source` is the table's DescribeTable answer of its moment."""

    namespace: Namespace
    name: str
    system: bool
    at_s: float
    source: dict[str, Any]
    ttl: dict[str, Any] | None = None
    identifier: str = ""
    size_bytes: int = 0
    item_count: int = 0
    ready: bool = False
    restoring: str = ""  # the table that it is restored into now
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.identifier:
            self.identifier = f"{int(self.at_s * 1000):014d}-{'0' * 8 if self.system else secrets.token_hex(4)}"

    @property
    def table(self) -> str:
        """The name of the table that it is of."""
        return str(self.source["TableName"])

    @property
    def arn(self) -> str:
        """What clients name it by."""
        place = f"{self.namespace.region}:{self.namespace.account}"
        return f"arn:aws:dynamodb:{place}:table/{self.table}/backup/{self.identifier}"

    @property
    def expires_at_s(self) -> float | None:
        """When it goes by itself; None: never."""
        return self.at_s + SYSTEM_KEPT_S if self.system else None

    def details(self, status: str = "") -> dict[str, Any]:
        """Return BackupDetails."""
        expiry = {"BackupExpiryDateTime": self.expires_at_s} if self.system else {}
        return {
            "BackupArn": self.arn,
            "BackupName": self.name,
            "BackupSizeBytes": self.size_bytes,
            "BackupStatus": status or ("AVAILABLE" if self.ready else "CREATING"),
            "BackupType": "SYSTEM" if self.system else "USER",
            "BackupCreationDateTime": round(self.at_s, 3),
            **expiry,
        }

    def summary(self) -> dict[str, Any]:
        """Return BackupSummary."""
        kept = {"TableName": self.table, "TableId": self.source.get("TableId"), "TableArn": self.source["TableArn"]}
        return {**kept, **self.details()}

    def describe(self, status: str = "") -> dict[str, Any]:
        """Return BackupDescription; a system backup tells of no features (observed on AWS, October 2026)."""
        return {
            "BackupDetails": self.details(status),
            "SourceTableDetails": self._table_details(),
            "SourceTableFeatureDetails": {} if self.system else self._features(),
        }

    def _table_details(self) -> dict[str, Any]:
        units = self.source.get("ProvisionedThroughput") or {}
        on_demand = self.source.get("OnDemandThroughput")
        return {
            "TableName": self.table,
            "TableId": self.source.get("TableId", ""),
            "TableArn": self.source["TableArn"],
            "TableSizeBytes": self.size_bytes,
            "KeySchema": self.source["KeySchema"],
            "TableCreationDateTime": self.source["CreationDateTime"],
            "ProvisionedThroughput": {
                member: units.get(member, 0) for member in ("ReadCapacityUnits", "WriteCapacityUnits")
            },
            **({"OnDemandThroughput": on_demand} if on_demand else {}),
            "ItemCount": self.item_count,
            "BillingMode": billing_mode(self.source),
        }

    def _features(self) -> dict[str, Any]:
        shapes = {
            "GlobalSecondaryIndexes": ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput"),
            "LocalSecondaryIndexes": ("IndexName", "KeySchema", "Projection"),
        }
        features: dict[str, Any] = {
            member: [{name: one[name] for name in names if one.get(name)} for one in self.source[member]]
            for member, names in shapes.items()
            if self.source.get(member)
        }
        if (stream := self.source.get("StreamSpecification") or {}).get("StreamEnabled"):
            features["StreamDescription"] = stream
        if self.source.get("SSEDescription"):
            features["SSEDescription"] = self.source["SSEDescription"]
        if self.ttl and self.ttl.get("TimeToLiveStatus") == "ENABLED":
            features["TimeToLiveDescription"] = self.ttl
        return features


class Store:
    """All backups, by their ARNs, in the order in which they were made."""

    def __init__(self, directory: Path | None) -> None:
        self._folder = Folder(directory, "backups")
        self._backups: dict[str, Backup] = {}
        if self._folder.exists:
            found = [_read(path) for path in self._folder.path.glob("*.json")]
            for backup in sorted((one for one in found if one), key=lambda one: one.at_s):
                self._backups[backup.arn] = backup

    def add(self, backup: Backup) -> None:
        """Take a backup in; it is not ready before `fill`."""
        self._backups[backup.arn] = backup

    def fill(self, backup: Backup, content: Content) -> None:
        """Write down what a backup holds, then that it is there; for a thread beside. Raises OSError."""
        backup.size_bytes, backup.item_count = content.size_bytes, len(content.items)
        with self._items(backup).open("wb") as file:
            for item in content.items.values():
                file.write(framed({"item": orjson.Fragment(item)}))
        kept = {
            "account": backup.namespace.account,
            "region": backup.namespace.region,
            "name": backup.name,
            "system": backup.system,
            "at": backup.at_s,
            "source": backup.source,
            "ttl": backup.ttl,
            "identifier": backup.identifier,
            "size_bytes": backup.size_bytes,
            "item_count": backup.item_count,
        }
        part = self._items(backup).with_suffix(".part")
        part.write_bytes(orjson.dumps(kept))
        part.rename(part.with_suffix(".json"))
        backup.ready = True

    def items(self, backup: Backup) -> list[bytes]:
        """Return the items of a backup as JSON texts; for a thread beside. Raises LineDamaged, OSError."""
        path = self._items(backup)
        with path.open("rb") as file:
            lines = documents(file, path.stat().st_size)
            return [orjson.dumps(orjson.loads(line)["item"]) for line in lines]

    def find(self, namespace: Namespace, arn: str) -> Backup | None:
        """Return a backup of a namespace; the region in the ARN does not matter (observed on AWS, October 2026)."""
        rest = arn.split(":", 4)[4]
        own = f"arn:aws:dynamodb:{namespace.region}:{rest}"
        return self._backups.get(own)

    def of(self, namespace: Namespace) -> Iterator[Backup]:
        """Return a namespace's backups, oldest first."""
        return (one for one in list(self._backups.values()) if one.namespace == namespace)

    def remove(self, backup: Backup) -> None:
        """Throw a backup away."""
        self._backups.pop(backup.arn, None)
        self._items(backup).with_suffix(".json").unlink(missing_ok=True)
        self._items(backup).unlink(missing_ok=True)

    def expire(self, now_s: float) -> None:
        """Throw away what has passed its time."""
        self._remove_all(one for one in self._backups.values() if (one.expires_at_s or now_s + 1) <= now_s)

    def forget(self, namespace: Namespace | None) -> None:
        """Throw away a namespace's backups, or (None) all."""
        self._remove_all(one for one in self._backups.values() if namespace is None or one.namespace == namespace)

    def close(self) -> None:
        """Remove a temporary folder."""
        self._folder.close()

    def __len__(self) -> int:
        return len(self._backups)

    def _remove_all(self, chosen: Iterable[Backup]) -> None:
        for backup in list(chosen):
            self.remove(backup)

    def _items(self, backup: Backup) -> Path:
        place = f"{backup.namespace.account}-{backup.namespace.region}"
        return self._folder.path / f"{place}-{backup.table}-{backup.identifier}.jsonl"


def _read(path: Path) -> Backup | None:
    try:
        kept = orjson.loads(path.read_bytes())
        backup = Backup(
            Namespace(kept["account"], kept["region"]),
            kept["name"],
            kept["system"],
            kept["at"],
            kept["source"],
            kept["ttl"],
            kept["identifier"],
            kept["size_bytes"],
            kept["item_count"],
            ready=True,
        )
    except (orjson.JSONDecodeError, KeyError, OSError) as problem:
        logger.error("the backup in %s can't be read, so it is not there: %s", path, problem)  # noqa: TRY400
        return None
    return backup
