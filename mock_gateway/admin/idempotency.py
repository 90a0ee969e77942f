"""Chooses how keys are kept: different providers keep different answers, and a client has to live with its own."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import sent
from mock_gateway.idempotency import POLICIES, IdempotencyKeys
from mock_gateway.problems import invalid

MERCHANTS_MAX = 10_000


@dataclass(frozen=True)
class IdempotencyAdmin:
    """`/_admin/idempotency`."""

    keys: IdempotencyKeys

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/idempotency")(self.show_policies)
        face.put("/idempotency")(self.choose_policy)

    def show_policies(self) -> Response:
        """`GET /_admin/idempotency`: whose keys are kept how, and the policies there are."""
        return sent(Answer.of(200, self._document()))

    def choose_policy(self) -> Response:
        """`PUT /_admin/idempotency`: a `policy` for one `merchant`, or for all that have none of their own."""
        body = fields.json_object(("policy", "merchant"), required=("policy",))
        merchant = fields.text(body, "merchant")
        if not isinstance(body["policy"], str) or body["policy"] not in POLICIES:
            raise invalid(f"policy must be one of {', '.join(POLICIES)}", param="policy")
        if merchant and len(self.keys.policy_by_merchant) >= MERCHANTS_MAX:
            raise invalid(f"{MERCHANTS_MAX} merchants have a policy of their own already", code="too_many_policies")
        self.keys.choose(POLICIES[body["policy"]], merchant)
        return sent(Answer.of(200, self._document()))

    def _document(self) -> dict[str, Any]:
        return {
            "policy": self.keys.policy.name,
            "merchants": {merchant: one.name for merchant, one in self.keys.policy_by_merchant.items()},
            "policies": [
                {"name": one.name, "keeps": sorted(one.stored), "retention_s": one.retention_s, "like": one.like}
                for one in POLICIES.values()
            ],
        }
