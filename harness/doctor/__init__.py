"""The doctor: what does an endpoint guarantee of that which scenarios rely on?

Probes are black-box: they know an endpoint by an AWS SDK alone, so they run against every emulator and against AWS. A
test that passes on an emulator that loses writes proves nothing; a probe says so before. Leaves out what scenarios make
of it (the pytest plugin's `relies_on`) and how it is printed (`rehearse doctor`).
"""

from harness.doctor.examining import examine
from harness.doctor.patient import Patient
from harness.doctor.probe import ABSENT, BROKEN, GUARANTEED, UNKNOWN, VERDICTS, Finding, Probe
from harness.doctor.probes import all_probes, chosen_probes

__all__ = [
    "ABSENT",
    "BROKEN",
    "GUARANTEED",
    "UNKNOWN",
    "VERDICTS",
    "Finding",
    "Patient",
    "Probe",
    "all_probes",
    "chosen_probes",
    "examine",
]
