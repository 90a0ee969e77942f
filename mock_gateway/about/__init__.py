"""What a gateway tells of itself to everyone: where things are, how it is doing, what it understands."""
