"""`rehearse plan`: whether a design holds under a traffic, and what it costs."""
