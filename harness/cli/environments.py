"""Commands about environments: up, down, status, env, logs, reset, shell."""

import contextlib
import os
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.capacity import Choice, Scale, document_of, set_for_good
from harness.cli.faults import set_rules
from harness.cli.options import AsJson, Instance, Quiet, Target, answers, checked, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY, TARGET_DEFAULT, instance_name
from harness.errors import SettingInvalid, StackMissing, TargetLacks
from harness.targets import Environment, check_target, lifecycle
from harness.targets.status import Status, part_died

RESET_WITHIN_S = 120.0  # engines in containers forget service by service


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(
        epilog="Examples: rehearse up --instance feature-x · rehearse up --capacity enforce --capacity-scale 0.05"
    )(up)
    application.command(epilog="Example: rehearse down --instance feature-x")(down)
    application.command(epilog="Example: rehearse status --json")(status)
    application.command(epilog='Example: eval "$(rehearse env)" && aws dynamodb list-tables')(env)
    application.command(epilog="Examples: rehearse logs cloud --follow · rehearse logs --function wallet-service")(logs)
    application.command(epilog="Example: rehearse reset && rehearse deploy")(reset)
    application.command(epilog="Example: rehearse shell, then: aws stepfunctions list-state-machines")(shell)


def up(
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_DEFAULT,
    region: Annotated[str, typer.Option(help="The AWS region that the cloud plays.")] = "us-east-1",
    faults: Annotated[
        Path | None, typer.Option(help="A file of rules for AWS calls, as for `rehearse faults apply`.")
    ] = None,
    capacity: Choice = None,
    capacity_scale: Scale = None,
    yes: Annotated[bool, typer.Option("--yes", help="Say yes to what a run on staging costs.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Bring the local cloud up and wait until it is ready. Up twice is up once."""
    check_target(target)
    name = instance_name(instance)
    if target == "staging":
        _up_on_staging(name, region, edge_options=bool(faults or capacity), yes=yes, quiet=quiet, as_json=as_json)
        return
    rules = _checked_rules(faults)
    limits = document_of(capacity, capacity_scale)
    started_s = time.monotonic()
    silent = quiet or as_json
    with notes.status(f"starting environment {name}"):
        environment, process = lifecycle.up(
            target, name, region=region, progress=lambda line: None if silent else notes.print(f"  {line}")
        )
    if rules:
        set_rules(edge_of(environment), rules)
    if capacity is not None:
        set_for_good(edge_of(environment), limits)
    took_s = time.monotonic() - started_s
    if as_json:
        print_json({**environment.to_json(), "started": process is not None, "took_s": round(took_s, 3)})
        return
    if quiet:
        return
    verdict = f"ready in {took_s:.1f} s" if process is not None else "was up already"
    answers.print(f"environment {name} {verdict}")
    _print_addresses(environment)
    if rules:
        answers.print(f"  faults        {len(rules)} set; see them with: rehearse faults list")
    if limits is not None:
        answers.print("  capacity      see it with: rehearse capacity show")
    if process is not None:
        notes.print(f"next      rehearse deploy{'' if name == INSTANCE_DEFAULT else f' --instance {name}'}")


def _up_on_staging(name: str, region: str, *, edge_options: bool, yes: bool, quiet: bool, as_json: bool) -> None:
    from harness.cli.staging import bring_up, print_run

    if edge_options:
        raise TargetLacks("target staging has no edge, so --faults and --capacity do nothing there")
    environment, began = bring_up(name, region, yes=yes, quiet=quiet or as_json)
    if as_json:
        print_json({**environment.to_json(), "started": began})
    elif not quiet:
        print_run(environment, began=began)


def _checked_rules(file: Path | None) -> tuple[Mapping[str, object], ...]:
    """Read fault rules before anything starts: a mistake in them costs nothing then."""
    if file is None:
        return ()
    from harness.edge.faults import load_rules

    return tuple(load_rules(file).documents)


def down(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Take the local cloud down; nothing of it stays."""
    name = checked(instance, target)
    if lifecycle.target_of(name) == "staging":
        from harness.cli.staging import take_down

        existed = take_down(name, quiet=as_json)
    else:
        existed = lifecycle.down(name, target)
    if as_json:
        print_json({"instance": name, "stopped": existed})
    else:
        answers.print(f"environment {name} is down" if existed else f"environment {name} was not up")


def status(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Say how the local cloud is. Exit code 0 when it is ready, 1 when it is not."""
    seen = lifecycle.status_of(checked(instance, target))
    if as_json:
        print_json(_status_document(seen))
    else:
        _print_status(seen)
    if seen.state != "ready":
        raise typer.Exit(1)


def env(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Print the variables that point the AWS CLI and any SDK at the local cloud, for `eval`."""
    variables = _variables(running(instance, target))
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")


def logs(
    part: Annotated[str, typer.Argument(help="A part, such as cloud or gateway; without one, all of them.")] = "",
    function: Annotated[str, typer.Option("--function", "-f", help="A Lambda function's CloudWatch log instead.")] = "",
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=100_000, help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", help="Go on printing what comes; Ctrl-C ends it.")] = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
) -> None:
    """Print the last lines of the parts' logs, or of a Lambda function's."""
    name = checked(instance, target)
    if function or not lifecycle.has_logs(name):
        environment = running(instance, target)
        if function:
            _print_function_log(environment, function, lines, follow=follow)
            return
    logged = lifecycle.lifecycle_of(lifecycle.target_of(name))
    parts = logged.PARTS
    if part and part not in parts:
        raise SettingInvalid(f"there is no part {part!r}, expected one of {', '.join(parts)}")
    if follow and not part:
        raise SettingInvalid("which part is to be followed?", remedy=f"rehearse logs {parts[-1]} --follow")
    for one in [part] if part else parts:
        for line in logged.log_lines(name, one, last=lines, follow=follow):
            answers.print(f"{one:<10} {line}", markup=False)


def reset(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Forget every stack, table, function and charge: as after `up`, without the wait."""
    environment = running(instance, target)
    _post(f"{environment.edge_url()}/_rehearsal/reset")
    _post(f"{environment.gateway_url}/_admin/reset")
    if as_json:
        print_json({"instance": environment.instance, "reset": True})
    else:
        answers.print(f"environment {environment.instance} is as new; deploy again with: rehearse deploy")


def shell(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY) -> None:
    """Open a shell in which the AWS CLI and any SDK talk to the local cloud."""
    environment = running(instance, target)
    program = os.environ.get("SHELL", "/bin/sh")
    notes.print(f"{program} with environment {environment.instance}; leave it with: exit")
    raise typer.Exit(subprocess.run([program], env={**os.environ, **_variables(environment)}, check=False).returncode)


def _variables(environment: Environment) -> dict[str, str]:
    """Return the environment's variables, and the API keys of the systems that are deployed in it."""
    from harness.deploy import stack_outputs
    from harness.deploy.front_doors import api_keys
    from harness.deploy.needs import known_systems

    variables = environment.environ()
    for system in known_systems():
        with contextlib.suppress(StackMissing):
            variables |= api_keys(system, environment, stack_outputs(system, environment))
    return variables


def _print_addresses(environment: Environment) -> None:
    answers.print(f"  AWS           {environment.aws_endpoint_url or f'account {environment.account_id}'}")
    for system, url in environment.api_urls.items():
        answers.print(f"  {f'{system} API':<12}  {url}")
    answers.print(f"  gateway       {environment.gateway_url}")
    for service, image in environment.images.items():
        answers.print(f"  {service:<12}  {image}", markup=False)


def _print_status(seen: Status) -> None:
    answers.print(f"environment {seen.instance} is {seen.state}")
    if seen.environment is not None:
        _print_addresses(seen.environment)
        for name, entry in seen.parts.items():
            mark = f"pid {entry['pid']}" if "pid" in entry else f"container {entry['container']}"
            answers.print(f"  {name:<12}  {entry['state']}, {mark}")
    elif seen.death:
        notes.print(str(part_died(seen.instance, seen.death, remedy=_again(seen))), markup=False)


def _again(seen: Status) -> str:
    target = str(seen.death.get("target", TARGET_DEFAULT))
    named = f" --target {target}" if target != TARGET_DEFAULT else ""
    return f"rehearse up{lifecycle.flag_of(seen.instance)}{named}"


def _status_document(seen: Status) -> dict[str, Any]:
    document: dict[str, Any] = {"instance": seen.instance, "state": seen.state, "parts": seen.parts}
    if seen.environment is not None:
        document |= {"environment": seen.environment.to_json(), "started_at": seen.started_at}
    if seen.death:
        document["death"] = seen.death
    return document


def _print_function_log(environment: Environment, function: str, lines_max: int, *, follow: bool) -> None:
    from harness.deploy.functions import deployed_function

    client = environment.client("logs")
    group = f"/aws/lambda/{deployed_function(function, environment)}"
    seen: set[str] = set()
    while True:
        fresh = [event for event in _log_events(client, group) if _mark(event) not in seen]
        for event in fresh if seen else fresh[-lines_max:]:
            answers.print(event["message"].rstrip("\n"), markup=False)
        seen.update(_mark(event) for event in fresh)
        if not follow:
            return
        time.sleep(0.5)


def _mark(event: dict[str, Any]) -> str:
    # Not every emulator gives its events ids.
    return str(event.get("eventId") or f"{event.get('logStreamName')} {event['timestamp']} {event['message']}")


def _log_events(client: Any, group: str) -> list[dict[str, Any]]:
    try:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:  # made with the first invocation
        return []


def _post(url: str) -> None:
    request = urllib.request.Request(url, method="POST", data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=RESET_WITHIN_S):  # noqa: S310 - a loopback address of ours
        pass
