"""Takes out of texts what is another in every run: ids, instants, ports, and the token that names of one test end in.

Names that tests choose keep what their author called them: `pay-click-oodjxl17` is `pay-click` whatever the seed. Ids
that systems draw keep their kind alone: `tnt_gne3q23xdureepxa` is `tnt_…`. Leaves out amounts and counts, which are
what runs are compared by.
"""

import re

from harness.ids import derived_token

_WORDLESS = r"(?<![A-Za-z0-9])"
_MASKS = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"arn:(aws[\w-]*):([\w-]+):[\w-]*:\d*:", r"arn:\1:\2:"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\d{4}-\d\d-\d\d", "<date>"),
        (r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", "<id>"),
        (rf"{_WORDLESS}([a-z]{{2,5}})_(?=[a-z]*\d)[A-Za-z0-9]{{8,}}", r"\1_…"),
        (rf"{_WORDLESS}([a-z]{{2,5}})_[a-z0-9]{{16,}}", r"\1_…"),
        # At least one digit: a long word of the letters a to f is a word.
        (rf"{_WORDLESS}(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{{8,}}(?![A-Za-z0-9])", "…"),
        (r"0x[0-9a-f]+", "0x…"),
        (r"(?:https?://)?(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\])(?::\d+)?", "<address>"),
        (r"(?<![\w.])\d+(?:\.\d+)? ?(ms|s|min)\b", r"<n> \1"),
    )
)


class Mask:
    """Masks the texts of one test of one run; `run` is what set repeated runs on one environment apart, "" else."""

    def __init__(self, seed: int | None, node_id: str, run: str = "") -> None:
        self.token = derived_token(seed, node_id, run) if seed is not None else ""
        self._own = re.compile(rf"[-_]?{self.token}") if self.token else None

    def __call__(self, text: str) -> str:
        """Return the text without what is another in every run."""
        return masked_text(self._own.sub("", text) if self._own else text)


def masked_text(text: str) -> str:
    """Return a text without ids, instants, durations and addresses."""
    for pattern, put in _MASKS:
        text = pattern.sub(put, text)
    return text
