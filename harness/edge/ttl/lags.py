"""How long after its expiry an item is deleted, settable for all tables, for an account's, or for one."""

from dataclasses import dataclass

from harness.edge.call import Namespace


@dataclass(frozen=True, slots=True)
class Scope:
    """Which tables a lag is for; "" for any."""

    account: str = ""
    table: str = ""

    def covers(self, namespace: Namespace, table: str) -> bool:
        """Tell whether a table is meant."""
        return self.account in ("", namespace.account) and self.table in ("", table)


class Lags:
    """The lag of each table: what was set for the narrowest scope that covers it (a table's name before an account)."""

    def __init__(self, default_s: float) -> None:
        self._at_start_s = default_s
        self.default_s = default_s
        self._by_scope: dict[Scope, float] = {}

    def of(self, namespace: Namespace, table: str) -> float:
        """Return a table's lag in seconds."""
        if not self._by_scope:
            return self.default_s
        account = namespace.account
        for scope in (Scope(account, table), Scope("", table), Scope(account, "")):
            if scope in self._by_scope:
                return self._by_scope[scope]
        return self.default_s

    def put(self, scope: Scope, lag_s: float | None) -> None:
        """Set a scope's lag; None for what would hold without it."""
        if scope == Scope():
            self.default_s = self._at_start_s if lag_s is None else lag_s
        elif lag_s is None:
            self._by_scope.pop(scope, None)
        else:
            self._by_scope[scope] = lag_s

    def forget(self, namespace: Namespace | None) -> None:
        """Forget what was set for one account, or everything."""
        if namespace is None:
            self.default_s = self._at_start_s
            self._by_scope.clear()
        else:
            self._by_scope = {one: lag for one, lag in self._by_scope.items() if one.account != namespace.account}

    def to_json(self) -> list[dict[str, object]]:
        """Return what was set beside the default."""
        return [{"account": one.account, "table": one.table, "lag_s": lag} for one, lag in self._by_scope.items()]
