"""A small evaluator of IAM policies, and the audit of a stack's roles with it.

Evaluated: identity policies of one account; Effect, Action, NotAction, Resource, NotResource; the condition operators
of `conditions`, with ForAllValues, ForAnyValue and IfExists; policy variables. Not evaluated: resource policies,
permissions boundaries, service control policies, session policies, grants across accounts. A statement that holds an
operator which is not known makes the decision UNKNOWN, never an allow or a deny.
"""

from harness.isolation.iam.deciding import ALLOWED, DENIED, NOT_ALLOWED, UNKNOWN, Asked, decide
from harness.isolation.iam.policy import Policy, Statement

__all__ = ["ALLOWED", "DENIED", "NOT_ALLOWED", "UNKNOWN", "Asked", "Policy", "Statement", "decide"]
