"""Drawings as inline SVG that follows the page's colours: no script, no library, nothing from outside."""
