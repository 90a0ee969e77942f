"""Commands about time: what the edge's and the card gateway's clocks show, and how to let time pass for both."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Target, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.durations import duration_s, duration_text
from harness.errors import AnswerUnexpected, SettingInvalid
from harness.targets import Environment

if TYPE_CHECKING:
    import httpx

ANSWER_WITHIN_S = 60.0  # what falls due in a year may be much
EDGE, GATEWAY = "edge", "gateway"

Only = Annotated[str, typer.Option("--only", help="Move one clock alone: edge or gateway.")]
By = Annotated[str, typer.Argument(help="A duration: 90s, 15m, 1h30m, 3d, or ISO 8601's PT2H.", show_default=False)]

clock = typer.Typer(help="Show the clocks, and let time pass.", invoke_without_command=True)


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    clock.callback(epilog="Example: rehearse clock && rehearse clock advance 2h")(show_or_command)
    clock.command("show", epilog="Example: rehearse clock show --json")(show)
    clock.command("advance", epilog="Examples: rehearse clock advance 2h · rehearse clock advance 49h --only edge")(
        advance
    )
    clock.command("reset", epilog="Example: rehearse clock reset")(reset)
    application.add_typer(clock, name="clock")


def show_or_command(
    context: typer.Context,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Show the clocks, and let time pass."""
    if context.invoked_subcommand is None:
        show(instance, target, as_json)
        return
    for name in ("instance", "target", "as_json"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            example = f"rehearse clock {context.invoked_subcommand} … --{name.removeprefix('as_')}"
            raise SettingInvalid(f"options come after the command: {example}")


def show(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Show what the clocks say, and how far they are ahead of this machine's."""
    clocks = _clocks(running(instance, target))
    _answer({one.whose: one.show() for one in clocks}, as_json=as_json)


def advance(
    by: By,
    only: Only = "",
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Let time pass for what the edge owns (TTL, backups, windows of faults) and for the card gateway."""
    by_s = duration_s(by)
    clocks = _chosen(_clocks(running(instance, target)), only)
    _answer({one.whose: one.advance(by_s) for one in clocks}, as_json=as_json)


def reset(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Put the edge's clock back to this machine's time. The gateway's never goes back: its ledger is in its order."""
    edge, gateway = _clocks(running(instance, target))
    shown = {EDGE: edge.reset(), GATEWAY: gateway.show()}
    _answer(shown, as_json=as_json)
    if shown[GATEWAY]["ahead_s"] and not as_json:
        notes.print("the gateway's clock stays ahead until: rehearse reset")


@dataclass(frozen=True)
class _Clock:
    """One part's clock at its admin endpoints."""

    whose: str
    http: "httpx.Client"
    path: str

    def show(self) -> dict[str, Any]:
        return self._ask("GET", self.path)

    def advance(self, by_s: float) -> dict[str, Any]:
        if self.whose == EDGE:
            return self._ask("POST", f"{self.path}/advance", json={"by": by_s})
        return self._ask("POST", self.path, json={"advance_s": by_s})

    def reset(self) -> dict[str, Any]:
        return self._ask("POST", f"{self.path}/reset", json={})

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        import httpx

        try:
            answer = self.http.request(method, path, **request)
            document = answer.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise AnswerUnexpected(
                f"the {self.whose} did not answer {method} {path}",
                evidence={"seen": f"{type(problem).__name__}: {problem}"},
                remedy="rehearse status says what runs and what died",
            ) from problem
        if not answer.is_success:
            words = (document.get("error") or {}).get("message") or answer.text[:200]
            raise AnswerUnexpected(f"the {self.whose} refused {method} {path} with {answer.status_code}: {words}")
        moment: dict[str, Any] = document
        return moment


def _clocks(environment: Environment) -> tuple[_Clock, _Clock]:
    import httpx

    def client(base_url: str) -> httpx.Client:
        return httpx.Client(base_url=base_url, timeout=ANSWER_WITHIN_S, trust_env=False)

    return (
        _Clock(EDGE, client(environment.edge_url()), "/_rehearsal/clock"),
        _Clock(GATEWAY, client(environment.gateway_url), "/_admin/clock"),
    )


def _chosen(clocks: tuple[_Clock, ...], only: str) -> list[_Clock]:
    if only not in ("", EDGE, GATEWAY):
        raise SettingInvalid(f"--only is {only!r}, expected {EDGE} or {GATEWAY}")
    return [one for one in clocks if only in ("", one.whose)]


def _answer(shown: dict[str, dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
        return
    for whose, moment in shown.items():
        ahead_s = float(moment["ahead_s"])
        ahead = f"{duration_text(ahead_s)} ahead" if ahead_s else "this machine's time"
        expired = f", {moment['expired']} expired" if moment.get("expired") else ""
        answers.print(f"{whose:<8} {str(moment['now'])[:19].replace('T', ' ')} UTC, {ahead}{expired}")
