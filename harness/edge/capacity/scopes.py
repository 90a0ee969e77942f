"""For whom capacity is counted: what the start said, what was said since for all, and for single namespaces."""

from collections.abc import Mapping
from typing import Any

from harness.edge.call import Namespace
from harness.edge.capacity.settings import CapacityOptions

OFF = "off"
Where = tuple[str, str]  # account, region ("": all of them)


class Scopes:
    """Knows the options of each namespace; None is off."""

    def __init__(self, at_start: CapacityOptions | None) -> None:
        self._at_start = at_start
        self._everywhere = at_start
        self._own: dict[Where, CapacityOptions | None] = {}
        self.on = at_start is not None  # whether anybody's capacity is counted at all

    def of(self, namespace: Namespace) -> CapacityOptions | None:
        """Return the options of a namespace."""
        if self._own:
            for where in ((namespace.account, namespace.region), (namespace.account, "")):
                if where in self._own:
                    return self._own[where]
        return self._everywhere

    def set(self, options: CapacityOptions | None, where: Where | None = None, *, lasting: bool = False) -> None:
        """Set options for all, or for an account; `lasting` ones are those that a reset goes back to."""
        if where is None:
            self._everywhere = options
            if lasting:
                self._at_start = options
        else:
            self._own[where] = options
        self._look()

    def forget(self, namespace: Namespace | None) -> None:
        """Go back to what the start said, for all or for one namespace."""
        if namespace is None:
            self._own.clear()
            self._everywhere = self._at_start
        else:
            self._own.pop((namespace.account, namespace.region), None)
            self._own.pop((namespace.account, ""), None)
        self._look()

    @property
    def mode(self) -> str:
        """Return "off", "count" or "enforce", as it is for all."""
        return self._everywhere.mode if self._everywhere is not None else OFF

    @property
    def scale(self) -> float:
        """Return the factor on limits, as it is for all."""
        return self._everywhere.parameters.scale if self._everywhere is not None else 1.0

    def document(self) -> dict[str, Any]:
        """Return what is set."""
        own = [
            {"account": account, **({"region": region} if region else {}), **_told(options)}
            for (account, region), options in self._own.items()
        ]
        return {**_told(self._everywhere), **({"namespaces": own} if own else {})}

    def _look(self) -> None:
        self.on = self._everywhere is not None or any(one is not None for one in self._own.values())


def _told(options: CapacityOptions | None) -> Mapping[str, Any]:
    if options is None:
        return {"mode": OFF, "settings": None}
    return {"mode": options.mode, "settings": dict(options.document)}
