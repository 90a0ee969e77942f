"""Commands that load seed data into deployed systems: tenants with bookings, wallets with money.

Exit code 0 when everything was loaded and found again, 1 when something is missing, 130 when it was interrupted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import EXIT_INTERRUPTED
from harness.cli.options import AsJson, Instance, Quiet, Target, answering, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid, TargetLacks

if TYPE_CHECKING:
    from harness.seeding.booking.loading import Seeded
    from harness.seeding.booking.model import Tenant
    from harness.seeding.expecting import Found
    from harness.seeding.loading import Loaded
    from harness.targets import Environment

TENANTS_MAX, DAYS_MAX, WALLETS_MAX = 10_000, 366, 1_000_000
FIRST_MIN, FIRST_MAX = date(2000, 1, 1), date(2100, 1, 1)
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same data.")]

seed = typer.Typer(help="Load seed data into a deployed system.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    seed.command("booking", epilog="Example: rehearse seed booking --tenants 100 --days 90 --keys-file keys.jsonl")(
        seed_booking
    )
    seed.command("payments", epilog="Example: rehearse seed payments --wallets 1000")(seed_payments)
    application.add_typer(seed, name="seed")


def seed_booking(
    context: typer.Context,
    tenants: Annotated[int, typer.Option(min=1, max=TENANTS_MAX, help="How many tenants are drawn.")] = 10,
    days: Annotated[int, typer.Option(min=3, max=DAYS_MAX, help="Of bookings; a third of them lies behind.")] = 90,
    seed: Seed = 1,
    since: Annotated[str, typer.Option("--from", help="The first day, e.g. 2026-11-21.")] = "",
    size: Annotated[str, typer.Option(help="small, medium, large, or bookings a day.")] = "small",
    sets: Annotated[list[str] | None, typer.Option("--set", help="Load this readable set instead; repeat it.")] = None,
    keys_file: Annotated[Path | None, typer.Option(help="Write the API keys here, for your eyes alone.")] = None,
    check: Annotated[str, typer.Option(help="What is read back: counts, full or none.")] = "counts",
    quiet: Quiet = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Load tenants with services, providers, hours, bookings and conversations into the booking system."""
    from harness.seeding.booking import Plan, drawn_tenants
    from harness.seeding.booking.again import check_sets
    from harness.seeding.booking.loading import CLOSELY, Means, load_tenants
    from harness.seeding.booking.sets import read_set, set_path
    from harness.seeding.booking.sizes import size_named
    from harness.seeding.keys_file import check_writable, write_keys

    if sets:
        _must_not_be_said(context, "tenants", "days", "size")
    chosen, closely = size_named(size), _closely(check, CLOSELY, tenants)
    first = _day(since) if since else _today() - timedelta(days=0 if sets else days // 3)
    plan = Plan(tenants, days, seed, first, chosen)
    today = datetime.combine(first, time(), UTC) if sets else plan.today
    read = [read_set(set_path(name), first, seed) for name in sets or ()]  # before anything is sent
    environment = _seeded(instance, target)
    if keys_file:
        check_writable(keys_file)
    with _Place.of("booking", environment) as place:
        check_sets(read, first, place.client, place.tables)
        again = _is_there(place, read[0] if read else next(iter(drawn_tenants(plan))))
        with _progress(len(read) or tenants, "tenants", quiet=quiet or as_json) as (on_items, on_tenant):
            means = Means(place.sender, place.tables, on_items, on_tenant, closely)
            seeded = load_tenants(read or drawn_tenants(plan), today, means)
        if keys_file:
            write_keys(keys_file, _keys(seeded))
        found = None if check == "none" or seeded.loaded.interrupted else _read_back(seeded, place)
    document = _booking_document(seeded, again=again, found=found, place=place)
    what = f"{_counted(seeded.tenants, 'tenant')}, {_counted(seeded.bookings, 'booking')}"
    _tell(document, seeded.loaded, found, what=what, as_json=as_json, quiet=quiet)


def seed_payments(
    wallets: Annotated[int, typer.Option(min=1, max=WALLETS_MAX, help="How many wallets are drawn.")] = 1000,
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="During which they were opened.")] = 90,
    seed: Seed = 1,
    since: Annotated[str, typer.Option("--from", help="The first of these days, e.g. 2026-11-21.")] = "",
    quiet: Quiet = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Load wallets with money in them, and the events that tell of it, into the payments system."""
    from harness.seeding.expecting import find_again
    from harness.seeding.loading import load
    from harness.seeding.payments import SHAPES, WalletPlan, wallet_rows

    first = _day(since) if since else _today() - timedelta(days=days)
    plan = WalletPlan(wallets, seed, datetime.combine(first + timedelta(days=days), time(), UTC), days)
    with _Place.of("payments", _seeded(instance, target)) as place:
        with _progress(wallets * 2, "items", quiet=quiet or as_json) as (on_items, _):
            loaded = load(wallet_rows(plan), place.sender, place.tables, on_progress=on_items)
        found = None if loaded.interrupted else find_again(wallet_rows(plan), SHAPES, place.sender, place.tables)
    document = {"system": "payments", "wallets": loaded.by_table["WalletsTable"], **_figures(loaded, found, place)}
    _tell(
        document, loaded, found, what=_counted(loaded.by_table["WalletsTable"], "wallet"), as_json=as_json, quiet=quiet
    )


def _seeded(instance: str, target: str) -> "Environment":
    """Return the environment to seed; raises TargetLacks for an account, whose keys must be secrets."""
    environment = running(instance, target)
    if environment.target == "staging":
        raise TargetLacks(
            "seeds are for this machine: their API keys follow from a number",
            remedy="sign tenants up through the API of the deployed system",
        )
    return environment


class _Place:
    """A deployed system's tables, and the way to them."""

    def __init__(self, client: Any, sender: Any, tables: dict[str, str]) -> None:
        self.client, self.sender, self.tables = client, sender, tables

    @classmethod
    @contextmanager
    def of(cls, system: str, environment: "Environment") -> "Iterator[_Place]":
        from harness.deploy import stack_outputs
        from harness.seeding.sending import Place, Sender

        outputs = stack_outputs(system, environment)
        tables = {name: value for name, value in outputs.items() if name.endswith("Table")}
        client = environment.client("dynamodb")
        sender = Sender(Place.of(client))
        try:
            with answering(environment):
                yield cls(client, sender, tables)
        finally:
            sender.close()
            client.close()


