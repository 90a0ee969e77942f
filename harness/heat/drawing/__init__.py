"""Drawings of heat as inline SVG: no script, no library; what stretches holds no text, and text never stretches."""
