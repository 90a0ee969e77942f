"""Errors on the wire, as the protocol of a call has them."""

import json

from harness.edge.call import Answer, Call


def refusal(call: Call, code: str, message: str, status: int = 400) -> Answer:
    """Return an error answer to `call` that its SDK parses as the error `code`."""
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"content-length", b"%d" % len(body))]
    return Answer(status, headers, body)
