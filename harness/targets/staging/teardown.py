"""The end of a run: stacks, then what outlives stacks, then a look at what the account still has of it.

Success is an empty list, not the absence of an error: after deleting, every kind is listed again by the run's prefix,
and the tagging service is asked for whatever else bears the run's tag. What is left is told with its cost and the
command that removes it. Every step may be done again, so an interrupted end is finished by another one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.errors import AnswerUnexpected, RehearsalError, WaitTimeout
from harness.targets.lifecycle import Progress
from harness.targets.staging.belongings import KINDS, LOG_PREFIXES, Belonging, Client
from harness.targets.staging.run import TAG_RUN, Run
from harness.targets.staging.stacks_away import STACK_TYPE, delete_stacks, stacks_of
from harness.waiting import wait_until

# How long AWS may take to let what it deletes vanish from its lists.
GONE_WITHIN_S = 180.0
# The tagging service forgets late; waiting it out would take minutes.
TAGS_WITHIN_S = 15.0
_STACK_COMMAND = "aws cloudformation delete-stack --stack-name {name}"
# What is listed by name: those lists are right at once, the tagging service's are not. By service, what an ARN has
# before a name; with another name than the run's it was not listed, and only its tag tells of it.
_BEFORE_NAMES: Mapping[str, tuple[str, ...]] = {
    "cloudformation": ("stack/",),
    "cloudwatch": ("alarm:",),
    "dynamodb": ("table/",),
    "events": ("rule/",),
    "lambda": ("function:", "layer:"),
    "logs": tuple(f"log-group:{prefix}" for prefix in LOG_PREFIXES),
    "s3": ("",),
    "sqs": ("",),
    "states": ("stateMachine:",),
}
# Whose ARNs hold ids, or that are listed by their tag as well; mappings go with their function.
_NOT_TOLD_BY_NAME: Mapping[str, tuple[str, ...]] = {
    "apigateway": ("/restapis/", "/apis/", "/apikeys/", "/usageplans/"),
    "iam": ("role/",),
    "lambda": ("event-source-mapping:",),
    "secretsmanager": ("secret:",),
}


@contextmanager
def answered(headline: str, remedy: str) -> Iterator[None]:
    """Turn what AWS refuses within the block into AnswerUnexpected, in AWS's own words."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as problem:
        seen = {"seen": f"{type(problem).__name__}: {problem}"}
        raise AnswerUnexpected(
            f"{headline}: the account refused or did not answer", evidence=seen, remedy=remedy
        ) from (problem)


class LeftBehind(RehearsalError):
    """Something of a run is still in the account after its end."""

    exit_code = 1

    def __init__(self, run: Run, left: "list[Left]") -> None:
        self.left = left
        super().__init__(
            f"run {run.prefix} left {len(left)} {'thing' if len(left) == 1 else 'things'} in account {run.account_id}",
            evidence={f"left {number}": one.words() for number, one in enumerate(left, 1)},
            remedy=f"remove them, then: rehearse down --instance {run.instance}",
        )


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that is left, and what was said when it was to be deleted."""

    what: Belonging
    said: str = ""

    def words(self) -> str:
        """Return it for people: what, its cost, why it is there, how it goes."""
        said = f"\nsaid: {self.said}" if self.said else ""
        return f"{self.what.type} {self.what.name}, costs {self.what.cost}{said}\n{self.what.command}"

    def to_json(self) -> dict[str, str]:
        """Return everything as JSON-ready values."""
        return {**self.what.to_json(), "said": self.said}


@dataclass(slots=True)
class Teardown:
    """Ends one run. `said` gathers what services answered to deletions that they refused, by type and name."""

    client: Client
    run: Run
    progress: Progress
    gone_within_s: float = GONE_WITHIN_S
    tags_within_s: float = TAGS_WITHIN_S
    said: dict[tuple[str, str], str] = field(default_factory=dict)

    def end(self) -> None:
        """Delete everything of the run and look; raises LeftBehind with what is still there.

        Raises AnswerUnexpected when the account does not let it look: then nobody knows what is left.
        """
        with answered(f"run {self.run.prefix} is not ended", f"rehearse down --instance {self.run.instance}"):
            self._end()

    def _end(self) -> None:
        failed = self._delete_stacks()
        self._sweep()
        if failed:  # what a stack could not delete may be gone now, and let the stack go
            self._delete_stacks()
        left = self._look()
        if left:
            raise LeftBehind(self.run, left)
        self.progress(f"nothing of {self.run.prefix} is left in account {self.run.account_id}")

    def _named(self) -> Iterator[Belonging]:
        """Yield what the account has of the run by name."""
        for stack in stacks_of(self.client("cloudformation"), self.run):
            name = stack["StackName"]
            yield Belonging(STACK_TYPE, name, stack["StackId"], _STACK_COMMAND.format(name=name))
        for kind in KINDS:
            yield from kind.of(self.client, self.run)

    def _delete_stacks(self) -> Mapping[str, str]:
        failed = delete_stacks(self.client("cloudformation"), self.run, self.progress)
        for key in [key for key in self.said if key[0] == STACK_TYPE]:
            del self.said[key]
        self.said.update({(STACK_TYPE, name): words for name, words in failed.items()})
        return failed

    def _sweep(self) -> None:
        from botocore.exceptions import ClientError

        for kind in KINDS:
            for one in kind.of(self.client, self.run):
                try:
                    kind.delete(self.client(kind.service), one.handle)
                    self.progress(f"deleted {one.type} {one.name}")
                except ClientError as problem:  # told with what is left, unless it is gone by then
                    self.said[one.type, one.name] = str(problem)

    def _look(self) -> list[Left]:
        """Return what is left once what is being deleted had time to go."""
        named = self._settled(self._named, self.gone_within_s)
        tagged = self._settled(self._tagged, self.tags_within_s)
        return [
            *(Left(one, self.said.get((one.type, one.name), "")) for one in named),
            *(Left(one, "named by the tagging service alone, which may be minutes late") for one in tagged),
        ]

    def _settled(self, listed: Callable[[], Iterable[Belonging]], within_s: float) -> list[Belonging]:
        found: list[Belonging] = []

        def settled() -> bool:
            found[:] = listed()
            # What refused to go will not go by waiting.
            return all((one.type, one.name) in self.said for one in found)

        try:
            wait_until("an empty list", settled, within_s=within_s, every_max_s=5.0)
        except WaitTimeout:
            self.progress(f"{len(found)} still listed after {within_s:.0f} s")
        return found

    def _tagged(self) -> Iterator[Belonging]:
        """Yield what bears the run's tag and is of no kind that was listed by name."""
        pages = self.client("resourcegroupstaggingapi").get_paginator("get_resources")
        for page in pages.paginate(TagFilters=[{"Key": TAG_RUN, "Values": [self.run.id]}]):
            for row in page["ResourceTagMappingList"]:
                service = row["ResourceARN"].split(":")[2]
                if not _is_listed(row["ResourceARN"], self.run):
                    yield Belonging(service, row["ResourceARN"], row["ResourceARN"], f"delete it in {service}")


def _is_listed(arn: str, run: Run) -> bool:
    """Return whether what an ARN names is found by the lists of its kind while it is there."""
    _, _, service, _, _, resource = arn.split(":", 5)
    if resource.startswith(_NOT_TOLD_BY_NAME.get(service, ())):
        return True
    before = _BEFORE_NAMES.get(service, ())
    return any(resource.startswith(one) and run.owns(resource.removeprefix(one)) for one in before)
