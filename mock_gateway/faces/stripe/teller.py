"""What every part of the Stripe face works with: it reads requests, hands them to the desk, answers in Stripe's way."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.stripe.expanding import Expanding
from mock_gateway.faces.stripe.face import FACE, merchant
from mock_gateway.faces.stripe.forms import Form, body_form, query_form
from mock_gateway.faces.stripe.refusals import dressed
from mock_gateway.idempotency import SUCCEEDED
from mock_gateway.problems import Refused
from mock_gateway.processing import Executed


@dataclass(frozen=True, slots=True)
class Told:
    """What a request is answered with: a document, and what became of the request.

    `again` moves the money once more, for the fault of a gateway that charges twice.
    """

    document: Mapping[str, Any]
    outcome: str = SUCCEEDED
    status: int = 200
    again: Callable[[sqlite3.Connection], object] | None = None


Document = Mapping[str, Any]
Act = Callable[[sqlite3.Connection], Told]
Read = Callable[[sqlite3.Connection, str], Document]


@dataclass(frozen=True)
class Teller:
    """Stands between Stripe's words and the desk."""

    desk: Desk
    expanding: Expanding

    def posted(self, operation: str) -> Form:
        """Take note of a request that changes something, and return its fields; raises Refused (400)."""
        self.desk.exchanges.arrived(operation)
        return body_form()

    def asked(self) -> Form:
        """Take note of a request to look something up, and return its query; raises Refused (400)."""
        self.desk.exchanges.arrived("lookup")
        return query_form()

    def call(self, operation: str, **known: Any) -> Call:
        """Return the request at hand in the words of the fault rules; raises Refused (400) for its key."""
        key = "" if operation == "lookup" else fields.idempotency_key()
        return self.desk.call(operation, FACE, key=key, merchant=merchant(), **known)

    def submit(self, call: Call, form: Form, act: Act) -> Response:
        """Carry a request out, once per key; raises Refused (400) for fields that were not read."""
        paths = form.expand()
        form.done()

        first: list[Told] = []

        def execute(connection: sqlite3.Connection) -> Executed:
            if first:
                # Once more with all that was made would need a second intent, or meet one that is paid already.
                if first[0].again:
                    first[0].again(connection)
                return Executed(first[0].outcome, Answer.of(first[0].status, first[0].document))
            told = act(connection)
            first.append(told)
            document = self.expanding.expanded(connection, call.merchant, told.document, paths)
            return Executed(told.outcome, Answer.of(told.status, document))

        return self.desk.submit(call, form.parameters(), execute)

    def look_up(self, form: Form, read: Read, **known: Any) -> Response:
        """Answer a request to look something up; `read` gets the instant, as text, up to which it may see."""
        paths = form.expand()
        form.done()
        call = self.call("lookup", **known)

        def answer(connection: sqlite3.Connection, until: str) -> Answer:
            try:
                document = read(connection, until)
                return Answer.of(200, self.expanding.expanded(connection, call.merchant, document, paths, until=until))
            except Refused as refusal:
                raise dressed(refusal) from None

        return self.desk.look_up(call, answer)
