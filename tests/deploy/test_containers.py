"""Functions that run in containers find AWS there, name themselves, and are built for the machine."""

import platform

import pytest

from harness.deploy.containers import container_machine, container_python, ready_for_containers
from harness.errors import SettingInvalid

AWS = "http://edge:4566"


def ready(**properties):
    template = {"Resources": {"Pay": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    changed = ready_for_containers(template, stack_name="shop", aws_url=AWS, machine="arm64")
    return changed["Resources"]["Pay"]["Properties"]


def test_function_finds_aws_when_it_has_no_environment():
    made = ready(FunctionName={"Fn::Sub": "${AWS::StackName}-pay"}, Architectures=["x86_64"])

    assert made["Environment"]["Variables"] == {"AWS_ENDPOINT_URL": AWS, "AWS_SDK_UA_APP_ID": "shop-pay"}
    assert made["Architectures"] == ["arm64"]


def test_own_variables_are_kept_when_the_template_sets_them():
    made = ready(Environment={"Variables": {"TABLE": {"Ref": "T"}, "AWS_ENDPOINT_URL": "http://own"}})

    assert made["Environment"]["Variables"] == {
        "TABLE": {"Ref": "T"}, "AWS_ENDPOINT_URL": "http://own", "AWS_SDK_UA_APP_ID": "shop-Pay",
    }  # fmt: skip


def test_both_branches_are_told_when_a_condition_chooses_the_environment():
    made = ready(Environment={"Fn::If": ["Loud", {"Variables": {"A": "1"}}, {"Ref": "AWS::NoValue"}]})

    _, loud, quiet = made["Environment"]["Fn::If"]
    assert loud["Variables"].keys() == {"A", "AWS_ENDPOINT_URL", "AWS_SDK_UA_APP_ID"}
    assert quiet["Variables"].keys() == {"AWS_ENDPOINT_URL", "AWS_SDK_UA_APP_ID"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("n" * 64, "n" * 50),
        ({"Fn::Sub": "${Prefix}-pay"}, {"Fn::Sub": "${Prefix}-pay"}),
        ({"Ref": "Name"}, {"Ref": "Name"}),
    ],
)
def test_application_id_is_the_functions_name_when_it_has_one(name, told):
    assert ready(FunctionName=name)["Environment"]["Variables"]["AWS_SDK_UA_APP_ID"] == told


def test_image_keeps_its_architecture_when_a_function_is_one():
    assert ready(PackageType="Image", Architectures=["x86_64"])["Architectures"] == ["x86_64"]


def test_template_itself_is_unchanged_when_it_is_made_ready():
    template = {"Resources": {"Pay": {"Type": "AWS::Lambda::Function"}, "Q": {"Type": "AWS::SQS::Queue"}}}

    changed = ready_for_containers(template, stack_name="shop", aws_url=AWS, machine="arm64")

    assert template["Resources"]["Pay"] == {"Type": "AWS::Lambda::Function"}
    assert changed["Resources"]["Q"] == {"Type": "AWS::SQS::Queue"}


@pytest.mark.parametrize(("machine", "told"), [("AMD64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")])
def test_machine_has_lambdas_name_when_it_is_known(monkeypatch, machine, told):
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert container_machine() == told


def test_machine_is_refused_when_lambda_has_no_image_for_it(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    with pytest.raises(SettingInvalid, match="riscv64"):
        container_machine()


def test_python_is_the_runtimes_when_nobody_chose_another(monkeypatch):
    monkeypatch.delenv("REHEARSAL_LAMBDA_PYTHON", raising=False)
    assert container_python("3.12") == "3.12"

    monkeypatch.setenv("REHEARSAL_LAMBDA_PYTHON", "3.13")
    assert container_python("3.12") == "3.13"


def test_python_is_refused_when_it_is_no_version(monkeypatch):
    monkeypatch.setenv("REHEARSAL_LAMBDA_PYTHON", "python3")

    with pytest.raises(SettingInvalid, match="REHEARSAL_LAMBDA_PYTHON is 'python3'"):
        container_python("3.12")
