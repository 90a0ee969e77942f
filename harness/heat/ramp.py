"""Heat as a terminal shows it: a colour and a block for how full, a cross for what was refused.

The colours run from dark to light by lightness first, so that they read without telling red from green, and in grey.
Blocks alone say the same where there is no colour, and letters where there are no blocks.
"""

from dataclasses import dataclass

from rich.style import Style

# Kept in step with the page's dark colours, h1 to h8.
_COLOURS = ("#33234f", "#541f68", "#7b2468", "#a53362", "#cd4b4c", "#ea7438", "#f8a93a", "#fdec9a")
_BLOCKS = "·░░▒▒▓▓█"
_LETTERS = ".::--==#"
_SPARKS = "▁▂▃▄▅▆▇█"
_SPARK_LETTERS = "_.,-=+*#"
_SIGNS = {"×": "x", "–": "-", "…": "...", "·": "-", "→": "->", "∞": "inf", "█": "#", "“": '"', "”": '"'}
LEVELS = len(_BLOCKS)


@dataclass(frozen=True, slots=True)
class Ramp:
    """What an output can show: colours, and the characters of its encoding."""

    colour: bool = True
    encoding: str = "utf-8"

    @property
    def is_plain(self) -> bool:
        """Whether blocks have to be spelled in ASCII."""
        try:
            f"{_BLOCKS}{_SPARKS}{''.join(_SIGNS)}".encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return True
        return False

    def cell(self, part: float, throttled: int) -> tuple[str, Style]:
        """Return one character and its style for a part of a cap, 1.0 for all of it."""
        level = min(LEVELS - 1, int(part * LEVELS))
        if not self.colour:
            filled = (_LETTERS if self.is_plain else _BLOCKS)[level]
            return ("x" if self.is_plain else "×") if throttled else " " if part <= 0 else filled, Style()
        if part <= 0 and not throttled:
            return " ", Style()
        ink = "#14161a" if level > LEVELS // 2 else "#f3e6d8"
        sign = ("x" if self.is_plain else "×") if throttled else " "
        return sign, Style(color=ink, bgcolor=_COLOURS[level] if part > 0 else "#20262e", bold=True)

    def spark(self, part: float) -> str:
        """Return one character as high as a part of a chart's height."""
        letters = _SPARK_LETTERS if self.is_plain else _SPARKS
        return letters[min(len(letters) - 1, max(0, int(part * len(letters))))] if part > 0 else " "

    def text(self, text: str) -> str:
        """Return text that the output can carry; what it can't becomes a question mark."""
        if not self.is_plain:
            return text
        return "".join(_SIGNS.get(letter, letter) for letter in text).encode("ascii", "replace").decode("ascii")
