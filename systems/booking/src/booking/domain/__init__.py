"""The rules of booking: no AWS, no HTTP, no environment."""
