"""How the outside is reached: tables, state machines, queues, the card gateway, logs and metrics."""
