"""Which rules a call of one operation has to be tried against: those that name it, found without trying the others.

Rules mostly name one item, one execution or one function. They are looked up by that name, so a call costs the same
whether one rule is set or a thousand.
"""

from collections.abc import Iterator, Sequence

from harness.edge.call import Call
from harness.edge.faults.match import FORMS
from harness.edge.faults.rule import Rule
from harness.edge.pattern import itself

# Which name tells most calls apart comes first.
_SELECTIVE = ("key", "execution", "trace", "caller", "resource")


class Plan:
    """The rules of one operation, in their order."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._always: dict[int, Rule] = {}
        self._named: dict[str, dict[str, list[int]]] = {}
        for order, rule in enumerate(rules):
            field = _selective_field(rule)
            if not field:
                self._always[order] = rule
                continue
            for text in rule.match.texts[field].exact:
                self._named.setdefault(field, {}).setdefault(text, []).append(order)
        self._always_in_order = tuple(self._always.values())

    def rules_for(self, call: Call) -> Sequence[Rule]:
        """Return the rules that may mean a call, in their order."""
        if not self._named:
            return self._always_in_order
        found: set[int] | None = None
        for field, named in self._named.items():
            forms_of = FORMS.get(field, itself)
            for text in _texts(field, call):
                for form in forms_of(text):
                    if form in named:
                        found = (found or set()) | set(named[form])
        if found is None:
            return self._always_in_order
        return [self._rules[order] for order in sorted(found | self._always.keys())]


def _selective_field(rule: Rule) -> str:
    """Return the field by whose exact texts a rule can be looked up, "" when it has none."""
    texts = rule.match.texts
    return next((name for name in _SELECTIVE if name in texts and not texts[name].has_globs), "")


def _texts(field: str, call: Call) -> Iterator[str] | tuple[str, ...]:
    if field in ("key", "resource"):
        targets = call.targets
        if len(targets) == 1:
            return (getattr(targets[0], field),)
        return iter({getattr(target, field) for target in targets})
    return (getattr(call, field),)
