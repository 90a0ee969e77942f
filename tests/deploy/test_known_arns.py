"""Names that a template leaves open are given where an ARN has to be known beforehand, each its own."""

from typing import Any

from harness.deploy.known_arns import with_known_arns


def test_given_names_differ_when_the_stack_s_name_leaves_them_no_room() -> None:
    ids = ("Before", "After")
    resources: dict[str, Any] = {one: {"Type": "AWS::Lambda::Function"} for one in ids}
    resources["Pool"] = {"Type": "AWS::Cognito::UserPool", "Properties": {one: {"Ref": one} for one in ids}}

    assert with_known_arns(resources, ["Pool"], "s" * 70) == list(ids)

    names = [resources[one]["Properties"]["FunctionName"] for one in ids]
    assert len(set(names)) == 2
    assert {len(name) for name in names} == {64}
    assert resources["Pool"]["Properties"] == {one: {"Fn::Sub": name} for one, name in zip(ids, names, strict=True)}
