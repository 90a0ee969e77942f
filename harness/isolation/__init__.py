"""Proves that tenants are isolated: two look-alike tenants, every route, every way in; the record; the roles.

The prover's core knows no system: `subject` is what an adapter gives it (`systems` has ours). Three witnesses have to
agree: the answers (`driving`, `judging`), the calls that the edge recorded (`audit`), and the rights of the deployed
roles (`iam`). Leaves out how long answers take, and what functions keep in memory between requests of two tenants
unless an answer shows it.
"""
