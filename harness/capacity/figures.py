"""The parameters as a table for people: what `docs/capacity.md` shows, and what a test compares it with."""

from dataclasses import fields

from harness.capacity.parameters import Parameters


def figures_table() -> str:
    """Return all parameters as a Markdown table, in their order."""
    rows = ["| parameter | default | what it is | confidence | source |", "| --- | ---: | --- | --- | --- |"]
    for one in fields(Parameters):
        told = one.metadata
        default = f"{_text(one.default)} {told['unit']}".strip()
        rows.append(f"| `{one.name}` | {default} | {told['says']} | {told['confidence']} | {told['source']} |")
    return "\n".join(rows)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
