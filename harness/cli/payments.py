"""Commands that try the payments system: pay, wallet, executions. They show what happens, state by state."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Quiet, Target, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_DEFAULT
from harness.errors import AnswerUnexpected, StatusTimeout
from harness.ids import new_token
from harness.targets import Environment

if TYPE_CHECKING:
    import httpx

    from harness.clients.flow import Flow, Transition

SYSTEM = "payments"
FLOW_WITHIN_S = 60.0
POLL_EVERY_S = 0.05
FINAL_STATUSES = ("COMPLETED", "FAILED", "REFUNDED")

wallet = typer.Typer(help="Open, top up and show wallets.", no_args_is_help=True)

User = Annotated[str, typer.Argument(help="The user's id, e.g. user_test_001.")]
Amount = Annotated[str, typer.Argument(help="A decimal amount, e.g. 50.00.")]
Currency = Annotated[str, typer.Option("--currency", "-c", help="ISO 4217 code.")]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(epilog="Example: rehearse pay user_test_001 50.00 --order-id order-7")(pay)
    application.command(epilog="Example: rehearse executions --last 5")(executions)
    wallet.command("open", epilog="Example: rehearse wallet open user_test_001 1000.00")(open_wallet)
    wallet.command("credit", epilog="Example: rehearse wallet credit user_test_001 250.00")(credit)
    wallet.command("show", epilog="Example: rehearse wallet show user_test_001 --json")(show)
    application.add_typer(wallet, name="wallet")


@dataclass(frozen=True, slots=True)
class Api:
    """The payments API of a running environment."""

    http: "httpx.Client"

    def ask(self, method: str, path: str, *, expect: tuple[int, ...], **request: Any) -> tuple[int, dict[str, Any]]:
        """Send a request; raises AnswerUnexpected, with the answer's own words, for another status."""
        answer = self.http.request(method, path, **request)
        document = answer.json() if answer.content else {}
        if answer.status_code not in expect:
            problem = document.get("error", {})
            raise AnswerUnexpected(
                f"{method} {path} was answered with {answer.status_code}: {problem.get('message', answer.text[:200])}",
                evidence={f"field {one['field']}": one["message"] for one in problem.get("fields", ())},
            )
        return answer.status_code, document


