"""From a template as it was written to what a target's CloudFormation takes: packaged, translated, checked, uploaded.

What is changed for a target is here alone: AWS gets the template as SAM translates it, the embedded engine and the
docker target get it without what they could not make of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.deploy.artifacts import Packager, Upload
from harness.deploy.buckets import Store
from harness.deploy.cache import content_key
from harness.deploy.companions import MAIN, split_template
from harness.deploy.containers import container_machine, container_python, ready_for_containers
from harness.deploy.http_apis import expand_http_apis
from harness.deploy.merged_layers import merge_layers
from harness.deploy.omissions import UNSEEN_ON_DOCKER, UNSEEN_ON_EMBEDDED, leave_out_unseen
from harness.deploy.own_run import bucket_of, engine_of, run_of, tags_of
from harness.deploy.progress import OnProgress
from harness.deploy.recovery import recoveries
from harness.deploy.references import check_references
from harness.deploy.sources import Source
from harness.deploy.stacks import Template
from harness.deploy.target import DeployTarget
from harness.deploy.translation import inline_api_bodies, translate
from harness.deploy.whole_stacks import Whole

# The CloudFormation API takes a template of this size in a request; a longer one it reads from S3 (documented quota).
_TEMPLATE_BYTES_MAX = 51_200
_REAL_LAMBDA_TARGETS = frozenset({"docker", "staging"})


@dataclass(frozen=True)
class Deployment:
    """What is deployed where: the template, the stack's name, and the values of its parameters."""

    source: Source
    stack_name: str
    environment: DeployTarget
    values: Mapping[str, str]
    on_progress: OnProgress


def prepare(deployment: Deployment) -> Whole:
    """Package, translate, check and upload; return the templates of the stacks to make.

    Raises TemplateInvalid or PackagingFailed.
    """
    source, environment = deployment.source, deployment.environment
    bucket, engine = bucket_of(environment), engine_of(environment)
    packager = Packager(
        source,
        bucket,
        lambda_runtime=engine in _REAL_LAMBDA_TARGETS,
        on_progress=deployment.on_progress,
        machine=container_machine() if engine == "docker" else None,
        python=container_python if engine == "docker" else str,
    )
    packaged = packager.package()
    keys = [upload.key for upload in packaged.uploads]
    translated = translate(
        source, packaged.document, parameters=deployment.values, region=environment.region, object_keys=keys
    )
    check_references(source, translated)
    if engine != "staging":
        translated = inline_api_bodies(translated, packaged.documents)
    templates, uploads = {MAIN: translated}, list(packaged.uploads)
    if engine == "embedded":
        expanded = expand_http_apis(translated)
        templates = {MAIN: leave_out_unseen(source, expanded, UNSEEN_ON_EMBEDDED, deployment.on_progress)}
    elif engine == "docker":
        templates, uploads = _for_docker(deployment, translated, uploads)
    whole = _uploaded(deployment, bucket, templates, uploads)
    if engine != "docker":
        return whole
    return replace(whole, recoveries=tuple(recoveries(source, translated, deployment.on_progress)))


def _for_docker(
    deployment: Deployment, translated: dict[str, Any], uploads: list[Upload]
) -> tuple[dict[str, dict[str, Any]], list[Upload]]:
    source, told = deployment.source, deployment.on_progress
    ready = ready_for_containers(
        leave_out_unseen(source, translated, UNSEEN_ON_DOCKER, told),
        stack_name=deployment.stack_name,
        aws_url=deployment.environment.seen_by_functions("aws"),
        machine=container_machine(),
    )
    merged = merge_layers(source, ready, uploads, told)
    split = split_template(source, expand_http_apis(merged.template), deployment.stack_name, told)
    return split.templates, list(merged.uploads)


def _uploaded(
    deployment: Deployment, bucket: str, templates: Mapping[str, Mapping[str, Any]], uploads: list[Upload]
) -> Whole:
    made: dict[str, Template] = {}
    for place, template in templates.items():
        body = json.dumps(template, default=str)
        url = ""
        # Companions are made by Rehearsal's own parts, which take any size and read nothing from S3.
        if place == MAIN and len(body.encode()) > _TEMPLATE_BYTES_MAX:
            key = f"templates/{content_key(body)}.json"
            uploads.append(Upload(key, body=body.encode()))
            url = _object_url(deployment.environment, bucket, key)
        made[place] = Template(deployment.source, body, url)
    if uploads:
        environment = deployment.environment
        client, tags = environment.client("s3"), tags_of(environment)
        store = Store(client, bucket, environment.account_id, environment.region, tags)
        store.put_all(uploads, deployment.on_progress)
    declared = {place: frozenset(template.get("Parameters") or {}) for place, template in templates.items()}
    return Whole(made, declared)


def _object_url(environment: DeployTarget, bucket: str, key: str) -> str:
    run = run_of(environment)
    if run is not None and run.endpoint_url:
        return f"{run.endpoint_url}/{bucket}/{key}"
    if environment.target == "staging":
        return f"https://{bucket}.s3.{environment.region}.amazonaws.com/{key}"
    # Read by CloudFormation, which is where functions are: in a container, or on this machine.
    return f"{environment.seen_by_functions('aws') or environment.aws_endpoint_url}/{bucket}/{key}"
