"""Resources that an engine doesn't know and nobody would miss there: they watch, scale or roll out.

The embedded engine refuses a whole template for one type that it lacks. The types below change nothing that a caller
or a function could see on one machine, so they are left out, each with a word about it; every other unknown type is
still refused, in the engine's words. Real AWS gets the template whole.
"""

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from harness.deploy.progress import OnProgress, Progress
from harness.deploy.references import names_used
from harness.deploy.sources import Source

# Verified as unknown to ministack 1.5.33.
UNSEEN_ON_EMBEDDED = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::ApplicationInsights::Application", "AWS::Backup::BackupSelection", "AWS::Budgets::Budget",
        "AWS::Chatbot::SlackChannelConfiguration", "AWS::CloudTrail::Trail", "AWS::CloudWatch::AnomalyDetector",
        "AWS::CloudWatch::CompositeAlarm", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Config::ConfigRule", "AWS::EC2::FlowLog", "AWS::Events::Archive", "AWS::Logs::QueryDefinition",
        "AWS::ResourceGroups::Group", "AWS::Synthetics::Canary", "AWS::WAFv2::WebACLAssociation", "AWS::XRay::Group",
        "AWS::XRay::SamplingRule",
    }
)  # fmt: skip
# LocalStack 4.14.0 makes these two (verified); of what it doesn't know it says that it was made.
UNSEEN_ON_DOCKER = UNSEEN_ON_EMBEDDED - {"AWS::CloudWatch::CompositeAlarm", "AWS::ResourceGroups::Group"}


def leave_out_unseen(
    source: Source, template: Mapping[str, Any], types: Collection[str], on_progress: OnProgress
) -> dict[str, Any]:
    """Return `template` without resources of `types`, except those that a kept part of it refers to."""
    changed = copy.deepcopy(dict(template))
    resources = changed["Resources"]
    for resource in resources.values():
        _forget_rollout(resources, resource)
    left_out = {name for name, resource in resources.items() if _type(resource) in types}
    while needed := left_out & set(_needed(changed, left_out)):
        left_out -= needed
    for name in sorted(left_out):
        words = f"{_type(resources[name])} is left out: the engine lacks it and nothing here can see it"
        on_progress(Progress("note", f"{source.at_resource(name)}  {name}", words))
        del resources[name]
    for resource in resources.values():
        _forget_order(resource, left_out)
    return changed


def _type(resource: Any) -> str:
    return str(resource.get("Type")) if isinstance(resource, dict) else ""


def _needed(template: Mapping[str, Any], left_out: set[str]) -> Iterator[str]:
    yield from names_used(template.get("Outputs") or {})
    for name, resource in template["Resources"].items():
        if name not in left_out and isinstance(resource, dict):
            yield from names_used(resource.get("Properties") or {})


def _forget_rollout(resources: Mapping[str, Any], resource: Any) -> None:
    """Drop the update policy that leads an alias through CodeDeploy: the engine moves aliases at once."""
    policy = resource.get("UpdatePolicy") if isinstance(resource, dict) else None
    if policy and any(_type(resources.get(name)).startswith("AWS::CodeDeploy::") for name in names_used(policy)):
        del resource["UpdatePolicy"]


def _forget_order(resource: Any, left_out: set[str]) -> None:
    wanted = resource.get("DependsOn") if isinstance(resource, dict) else None
    if wanted:
        kept = [name for name in ([wanted] if isinstance(wanted, str) else wanted) if name not in left_out]
        resource["DependsOn"] = kept
        if not kept:
            del resource["DependsOn"]
