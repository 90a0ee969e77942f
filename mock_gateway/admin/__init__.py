"""The admin face: for whoever runs the tests, on the gateway's own machine."""
