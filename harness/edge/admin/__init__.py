"""The admin endpoints under `/_rehearsal/`, for clients on this machine only."""

from harness.edge.admin.app import PREFIX, Admin
from harness.edge.admin.requests import json_object, refused

__all__ = ["PREFIX", "Admin", "json_object", "refused"]
