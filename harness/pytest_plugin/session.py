"""One pytest run: its seed, its name, and the environment that is brought up when the first test asks for it."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.ids import new_seed
from harness.pytest_plugin.lacking import Lacking
from harness.pytest_plugin.lending import LENT_WITHIN_S, Borrower, Lender, Provisioner
from harness.pytest_plugin.trust import ASSUME, Examiner, Told

if TYPE_CHECKING:
    from harness.clients import Deployment
    from harness.doctor import Finding
    from harness.report import RunFolder

ARTIFACTS_DEFAULT = "artifacts"
GATEWAY_STYLE_DEFAULT = "plain"
TARGET_DEFAULT = "embedded"
SESSION = pytest.StashKey["Session"]()


class Session:
    """The state of one run, in the controlling process and in each worker. Making one costs nothing."""

    def __init__(self, config: pytest.Config, lent: Mapping[str, Any] | None) -> None:
        options = config.option
        self._lent = lent
        self._lender: Lender | None = None
        self._config = config
        self.gateway_style: str = options.rehearsal_gateway
        self._started_s = time.monotonic()
        self.started_at = datetime.now(UTC)
        self.arguments = tuple(map(str, config.invocation_params.args))
        self.instance: str = options.rehearsal_instance
        self.artifacts = config.rootpath / (options.rehearsal_artifacts or ARTIFACTS_DEFAULT)
        self.root = config.rootpath
        if lent is not None:
            self.seed, self.run_path = int(lent["seed"]), Path(lent["run_path"])
        else:
            self.seed = options.rehearsal_seed if options.rehearsal_seed is not None else new_seed()
            self.run_path = _fresh(self.artifacts, self.started_at)
        self._borrower = Borrower(lent["address"], lent["key"]) if lent is not None else None
        self._provisioner = Provisioner(self._open)
        self._examiner = Examiner(self._provisioner.deployment)
        self._findings: dict[str, Finding] = {}

    @cached_property
    def target(self) -> str:
        """Where the cloud runs: as it was asked for, else where the running environment does, else embedded."""
        if chosen := str(self._config.option.rehearsal_target):
            return chosen
        if not self.instance:
            return TARGET_DEFAULT
        from harness.targets.lifecycle import target_of

        return target_of(self.instance) or TARGET_DEFAULT

    @property
    def trust(self) -> str:
        """Whether guarantees are probed. Those of real AWS are not: probes would make, and pay for, what they need."""
        return ASSUME if self.target == "staging" else str(self._config.option.rehearsal_trust)

    @property
    def is_worker(self) -> bool:
        """Tell whether this is an xdist worker."""
        return self._lent is not None

    @property
    def run(self) -> str:
        """What sets repeated runs apart on an environment that outlives them; "" on an own environment."""
        return self.run_path.name if self.instance else ""

    def deployment(self) -> "Deployment":
        """Return the environment, brought up now if nobody asked before. Raises what went wrong there."""
        if self._borrower is not None:
            return self._borrowed(self._borrower)
        return self._provisioner.deployment()

    def _borrowed(self, borrower: Borrower) -> "Deployment":
        from harness.clients import DeployedSystem, Deployment
        from harness.targets import Environment

        def deploy(name: str) -> DeployedSystem:
            return DeployedSystem.from_json(borrower.borrow("system", name, within_s=self._lent_within_s))

        environment = Environment.from_json(borrower.borrow("environment", within_s=self._lent_within_s))
        return Deployment(environment, deploy)

    @property
    def _lent_within_s(self) -> float:
        from harness.clients.patience import patience_of

        return LENT_WITHIN_S * patience_of(self.target)

    def findings(self, guarantees: "Sequence[str]") -> "Mapping[str, Finding]":
        """Return what is found of guarantees on the environment, which is examined now if nobody asked before."""
        if missing := [one for one in guarantees if one not in self._findings]:
            self._findings |= {one.probe: one for one in self._found(missing)}
        return self._findings

    def _found(self, guarantees: "Sequence[str]") -> "list[Finding]":
        if self._borrower is None:
            return self._examiner.findings(guarantees)
        from harness.doctor import Finding

        return [
            Finding.from_json(one)
            for one in self._borrower.borrow("findings", list(guarantees), within_s=self._lent_within_s)
        ]

    @property
    def deployed(self) -> "Deployment | None":
        """The environment that this process has brought up or found; None when no test asked for one."""
        return self._provisioner.deployed

    @property
    def found(self) -> "list[Finding]":
        """What was found of the environment that this process owns or was told to use."""
        return self._examiner.found

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be kept."""
        deployed = self.deployed
        return deployed.secrets if deployed else ()

    @property
    def images(self) -> dict[str, str]:
        """The images that the environment runs, by service; none where it runs no containers."""
        deployed = self.deployed
        return dict(deployed.environment.images) if deployed else {}

    @property
    def has_kept(self) -> bool:
        """Tell whether a test left anything in the run's folder, were it only that it could not begin."""
        return (self.run_path / "tests.jsonl").exists() or any(self.run_path.glob("*/evidence.json"))

    @property
    def boot_s(self) -> float:
        """Seconds that bringing the environment up took."""
        return self._provisioner.took_s

    def run_folder(self, secrets: Iterable[str] = ()) -> "RunFolder":
        """Return the folder of this run, which keeps none of `secrets`; it is made when something is put into it."""
        from harness.report import RunFolder

        return RunFolder(self.run_path, secrets)

    def replay(self, node_id: str) -> str:
        """Return the command that runs one test again with the same names and the same faults."""
        return f'pytest "{node_id}" {self.again}'

    @property
    def again(self) -> str:
        """The options that draw the same names and the same faults again."""
        gateway = "" if self.gateway_style == GATEWAY_STYLE_DEFAULT else f" --rehearsal-gateway {self.gateway_style}"
        target = "" if self.target == TARGET_DEFAULT else f" --rehearsal-target {self.target}"
        instance = f" --rehearsal-instance {self.instance}" if self.target == "staging" else ""
        return f"--rehearsal-seed {self.seed}{gateway}{target}{instance}"

    def for_worker(self) -> dict[str, Any]:
        """Return what an xdist worker has to know, as plain values."""
        if self._lender is None:
            self._lender = Lender(
                {
                    "environment": lambda _: self._provisioner.deployment().environment.to_json(),
                    "system": lambda name: self._provisioner.deployment().system(name).to_json(),
                    "findings": lambda ids: [one.to_json() for one in self._examiner.findings(ids)],
                }
            )
        return {
            "seed": self.seed,
            "run_path": str(self.run_path),
            "address": list(self._lender.address),
            "key": self._lender.key,
        }

    def conclude(
        self, told: Mapping[str, Mapping[str, Any]], trust: Told, lacking: Lacking, exit_status: int
    ) -> list[str]:
        """Count what the tests told, keep it in the run's folder, make its page, and return the summary's lines."""
        from harness.pytest_plugin.keeping import keep_run
        from harness.report import Tally

        tally = Tally()
        for node_id, own in told.items():
            tally.add(node_id, own)
        self.run_path.mkdir(parents=True, exist_ok=True)
        found = self.found
        document = {
            "seed": self.seed,
            **tally.to_json(),
            "trust": trust.to_json(self.trust, found),
            "lacking": lacking.to_json(),
            "images": self.images,
        }
        (self.run_path / "verdicts.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        boot = f", environment up in {self.boot_s:.1f} s" if self.boot_s else ""
        took_s = time.monotonic() - self._started_s
        return [
            *tally.lines(),
            *trust.lines(self.trust, found, self._examiner.took_s),
            *lacking.lines(),
            f"target     {self.target}",
            *(f"image      {service}: {image}" for service, image in sorted(self.images.items())),
            f"gateway    {self.gateway_style}",
            f"seed       {self.seed} (again: {self.again})",
            f"time       {took_s:.1f} s{boot}",
            f"artifacts  {self.shown(self.run_path)}",
            f"report     {keep_run(self, exit_status, took_s)}",
        ]

    def shown_timeline(self, node_id: str) -> str:
        """Return the path of a test's timeline as errors show it."""
        return self.shown(self.run_folder().of_test(node_id) / "timeline.txt")

    def close(self) -> None:
        """Take down what was brought up; again is harmless."""
        if self._lender is not None:
            self._lender.close()
        self._provisioner.close()

    def _open(self) -> "AbstractContextManager[Deployment]":
        from harness.pytest_plugin.provision import open_deployment

        return open_deployment(
            self.target,
            self.instance,
            gateway_style=self.gateway_style,
            calls_file=self.run_path / "calls.jsonl",
            keep_logs=self.run_folder().keep_logs,
            progress=self._tell,
        )

    def _tell(self, line: str) -> None:
        """Show that something goes on where a cloud takes minutes to come up; the embedded one is there at once."""
        plugins = self._config.pluginmanager
        reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
        if reporter is None or self.target == TARGET_DEFAULT:
            return
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            reporter.ensure_newline()
            reporter.write_line(f"{self.target}: {line}")

    def shown(self, path: Path) -> str:
        """Return a path as people read it."""
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)


def session_of(config: pytest.Config) -> Session:
    """Return the run's session; the first call begins it."""
    if SESSION not in config.stash:
        config.stash[SESSION] = Session(config, getattr(config, "workerinput", {}).get("rehearsal"))
    return config.stash[SESSION]


def _fresh(artifacts: Path, now_at: datetime) -> Path:
    name = f"{now_at:%Y%m%d-%H%M%S}"
    taken = sum(1 for _ in artifacts.glob(f"{name}*")) if artifacts.is_dir() else 0
    return artifacts / (f"{name}-{taken + 1}" if taken else name)
