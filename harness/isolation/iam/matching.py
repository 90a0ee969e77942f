"""How patterns of a policy match: wildcards, policy variables, ARNs.

Source: IAM user guide, "IAM policy elements: Variables and tags", "Resource" (documented). Assumed: what a variable
puts in is taken literally, also an asterisk.
"""

import re
from collections.abc import Mapping

Context = Mapping[str, tuple[str, ...]]  # by key in lower case; a key that is not there is not in it

_VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}
_ARN_FIELDS = 6


def pattern_of(text: str, context: Context, *, wildcards: bool) -> str | None:
    """Return a regular expression for a policy's text, None when a variable in it has no value."""
    made, end = "", 0
    for match in _VARIABLE.finditer(text):
        value = _value(match[1].strip(), match[2], context)
        if value is None:
            return None
        made += _escaped(text[end : match.start()], wildcards=wildcards) + re.escape(value)
        end = match.end()
    return made + _escaped(text[end:], wildcards=wildcards)


def matches(text: str, value: str, context: Context, *, wildcards: bool = True, ignore_case: bool = False) -> bool:
    """Tell whether a policy's text matches a value of the request."""
    pattern = pattern_of(text, context, wildcards=wildcards)
    if pattern is None:
        return False
    return re.fullmatch(pattern, value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def matches_arn(text: str, arn: str, context: Context) -> bool:
    """Tell whether a policy's ARN matches another, field by field; `*` alone matches anything."""
    if text == "*":
        return True
    here, there = text.split(":", _ARN_FIELDS - 1), arn.split(":", _ARN_FIELDS - 1)
    here += ["*"] * (_ARN_FIELDS - len(here))
    return len(there) == _ARN_FIELDS and all(
        matches(one, other, context) for one, other in zip(here, there, strict=True)
    )


def _value(key: str, default: str | None, context: Context) -> str | None:
    if key in _LITERALS:
        return _LITERALS[key]
    values = context.get(key.lower(), ())
    return values[0] if len(values) == 1 else default


def _escaped(text: str, *, wildcards: bool) -> str:
    escaped = re.escape(text)
    return escaped.replace(r"\*", ".*").replace(r"\?", ".") if wildcards else escaped
