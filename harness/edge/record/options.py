"""What the record may be told at its start, and which bodies it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.edge.record.call_file import FILE_BYTES_MAX
from harness.edge.record.log import BYTES_KEPT_MAX, CALLS_KEPT_MAX
from harness.errors import SettingInvalid

BODY_BYTES_DEFAULT = 16 * 1024
BODY_BYTES_MAX = 256 * 1024  # larger ones are not looked into: to mask them would hold up the calls


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether bodies are kept, of which services (SigV4 names; none: of all), and how many bytes of each."""

    bodies: bool = False
    services: frozenset[str] = frozenset()
    bytes_max: int = BODY_BYTES_DEFAULT

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "Recording":
        """Read `{"bodies", "services"?, "bytes_max"?}`; raises SettingInvalid, in words, for anything else."""
        unknown = sorted(set(document) - {"bodies", "services", "bytes_max"})
        if unknown:
            raise SettingInvalid(f"recording has no {unknown[0]!r}, expected bodies, services, bytes_max")
        bodies, services = document.get("bodies"), document.get("services") or []
        bytes_max = document.get("bytes_max", BODY_BYTES_DEFAULT)
        if not isinstance(bodies, bool):
            raise SettingInvalid(f"bodies is {bodies!r}, expected true or false")
        if not isinstance(services, list) or not all(isinstance(one, str) and one for one in services):
            raise SettingInvalid(f'services is {services!r}, expected a list of names, as ["dynamodb", "states"]')
        if isinstance(bytes_max, bool) or not isinstance(bytes_max, int) or not 1 <= bytes_max <= BODY_BYTES_MAX:
            raise SettingInvalid(f"bytes_max is {bytes_max!r}, expected a whole number from 1 to {BODY_BYTES_MAX}")
        return cls(bodies, frozenset(services), bytes_max)

    def covers(self, service: str) -> bool:
        """Tell whether the bodies of a service's calls are kept."""
        return self.bodies and (not self.services or service in self.services)

    def to_json(self) -> dict[str, object]:
        """Return what `parse` reads."""
        return {"bodies": self.bodies, "services": sorted(self.services), "bytes_max": self.bytes_max}


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """What the record is told at its start.

    `capacity` makes DynamoDB tell what each call consumes. `otlp_endpoint` is the URL that spans are sent to
    (`http://localhost:4318`); "" leaves it to OTEL_EXPORTER_OTLP_ENDPOINT, and none means no spans.
    """

    file: Path | None = None
    file_bytes_max: int = FILE_BYTES_MAX
    kept_max: int = CALLS_KEPT_MAX
    kept_bytes_max: int = BYTES_KEPT_MAX
    recording: Recording = field(default_factory=Recording)
    capacity: bool = False
    otlp_endpoint: str = ""
