"""The way from a template on disk to a running stack: read, fill in, package, translate, upload, create or update."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from harness.config import project_root
from harness.deploy.artifacts import Packager, Upload
from harness.deploy.buckets import Store, artifacts_bucket
from harness.deploy.cache import content_key
from harness.deploy.front_doors import open_front_door
from harness.deploy.http_apis import expand_http_apis
from harness.deploy.needs import needed_by_system, parameters_from
from harness.deploy.omissions import leave_out_unseen
from harness.deploy.outputs import StackDescription, StackOutputs
from harness.deploy.parameters import SamConfig, check_declared, read_samconfig, resolve_parameters, unused_overrides
from harness.deploy.progress import OnProgress, Progress, unheard
from harness.deploy.references import check_references
from harness.deploy.sources import Source, read_template, shown_path
from harness.deploy.translation import inline_api_bodies, translate
from harness.errors import EnvironmentNotRunning, SettingInvalid, StackMissing

# The CloudFormation API takes a template of this size in a request; a longer one it reads from S3 (documented quota).
_TEMPLATE_BYTES_MAX = 51_200
_WITHIN_S = 900.0
_TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json")
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_REAL_LAMBDA_TARGETS = frozenset({"docker", "staging"})


class DeployTarget(Protocol):
    """What a deployment needs to know of an environment; `harness.targets.environment.Environment` has it."""

    @property
    def target(self) -> str: ...
    @property
    def aws_endpoint_url(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def api_urls(self) -> Mapping[str, str]: ...
    def seen_by_functions(self, name: str) -> str: ...
    def client(self, service: str) -> Any: ...


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
    if environment.target != "staging":
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
    from harness.deploy.stacks import StackWatch, put_stack

    told = on_progress or unheard
    source = read_template(Path(path))
    config = read_samconfig(source.directory / "samconfig.toml", environment.target)
    name = checked_stack_name(stack_name or config.stack_name or default_stack_name(source.path))
    values = _parameters(source, config, parameters or {}, environment, told)
    with _answering(environment):
        watch = StackWatch(environment.client("cloudformation"), told, within_s)
        return put_stack(watch, name, _prepare(source, environment, values, told), values)


def delete_stack(
    name: str, environment: DeployTarget, *, on_progress: OnProgress | None = None, within_s: float = _WITHIN_S
) -> bool:
    """Delete a stack and wait until it is gone; False when there was none. Raises StackFailed with the reasons."""
    from harness.deploy import stacks

    with _answering(environment):
        watch = stacks.StackWatch(environment.client("cloudformation"), on_progress or unheard, within_s)
        return stacks.delete_stack(watch, checked_stack_name(name))


def describe_stack(name: str, environment: DeployTarget) -> StackDescription | None:
    """Return what CloudFormation says of a stack, None when there is none."""
    from harness.deploy import stacks

    with _answering(environment):
        return stacks.describe_stack(environment.client("cloudformation"), name)


def stack_outputs(name: str, environment: DeployTarget) -> StackOutputs:
    """Return the outputs of a deployed stack; raises StackMissing when it is not there or never came up."""
    from harness.deploy import stacks

    with _answering(environment):
        return stacks.stack_outputs(environment.client("cloudformation"), name)


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


def _prepare(source: Source, environment: DeployTarget, values: Mapping[str, str], on_progress: OnProgress) -> Any:
    """Package, translate, check and upload; return the template for CloudFormation."""
    from harness.deploy.stacks import Template

    bucket = artifacts_bucket(environment.account_id, environment.region)
    packager = Packager(
        source, bucket, lambda_runtime=environment.target in _REAL_LAMBDA_TARGETS, on_progress=on_progress
    )
    packaged = packager.package()
    keys = [upload.key for upload in packaged.uploads]
    translated = translate(source, packaged.document, parameters=values, region=environment.region, object_keys=keys)
    check_references(source, translated)
    if environment.target != "staging":
        translated = inline_api_bodies(translated, packaged.documents)
    if environment.target == "embedded":
        translated = leave_out_unseen(source, expand_http_apis(translated), on_progress)
    body = json.dumps(translated, default=str)
    uploads = list(packaged.uploads)
    url = ""
    if len(body.encode()) > _TEMPLATE_BYTES_MAX:
        key = f"templates/{content_key(body)}.json"
        uploads.append(Upload(key, body=body.encode()))
        url = _object_url(environment, bucket, key)
    if uploads:
        store = Store(environment.client("s3"), bucket, environment.account_id, environment.region)
        store.put_all(uploads, on_progress)
    return Template(source, body, url)


def _object_url(environment: DeployTarget, bucket: str, key: str) -> str:
    if environment.target == "staging":
        return f"https://{bucket}.s3.{environment.region}.amazonaws.com/{key}"
    return f"{environment.aws_endpoint_url}/{bucket}/{key}"


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
