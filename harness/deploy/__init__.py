"""Standard SAM and CloudFormation templates become packaged, deployed stacks.

`deploy_system` takes a system of the project, `deploy_template` anybody's template; both package code and its
dependencies, translate SAM on this machine, upload, create or update the stack and return its outputs. The same
template goes to the emulators and to AWS. Errors name the template's line.
"""

from harness.deploy.deployment import (
    delete_stack,
    deploy_system,
    deploy_template,
    describe_stack,
    stack_outputs,
    system_template,
)
from harness.deploy.outputs import StackDescription, StackOutputs, StackResource
from harness.deploy.progress import OnProgress, Progress
from harness.deploy.target import DeployTarget

__all__ = [
    "DeployTarget",
    "OnProgress",
    "Progress",
    "StackDescription",
    "StackOutputs",
    "StackResource",
    "delete_stack",
    "deploy_system",
    "deploy_template",
    "describe_stack",
    "stack_outputs",
    "system_template",
]
