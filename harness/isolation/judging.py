"""From a try's exchanges to its verdict. Pure: nothing is asked here."""

from collections.abc import Iterable, Mapping, Sequence

from harness.isolation.audit import Layouts, ends_with
from harness.isolation.exchange import Answer, Exchange, Request, difference
from harness.isolation.subject import Tenant, Values
from harness.isolation.table_calls import TableCall
from harness.isolation.verdict import EFFECT, ERROR, HINT, LEAK, PASS, REACH, VACUOUS, Trial
from harness.isolation.ways import Probe, Siege

# Shorter values stand in too many texts to be told from them.
VALUE_CHARS_MIN = 4
# An answer that never got as far as a look-up: the form of the request was wrong.
_FORM_REFUSED = frozenset({400, 405, 406, 411, 413, 415, 422})


def judge(siege: Siege, probe: Probe, attack: Exchange, reference: Exchange | None) -> Trial:
    """Return the verdict on a try that is alone with its two answers."""
    verdict, why = _verdict(siege, probe, attack, reference)
    return Trial(probe.route, probe.way, probe.form, verdict, why, attack, reference)


def _verdict(siege: Siege, probe: Probe, attack: Exchange, reference: Exchange | None) -> tuple[str, str]:
    seen = attack.answer.holds(tell_tales(siege.victim, siege.attacker, attack.request))
    if seen and not _own_answer(siege, probe, attack):
        return LEAK, f"the answer holds {', '.join(sorted(seen)[:3])}"
    if probe.must_be_refused and attack.answer.served:
        return LEAK, f"it was served with {attack.answer.status}"
    for one in (attack, reference):
        if one is not None and _undecided(one.answer):
            return (
                ERROR,
                f"answered {one.answer.shown()[:200]}" if one.answer.status else f"no answer: {one.answer.body}",
            )
    return _against_reference(siege, probe, attack, reference) if reference else _refused(attack.answer)


def _refused(answer: Answer) -> tuple[str, str]:
    if answer.status in (401, 403):
        return PASS, f"refused with {answer.status}"
    return HINT, f"refused with {answer.status}, expected 401 or 403"


def _against_reference(siege: Siege, probe: Probe, attack: Exchange, reference: Exchange) -> tuple[str, str]:
    if attack.answer.served and attack.request.method != "GET":
        return PASS, "served with the attacker's own"  # twice the same write need not be answered twice the same
    differs = difference(attack, reference, names_of(siege))
    if differs:
        return HINT, differs
    told_so = siege.system.absent_by.get(probe.route, frozenset())
    if probe.absence_told and reference.answer.status in _FORM_REFUSED - told_so:
        return VACUOUS, f"what never existed is refused for its form ({reference.answer.status}): no look-up was made"
    return PASS, f"as about what never existed: {attack.answer.status}"


def _undecided(answer: Answer) -> bool:
    return answer.status in (0, 429) or answer.status >= 500


def _own_answer(siege: Siege, probe: Probe, attack: Exchange) -> bool:
    """Tell whether a refused request held the victim's own good key: whatever it says, its owner is told."""
    sent = [*dict(attack.request.headers).values(), *dict(attack.request.query).values()]
    return probe.must_be_refused and not attack.answer.served and siege.victim.key in sent


def tell_tales(victim: Tenant, attacker: Tenant, request: Request) -> frozenset[str]:
    """Return the texts that only the victim's data hold and that were not in the request themselves."""
    own = {*attacker.values.values(), attacker.tenant_id}
    known = {*victim.canaries, victim.tenant_id, *victim.values.values()} - own
    sent = "\n".join((request.path, *(value for _, value in request.query), request.body or "", str(request.headers)))
    return frozenset(text for text in known if len(text) >= VALUE_CHARS_MIN and text not in sent)


def names_of(siege: Siege) -> Mapping[str, str]:
    """Return the word that stands for both the victim's and the never-used value of a name."""
    pairs: dict[str, str] = {siege.victim.tenant_id: "tenant"}
    pairs |= {siege.absent[name]: "tenant" for name in siege.system.tenant_names}
    for values in (siege.absent, siege.victim.values):
        pairs |= _worth(values)
    return pairs


def _worth(values: Values) -> dict[str, str]:
    return {value: name for name, value in values.items() if len(value) >= VALUE_CHARS_MIN}


def blamed(
    trials: Iterable[Trial], calls: Iterable[TableCall], layouts: Layouts, victim: str, doorkeepers: Sequence[str] = ()
) -> list[Trial]:
    """Return the trials, those with a worse verdict whose request led to a call with the victim's key in its name.

    A call that IAM denied reached nothing: the audit of the record tells of it. Whoever looks at a key may read
    whose it is, but not write.
    """
    by_trace: dict[str, list[TableCall]] = {}
    for call in calls:
        asks_who = not call.writes and any(ends_with(call.caller, one) for one in doorkeepers)
        if not call.denied and not asks_who and any(layouts.belongs(named, victim) for named in call.named):
            by_trace.setdefault(call.trace, []).append(call)
    return [_blamed(trial, by_trace.get(trial.attack.trace, [])) for trial in trials]


def _blamed(trial: Trial, calls: list[TableCall]) -> Trial:
    for call in calls:
        wrote = call.writes and not call.error_code
        trial = trial.become(EFFECT if wrote else REACH, call.told())
    return trial
