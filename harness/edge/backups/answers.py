"""Answers of the backup operations, and the refusals that end them."""

import uuid
from typing import Any

import orjson

from harness.edge.call import Answer
from harness.errors import RehearsalError


class Refused(RehearsalError):
    """An operation is refused with a modelled error: `code` and the words for the client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def answered(document: Any) -> Answer:
    """Return a JSON 1.0 answer; instants in it are epoch seconds, as the protocol has them."""
    body = orjson.dumps(document)
    headers = [
        (b"content-type", b"application/x-amz-json-1.0"),
        (b"x-amzn-requestid", str(uuid.uuid4()).upper().encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    return Answer(200, headers, body)


def table_not_found(name: str) -> Refused:
    """Return the refusal of an operation on a table that is not there, or not yet."""
    return Refused("TableNotFoundException", f"Table not found: {name}")


def invalid(message: str) -> Refused:
    """Return the refusal of a request that makes no sense."""
    return Refused("ValidationException", message)
