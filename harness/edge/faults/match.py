"""Which calls a fault is meant for."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.edge.call import Call, Target
from harness.edge.documents import RuleInvalid, an_object, known, texts
from harness.edge.pattern import Texts, forms_of_execution, forms_of_key, forms_of_name, itself

FIELDS = ("service", "operation", "resource", "key", "caller", "execution", "trace", "account", "region")
FORMS = {"resource": forms_of_name, "key": forms_of_key, "caller": forms_of_name, "execution": forms_of_execution}
NO_TARGET = Target("")


class Match:
    """Conditions that a call has to meet, all of them; `given` are the texts as they were set.

    `resource` and `key` have to be met by the same target. A call that nobody signed is no AWS call: only a match that
    names a service can mean it.
    """

    def __init__(self, given: Mapping[str, tuple[str, ...]]) -> None:
        self.given = given
        made = {name: Texts(given[name], FORMS.get(name, itself)) for name in FIELDS if name in given}
        self.texts: Mapping[str, Texts] = made
        self._service, self._operation = made.get("service"), made.get("operation")
        self._resource, self._key = made.get("resource"), made.get("key")
        self._of_call = tuple((name, made[name]) for name in ("caller", "execution", "trace") if name in made)
        self._account, self._region = made.get("account"), made.get("region")

    def fits_operation(self, service: str, operation: str) -> bool:
        """Say whether calls of an operation may be meant; asked once an operation, not once a call."""
        if self._service is None:
            if not service:
                return False
        elif not (self._service.mean(service) or (not service and self.given["service"] == ("*",))):
            return False
        return self._operation is None or self._operation.mean(operation)

    def fits(self, call: Call) -> Target | None:
        """Return the target that is meant in a call of a fitting operation, None when the call is not meant."""
        for name, asked in self._of_call:
            if not asked.mean(getattr(call, name)):
                return None
        if self._account is not None and not self._account.mean(call.namespace.account):
            return None
        if self._region is not None and not self._region.mean(call.namespace.region):
            return None
        if self._resource is None and self._key is None:
            return call.targets[0] if call.targets else NO_TARGET
        for target in call.targets:
            if self.means(target):
                return target
        return None

    def means(self, target: Target) -> bool:
        """Say whether resource and key of a target are meant."""
        if self._key is not None and not self._key.mean(target.key):
            return False
        return self._resource is None or self._resource.mean(target.resource)

    def literal(self, name: str) -> tuple[str, ...]:
        """Return the texts that were given for a field when none of them is a pattern, else ()."""
        given = self.given.get(name, ())
        return () if any("*" in one for one in given) else given

    def belongs_to(self, account: str, region: str) -> bool:
        """Say whether this match is about one account alone (and, when it names one, this region)."""
        return self.given.get("account") == (account,) and self.given.get("region", (region,)) == (region,)

    def to_json(self) -> dict[str, Any]:
        """Return the match as it was set."""
        return {name: given[0] if len(given) == 1 else list(given) for name, given in self.given.items()}


def match_of(value: Any) -> Match:
    """Read a match. Raises RuleInvalid."""
    document = an_object(value, "match")
    known(document, FIELDS, "match")
    given = {name: texts(document[name], f"match.{name}") for name in FIELDS if document.get(name) is not None}
    for name in _empty(given.items()):
        raise RuleInvalid(f"match.{name} is empty, expected a text; leave it out to match everything")
    return Match(given)


def _empty(given: Iterable[tuple[str, tuple[str, ...]]]) -> Iterable[str]:
    return (name for name, several in given if "" in several)
