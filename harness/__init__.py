"""Rehearsal's library: a local AWS, the drills and checks that run on it, and the `rehearse` command.

The rooms, from the ground up: `errors units clock ids waiting config` (standard library only), `history` and
`checkers` (pure), `edge` (the one AWS endpoint), `targets` (where it runs), `deploy` (SAM templates to stacks),
`clients` (domain verbs), `faults`, `report`, and the faces `cli` and `pytest_plugin`. Imports point down only.
"""

__version__ = "0.1.0"
