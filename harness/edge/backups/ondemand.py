"""Backups on demand: CreateBackup, DescribeBackup, ListBackups, DeleteBackup, RestoreTableFromBackup.

And the system backup that is kept of a table that had continuous backups when it was deleted (documented: for 35 days,
of the moment just before).
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from harness.edge.backups import requests
from harness.edge.backups.answers import Refused, invalid
from harness.edge.backups.blueprint import creation
from harness.edge.backups.means import Means
from harness.edge.backups.restores import Plan
from harness.edge.backups.stored import Backup, Store
from harness.edge.backups.windows import stamp
from harness.edge.call import Call, Namespace
from harness.edge.journal.index import FOREVER, Generation
from harness.edge.journal.reading import Content
from harness.edge.upstream import UpstreamRefused, ask

logger = logging.getLogger(__name__)

SYSTEM_SUFFIX = "$DeletedTableBackup"
_LISTED_MAX = 100


class OnDemand:
    """Serves the operations from a store."""

    def __init__(self, means: Means, store: Store) -> None:
        self._means = means
        self._store = store
        self.served = {
            "CreateBackup": self._create,
            "DescribeBackup": self._describe,
            "ListBackups": self._list,
            "DeleteBackup": self._delete,
            "RestoreTableFromBackup": self._restore,
        }

    def keep_deleted(self, table: Generation) -> None:
        """Keep a system backup of a table with continuous backups that is deleted now."""
        if table.pitr_since_s is None or not table.description:
            return
        content = self._means.journal.content(table, self._means.journal.here())
        source = dict(table.description)
        self._keep(
            Backup(table.namespace, f"{table.table}{SYSTEM_SUFFIX}", True, self._means.clock.now_s(), source), content
        )

    async def _create(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        name, backup_name = requests.source_table(document), requests.new_name(document, "BackupName")
        table = await self._means.table(call.namespace, name)
        await self._means.sources.know(table)
        ttl = await self._time_to_live(call.namespace, name)
        backup = Backup(call.namespace, backup_name, False, self._means.clock.now_s(), dict(table.description), ttl)
        self._keep(backup, self._means.journal.content(table, self._means.journal.here()))
        return {"BackupDetails": backup.details("CREATING")}

    async def _describe(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        return {"BackupDescription": self._found(call, requests.backup_arn(call, document)).describe()}

    async def _list(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        kind = requests.choice(document, "BackupType", ("USER", "SYSTEM", "AWS_BACKUP", "ALL")) or "USER"
        limit = requests.number(document, "Limit", 1, _LISTED_MAX) or _LISTED_MAX
        lower_s = requests.instant(document, "TimeRangeLowerBound") or 0.0
        upper_s = requests.instant(document, "TimeRangeUpperBound")
        upper_s = FOREVER if upper_s is None else upper_s
        if lower_s > upper_s:
            raise invalid("Time range lower bound must be less than or equal to upper bound")
        name = requests.source_table(document) if "TableName" in document else ""
        after = ""
        if "ExclusiveStartBackupArn" in document:
            after = requests.backup_arn(call, document, "ExclusiveStartBackupArn").rpartition("/")[2]
        self._store.expire(self._means.clock.now_s())
        chosen = [
            one
            for one in self._store.of(call.namespace)
            if kind in ("ALL", "SYSTEM" if one.system else "USER")
            and name in ("", one.table)
            and lower_s <= round(one.at_s, 3) < upper_s
            and one.identifier > after
        ]
        chosen.sort(key=lambda one: one.identifier)
        page = chosen[:limit]
        more = {"LastEvaluatedBackupArn": page[-1].arn} if len(chosen) > limit else {}
        return {"BackupSummaries": [one.summary() for one in page], **more}

    async def _delete(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        backup = self._found(call, requests.backup_arn(call, document))
        if backup.system:
            raise invalid(
                f"User is not allowed to delete the system backup with arn {backup.arn}. "
                f"It will automatically expire on {stamp(backup.expires_at_s or 0)}"
            )
        if not backup.ready:
            raise Refused("BackupInUseException", f"Backup is being created: {backup.arn}")
        if backup.restoring:
            raise Refused("BackupInUseException", f"Backup is being used to restore table: {backup.arn}")
        described = backup.describe("DELETED")
        self._store.remove(backup)
        return {"BackupDescription": described}

    async def _restore(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        target, arn = requests.new_name(document, "TargetTableName"), requests.backup_arn(call, document)
        backup = self._found(call, arn)
        self._means.restores.refuse_conflicts(call.namespace, target)
        if backup.restoring:
            raise Refused("BackupInUseException", f"Backup is being used to restore another table: {backup.arn}")
        if not backup.ready:
            raise Refused("BackupInUseException", f"Backup is being created: {backup.arn}")
        await self._means.refuse_existing(call.namespace, target)
        made = creation(backup.source, target, document)

        async def items() -> list[bytes]:
            return await asyncio.to_thread(self._store.items, backup)

        def done() -> None:
            backup.restoring = ""

        backup.restoring = target
        return await self._means.begin(
            Plan(call.namespace, made, items, backup.source["TableArn"], round(backup.at_s, 3), backup.arn), done
        )

    def _found(self, call: Call, arn: str) -> Backup:
        self._store.expire(self._means.clock.now_s())
        backup = self._store.find(call.namespace, arn)
        if backup is None:
            raise Refused("BackupNotFoundException", f"Backup not found: {arn}")
        return backup

    async def _time_to_live(self, namespace: Namespace, name: str) -> dict[str, Any] | None:
        try:
            told = await ask(self._means.upstream, namespace, "DescribeTimeToLive", {"TableName": name})
        except UpstreamRefused:
            return None
        return told.get("TimeToLiveDescription")

    def _keep(self, backup: Backup, content: Coroutine[Any, Any, Content]) -> None:
        self._store.add(backup)

        async def fill() -> None:
            try:
                read = await content
                await asyncio.to_thread(self._store.fill, backup, read)
            except Exception:
                logger.exception("the backup %s could not be kept", backup.arn)
                self._store.remove(backup)

        self._means.beside(fill())
