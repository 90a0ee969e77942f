"""Where Rehearsal keeps things, and the few settings that come from the environment. Nothing is read at import.

| variable | default | what |
| --- | --- | --- |
| REHEARSAL_STATE_DIR | `$XDG_STATE_HOME/rehearsal`, `~/.local/state/rehearsal` | environments that run now |
| REHEARSAL_CACHE_DIR | `$XDG_CACHE_HOME/rehearsal`, `~/.cache/rehearsal` | packaged functions |
| REHEARSAL_INSTANCE | default | which environment a command means |
| REHEARSAL_TARGET | embedded | which kind of target |
| REHEARSAL_PATIENCE | by target | the factor of every wait of clients and scenarios |
| REHEARSAL_STAGING_FILE, REHEARSAL_STAGING_ACCOUNTS | `staging.yaml` | which accounts may be used |
| REHEARSAL_STAGING_GATEWAY_URL | none | where the mock gateway answers functions on staging |
| REHEARSAL_STAGING_ENDPOINT_URL | none | an emulator on this machine that plays the account |
| REHEARSAL_LAMBDA_PYTHON | the Runtime's | the Python that functions are packaged for in containers |
"""

import os
import re
from pathlib import Path

from harness.errors import SettingInvalid

INSTANCE_DEFAULT = "default"
TARGET_DEFAULT = "embedded"
TARGET_ANY = ""  # that of the environment that runs under the instance's name
_INSTANCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def state_root() -> Path:
    """Return the folder that holds one folder per running environment."""
    return _folder("REHEARSAL_STATE_DIR", "XDG_STATE_HOME", "~/.local/state")


def cache_root() -> Path:
    """Return the folder for what can be made again, such as packaged functions."""
    return _folder("REHEARSAL_CACHE_DIR", "XDG_CACHE_HOME", "~/.cache")


def instance_name(name: str | None = None) -> str:
    """Return the environment's name that a command means; raises SettingInvalid for an impossible one."""
    chosen = name or os.environ.get("REHEARSAL_INSTANCE") or INSTANCE_DEFAULT
    if not _INSTANCE.fullmatch(chosen):
        raise SettingInvalid(
            f"instance name {chosen!r} is not usable, expected 1 to 40 lower-case letters, digits and hyphens"
        )
    return chosen


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder upwards that holds `systems/`, else the checkout this library runs from.

    Raises SettingInvalid when there is neither.
    """
    here = (start or Path.cwd()).resolve()
    checkout = Path(__file__).resolve().parents[1]
    for folder in (here, *here.parents, checkout):
        if (folder / "systems").is_dir():
            return folder
    raise SettingInvalid(
        f"no folder named systems/ at {here} or above it", remedy="run this inside a project's checkout"
    )


def _folder(variable: str, xdg_variable: str, default: str) -> Path:
    chosen = os.environ.get(variable)
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(os.environ.get(xdg_variable) or default).expanduser() / "rehearsal"
