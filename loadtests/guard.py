"""Whether a load run may happen at all: asked before anything else, and again for every address before it is called.

Without a target named, load stays on this machine and within small bounds; with `local` named, on this machine. On
`staging` it runs only in an AWS account that somebody listed for it (`allow_list`), within that account's bounds, after
its cost was estimated and somebody said yes. Faults are never made by a load run, on no target.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.durations import duration_text
from harness.plan.tariff import usd_text
from harness.targets.staging.allow_list import FILE_NAME, Bounds
from harness.targets.staging.guard import bounds_of, require_list
from harness.targets.staging.identity import Identity, check_caller, check_keys, identity
from harness.targets.staging.places import ENDPOINT_VARIABLE, is_aws, is_loopback, refuse_overrides, require_aws
from harness.targets.staging.refusal import StagingRefused
from loadtests.settings import Settings
from loadtests.spend import Estimate, estimate

# Of a run whose target nobody named: what a laptop takes without anybody noticing, and a mistake can't exceed.
UNNAMED_USERS_MAX = 100
UNNAMED_DURATION_S_MAX = 300.0
UNNAMED_REQUESTS_MAX = 300_000
LOCAL_VARIABLES = ("PAYMENTS_API_URL", "BOOKING_API_URL", "GATEWAY_URL")
# Stories that make tenants with keys; keys in an account are made by the system alone.
LOCAL_STORIES = ("bookings",)

Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Permit:
    """What a run may do: on this machine anything, on staging (`bounds`) until its spend reaches `cap_usd`."""

    bounds: Bounds | None = None
    cap_usd: float = 0.0
    estimate: Estimate | None = None


def check(
    settings: Settings,
    environ: Mapping[str, str] | None = None,
    *,
    ask: Ask | None = None,
    who: Callable[[str], Identity] = identity,
) -> Permit:
    """Return the permit for a run; raises StagingRefused (exit code 2), saying what to set, when there is none.

    `ask` answers a yes-or-no question (a terminal's user when there is one), `who` tells the account behind the
    credentials for a region.
    """
    environ = os.environ if environ is None else environ
    if settings.is_local:
        _check_local(settings, environ)
        return Permit()
    if settings.story in LOCAL_STORIES:
        raise StagingRefused(
            f"story {settings.story} is for this machine: its tenants' keys follow from a number in the run's folder",
            remedy="leave --target staging out",
        )
    bounds = permitted(settings, environ, who=who)
    _check_bounds(settings, bounds)
    expected, cap_usd = estimate(settings, bounds.region), cap_of(settings, bounds)
    if expected.usd > cap_usd:
        raise StagingRefused(
            f"the run is estimated at {usd_text(expected.usd)}, more than its cap of {usd_text(cap_usd)}",
            evidence=expected.evidence(),
            remedy="lower --rate or --for, or raise --spend-cap up to what the allow list gives the account",
        )
    _confirm(settings, bounds, expected, cap_usd, ask)
    return Permit(bounds, cap_usd, expected)


def permitted(settings: Settings, environ: Mapping[str, str], *, who: Callable[[str], Identity] = identity) -> Bounds:
    """Return the bounds of the account that staging means; raises StagingRefused when it is not on the list."""
    listed = require_list(environ)
    refuse_overrides(environ, services_only=True)
    region = settings.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or _only_region(listed)
    seen = who(region)
    for place in seen.endpoints:
        require_aws(place)
    if len({is_loopback(place) for place in seen.endpoints}) > 1:
        raise StagingRefused(
            "the account that is checked is not the one that gets the load: STS and DynamoDB are at different places",
            evidence={"endpoints": ", ".join(seen.endpoints)},
            remedy="take endpoint_url out of the AWS configuration's services",
        )
    emulator = "" if is_aws(seen.endpoints[0]) else seen.endpoints[0]
    check_keys(seen.keys, emulator)
    check_caller(seen, emulator)
    return bounds_of(seen, region, listed)


def cap_of(settings: Settings, bounds: Bounds) -> float:
    """Return what a run may cost in USD: what was asked for, never more than the list gives."""
    if settings.spend_cap_usd is None:
        return bounds.spend_usd_max
    return min(settings.spend_cap_usd, bounds.spend_usd_max)


def check_addresses(settings: Settings, addresses: Iterable[str], permit: Permit | None = None) -> None:
    """Raise StagingRefused unless load may go to all of these addresses: the last look before the first call."""
    for address in addresses:
        if settings.is_local or permit is None or permit.bounds is None:
            _require_loopback(address)
        else:
            require_aws(address)


def _check_local(settings: Settings, environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        if value and (name in LOCAL_VARIABLES or name.startswith(ENDPOINT_VARIABLE)):
            _require_loopback(value, name)
    if settings.target:
        return
    bounds: tuple[tuple[str, float, float], ...] = (
        ("--users is", settings.users, UNNAMED_USERS_MAX),
        ("--for is, in seconds,", settings.duration_s, UNNAMED_DURATION_S_MAX),
        ("--rate over --for makes, in requests,", settings.rate_per_s * settings.duration_s, UNNAMED_REQUESTS_MAX),
    )
    for what, wanted, most in bounds:
        if wanted > most:
            raise StagingRefused(
                f"{what} {wanted:,.0f}, expected at most {most:,.0f} of a run without a target",
                remedy="name one: --target local for this machine without these bounds, --target staging for AWS",
            )


def _require_loopback(address: str, name: str = "") -> None:
    if not is_loopback(address):
        raise StagingRefused(
            f"{name or 'an address'} is {address}, expected one of this machine: load goes nowhere else unasked",
            remedy=f"unset {name}" if name else "name the target: --target staging",
        )


def _only_region(listed: tuple[Bounds, ...]) -> str:
    regions = {one.region for one in listed}
    if len(regions) == 1:
        return regions.pop()
    raise StagingRefused(
        "no region says which of the listed accounts is meant", remedy=f"--region {'|'.join(sorted(regions))}"
    )


def _check_bounds(settings: Settings, bounds: Bounds) -> None:
    if not settings.rate_per_s:
        raise StagingRefused("load on staging needs a rate: as fast as it can has no price", remedy="--rate 50")
    for option, value, most in (
        ("--users", float(settings.users), float(bounds.users_max)),
        ("--rate", settings.rate_per_s, bounds.rate_per_s_max),
        ("--for", settings.duration_s, bounds.duration_s_max),
    ):
        if value > most:
            shown = duration_text(value) if option == "--for" else f"{value:g}"
            limit = duration_text(most) if option == "--for" else f"{most:g}"
            raise StagingRefused(
                f"{option} is {shown}, expected at most {limit} in account {bounds.account}",
                remedy=f"the allow list bounds it: {FILE_NAME}",
            )


def _confirm(settings: Settings, bounds: Bounds, expected: Estimate, cap_usd: float, ask: Ask | None) -> None:
    told = (
        f"Load on account {bounds.account} in {bounds.region}: {settings.users} users, "
        f"{settings.rate_per_s:g} requests/s for {duration_text(settings.duration_s)}.\n"
        f"Estimated {usd_text(expected.usd)}, stopped at {usd_text(cap_usd)}."
    )
    lines = "\n".join(f"  {what:<16} {words}" for what, words in expected.evidence().items())
    sys.stderr.write(f"{told}\n{lines}\n")
    if settings.yes:
        return
    ask = ask or _ask_terminal()
    if ask is None:
        raise StagingRefused("load on staging was not confirmed, and nobody is here to ask", remedy="--yes")
    if not ask("Run it?"):
        raise StagingRefused("load on staging was not confirmed", remedy="answer yes, or give --yes")


def _ask_terminal() -> Ask | None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(question: str) -> bool:
        sys.stderr.write(f"{question} Type yes: ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() == "yes"

    return ask
