"""Puts the adapters together for a worker, from its environment; a function builds only what it uses."""

from collections.abc import Callable

from aws_lambda_powertools.metrics import MetricUnit
from groundwork.aws import client
from groundwork.http_pool import HttpPool
from groundwork.instants import utc_now
from groundwork.observability import count, logger
from groundwork.settings import Environment, SettingMissing

from payments.adapters.circuits import DynamoCircuits
from payments.adapters.plain_gateway import PlainGateway
from payments.adapters.settings import breaker_policy, charge_policy
from payments.adapters.store import DynamoStore, TableNames
from payments.adapters.stripe_gateway import StripeGateway
from payments.domain.breaker import Breaker
from payments.domain.charging import Cashier
from payments.domain.circuit import Circuit
from payments.domain.gateway import CardGateway, Outcome


def _plain(environment: Environment) -> CardGateway:
    return PlainGateway(HttpPool(), environment.text("GATEWAY_URL").rstrip("/"))


def _stripe(environment: Environment) -> CardGateway:
    url, key = environment.text("GATEWAY_URL").rstrip("/"), environment.text("GATEWAY_API_KEY")
    return StripeGateway(HttpPool(), url, key)


# Another style of gateway (PayPal, …) is one adapter of the CardGateway port and one line here.
GATEWAYS: dict[str, Callable[[Environment], CardGateway]] = {"plain": _plain, "stripe": _stripe}


def store(environment: Environment) -> DynamoStore:
    """Return the tables."""
    return DynamoStore(client("dynamodb"), TableNames.from_environment(environment))


def gateway(environment: Environment) -> CardGateway:
    """Return the card gateway of the configured style."""
    style = environment.text("GATEWAY_STYLE", "plain")
    if style not in GATEWAYS:
        raise SettingMissing(f"GATEWAY_STYLE is none of {', '.join(GATEWAYS)}")
    return GATEWAYS[style](environment)


def cashier(environment: Environment) -> Cashier:
    """Return everything that charging and refunding needs."""
    circuits = DynamoCircuits(
        client("dynamodb"), environment.text("GATEWAY_CIRCUITS_TABLE"), environment.text("PAYMENT_EVENTS_TABLE")
    )
    return Cashier(
        store=store(environment),
        gateway=gateway(environment),
        breaker=Breaker(circuits, breaker_policy(environment), utc_now, _tell_circuit),
        policy=charge_policy(environment),
        clock=utc_now,
        on_outcome=_tell_outcome,
    )


def _tell_outcome(_merchant: str, outcome: Outcome, duration_ms: float) -> None:
    # No merchant as a dimension: each would be a metric of its own, and be paid for.
    count("GatewayLatency", duration_ms, MetricUnit.Milliseconds, outcome=type(outcome).__name__)


def _tell_circuit(circuit: Circuit) -> None:
    logger.warning("circuit is %s", circuit.state, extra={"operation": "CircuitBreaker", "route": circuit.route})
    count("CircuitChanged", state=str(circuit.state))
