"""Runs a pool with one worker that hangs, tells its pids, and waits to be killed. Started by test_survival."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

from harness.targets.embedded.functions import FunctionPool
from harness.waiting import wait_until
from tests.functions.conftest import Functions


def main() -> None:
    work_dir, method, source = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    pool = FunctionPool(endpoint_url="http://127.0.0.1:9", work_dir=work_dir, method=method)
    functions = Functions(pool)
    idle = functions.make("def handler(event, context): pass")
    functions.invoke(idle)
    hung = functions.make(source, timeout_s=60)
    threading.Thread(target=functions.invoke, args=(hung,), daemon=True).start()
    wait_until("the worker hangs", (work_dir / "hangs").exists, within_s=10)
    pids: list[Any] = [pool._zygotes[""].pid, *(row["pid"] for row in pool.stats())]
    pids += [int(path.name) for path in (work_dir / "hangs").iterdir()]
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    threading.Event().wait(60)


if __name__ == "__main__":
    main()
