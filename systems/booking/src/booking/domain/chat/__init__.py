"""The chat: a finite-state machine that walks a customer from a service to a booking, in Spanish and English.

`machine` is pure; `desk` gives it what is on offer, keeps the conversation and books. No language model is asked.
"""
