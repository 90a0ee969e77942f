"""Everything the chat says: one table a language, the same phrases with the same places in each (a test holds it).

What people named (services, providers, themselves) is put into the places and never read as a template.
"""

from booking.domain.chat.languages import Language
from booking.domain.chat.phrases_en import ENGLISH
from booking.domain.chat.phrases_es import SPANISH

PHRASES: dict[Language, dict[str, str]] = {Language.ES: SPANISH, Language.EN: ENGLISH}


def say(language: Language, phrase: str, **values: object) -> str:
    """Return a phrase with its places filled."""
    return PHRASES[language][phrase].format(**values)
