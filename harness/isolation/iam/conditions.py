"""Whether a statement's conditions hold for a request.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context keys"
(documented): a key that is not in the request fails an operator, but a negated one holds; ForAllValues holds for a key
that is not there, ForAnyValue does not; IfExists holds for one that is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from harness.isolation.iam.matching import Context, matches, matches_arn
from harness.isolation.iam.policy import Condition

Test = Callable[[str, str, Context], bool]


class OperatorUnknown(Exception):
    """A condition has an operator that is not evaluated here."""


@dataclass(frozen=True, slots=True)
class _Operator:
    test: Test
    negated: bool = False


def _equals(text: str, value: str, context: Context) -> bool:
    return matches(text, value, context, wildcards=False)


def _equals_ignoring_case(text: str, value: str, context: Context) -> bool:
    return matches(text, value, context, wildcards=False, ignore_case=True)


_OPERATORS = {
    "StringEquals": _Operator(_equals),
    "StringNotEquals": _Operator(_equals, negated=True),
    "StringEqualsIgnoreCase": _Operator(_equals_ignoring_case),
    "StringNotEqualsIgnoreCase": _Operator(_equals_ignoring_case, negated=True),
    "StringLike": _Operator(matches),
    "StringNotLike": _Operator(matches, negated=True),
    "ArnEquals": _Operator(matches_arn),  # the same as ArnLike (documented)
    "ArnLike": _Operator(matches_arn),
    "ArnNotEquals": _Operator(matches_arn, negated=True),
    "ArnNotLike": _Operator(matches_arn, negated=True),
    "Bool": _Operator(_equals_ignoring_case),
}


def holds(condition: Condition, context: Context) -> bool:
    """Tell whether a condition holds; raises OperatorUnknown for one that is not evaluated."""
    quantifier, _, name = condition.operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    values = context.get(condition.key.lower(), ())
    if name == "Null":
        return any((not values) is (wanted.lower() == "true") for wanted in condition.values)
    operator = _OPERATORS.get(name)
    if operator is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise OperatorUnknown(condition.operator)
    if not values:
        return quantifier == "ForAllValues" or if_exists or (operator.negated and not quantifier)
    passed = (_passes(operator, condition, value, context) for value in values)
    return any(passed) if quantifier == "ForAnyValue" else all(passed)


def _passes(operator: _Operator, condition: Condition, value: str, context: Context) -> bool:
    found = any(operator.test(text, value, context) for text in condition.values)
    return found is not operator.negated
