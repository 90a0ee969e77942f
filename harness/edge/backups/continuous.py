"""Continuous backups: UpdateContinuousBackups, DescribeContinuousBackups, RestoreTableToPointInTime.

The order of refusals is AWS's (observed in October 2026): the request's shape, the source, whether backups are on, the
time, the target.
"""

from typing import Any

from harness.edge.backups import requests
from harness.edge.backups.answers import Refused, invalid
from harness.edge.backups.blueprint import creation
from harness.edge.backups.means import Means
from harness.edge.backups.restores import Plan
from harness.edge.backups.windows import PERIOD_DAYS_MAX, Window, last_instant, stamp, window
from harness.edge.call import Call
from harness.edge.journal.index import FOREVER, Generation


class Continuous:
    """Serves the operations; LatestRestorableDateTime lies `lag_s` behind."""

    def __init__(self, means: Means, lag_s: float) -> None:
        self._means = means
        self._lag_s = lag_s
        self.served = {
            "UpdateContinuousBackups": self._update,
            "DescribeContinuousBackups": self._describe,
            "RestoreTableToPointInTime": self._restore,
        }

    async def _update(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        name = requests.source_table(document)
        asked = document.get("PointInTimeRecoverySpecification")
        if not isinstance(asked, dict) or not isinstance(enabled := asked.get("PointInTimeRecoveryEnabled"), bool):
            raise invalid(
                "PointInTimeRecoverySpecification must say whether PointInTimeRecoveryEnabled is true or false"
            )
        days = requests.number(asked, "RecoveryPeriodInDays", 1, PERIOD_DAYS_MAX)
        if not enabled and days is not None:
            raise invalid("Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")
        table = await self._means.table(call.namespace, name)
        if not enabled:
            self._means.journal.set_pitr(table, None)
        elif table.pitr_since_s is None:
            await self._means.sources.know(table)
            self._means.journal.set_pitr(table, self._means.clock.now_s(), days or PERIOD_DAYS_MAX)
        else:
            self._means.journal.set_pitr(table, table.pitr_since_s, days or table.pitr_days)
        return self._continuous(table)

    async def _describe(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        return self._continuous(await self._means.table(call.namespace, requests.source_table(document)))

    def _continuous(self, table: Generation) -> dict[str, Any]:
        told: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
        if table.pitr_since_s is not None:
            open_to = self._window(table)
            told = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": table.pitr_days,
                "EarliestRestorableDateTime": open_to.earliest_s,
                "LatestRestorableDateTime": open_to.latest_s,
            }
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": told,
            }
        }

    def _window(self, table: Generation) -> Window:
        if table.pitr_since_s is None:
            raise Refused(
                "PointInTimeRecoveryUnavailableException",
                f"Point in time recovery is not enabled for table '{table.table}'",
            )
        known_from_s = self._means.journal.restorable_from_s(table)
        since_s = self._means.journal.still_true(table.pitr_since_s)
        return window(since_s, table.pitr_days, known_from_s or since_s, self._means.clock.now_s(), self._lag_s)

    async def _restore(self, call: Call, document: dict[str, Any]) -> dict[str, Any]:
        target, source = requests.new_name(document, "TargetTableName"), _source(call, document)
        wished_s = _restore_time(document)
        table = await self._means.table(call.namespace, source)
        open_to = self._window(table)
        if wished_s is not None:
            open_to.check(wished_s)
        at_s = open_to.latest_s if wished_s is None else wished_s
        self._refuse_unknown(table, at_s)
        self._refuse_gap(table, at_s)
        await self._means.refuse_existing(call.namespace, target)
        cut = self._means.journal.at(last_instant(at_s))

        async def items() -> list[bytes]:
            self._refuse_unknown(table, at_s)  # the past may have gone while the new table was made
            return list((await self._means.journal.content(table, cut)).items.values())

        arn = table.description["TableArn"]
        plan = Plan(call.namespace, creation(table.description, target, document), items, arn, at_s)
        return await self._means.begin(plan, lambda: None)

    def _refuse_unknown(self, table: Generation, at_s: float) -> None:
        """Refuse what the window's first second still has, before the instant at which the content is known."""
        known_from_s = self._means.journal.restorable_from_s(table)
        if known_from_s is None or last_instant(at_s) < known_from_s:
            raise Refused(
                "InvalidRestoreTimeException",
                f"RestoreDateTime '{stamp(at_s)}' lies before what is known of table {table.table}",
            )

    def _refuse_gap(self, table: Generation, at_s: float) -> None:
        if (gap := table.gap_at(last_instant(at_s))) is not None:
            begin, end = gap
            until = "now" if end == FOREVER else f"'{stamp(end)}'"
            raise Refused(
                "InvalidRestoreTimeException",
                f"RestoreDateTime '{stamp(at_s)}' lies where changes of table {table.table} were lost, "
                f"because they could not be written down: from '{stamp(begin)}' until {until}",
            )


def _source(call: Call, document: dict[str, Any]) -> str:
    given = [member for member in ("SourceTableArn", "SourceTableName") if document.get(member) is not None]
    if not given:
        raise invalid("The parameter 'TableName' is required but was not present in the request")
    if len(given) > 1:
        raise invalid("Must provide exactly one of: sourceTableArn, sourceTableName")
    if given == ["SourceTableArn"]:
        parts = str(document["SourceTableArn"]).split(":")
        if len(parts) != 6 or parts[2] != "dynamodb" or not parts[5].startswith("table/"):
            raise invalid("sourceTableArn is not a valid ARN")
        if parts[4] != call.namespace.account:
            raise invalid("This action is only supported by accounts that match the resource owner's account")
        if parts[3] != call.namespace.region:
            raise invalid("Invalid Request: restores across regions are not supported here")
    return requests.source_table(document, given[0])


def _restore_time(document: dict[str, Any]) -> float | None:
    """Return the instant that is asked for; None for the latest."""
    at_s = requests.instant(document, "RestoreDateTime")
    latest = document.get("UseLatestRestorableTime") is True
    if latest and at_s is not None:
        raise invalid(
            "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time "
            "restore request. Please provide only one"
        )
    if not latest and at_s is None:
        raise invalid(
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
        )
    return at_s
