"""Figures that the docs quote, each as a ratio against a peer measured in the same run. `make bench` runs them."""
