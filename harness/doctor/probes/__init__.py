"""All probes. Ids are stable: scenarios name them, and matrices are compared over time.

A new probe is a function in a small module here; the module is imported below, and that registers it.
"""

import difflib
from collections.abc import Iterable

from harness.doctor.probe import Probe, registered
from harness.doctor.probes import (
    alarms,
    apis,
    asynchronous,
    capacity_figures,
    conditional_writes,
    event_sources,
    executions,
    functions,
    http_apis,
    items,
    objects,
    queries,
    queues,
    restores,
    sessions,
    state_errors,
    states_dynamodb,
    streams,
    time_to_live,
    transactions_atomic,
    transactions_isolated,
    transactions_token,
)
from harness.errors import SettingInvalid

# In the order in which they are told: what money rests on first.
MODULES = (
    conditional_writes,
    transactions_atomic,
    transactions_isolated,
    transactions_token,
    items,
    queries,
    streams,
    time_to_live,
    restores,
    capacity_figures,
    functions,
    asynchronous,
    event_sources,
    state_errors,
    executions,
    states_dynamodb,
    queues,
    alarms,
    apis,
    http_apis,
    sessions,
    objects,
)
_ALIKE = 0.5


def all_probes() -> list[Probe]:
    """Return every probe in the order in which they are told."""
    order = {module.__name__: number for number, module in enumerate(MODULES)}
    return sorted(registered().values(), key=lambda one: order[one.run.__module__])


def chosen_probes(names: Iterable[str]) -> list[Probe]:
    """Return the probes that are named by id, or by its beginning up to a dot; raises SettingInvalid otherwise."""
    probes, chosen = all_probes(), set[str]()
    for name in names:
        own = {one.id for one in probes if one.id == name or one.id.startswith(f"{name}.")}
        if not own:
            raise SettingInvalid(f"there is no probe {name!r}", remedy=_remedy(name, [one.id for one in probes]))
        chosen |= own
    return [one for one in probes if one.id in chosen]


def _remedy(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, _ALIKE) or [one for one in known if name and name in one][:1]
    return f"did you mean {close[0]!r}?" if close else "rehearse doctor --list tells all"
