"""Deployed functions by the short names that people use: `wallet-service` for `payments-wallet-service`."""

from typing import Any, Protocol

from harness.errors import SettingInvalid


class WithClients(Protocol):
    """What this needs to know of an environment."""

    def client(self, service: str) -> Any: ...


def deployed_function(name: str, environment: WithClients) -> str:
    """Return the full name of the deployed function that `name` means: its own name, or what follows its stack's.

    Raises SettingInvalid, with those that are deployed, when none or several fit.
    """
    pages = environment.client("lambda").get_paginator("list_functions").paginate()
    known: list[str] = sorted(function["FunctionName"] for page in pages for function in page["Functions"])
    if name in known:
        return name
    fitting = [one for one in known if one.endswith(f"-{name}")]
    if len(fitting) == 1:
        return fitting[0]
    what = "fits several functions" if fitting else "is not deployed"
    raise SettingInvalid(
        f"function {name!r} {what}, expected one of: {', '.join(fitting or known) or 'none yet'}",
        remedy="" if known else "rehearse deploy",
    )