def _is_there(place: _Place, tenant: "Tenant") -> bool:
    key = ("PK", f"TENANT#{tenant.tenant_id}")
    return bool(place.sender.count(place.tables["TenantsTable"], key))


def _read_back(seeded: "Seeded", place: _Place) -> "Found":
    from harness.seeding.booking.judging import judged
    from harness.seeding.expecting import read_back

    found = read_back(seeded.expected, place.sender, place.tables)
    found.asked, broken = judged(place.client, place.tables, seeded.first_tenants)
    found.problems.extend(broken)
    return found


def _booking_document(seeded: "Seeded", *, again: bool, found: "Found | None", place: _Place) -> dict[str, Any]:
    figures = {"tenants": seeded.tenants, "bookings": seeded.bookings, "loaded_before": again}
    return {"system": "booking", **figures, **_figures(seeded.loaded, found, place)}


def _figures(loaded: "Loaded", found: "Found | None", place: _Place) -> dict[str, Any]:
    document: dict[str, Any] = {
        "items": loaded.items,
        "by_table": dict(sorted(loaded.by_table.items())),
        "seconds": round(loaded.seconds, 3),
        "items_per_s": round(loaded.per_s),
        "sent_again": place.sender.retries,
        "interrupted": loaded.interrupted,
    }
    if found:
        document["found"] = {
            "partitions": found.partitions,
            "compared": found.compared,
            "more": found.more,
            "invariants": found.asked,
            "problems": found.problems,
        }
    return document


def _tell(
    document: dict[str, Any], loaded: "Loaded", found: "Found | None", *, what: str, as_json: bool, quiet: bool
) -> None:
    if as_json:
        print_json(document)
    elif not quiet or loaded.interrupted or (found and not found.valid):
        for line in _lines(document, loaded, found, what):
            answers.print(line, markup=False)
    if loaded.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if found and not found.valid:
        raise typer.Exit(1)


def _lines(document: dict[str, Any], loaded: "Loaded", found: "Found | None", what: str) -> Iterator[str]:
    if document.get("loaded_before"):
        yield "this seed was loaded before: its items were written over, none is there twice"
    if loaded.interrupted:
        yield f"interrupted after {loaded.items:,} items; the same command writes them again and the rest"
    else:
        yield f"{what}: {loaded.items:,} items in {loaded.seconds:.1f} s, {loaded.per_s:,.0f} a second"
    for table, count in sorted(loaded.by_table.items()):
        yield f"  {table.removesuffix('Table'):<15} {count:>9,}"
    if found is None:
        return
    counted = f"{found.partitions:,} partitions counted, " if found.partitions else ""
    yield f"found again: {counted}{found.compared:,} entries compared one by one"
    if found.asked and found.valid:
        yield f"  {', '.join(found.asked)} hold for those that were compared"
    if found.more:
        yield f"  {found.more:,} items more than were loaded: the system was used before"
    for problem in found.problems[:20]:
        yield f"  WRONG  {problem}"


def _keys(seeded: "Seeded") -> Iterator[dict[str, Any]]:
    for tenant_id, key in seeded.keys:
        yield {"tenantId": tenant_id, "apiKeyId": key.key_id, "key": key.text, "scopes": list(key.scopes)} | {
            "allowedOrigins": list(key.allowed_origins),
            "active": key.active,
        }


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _must_not_be_said(context: typer.Context, *names: str) -> None:
    said = [name for name in names if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"]
    if said:
        raise SettingInvalid(f"--{said[0]} is of drawn tenants, a set says itself what is in it")


@contextmanager
def _progress(total: int, unit: str, *, quiet: bool) -> "Iterator[tuple[Callable[[int], None], Callable[[], None]]]":
    """Give what is called with a count of items, and at each tenant's end; one line on stderr shows them."""
    if quiet:
        yield lambda _: None, lambda: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[items]:,} items"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes, transient=True) as shown:
        task = shown.add_task(f"seeding {total:,} {unit}", total=total, items=0)

        def on_items(count: int) -> None:
            items = shown.tasks[0].fields["items"] + count
            shown.update(task, items=items, advance=count if unit == "items" else 0)

        yield on_items, lambda: shown.advance(task)


def _closely(check: str, sample: int, everybody: int) -> int:
    known = {"none": 0, "counts": sample, "full": everybody}
    if check not in known:
        raise SettingInvalid(f"--check is {check!r}, expected one of {', '.join(known)}")
    return known[check]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise SettingInvalid(f"--from is {text!r}, expected a day such as 2026-11-21") from None
    if not FIRST_MIN <= day <= FIRST_MAX:
        raise SettingInvalid(f"--from is {text!r}, expected a day from {FIRST_MIN} to {FIRST_MAX}")
    return day


def _today() -> date:
    return datetime.now(UTC).date()
