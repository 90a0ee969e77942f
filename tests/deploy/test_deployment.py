"""Systems and templates are found, named and explained before anything is sent."""

from pathlib import Path

import pytest

from harness.deploy import deploy_system, deploy_template, deployment, system_template
from harness.deploy.deployment import checked_stack_name, default_stack_name
from harness.errors import EnvironmentNotRunning, SettingInvalid, TemplateInvalid

QUEUE = "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n"


def test_system_is_found_when_the_current_folder_is_deep_in_the_project(write, project, monkeypatch):
    write("systems/shop/template.yaml", QUEUE)
    deep = project / "systems" / "shop" / "src"
    deep.mkdir()
    monkeypatch.chdir(deep)

    assert system_template("shop") == project / "systems" / "shop" / "template.yaml"


def test_systems_are_listed_when_a_name_is_wrong(write, environment):
    write("systems/shop/template.yaml", QUEUE)

    with pytest.raises(SettingInvalid) as raised:
        deploy_system("shp", environment)

    assert raised.value.evidence["systems"] == "shop"


def test_nothing_is_deployed_when_a_parameter_is_not_the_systems(write, environment, monkeypatch):
    write("systems/shop/template.yaml", QUEUE)
    write("systems/bistro/template.yaml", f"Parameters:\n  ShopApiUrl: {{Type: String}}\n{QUEUE}")
    monkeypatch.setattr(deployment, "_present", lambda *_: pytest.fail("the shop was deployed"))

    with pytest.raises(TemplateInvalid, match="declares no parameter Style"):
        deploy_system("bistro", environment, parameters={"Style": "loud"})


@pytest.mark.parametrize(("folder", "name"), [("queue_worker", "queue-worker"), ("shop", "shop"), ("_a.b_", "a-b")])
def test_stack_is_named_after_the_folder_when_nobody_names_it(tmp_path, folder, name):
    assert default_stack_name(tmp_path / folder / "template.yaml") == name


@pytest.mark.parametrize("name", ["", "1shop", "a_b", "a" * 129])
def test_stack_name_is_refused_when_cloudformation_would(name):
    with pytest.raises(SettingInvalid, match="is not usable"):
        checked_stack_name(name)


@pytest.mark.slow
def test_environment_is_said_to_be_down_when_nothing_answers(write, environment):
    import boto3

    session = boto3.Session("a", "b", region_name="us-east-1")
    environment.client = lambda service: session.client(service, endpoint_url=environment.aws_endpoint_url)

    with pytest.raises(EnvironmentNotRunning, match=r"nothing answers at http://127\.0\.0\.1:1"):
        deploy_template(write("template.yaml", QUEUE), environment, stack_name="shop")


def test_someone_elses_templates_are_where_the_tests_expect_them():
    assert len(list(Path(__file__).parents[2].glob("fixtures/templates/*/template.yaml"))) >= 4
