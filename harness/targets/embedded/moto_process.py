"""moto's own server, which also ends when the cloud process that started it is gone."""

import os
import sys

from harness.targets.lifeline import on_parent_gone


def main() -> None:
    """Serve moto on the host and port of the command line until the parent is gone."""
    from moto.server import main as moto_main

    on_parent_gone(lambda: os._exit(0))
    moto_main(sys.argv[1:])


if __name__ == "__main__":
    main()
