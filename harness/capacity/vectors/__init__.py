"""The capacity model over whole traffic: the rules of `table`, a slice of time at once, with numpy."""
