"""Small designs for tests: one table of wallets, debited by payments and read by look-ups."""

from pathlib import Path
from textwrap import dedent

from harness.plan.design import Design
from harness.plan.reading import load_design

SMALL = """
    design: shop
    counts: payment
    keys:
      user: { count: 1000, main: true }
      payment: { draw: new }
    tables:
      Wallets:
        key: user
        properties:
          BillingMode: PAY_PER_REQUEST
          KeySchema: [{ AttributeName: UserID, KeyType: HASH }]
      Payments:
        key: payment
        indexes: { ByUser: user }
        keep_days: 10
        properties:
          BillingMode: PAY_PER_REQUEST
          KeySchema: [{ AttributeName: ID, KeyType: HASH }]
          GlobalSecondaryIndexes:
            - IndexName: ByUser
              KeySchema: [{ AttributeName: UserID, KeyType: HASH }]
              Projection: { ProjectionType: ALL }
    requests:
      payment:
        share: 3
        operations:
          - { get: Wallets, bytes: 124, consistent: true }
          - transaction:
              - { update: Wallets, bytes: 124 }
              - { put: Payments, bytes: 1500 }
        functions:
          pay: { duration_ms: 500, memory_mb: 512 }
        starts: 1
        transitions: 5
        rest_calls: 1
      look:
        share: 1
        operations:
          - { query: Payments.ByUser, bytes: 9000 }
        rest_calls: 1
"""


def written(folder: Path, text: str = SMALL) -> Path:
    """Write a design file and return where."""
    file = folder / "plan.yaml"
    file.write_text(dedent(text), encoding="utf-8")
    return file


def design(folder: Path, *changes: tuple[str, str]) -> Design:
    """Return the small design, with pieces of its text exchanged."""
    text = SMALL
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return load_design(written(folder, text))
