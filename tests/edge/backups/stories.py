"""Plays a story on a stage of its own, and clears up after it."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.edge.backups.engines import Stage, stage

Story = Callable[[Stage], Coroutine[Any, Any, None]]
T0 = 1_000_000


def played(story: Story, directory: Path | None = None) -> None:
    async def play() -> None:
        scene = stage(directory)
        try:
            await story(scene)
        finally:
            await scene.room.stop()
            await scene.journal.close()

    asyncio.run(play())
