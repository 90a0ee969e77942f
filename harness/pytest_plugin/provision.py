"""Bringing up an environment with the payments system in it. Imported only when a test asks for one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.clients import Deployment
from harness.deploy import StackOutputs, deploy_system, stack_outputs
from harness.deploy.front_doors import api_keys, open_front_door
from harness.errors import SettingInvalid, StackMissing
from harness.ids import new_token
from harness.pytest_plugin.session import GATEWAY_STYLE_DEFAULT
from harness.targets import Environment, open_environment
from harness.targets.embedded.lifecycle import require_ready

SYSTEM = "payments"
# A parameter and an output of the system's template.
STYLE_PARAMETER = "GatewayStyle"


@contextmanager
def open_deployment(
    target: str, instance: str, *, gateway_style: str, calls_file: Path, keep_logs: Callable[[Path], None]
) -> Iterator[Deployment]:
    """Give a deployed payments system that speaks one style of the gateway, for the length of a block.

    With `instance`, that running environment is used and left running; else an own one is brought up on free ports
    and taken down. An own one writes its record of calls to `calls_file` while it runs, and `keep_logs` is called with
    its folder before it goes. Raises SettingInvalid when the system of a running environment speaks another style.
    """
    parameters = {STYLE_PARAMETER: gateway_style}
    if instance:
        environment = require_ready(instance)
        yield _deployed(environment, _outputs_of_running(environment, parameters))
        return
    with open_environment(target, instance=f"e2e-{new_token()}", ports="free", calls_file=calls_file) as environment:
        try:
            yield _deployed(environment, deploy_system(SYSTEM, environment, parameters=parameters))
        finally:
            keep_logs(environment.directory)


def _outputs_of_running(environment: Environment, parameters: Mapping[str, str]) -> StackOutputs:
    try:
        outputs = stack_outputs(SYSTEM, environment)
    except StackMissing:
        return deploy_system(SYSTEM, environment, parameters=parameters)
    _check_style(environment, outputs, parameters[STYLE_PARAMETER])
    open_front_door(SYSTEM, environment, outputs)  # whoever deployed it may have gone another way
    return outputs


def _check_style(environment: Environment, outputs: StackOutputs, style: str) -> None:
    # A stack from a template that knew no styles has no such output and speaks the first one.
    deployed = outputs.get(STYLE_PARAMETER, GATEWAY_STYLE_DEFAULT)
    if deployed != style:
        raise SettingInvalid(
            f"{SYSTEM} on instance {environment.instance} speaks to a {deployed} gateway, expected {style}",
            remedy=f"--rehearsal-gateway {deployed}, or rehearse deploy {SYSTEM} --parameter "
            f"{STYLE_PARAMETER}={style} --instance {environment.instance}",
        )


def _deployed(environment: Environment, outputs: StackOutputs) -> Deployment:
    keys = api_keys(SYSTEM, environment, outputs)
    return Deployment(
        environment,
        dict(outputs),
        api_key=keys.get("PAYMENTS_API_KEY", ""),
        trial_api_key=keys.get("PAYMENTS_TRIAL_API_KEY", ""),
    )
