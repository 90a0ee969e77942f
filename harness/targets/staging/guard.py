"""Whether a run on an AWS account may begin: everything that refuses it, in the order in which it costs least to know.

Shell and list first, then the keys' form, then STS, then what the account shows, then the gateway. Nothing is made, and
nothing is asked of an account that is not listed but who it is.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from harness.clock import SYSTEM_CLOCK, Clock
from harness.targets.staging.allow_list import ACCOUNTS_VARIABLE, EXAMPLE_NAME, Bounds, allowed, default_file
from harness.targets.staging.consent import Question
from harness.targets.staging.gateway import checked_gateway
from harness.targets.staging.identity import Identity, account_config, check_caller, check_keys, identity, session_for
from harness.targets.staging.places import is_aws, proving_endpoint, refuse_overrides
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import new_run
from harness.targets.staging.smells import Client, look, refuse_production, smells_of_production

Who = Callable[[str, str], Identity]


def check(
    instance: str,
    region: str,
    environ: Mapping[str, str] | None = None,
    *,
    who: Who | None = None,
    client: Callable[[Identity, str, str], Client] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Question:
    """Return the run that may begin, as a question to whoever pays for it; raises StagingRefused with what to do.

    `who` tells the identity behind the credentials for a region and an endpoint, `client` gives
    what makes clients for it.
    """
    environ = os.environ if environ is None else environ
    endpoint_url = proving_endpoint(environ)
    refuse_overrides(environ)
    if smells_of_production(instance):
        raise StagingRefused(f"the instance is named {instance}, expected a name that nobody takes for production")
    listed = require_list(environ)
    seen = (who or _identity)(region, endpoint_url)
    check_keys(seen.keys, endpoint_url)
    check_caller(seen, endpoint_url)
    if not endpoint_url and not all(is_aws(place) for place in seen.endpoints):
        raise StagingRefused("STS was not asked at AWS", evidence={"endpoints": ", ".join(seen.endpoints)})
    bounds = bounds_of(seen, region, listed)
    shown = look((client or _clients)(seen, region, endpoint_url), seen.account)
    expected = refuse_production(shown, seen.account, bounds.expected)
    gateway_url = checked_gateway(environ, proving=bool(endpoint_url))
    run = new_run(
        instance,
        account_id=seen.account,
        region=region,
        gateway_url=gateway_url,
        now=clock.now(),
        lasts_s=bounds.lasts_s_max,
        endpoint_url=endpoint_url,
    )
    return Question(run, bounds, seen.arn, tuple(expected), tuple(shown.unread))


def require_list(environ: Mapping[str, str]) -> tuple[Bounds, ...]:
    """Return the accounts that are listed; raises StagingRefused when nobody listed any."""
    listed = allowed(environ)
    if not listed:
        raise StagingRefused(
            "staging needs an allow list of accounts, and there is none",
            evidence={"looked at": f"{default_file()} and {ACCOUNTS_VARIABLE}"},
            remedy=f"copy {EXAMPLE_NAME} to {default_file().name} beside it and name the account, "
            f"or set {ACCOUNTS_VARIABLE}=ACCOUNT:REGION",
        )
    return listed


def bounds_of(seen: Identity, region: str, listed: tuple[Bounds, ...]) -> Bounds:
    """Return what the list says of the caller's account in a region; raises StagingRefused when it says nothing."""
    for bounds in listed:
        if (bounds.account, bounds.region) == (seen.account, region):
            return bounds
    raise StagingRefused(
        f"account {seen.account} in {region} is not on the allow list",
        evidence={"caller": seen.arn, "listed": ", ".join(f"{one.account} in {one.region}" for one in listed)},
        remedy="use credentials of a listed account (AWS_PROFILE) and its region (--region), or list this one",
    )


def _identity(region: str, endpoint_url: str) -> Identity:
    return identity(region, endpoint_url, strictly=True)


def _clients(seen: Identity, region: str, endpoint_url: str) -> Client:
    session = session_for(region, seen.account, endpoint_url)
    config = account_config()

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint_url or None, config=config)  # type: ignore[call-overload]

    return client


def listed_account(region: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the account of these credentials and the emulator that plays it, "" for AWS, if the list has it."""
    endpoint_url = proving_endpoint(environ)
    refuse_overrides(environ)
    listed = require_list(environ)
    seen = _identity(region, endpoint_url)
    check_caller(seen, endpoint_url)
    return bounds_of(seen, region, listed).account, endpoint_url
