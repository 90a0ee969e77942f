"""The way from a template on disk to a running stack: read, fill in, package, translate, upload, create or update."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.config import project_root
from harness.deploy.front_doors import open_front_door
from harness.deploy.needs import needed_by_system, parameters_from
from harness.deploy.outputs import StackDescription, StackOutputs
from harness.deploy.own_run import check_gateway, note_api, run_of, stack_name_in, tags_of
from harness.deploy.parameters import SamConfig, check_declared, read_samconfig, resolve_parameters, unused_overrides
from harness.deploy.progress import OnProgress, Progress, unheard
from harness.deploy.sources import Source, read_template, shown_path
from harness.deploy.target import DeployTarget
from harness.errors import EnvironmentNotRunning, SettingInvalid, StackMissing

_WITHIN_S = 900.0
_TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json")
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
# One engine can't make every resource there: see `companions`.
_WITH_COMPANIONS = frozenset({"docker"})


def deploy_system(
    name: str,
    environment: DeployTarget,
    *,
    parameters: Mapping[str, object] | None = None,
    on_progress: OnProgress | None = None,
    within_s: float = _WITHIN_S,
) -> StackOutputs:
    """Deploy `systems/<name>/template.yaml` of the project, with its samconfig.toml, and return the stack's outputs.

    A system that this one calls is deployed first when it is not there. Afterwards the system's known local port leads
    to its API. Raises TemplateInvalid, PackagingFailed, StackFailed or WaitTimeout.
    """
    path = system_template(name)
    check_declared(read_template(path), parameters or {})  # before another system is deployed for this one
    needed = {one: _present(one, environment, on_progress, within_s) for one in needed_by_system(name)}
    outputs = deploy_template(
        path,
        environment,
        stack_name=None,
        parameters={**parameters_from(needed, environment), **(parameters or {})},
        on_progress=on_progress,
        within_s=within_s,
    )
    if environment.target == "staging":
        note_api(name, environment, outputs)
    else:
        open_front_door(name, environment, outputs)
    return outputs


def _present(name: str, environment: DeployTarget, on_progress: OnProgress | None, within_s: float) -> StackOutputs:
    try:
        return stack_outputs(name, environment)
    except StackMissing:
        (on_progress or unheard)(Progress("note", name, "is called by this system and was not deployed yet"))
        return deploy_system(name, environment, on_progress=on_progress, within_s=within_s)


def deploy_template(
    path: Path | str,
    environment: DeployTarget,
    *,
    stack_name: str | None = None,
    parameters: Mapping[str, object] | None = None,
    on_progress: OnProgress | None = None,
    within_s: float = _WITHIN_S,
) -> StackOutputs:
    """Deploy any SAM or CloudFormation template; the stack is named by the caller, samconfig.toml, or its folder.

    Raises TemplateInvalid, PackagingFailed, StackFailed or WaitTimeout.
    """
    from harness.deploy.preparing import Deployment, prepare
    from harness.deploy.recovery import set_recoveries
    from harness.deploy.stacks import StackWatch, put_stack, resources_of
    from harness.deploy.whole_stacks import put_whole

    told = on_progress or unheard
    source = read_template(Path(path))
    config = read_samconfig(source.directory / "samconfig.toml", environment.target)
    name = checked_stack_name(_own_name(stack_name, source, config, environment))
    values = _parameters(source, config, parameters or {}, environment, told)
    check_gateway(environment, values)
    with _answering(environment):
        watch = StackWatch(environment.client("cloudformation"), told, within_s)
        whole = prepare(Deployment(source, name, environment, values, told))
        if environment.target in _WITH_COMPANIONS:
            outputs = put_whole(watch, name, whole, values)
            set_recoveries(environment.client("dynamodb"), whole.recoveries, resources_of(watch.client, name), told)
            return outputs
        return put_stack(watch, name, whole.main, values, tags_of(environment))


def delete_stack(
    name: str, environment: DeployTarget, *, on_progress: OnProgress | None = None, within_s: float = _WITHIN_S
) -> bool:
    """Delete a stack and wait until it is gone; False when there was none. Raises StackFailed with the reasons."""
    from harness.deploy import stacks, whole_stacks

    delete = whole_stacks.delete_whole if environment.target in _WITH_COMPANIONS else stacks.delete_stack
    with _answering(environment):
        watch = stacks.StackWatch(environment.client("cloudformation"), on_progress or unheard, within_s)
        return delete(watch, checked_stack_name(stack_name_in(environment, name)))


def describe_stack(name: str, environment: DeployTarget) -> StackDescription | None:
    """Return what CloudFormation says of a stack, None when there is none."""
    from harness.deploy import stacks, whole_stacks

    describe = whole_stacks.describe_whole if environment.target in _WITH_COMPANIONS else stacks.describe_stack
    with _answering(environment):
        return describe(environment.client("cloudformation"), stack_name_in(environment, name))


def stack_outputs(name: str, environment: DeployTarget) -> StackOutputs:
    """Return the outputs of a deployed stack; raises StackMissing when it is not there or never came up."""
    from harness.deploy import stacks, whole_stacks

    outputs = whole_stacks.outputs_of_whole if environment.target in _WITH_COMPANIONS else stacks.stack_outputs
    with _answering(environment):
        return outputs(environment.client("cloudformation"), stack_name_in(environment, name))


def system_template(name: str) -> Path:
    """Return the template of a system of the project; raises SettingInvalid with those there are."""
    systems = project_root() / "systems"
    found = {path.parent.name: path for file in reversed(_TEMPLATE_NAMES) for path in systems.glob(f"*/{file}")}
    if name in found:
        return found[name]
    raise SettingInvalid(
        f"system {name!r} has no template in {shown_path(systems)}",
        evidence={"systems": ", ".join(sorted(found)) or "none"},
    )


def default_stack_name(template: Path) -> str:
    """Return the stack's name that nobody chose: the template's folder, with hyphens for what a name can't hold."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", template.resolve().parent.name).strip("-")


def _own_name(given: str | None, source: Source, config: SamConfig, environment: DeployTarget) -> str:
    # Within a run a system is found by its own name, whatever samconfig.toml calls its stack elsewhere.
    configured = None if run_of(environment) else config.stack_name
    return stack_name_in(environment, given or configured or default_stack_name(source.path))


def checked_stack_name(name: str) -> str:
    """Return `name`; raises SettingInvalid when CloudFormation takes no such stack name."""
    if not _STACK_NAME.fullmatch(name):
        raise SettingInvalid(f"stack name {name!r} is not usable, expected a letter, then letters, digits and hyphens")
    return name


def _parameters(
    source: Source,
    config: SamConfig,
    given: Mapping[str, object],
    environment: DeployTarget,
    on_progress: OnProgress,
) -> dict[str, str]:
    for name in unused_overrides(source, config):
        on_progress(Progress("note", config.section, f"sets {name}, which the template does not declare"))
    gateway_url = environment.seen_by_functions("gateway")
    known = {"GatewayUrl": gateway_url} if gateway_url else {}
    return resolve_parameters(source, given=given, config=config, known=known)


@contextmanager
def _answering(environment: DeployTarget) -> Iterator[None]:
    from botocore.exceptions import EndpointConnectionError, HTTPClientError, NoCredentialsError

    try:
        yield
    except (EndpointConnectionError, HTTPClientError) as error:
        raise EnvironmentNotRunning(
            f"nothing answers at {environment.aws_endpoint_url or environment.target}",
            evidence={"said": error},
            remedy="rehearse up",
        ) from error
    except NoCredentialsError as error:
        raise EnvironmentNotRunning(f"target {environment.target} has no AWS credentials: {error}") from error
