"""What callers see: each face turns its own HTTP into the same calls, and their answers into its own HTTP."""
