"""Webhooks: what happened is told to whoever subscribed, at least once, in no promised order, and wrongly on demand.

An event and its deliveries are rows written in the transaction of what they tell of; a thread of its own sends them.
It knows no face: a body arrives here as text, ready to be sent.
"""
