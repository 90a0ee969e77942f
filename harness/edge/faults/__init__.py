"""Faults of AWS calls: rules that say which calls fail, how, on which side of their effect, and when."""

from harness.edge.documents import RuleInvalid
from harness.edge.faults.files import RuleFile, load_rules
from harness.edge.faults.room import Faults

__all__ = ["Faults", "RuleFile", "RuleInvalid", "load_rules"]
