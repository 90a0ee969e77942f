"""The embedded target: an AWS-like cloud in processes of this machine, without Docker and without an account."""
