"""The name of a resource, from whatever a call refers to it by: a name, an ARN, a queue's URL.

Source: the ARN formats in the service authorization reference (documented).
"""

import re

_SECRET_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")
# Services whose ARNs end in `<type>/<name>` with something behind the name that is not part of it.
_FIRST_OF_PATH = frozenset({"dynamodb", "kinesis", "cloudformation", "firehose"})
_WITHOUT_TYPE = frozenset({"sns", "sqs"})


def name_of(reference: str) -> str:
    """Return the name in a reference to a resource; what is no ARN and no URL is a name already."""
    if reference.startswith("arn:"):
        return _name_in_arn(reference)
    if reference.startswith(("http://", "https://")):
        return reference.rstrip("/").rpartition("/")[2]
    return reference


def execution_of(arn: str) -> tuple[str, str]:
    """Return the state machine's and the execution's name in an execution's ARN, ("", "") when it is none.

    `…:execution:<machine>:<name>` and, for Express ones, `…:express:<machine>:<name>:<id>`.
    """
    parts = arn.split(":")
    if len(parts) < 8 or parts[5] not in ("execution", "express"):
        return "", ""
    return parts[6].partition("/")[0], parts[7]


def _name_in_arn(arn: str) -> str:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return arn
    service, resource = parts[2], parts[5]
    if service == "s3":
        return resource.partition("/")[0]
    if service in _WITHOUT_TYPE:
        return resource.partition(":")[0]  # a subscription's id follows its topic
    kind, separator, rest = resource.partition(":")
    if separator and "/" not in kind:
        return _after_colon(service, rest)
    kind, separator, rest = resource.partition("/")
    name = rest if separator else resource
    return name.partition("/")[0] if service in _FIRST_OF_PATH else name.rpartition("/")[2]


def _after_colon(service: str, rest: str) -> str:
    """Return the name in `function:Name:alias`, `secret:Name-a1B2c3`, `log-group:/a/b:*`, `stateMachine:Name`."""
    if service == "secretsmanager":
        return _SECRET_SUFFIX.sub("", rest)
    return rest.removesuffix(":*") if service == "logs" else rest.partition(":")[0]
