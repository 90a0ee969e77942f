"""Commands about templates: deploy, build, validate, invoke."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Quiet, Target, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY, project_root
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.deploy import OnProgress, Progress

Systems = Annotated[list[str] | None, typer.Argument(help="Systems of this project; without any, all of them.")]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(epilog="Examples: rehearse deploy payments · rehearse deploy --template their/template.yaml")(
        deploy
    )
    application.command(epilog="Example: rehearse build --function wallet-service")(build)
    application.command(epilog="Example: rehearse validate payments")(validate)
    application.command(epilog="Example: rehearse invoke wallet-service --event event.json")(invoke)


def deploy(
    systems: Systems = None,
    template: Annotated[Path | None, typer.Option(help="Any SAM or CloudFormation template instead.")] = None,
    stack_name: Annotated[str | None, typer.Option(help="The stack's name, with --template.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="Key=Value, may be repeated.")
    ] = None,
    quiet: Quiet = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Package and deploy systems from their SAM templates; again is an update."""
    from harness.deploy import deploy_system, deploy_template
    from harness.deploy.needs import declared_of, in_order, known_systems

    environment = running(instance, target)
    values = _key_values(parameter or [])
    # Parameters given for all systems go to those that declare them; for one that is named, a wrong one is an error.
    chosen = [] if template else systems or in_order(known_systems())
    meant = {name: values if systems else declared_of(name, values) for name in chosen}
    if unknown := sorted(set(values).difference(*meant.values())) if chosen else []:
        raise SettingInvalid(
            f"no system declares parameter {', '.join(unknown)}", remedy="see the templates in systems/"
        )
    deployed: dict[str, Any] = {}
    if template:
        with _progress(quiet=quiet or as_json) as told:
            outputs = deploy_template(template, environment, stack_name=stack_name, parameters=values, on_progress=told)
        deployed[outputs.stack_name] = outputs
    for name in chosen:
        with _progress(quiet=quiet or as_json) as told:
            deployed[name] = deploy_system(name, environment, parameters=meant[name], on_progress=told)
    if as_json:
        print_json({name: dict(outputs) for name, outputs in deployed.items()})
        return
    for name, outputs in deployed.items() if not quiet else ():
        answers.print(f"{name} is deployed{'' if outputs.changed else ', nothing had changed'}")
        for key, value in sorted(outputs.items()):
            answers.print(f"  {key:<20}  {value}", markup=False)


def build(
    systems: Systems = None,
    function: Annotated[str, typer.Option("--function", "-f", help="Only this function.")] = "",
    as_json: AsJson = False,
) -> None:
    """Package functions with their dependencies; what has not changed comes from the cache."""
    from harness.deploy.building import build_functions
    from harness.deploy.needs import known_systems

    rows = [row for name in systems or known_systems() for row in build_functions(name)]
    chosen = [row for row in rows if row.is_named(function)] if function else rows
    if not chosen:
        known = ", ".join(sorted({row.function for row in rows})) or "none"
        raise SettingInvalid(f"function {function!r} is in no template, expected one of {known}")
    if as_json:
        print_json([row.to_json() for row in chosen])
        return
    for row in chosen:
        answers.print(f"{row.function:<24}  {row.size_bytes / 1e6:6.1f} MB  {row.path}", markup=False)


def validate(systems: Systems = None, as_json: AsJson = False) -> None:
    """Check templates: cfn-lint where it is installed, then the translation from SAM. Exit code 1 on findings."""
    from harness.deploy import system_template
    from harness.deploy.building import translate_system
    from harness.deploy.needs import known_systems

    findings: dict[str, str] = {}
    for name in systems or known_systems():
        path = system_template(name)
        lint = _cfn_lint(path)
        if lint:
            findings[name] = lint
        translate_system(name)
        if not as_json:
            answers.print(f"{path}  {'has findings' if lint else 'is valid'}\n{lint}".rstrip(), markup=False)
    if as_json:
        print_json({"findings": findings})
    if findings:
        raise typer.Exit(1)


def invoke(
    function: Annotated[str, typer.Argument(help="The function's name, e.g. wallet-service.")],
    event: Annotated[Path | None, typer.Option(help="A JSON file; without it the system's sample event.")] = None,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
) -> None:
    """Invoke a Lambda function and print its answer and log. Exit code 1 when it failed."""
    import base64

    from harness.deploy.functions import deployed_function

    environment = running(instance, target)
    payload = _event(function, event)
    name = deployed_function(function, environment)
    started_s = time.monotonic()
    answer = environment.client("lambda").invoke(FunctionName=name, Payload=payload, LogType="Tail")
    took_ms = (time.monotonic() - started_s) * 1000
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
    notes.print(log.rstrip(), markup=False)
    notes.print(f"{name} answered in {took_ms:.0f} ms")
    sys.stdout.write(json.dumps(json.loads(answer["Payload"].read() or b"null"), indent=2) + "\n")
    if answer.get("FunctionError"):
        raise typer.Exit(1)


@contextmanager
def _progress(*, quiet: bool) -> Iterator["OnProgress"]:
    if quiet:
        yield lambda _: None
        return

    with notes.status("deploying") as status:

        def tell(progress: "Progress") -> None:
            status.update(f"deploying: {progress}")
            if progress.step != "resource" or not progress.status.endswith("IN_PROGRESS"):
                notes.print(f"  {progress}", markup=False)

        yield tell


def _key_values(pairs: list[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise SettingInvalid(f"--parameter {pair!r} is not of the form Key=Value")
        values[key] = value
    return values


def _event(function: str, path: Path | None) -> bytes:
    samples = sorted((project_root() / "systems").glob(f"*/events/{function}.json"))
    chosen = path or (samples[0] if samples else None)
    if chosen is None:
        raise SettingInvalid(
            f"there is no sample event for {function!r}",
            remedy="give one: --event event.json, or add systems/<system>/events/<function>.json",
        )
    try:
        text = chosen.read_text()
        json.loads(text)
    except (OSError, ValueError) as problem:
        raise SettingInvalid(f"event {chosen} is not a readable JSON file: {problem}") from None
    return text.encode()


def _cfn_lint(template: Path) -> str:
    program = shutil.which("cfn-lint", path=str(Path(sys.executable).parent)) or shutil.which("cfn-lint")
    if program is None:
        notes.print("cfn-lint is not installed; only the translation is checked")
        return ""
    return subprocess.run([program, str(template)], capture_output=True, text=True, check=False).stdout.strip()
