"""Capacity on paper: does a design hold at a scale that no laptop has, what throttles first, and what does it cost?

A design file says what a business request asks of DynamoDB and the services around it; traffic says how many come when
and with which keys; the capacity model runs over them offline. Leaves out latency, and what clients do after an error.
"""
