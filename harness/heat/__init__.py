"""Shows a heat picture: in the terminal and as a page."""
