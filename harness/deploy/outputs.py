"""What a deployed stack gives to those who use it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.errors import StackMissing


@dataclass(frozen=True)
class StackOutputs(Mapping[str, str]):
    """The outputs of a stack by name; asking for one that is not there raises StackMissing, with those that are.

    `changed` is False when the deployment found nothing to update.
    """

    stack_name: str
    status: str
    values_by_name: Mapping[str, str] = field(default_factory=dict)
    changed: bool = True

    def __getitem__(self, name: str) -> str:
        try:
            return self.values_by_name[name]
        except KeyError:
            raise StackMissing(
                f"stack {self.stack_name} has no output {name}",
                evidence={"outputs": ", ".join(sorted(self.values_by_name)) or "none", "status": self.status},
                remedy="deploy a template that has this output",
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def __contains__(self, name: object) -> bool:
        return name in self.values_by_name

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return an output, or `default` when the stack lacks it."""
        return self.values_by_name.get(name, default)


@dataclass(frozen=True, slots=True)
class StackResource:
    """One resource of a stack as CloudFormation lists it."""

    logical_id: str
    physical_id: str
    type: str
    status: str


@dataclass(frozen=True)
class StackDescription:
    """A stack as CloudFormation describes it now."""

    outputs: StackOutputs
    status_reason: str
    parameters: Mapping[str, str]
    resources: tuple[StackResource, ...]
