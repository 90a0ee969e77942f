"""What docs/staging.md gives to copy is usable: the policy is JSON, bounded by the prefix, and reads all it must."""

import json
import re
from pathlib import Path
from typing import Any

from harness.targets.staging.run import MARK

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "staging.md").read_text(encoding="utf-8")
# What the look for production and the look for what is left ask of an account.
ASKED = (
    *("iam:ListAccountAliases", "organizations:DescribeAccount", "cloudformation:DescribeStacks", "tag:GetResources"),
    *("dynamodb:ListTables", "lambda:ListFunctions", "iam:ListRoles", "s3:ListAllMyBuckets", "logs:DescribeLogGroups"),
)


def policy() -> dict[str, Any]:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    document: dict[str, Any] = json.loads(block)
    return document


def test_policy_lets_the_run_look_at_all_that_it_must() -> None:
    look = next(one for one in policy()["Statement"] if one["Sid"] == "Look")

    assert set(ASKED) <= set(look["Action"])


def test_policy_changes_only_what_bears_the_prefix() -> None:
    for one in policy()["Statement"]:
        if any(action.endswith(":*") for action in _listed(one["Action"])) and one["Sid"] != "Apis":
            assert all(MARK in resource for resource in _listed(one["Resource"])), one["Sid"]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
