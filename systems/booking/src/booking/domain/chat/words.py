"""Words as people write them: without regard to case, accents or punctuation; and the words that steer the chat.

A command counts only when it is all that was written, so that nobody called Ayuda or Max More is taken for one.
Words of both languages are understood whichever one the chat speaks.
"""

import re
import unicodedata
from enum import StrEnum

from booking.domain.chat.languages import Language

_SPACES = re.compile(r"\s+")
_EDGES = " \t\r\n.,;:!?¡¿\"'()[]*_"


class Command(StrEnum):
    """What steers the chat in every state."""

    BACK = "back"
    CANCEL = "cancel"
    HELP = "help"
    RESTART = "restart"
    MORE = "more"
    PREVIOUS = "previous"
    SPANISH = "spanish"
    ENGLISH = "english"


_WORDS: dict[Command, tuple[str, ...]] = {
    Command.BACK: (
        "back", "go back", "atras", "volver", "vuelve", "volver atras", "regresar", "paso anterior", "previous step",
    ),
    Command.CANCEL: (
        "cancel", "stop", "quit", "exit", "bye", "never mind", "cancelar", "cancela", "salir", "terminar", "adios",
        "dejalo", "no quiero reservar",
    ),
    Command.HELP: ("help", "ayuda", "?", "help me", "ayudame", "que puedo hacer", "what can i do"),
    Command.RESTART: (
        "restart", "start over", "start again", "begin again", "new booking", "reiniciar", "empezar de nuevo",
        "empezar", "comenzar de nuevo", "volver a empezar", "otra reserva", "nueva reserva",
    ),
    Command.MORE: ("more", "next", "show more", "mas", "ver mas", "siguiente", "siguientes"),
    Command.PREVIOUS: ("previous", "earlier", "less", "anterior", "anteriores", "menos"),
    Command.SPANISH: (
        "espanol", "castellano", "en espanol", "en castellano", "spanish", "in spanish", "hablas espanol",
        "habla espanol", "es",
    ),
    Command.ENGLISH: (
        "english", "in english", "ingles", "en ingles", "hablas ingles", "do you speak english", "speak english", "en",
    ),
}  # fmt: skip
_COMMANDS = {word: command for command, words in _WORDS.items() for word in words}
_YES = frozenset({
    "y", "yes", "yep", "yeah", "sure", "ok", "okay", "confirm", "confirmed", "correct", "right", "book it",
    "yes please",
    "s", "si", "claro", "vale", "confirmo", "confirmar", "confirma", "correcto", "de acuerdo", "perfecto",
    "si por favor", "dale", "reservar", "reserva",
})  # fmt: skip
_NO = frozenset({"n", "no", "nope", "not", "no thanks", "wrong", "incorrecto", "no gracias", "nop", "mal"})
LANGUAGES = {Command.SPANISH: Language.ES, Command.ENGLISH: Language.EN}


def folded(text: str) -> str:
    """Return text in lower case without accents, its spaces made one; punctuation at the ends is dropped.

    "¿Mañana, a las 3?" and "manana, a las 3" are one.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _SPACES.sub(" ", bare).strip(_EDGES) or text.strip()


def command_of(text: str) -> Command | None:
    """Return the command that the whole text is, if it is one."""
    return _COMMANDS.get(folded(text))


def says_yes(text: str) -> bool:
    """Return whether the whole text agrees."""
    return folded(text) in _YES


def says_no(text: str) -> bool:
    """Return whether the whole text declines."""
    return folded(text) in _NO
