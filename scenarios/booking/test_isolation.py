"""One business tries every route in every way to reach what belongs to another: nothing is told, nothing is touched.

The tenants look alike and are the prover's own. Every way is tried on every route in one form; `rehearse isolation
booking` tries all forms, and its page shows each exchange.

Invariants: INV-15 tenants isolated.
"""


def test_no_business_reaches_another(isolation):
    proof = isolation.proof_of("booking", forms_max=1)

    assert {way for _, way in proof.matrix.cells} >= {"forged key", "id in path", "cursor", "tenant in header"}
    assert not proof.matrix.left_out
    isolation.must_hold(proof)
