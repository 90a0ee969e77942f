"""Parameters come from the caller, samconfig.toml, the environment and defaults, in this order."""

import pytest

from harness.deploy.parameters import SamConfig, parse_overrides, read_samconfig, resolve_parameters, unused_overrides
from harness.deploy.sources import read_template
from harness.errors import SettingInvalid, TemplateInvalid

TEMPLATE = """
    Parameters:
      GatewayUrl: {Type: String, Default: http://default}
      Threshold: {Type: Number, Default: 5}
      Stage: {Type: String, Default: test, AllowedValues: [test, prod]}
      Secret: {Type: String, Default: longenough, NoEcho: true, AllowedPattern: ".{8,}"}
    Resources:
      Queue: {Type: AWS::SQS::Queue}
"""


@pytest.fixture
def source(write):
    return read_template(write("template.yaml", TEMPLATE))


def resolve(source, *, given=None, overrides=None, known=None):
    return resolve_parameters(source, given=given or {}, config=SamConfig(overrides=overrides or {}), known=known or {})


def test_defaults_are_left_to_the_template_when_nobody_sets_anything(source):
    assert resolve(source) == {}


def test_environment_fills_the_gateway_when_nobody_set_it(source):
    assert resolve(source, known={"GatewayUrl": "http://env"}) == {"GatewayUrl": "http://env"}


def test_nearest_value_wins_when_several_set_one(source):
    assert resolve(source, overrides={"GatewayUrl": "http://file"}, known={"GatewayUrl": "http://env"}) == {
        "GatewayUrl": "http://file"
    }
    assert resolve(source, given={"Threshold": 9}, overrides={"Threshold": "7"}) == {"Threshold": "9"}


def test_known_value_is_dropped_when_the_template_lacks_the_parameter(source):
    assert resolve(source, known={"Other": "x"}) == {}


def test_missing_parameter_is_named_with_line_and_remedy_when_it_has_no_default(write):
    source = read_template(
        write("template.yaml", "Parameters:\n  Vpc: {Type: String}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n")
    )

    with pytest.raises(TemplateInvalid) as raised:
        resolve(source)

    assert str(raised.value).splitlines() == [
        "TemplateInvalid: parameter Vpc has no value and no default, expected one at deployment",
        "  declared  template.yaml:2  Vpc",
        '  do        give `--parameter Vpc=…`, or add parameter_overrides = ["Vpc=…"] to samconfig.toml',
    ]


def test_unknown_parameter_is_refused_when_the_caller_gives_it(source):
    with pytest.raises(TemplateInvalid, match=r"template.yaml:1 declares no parameter Treshold"):
        resolve(source, given={"Treshold": 1})


def test_unknown_parameter_is_only_told_when_samconfig_sets_it(source):
    config = SamConfig(overrides={"Other": "x", "Stage": "prod"})

    assert unused_overrides(source, config) == ["Other"]
    assert resolve_parameters(source, given={}, config=config, known={}) == {"Stage": "prod"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Stage", "staging", "template.yaml:4 parameter Stage is 'staging', expected one of test, prod"),
        ("Threshold", "many", "template.yaml:3 parameter Threshold is 'many', expected a number"),
        ("Secret", "hunter2", "template.yaml:5 parameter Secret is its hidden value, expected text that matches"),
    ],
)
def test_value_is_refused_with_its_line_when_the_declaration_forbids_it(source, name, value, words):
    with pytest.raises(TemplateInvalid, match=words):
        resolve(source, given={name: value})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["A=1", "B=x=y"], {"A": "1", "B": "x=y"}),
        (['A="two words"'], {"A": "two words"}),
        ('A=1 B="two words"', {"A": "1", "B": "two words"}),
        ("ParameterKey=A,ParameterValue=1", {"A": "1"}),
        ({"A": 1, "B": True}, {"A": "1", "B": "true"}),
        ("", {}),
    ],
)
def test_overrides_are_read_when_written_in_any_form_of_sam_cli(written, read):
    assert parse_overrides(written, "samconfig.toml") == read


@pytest.mark.parametrize("written", [["A"], ["=1"], 5, [1]])
def test_overrides_are_refused_when_they_are_not_pairs(written):
    with pytest.raises(SettingInvalid, match=r"samconfig\.toml parameter_overrides"):
        parse_overrides(written, "samconfig.toml")


SAMCONFIG = """
    version = 0.1
    [default.deploy.parameters]
    stack_name = "shop"
    parameter_overrides = "Threshold=1"
    [staging.deploy.parameters]
    parameter_overrides = ["Threshold=2"]
"""


def test_section_of_the_target_is_read_when_it_is_there(write):
    config = read_samconfig(write("samconfig.toml", SAMCONFIG), "staging")

    assert (config.stack_name, dict(config.overrides)) == (None, {"Threshold": "2"})
    assert config.section == "samconfig.toml [staging.deploy.parameters]"


def test_default_section_is_read_when_the_target_has_none(write):
    config = read_samconfig(write("samconfig.toml", SAMCONFIG), "embedded")

    assert (config.stack_name, dict(config.overrides)) == ("shop", {"Threshold": "1"})


def test_nothing_is_set_when_there_is_no_samconfig(project):
    assert read_samconfig(project / "samconfig.toml", "embedded") == SamConfig()


def test_samconfig_is_refused_when_it_is_not_toml(write):
    with pytest.raises(SettingInvalid, match=r"samconfig.toml can't be read: .*line 1"):
        read_samconfig(write("samconfig.toml", "= broken"), "embedded")
