"""Icons and signs, and what stands for them where the output can't carry them."""

from dataclasses import dataclass

_ICONS = {
    "start": ("🚀", ">>"),
    "running": ("⏳", ".."),
    "success": ("✅", "OK"),
    "failed": ("❌", "XX"),
    "warning": ("⚠️", "!!"),
    "retry": ("🔄", "<>"),
    "balance": ("💰", "$$"),
    "details": ("📋", "--"),
    "complete": ("🎉", "**"),
    "": ("  ", "  "),
}
_SIGNS = {"·": "-", "→": "->", "…": "...", "↩": "<-", "×": "x", "━": "=", "—": "-", "’": "'", "–": "-"}
_PROBE = "".join(emoji for emoji, _ in _ICONS.values()) + "".join(_SIGNS)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What an output with `encoding` can show."""

    encoding: str = "utf-8"

    @property
    def is_plain(self) -> bool:
        """Whether icons have to be spelled in ASCII."""
        try:
            _PROBE.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return True
        return False

    def icon(self, name: str) -> str:
        """Return an icon, two columns wide."""
        emoji, letters = _ICONS[name]
        return letters if self.is_plain else emoji

    def text(self, text: str) -> str:
        """Return text that the output can carry; what it can't becomes a question mark."""
        if not self.is_plain:
            return text
        spelled = "".join(_SIGNS.get(letter, letter) for letter in text)
        return spelled.encode("ascii", "replace").decode("ascii")
