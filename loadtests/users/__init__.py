"""Locust's users, one kind a module. Imported in the load process alone: Locust patches whatever process imports it."""
