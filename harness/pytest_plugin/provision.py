"""Bringing up an environment, and systems in it when a test asks for them. Imported only when a test does."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.clients import DeployedSystem, Deployment
from harness.deploy import StackOutputs, deploy_system, stack_outputs
from harness.deploy.front_doors import api_keys, open_front_door
from harness.deploy.needs import declared_of, needed_by_system
from harness.errors import RehearsalError, SettingInvalid, StackMissing
from harness.ids import new_token
from harness.pytest_plugin.session import GATEWAY_STYLE_DEFAULT
from harness.targets import Environment, open_environment
from harness.targets.lifecycle import lifecycle_of, require_ready

# A parameter and an output of the templates whose systems speak to the gateway.
STYLE_PARAMETER = "GatewayStyle"
LOG_LINES_MAX = 100_000


@contextmanager
def open_deployment(
    target: str,
    instance: str,
    *,
    gateway_style: str,
    calls_file: Path,
    keep_logs: Callable[[Path], None],
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Deployment]:
    """Give an environment for the length of a block, in which systems that are asked for are deployed.

    Those that speak to the gateway do so in one style. With `instance`, that running environment is used and left
    running; else an own one is brought up on free ports and taken down. An own one writes its record of calls to
    `calls_file` while it runs, and `keep_logs` is called with its folder before it goes. Raises SettingInvalid for
    staging without an instance: nobody makes things in an account by running tests.
    """
    parameters = {STYLE_PARAMETER: gateway_style}
    if instance:
        environment = require_ready(instance, target)
        yield Deployment(environment, Deployer(environment, parameters, running=True, progress=progress))
        return
    if target == "staging":
        raise SettingInvalid(
            "tests use a staging environment that runs, and none was named",
            remedy="rehearse up --target staging --instance NAME, then --rehearsal-instance NAME",
        )
    own = {"instance": f"e2e-{new_token()}", "calls_file": calls_file, "progress": progress}
    with open_environment(target, ports="free", **own) as environment:  # type: ignore[arg-type]
        try:
            yield Deployment(environment, Deployer(environment, parameters, progress=progress))
        finally:
            if target != "embedded":
                write_logs(environment)
            keep_logs(environment.directory)


def write_logs(environment: Environment) -> None:
    """Write the logs of an environment's parts into its folder, where its parts write none themselves.

    What can't be read is told in the part's file: the run is over, and its result must not depend on its logs.
    """
    lifecycle = lifecycle_of(environment.target)
    folder = environment.directory / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for part in lifecycle.PARTS:
        path = folder / f"{part}.log"
        if path.exists():
            continue
        with path.open("w", encoding="utf-8") as log:
            try:
                log.writelines(
                    f"{line}\n"
                    for line in lifecycle.log_lines(environment.instance, part, last=LOG_LINES_MAX, follow=False)
                )
            except RehearsalError as problem:
                log.write(f"not readable: {problem.headline}\n")
        if not path.stat().st_size:
            path.unlink()


class Deployer:
    """Deploys each system once, what it needs first; a failure is remembered, so that it is not tried for each test."""

    def __init__(
        self,
        environment: Environment,
        parameters: Mapping[str, str],
        *,
        running: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._environment = environment
        self._parameters = parameters
        self._running = running
        self._progress = progress
        self._lock = threading.RLock()
        self._deployed: dict[str, DeployedSystem | Exception] = {}

    def __call__(self, name: str) -> DeployedSystem:
        """Return the deployed system; raises SettingInvalid when a running one speaks another style."""
        with self._lock:
            if name not in self._deployed:
                try:
                    self._deployed[name] = self._deploy(name)
                except Exception as problem:  # noqa: BLE001 - raised below, now and whenever it is asked for again
                    self._deployed[name] = problem
            found = self._deployed[name]
            if isinstance(found, Exception):
                raise found.with_traceback(None)  # else it grows by a way each time it is raised
            return found

    def _deploy(self, name: str) -> DeployedSystem:
        for needed in needed_by_system(name):
            self(needed)
        parameters = {key: str(value) for key, value in declared_of(name, self._parameters).items()}
        outputs = self._of_running(name, parameters) if self._running else self._fresh(name, parameters)
        prefix = f"{name.upper()}_"
        keys = api_keys(name, self._environment, outputs)
        return DeployedSystem(name, dict(outputs), {key.removeprefix(prefix): value for key, value in keys.items()})

    def _fresh(self, name: str, parameters: Mapping[str, str]) -> StackOutputs:
        self._progress(f"deploying {name}")
        started_s = time.monotonic()
        outputs = deploy_system(name, self._environment, parameters=parameters)
        self._progress(f"{name} is deployed, in {time.monotonic() - started_s:.0f} s")
        return outputs

    def _of_running(self, name: str, parameters: Mapping[str, str]) -> StackOutputs:
        try:
            outputs = stack_outputs(name, self._environment)
        except StackMissing:
            return self._fresh(name, parameters)
        if STYLE_PARAMETER in parameters:
            _check_style(name, self._environment, outputs, parameters[STYLE_PARAMETER])
        open_front_door(name, self._environment, outputs)  # whoever deployed it may have gone another way
        return outputs


def _check_style(name: str, environment: Environment, outputs: StackOutputs, style: str) -> None:
    # A stack from a template that knew no styles has no such output and speaks the first one.
    deployed = outputs.get(STYLE_PARAMETER, GATEWAY_STYLE_DEFAULT)
    if deployed != style:
        raise SettingInvalid(
            f"{name} on instance {environment.instance} speaks to a {deployed} gateway, expected {style}",
            remedy=f"--rehearsal-gateway {deployed}, or rehearse deploy {name} --parameter "
            f"{STYLE_PARAMETER}={style} --instance {environment.instance}",
        )
