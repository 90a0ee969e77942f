"""The option for the gateway's style: it reaches the deployment, and what a run tells others to type has it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.deploy import StackOutputs
from harness.errors import SettingInvalid, StackMissing
from harness.pytest_plugin import provision
from harness.pytest_plugin.session import Session
from harness.targets import Environment


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """Pretend a running environment: `outputs` of what is deployed there, `parameters` of what was deployed by us."""
    state = SimpleNamespace(outputs=None, parameters=None)

    def stack_outputs(name: str, environment: Environment) -> StackOutputs:
        if state.outputs is None:
            raise StackMissing("there is no stack")
        return StackOutputs(name, "CREATE_COMPLETE", state.outputs)

    def deploy_system(name: str, environment: Environment, *, parameters: dict[str, str]) -> StackOutputs:
        state.parameters = parameters
        return StackOutputs(name, "CREATE_COMPLETE", dict(parameters))

    nowhere = "http://127.0.0.1:9"
    environment = Environment("embedded", "mine", nowhere, nowhere, tmp_path)
    monkeypatch.setattr(provision, "require_ready", lambda instance, target: environment)
    monkeypatch.setattr(provision, "stack_outputs", stack_outputs)
    monkeypatch.setattr(provision, "deploy_system", deploy_system)
    monkeypatch.setattr(provision, "open_front_door", lambda *_: None)
    monkeypatch.setattr(provision, "api_keys", lambda *_: {})
    return state


def opened(style: str) -> None:
    with provision.open_deployment(
        "embedded", "mine", gateway_style=style, calls_file=Path("calls.jsonl"), keep_logs=lambda _: None
    ) as deployment:
        deployment.system("payments")


def test_style_is_a_parameter_when_the_system_is_not_deployed_yet(deployed: SimpleNamespace) -> None:
    opened("stripe")

    assert deployed.parameters == {"GatewayStyle": "stripe"}


@pytest.mark.parametrize(("outputs", "style"), [({"GatewayStyle": "stripe"}, "stripe"), ({}, "plain")])
def test_running_system_is_used_when_it_speaks_the_style(
    deployed: SimpleNamespace, outputs: dict[str, str], style: str
) -> None:
    deployed.outputs = outputs

    opened(style)

    assert deployed.parameters is None


def test_error_says_how_to_go_on_when_the_running_system_speaks_another_style(deployed: SimpleNamespace) -> None:
    deployed.outputs = {"GatewayStyle": "plain"}

    with pytest.raises(SettingInvalid) as refused:
        opened("stripe")

    told = str(refused.value)
    assert "payments on instance mine speaks to a plain gateway, expected stripe" in told
    assert "rehearse deploy payments --parameter GatewayStyle=stripe --instance mine" in told


@pytest.mark.parametrize(
    ("style", "ends"), [("plain", "--rehearsal-seed 42"), ("stripe", "--rehearsal-gateway stripe")]
)
def test_replay_command_has_the_style_when_it_is_not_the_default(tmp_path: Path, style: str, ends: str) -> None:
    option = SimpleNamespace(
        rehearsal_target="embedded",
        rehearsal_gateway=style,
        rehearsal_instance="",
        rehearsal_artifacts="",
        rehearsal_seed=42,
        rehearsal_trust="probe",
    )
    config = SimpleNamespace(option=option, rootpath=tmp_path, invocation_params=SimpleNamespace(args=()))

    replay = Session(config, None).replay("test_pay.py::test_pay")  # type: ignore[arg-type]

    assert replay.startswith('pytest "test_pay.py::test_pay" --rehearsal-seed 42')
    assert replay.endswith(ends)
