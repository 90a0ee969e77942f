"""The page on which a cardholder agrees to a payment, or does not: where `next_action` sends the browser.

Takes the intent's client secret for a key and goes on to the return URL, as Stripe's page does.
"""

import hmac
import sqlite3
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, request

from mock_gateway.answer import Answer
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.exchange import sent
from mock_gateway.faces.stripe.face import FACE
from mock_gateway.faces.stripe.intent_steps import Intent, IntentSteps
from mock_gateway.faces.stripe.intent_terms import known
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Told
from mock_gateway.processing import Executed

HTML = "text/html; charset=utf-8"
_FRAME = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>3-D Secure test page</title>\n{}</html>\n'
_QUESTION = """<h1>Pay {amount} {currency} (minor units)?</h1>
<p>No money moves: this is a fake for tests.</p>
<form method="post">
<button name="agreed" value="true">Complete</button>
<button name="agreed" value="false">Fail</button>
</form>
"""


@dataclass(frozen=True)
class AuthenticationPage:
    """`/stripe/authenticate/{id}?client_secret=`."""

    desk: Desk
    steps: IntentSteps

    def face(self) -> Blueprint:
        """Return the routes for a Flask application."""
        face = Blueprint("stripe_page", __name__, url_prefix="/stripe")
        face.get("/authenticate/<intent_id>")(self.show_question)
        face.post("/authenticate/<intent_id>")(self.take_decision)
        return face

    def show_question(self, intent_id: str) -> Response:
        """`GET /stripe/authenticate/{id}?client_secret=`: a page with two buttons."""
        _, intent = self._asked(intent_id)
        question = _QUESTION.format(amount=int(intent["amount"]), currency=escape(intent["currency"].upper()))
        return sent(Answer(200, _FRAME.format(question), content_type=HTML))

    def take_decision(self, intent_id: str) -> Response:
        """`POST /stripe/authenticate/{id}?client_secret=`: `agreed` true or false; goes on to the return URL."""
        self.desk.exchanges.arrived("charge")
        merchant, seen = self._asked(intent_id)
        agreed = request.values.get("agreed") == "true"
        operation = "authorize" if seen["capture_method"] == "manual" else "charge"
        call = self.desk.call(operation, FACE, merchant=merchant, **known(seen))

        first: list[tuple[Told, Executed]] = []

        def execute(connection: sqlite3.Connection) -> Executed:
            if first:
                # The fault of a gateway that charges twice: the cardholder decided once.
                told, executed = first[0]
                if told.again:
                    told.again(connection)
                return executed
            intent = self.steps.objects.get(connection, merchant, "payment_intent", intent_id)
            action = intent["next_action"] or {}
            told = self.steps.authenticate(connection, call, intent, agreed=agreed)
            is_paid = told.status == 200 and told.document["status"] in ("succeeded", "requires_capture")
            first.append((told, Executed(told.outcome, _onwards(intent, action, is_paid=is_paid))))
            return first[0][1]

        return self.desk.submit(call, {"agreed": agreed}, execute)

    def _asked(self, intent_id: str) -> tuple[str, Intent]:
        with self.desk.database.read() as connection:
            found = self.steps.objects.find_whose(connection, "payment_intent", intent_id)
        secret = request.args.get("client_secret", "")
        if found is None or not hmac.compare_digest(found[1]["client_secret"].encode(), secret.encode()):
            raise no_such("payment_intent", "intent")
        return found


def _onwards(intent: Intent, action: dict[str, Any], *, is_paid: bool) -> Answer:
    status = "succeeded" if is_paid else "failed"
    return_url = action.get("redirect_to_url", {}).get("return_url")
    if not return_url:
        return Answer(200, _FRAME.format(f"<p>The payment {status}. Go back to where you came from.</p>"), HTML)
    query = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": status,
    }
    url = urlsplit(return_url)
    whole = urlunsplit(url._replace(query="&".join(filter(None, (url.query, urlencode(query))))))
    return Answer(303, "", HTML, {"Location": whole})
