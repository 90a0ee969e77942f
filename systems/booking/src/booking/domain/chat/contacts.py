"""Reads who a customer is: a name, an e-mail address, or both in one message.

An address is checked for its form only (source: HTML's definition of a valid e-mail address, narrower: a domain with
a dot). Whether anybody reads it is not known.
"""

import re

from booking.domain.chat.words import folded, says_no, says_yes

NAME_MAX, EMAIL_MAX = 80, 254
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
_WORD = re.compile(r"\S+")
_INTRODUCTION = re.compile(
    r"^(?:me llamo|mi nombre es|soy|a nombre de|my name is|i am|i'm|this is|name)\b[:\s]*", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"[,;]|\b(?:y mi (?:correo|email|e-mail|mail) es|and my (?:email|e-mail|mail) is)\b", re.IGNORECASE
)
_LABELS = re.compile(r"\b(?:correo|e-?mail|mail|nombre|name)\s*:\s*", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def read_contact(text: str) -> tuple[str | None, str | None]:
    """Return the name and the e-mail address that a text tells; None for what it doesn't."""
    email = next((one for one in map(_as_email, _WORD.findall(text)) if one), None)
    rest = text.replace(email, " ") if email else text
    return _as_name(rest), email


def _as_email(word: str) -> str | None:
    bare = word.strip("<>()[],;:\"'").rstrip(".!?")
    bare = bare.rpartition(":")[2]  # "email:ana@example.com"
    return bare if len(bare) <= EMAIL_MAX and _EMAIL.fullmatch(bare) else None


def _as_name(text: str) -> str | None:
    told = _BETWEEN.sub(" ", _LABELS.sub(" ", text))
    told = _INTRODUCTION.sub("", _SPACES.sub(" ", told).strip())
    name = "".join(letter for letter in told if letter.isprintable()).strip(' .,;:!?<>()[]"')
    letters = sum(letter.isalpha() for letter in name)
    # A word with an @ is an address that went wrong; digits are a phone number. Neither is how anybody is called.
    if not 2 <= len(name) <= NAME_MAX or letters < 2 or "@" in name or any(letter.isdigit() for letter in name):
        return None
    return None if says_yes(name) or says_no(name) or not folded(name) else name
