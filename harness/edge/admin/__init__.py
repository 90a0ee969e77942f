"""The admin endpoints under `/_rehearsal/`, for clients on this machine only."""

from harness.edge.admin.app import Admin
from harness.edge.admin.guard import PREFIX, Access, Guard, is_admin, is_engine_admin
from harness.edge.admin.requests import json_object, refused

__all__ = ["PREFIX", "Access", "Admin", "Guard", "is_admin", "is_engine_admin", "json_object", "refused"]
