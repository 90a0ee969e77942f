"""Puts Stripe's resources together: what they share, and the routes of each."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from mock_gateway.faces.desk import Desk
from mock_gateway.faces.stripe.announcements import Announcements
from mock_gateway.faces.stripe.authenticating import AuthenticationPage
from mock_gateway.faces.stripe.balance import Balance
from mock_gateway.faces.stripe.charge_records import ChargeRecords
from mock_gateway.faces.stripe.charges import StripeCharges
from mock_gateway.faces.stripe.customers import StripeCustomers
from mock_gateway.faces.stripe.direct_charges import DirectCharges
from mock_gateway.faces.stripe.disputes import StripeDisputes
from mock_gateway.faces.stripe.events import Events
from mock_gateway.faces.stripe.expanding import Expanding, Load
from mock_gateway.faces.stripe.face import Part
from mock_gateway.faces.stripe.happenings import Happenings
from mock_gateway.faces.stripe.intent_steps import IntentSteps
from mock_gateway.faces.stripe.intents import Intents
from mock_gateway.faces.stripe.method_routes import MethodRoutes
from mock_gateway.faces.stripe.objects import Objects
from mock_gateway.faces.stripe.payment_methods import PaymentMethods, method_document
from mock_gateway.faces.stripe.refunds import StripeRefunds
from mock_gateway.faces.stripe.teller import Teller


def teller_of(desk: Desk) -> Teller:
    """Return what all the parts of the face work with."""
    return Teller(desk, Expanding())


def resources(teller: Teller, events: Events) -> tuple[list[Part], Blueprint]:
    """Return the routes of the resources and of the cardholder's page; they hear of what happens without a request."""
    desk, announcements = teller.desk, Announcements(events)
    objects, methods = Objects(desk.clock), PaymentMethods(desk.customers)
    records = ChargeRecords(objects, desk.ledger, desk.acquirer)
    steps = IntentSteps(objects, methods, records, announcements)
    customers, balance = StripeCustomers(teller, methods, announcements), Balance(teller)
    desk.acquirer.listeners.append(Happenings(steps).heard)

    def method(connection: sqlite3.Connection, merchant: str, method_id: str, _until: str) -> Mapping[str, Any]:
        return method_document(methods.find(connection, merchant, method_id))

    teller.expanding.loads.update(
        cus=customers.shown,
        ch=records.show,
        txn=balance.shown,
        pm=method,
        pi=_load(objects, "payment_intent"),
        re=_load(objects, "refund"),
        dp=_load(objects, "dispute"),
    )
    parts: list[Part] = [
        Intents(teller, steps),
        customers,
        MethodRoutes(teller, customers),
        StripeCharges(teller, records, announcements),
        DirectCharges(teller, steps),
        StripeRefunds(teller, records, announcements),
        StripeDisputes(teller, records, announcements),
        balance,
    ]
    return parts, AuthenticationPage(desk, steps).face()


def _load(objects: Objects, kind: str) -> Load:
    def load(connection: sqlite3.Connection, merchant: str, object_id: str, until: str) -> Mapping[str, Any]:
        return objects.get(connection, merchant, kind, object_id, until=until)

    return load
