"""Faults on demand: what goes wrong (a kind), for whom (a match), when (a rule), and proof that it did (firings).

A kind is a small class in one of the modules here, listed in `registry`; that list is all there is to adding or
removing one. Rules live in memory: a restart heals everything.
"""
