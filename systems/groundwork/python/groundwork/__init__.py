"""What every function of every system stands on: deadlines, instants, failures, settings, AWS clients, HTTP, logs.

A Lambda layer of the systems' templates. It knows no system, and what only one of them needs stays there.
"""
