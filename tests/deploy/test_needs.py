"""A template that declares another system's API as a parameter gets it from that system's deployment."""

from pathlib import Path

import pytest

from harness.deploy import StackOutputs, needs
from harness.deploy.sources import read_template
from harness.errors import SettingInvalid
from tests.deploy.conftest import FakeEnvironment

ALONE = "Parameters:\n  GatewayUrl: { Type: String }\nResources: { Topic: { Type: AWS::SNS::Topic } }\n"
RESOURCES = "Resources: { Topic: { Type: AWS::SNS::Topic } }\n"
CALLS_SHOP = "Parameters:\n  ShopApiUrl: { Type: String }\n  ShopApiKey: { Type: String }\n" + RESOURCES


class Keys:
    def get_api_key(self, apiKey: str, includeValue: bool) -> dict[str, str]:  # noqa: N803 - boto3's
        return {"value": f"value of {apiKey}"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the systems bistro, which calls shop, and shop."""
    for name, text in (("bistro", CALLS_SHOP), ("shop", ALONE)):
        folder = tmp_path / "systems" / name
        folder.mkdir(parents=True)
        (folder / "template.yaml").write_text(text)
    monkeypatch.setattr(needs, "project_root", lambda: tmp_path)
    return tmp_path


def test_system_is_needed_when_its_url_is_a_parameter(project: Path) -> None:
    assert needs.needed_by_system("bistro") == ["shop"]
    assert needs.needed_by_system("shop") == []
    assert needs.needed_by(read_template(project / "systems" / "bistro" / "template.yaml")) == ["shop"]


def test_needed_system_comes_first_when_all_are_deployed(project: Path) -> None:
    assert needs.in_order(["bistro", "shop"]) == ["shop", "bistro"]
    assert needs.in_order(["bistro"]) == ["bistro"]


def test_parameters_go_to_those_that_declare_them(project: Path) -> None:
    values = {"GatewayUrl": "http://g", "Other": "x"}

    assert needs.declared_of("shop", values) == {"GatewayUrl": "http://g"}
    assert needs.declared_of("bistro", values) == {}


def test_template_is_told_address_and_key_when_the_needed_system_is_deployed(environment: FakeEnvironment) -> None:
    environment.for_functions["shop"] = "http://127.0.0.1:3009"
    environment.clients["apigateway"] = Keys()
    outputs = StackOutputs("shop", "CREATE_COMPLETE", {"ApiKeyId": "k1"})

    assert needs.parameters_from({"shop": outputs}, environment) == {
        "ShopApiUrl": "http://127.0.0.1:3009",
        "ShopApiKey": "value of k1",
    }


def test_address_is_the_stacks_own_when_there_is_no_known_port(environment: FakeEnvironment) -> None:
    outputs = StackOutputs("shop", "CREATE_COMPLETE", {"ApiUrl": "https://shop.example"})

    assert needs.parameters_from({"shop": outputs}, environment) == {
        "ShopApiUrl": "https://shop.example",
        "ShopApiKey": "",
    }


def test_needed_system_without_an_api_is_an_error(environment: FakeEnvironment) -> None:
    with pytest.raises(SettingInvalid, match="system shop is needed and has no API"):
        needs.parameters_from({"shop": StackOutputs("shop", "CREATE_COMPLETE", {})}, environment)