def pay(
    user: User,
    amount: Amount,
    currency: Currency = "USD",
    order_id: Annotated[str, typer.Option(help="Your own order number.")] = "",
    payment_id: Annotated[str, typer.Option(help="The payment's id; the same id never pays twice.")] = "",
    card: Annotated[str, typer.Option(help="A test card's token, e.g. tok_chargeDeclined.")] = "",
    merchant: Annotated[str, typer.Option(help="The merchant, which is the gateway's route.")] = "",
    expect: Annotated[str, typer.Option(help="The status that counts as success.")] = "COMPLETED",
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Pay, and show every state as it happens. Exit code 1 when the payment ends otherwise than expected."""
    from harness.clients.flow import Flow

    environment = running(instance, target)
    api = _api(environment)
    optional = {"order_id": order_id, "card": card, "merchant": merchant}
    body = {"payment_id": payment_id or f"pay-{new_token()}", "user_id": user, "amount": amount, "currency": currency}
    body |= {name: value for name, value in optional.items() if value}
    tell = _silent if as_json else _say
    before = _balance(api, user)
    tell(f"🚀 payment {body['payment_id']}: {amount} {currency} from {user}{f', order {order_id}' if order_id else ''}")
    tell(f"💰 initial balance {before}")
    _, started = api.ask(
        "POST", "/payments", expect=(200, 202, 402, 503), json=body, headers={"Prefer": "respond-async"}
    )
    flow = Flow()
    for transition in _followed(environment, started, flow):
        _tell_transition(tell, transition)
    document = _settled(api, str(body["payment_id"]))
    after = _balance(api, user)
    if as_json:
        print_json(_summary_document(document, flow, before, after))
    else:
        _print_summary(document, flow, after)
    if document["status"] != expect:
        raise typer.Exit(1)


def executions(
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=100, help="How many.")] = 3,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show the last executions of the payment flow, state by state."""
    from harness.clients.flow import Flow
    from harness.deploy import stack_outputs

    environment = running(instance, target)
    states = environment.client("stepfunctions")
    arn = stack_outputs(SYSTEM, environment)["StateMachineArn"]
    listed = states.list_executions(stateMachineArn=arn, maxResults=last)["executions"]
    documents = []
    for one in reversed(listed):
        flow = Flow()
        transitions = flow.feed(_history(states, one["executionArn"]))
        documents.append({"name": one["name"], "status": one["status"], "error": flow.error, **_states_document(flow)})
        if not as_json:
            answers.print(f"execution {one['name']} {one['status']} {flow.error}".rstrip(), markup=False)
            for transition in transitions:
                _tell_transition(_say, transition)
    if as_json:
        print_json(documents)
    elif not listed:
        answers.print("no execution yet; try: rehearse pay user_test_001 50.00")


def open_wallet(
    user: User,
    amount: Amount,
    currency: Currency = "USD",
    quiet: Quiet = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_DEFAULT,
) -> None:
    """Make a wallet with this balance, unless the user has one already."""
    api = _api(running(instance, target))
    status, document = api.ask("GET", f"/wallets/{user}", expect=(200, 404))
    if status == 404:
        _, document = api.ask(
            "POST", f"/wallets/{user}/credits", expect=(200,), json={"amount": amount, "currency": currency}
        )
    if not quiet:
        answers.print(f"💰 {user} has {document['balance']} {document['currency']}")


def credit(
    user: User,
    amount: Amount,
    currency: Currency = "USD",
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Top a wallet up."""
    api = _api(running(instance, target))
    body = {"amount": amount, "currency": currency}
    _, document = api.ask("POST", f"/wallets/{user}/credits", expect=(200,), json=body)
    _print_wallet(document, as_json=as_json)


def show(
    user: User, instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_DEFAULT, as_json: AsJson = False
) -> None:
    """Show a wallet's balance."""
    _, document = _api(running(instance, target)).ask("GET", f"/wallets/{user}", expect=(200,))
    _print_wallet(document, as_json=as_json)


def _api(environment: Environment) -> Api:
    import httpx

    from harness.deploy import stack_outputs
    from harness.deploy.front_doors import api_keys

    keys = api_keys(SYSTEM, environment, stack_outputs(SYSTEM, environment))
    headers = {"x-api-key": keys["PAYMENTS_API_KEY"]}
    return Api(httpx.Client(base_url=environment.payments_api_url, headers=headers, timeout=40, trust_env=False))


def _followed(environment: Environment, started: Mapping[str, Any], flow: "Flow") -> Iterator["Transition"]:
    """Give the transitions of the payment's execution as they come, until it ends; raises StatusTimeout."""
    states = environment.client("stepfunctions")
    arn = started["execution_arn"]
    seen = 0
    deadline_s = time.monotonic() + FLOW_WITHIN_S
    while flow.outcome == "RUNNING":
        events = _history(states, arn)
        yield from flow.feed(events[seen:])
        seen = len(events)
        if time.monotonic() > deadline_s:
            raise StatusTimeout(
                f"execution {arn.rpartition(':')[2]} still runs after {FLOW_WITHIN_S:.0f} s",
                remedy="rehearse executions",
            )
        time.sleep(POLL_EVERY_S)


def _history(states: Any, arn: str) -> list[dict[str, Any]]:
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]


def _settled(api: Api, payment_id: str) -> dict[str, Any]:
    _, document = api.ask("GET", f"/payments/{payment_id}", expect=(200,))
    return document


def _balance(api: Api, user: str) -> str:
    status, document = api.ask("GET", f"/wallets/{user}", expect=(200, 404))
    return f"{document['balance']} {document['currency']}" if status == 200 else "none: no wallet yet"


def _say(line: str) -> None:
    answers.print(line, markup=False)


def _silent(_: str) -> None:
    return


def _tell_transition(tell: Any, one: "Transition") -> None:
    match one.kind:
        case "running":
            tell(f"⏳ [RUNNING] {one.state}")
        case "success":
            tell(f"✅ [SUCCESS] {one.state}  {one.took_ms:.0f} ms")
        case "failed":
            tell(f"❌ [FAILED]  {one.state}  {one.took_ms:.0f} ms")
        case "attempt_failed":
            tell(f"⚠️  {one.state}: {one.detail}")
        case "retry":
            tell(f"🔄 {one.state}: {one.detail}")


def _states_document(flow: "Flow") -> dict[str, Any]:
    states = [{"state": one.state, "result": one.kind, "took_ms": round(one.took_ms, 1)} for one in flow.states]
    return {"states": states, "took_ms": round(flow.took_ms, 1)}


def _summary_document(document: Mapping[str, Any], flow: "Flow", before: str, after: str) -> dict[str, Any]:
    balances = {"initial_balance": before, "final_balance": after}
    return {"payment": document, "execution": {"outcome": flow.outcome, "error": flow.error}, **balances} | (
        _states_document(flow)
    )


def _print_summary(document: Mapping[str, Any], flow: "Flow", after: str) -> None:
    failure = document.get("failure") or {}
    _say(f"📋 payment {document['payment_id']}: {document['status']} {failure.get('code', '')}".rstrip())
    if document.get("gateway_ref"):
        _say(f"📋 gateway reference {document['gateway_ref']}")
    _say(f"💰 final balance {after}")
    ending = "🎉 complete" if document["status"] == "COMPLETED" else "❌ not paid"
    _say(f"{ending}: {len(flow.states)} states in {flow.took_ms:.0f} ms")


def _print_wallet(document: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    answers.print(f"💰 {document['user_id']} has {document['balance']} {document['currency']}")
    notes.print(f"version {document['version']}")
