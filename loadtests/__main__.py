"""`python -m loadtests`: put load on a cloud; exit code 0 objectives kept, 1 missed, 2 bad input, 130 interrupted."""

import os
import signal
import sys
from collections.abc import Callable, Sequence

from harness.cli import EXIT_IMPOSSIBLE, EXIT_INTERRUPTED, FULL
from harness.errors import RehearsalError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; errors of ours are told in their own words."""
    from loadtests.options import asked
    from loadtests.program import play

    return in_words(lambda: play(asked(sys.argv[1:] if arguments is None else arguments, os.environ)))


def in_words(run: Callable[[], int]) -> int:
    """Return the exit code of a run; what ends it early is told in its own words."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends in order, too
    try:
        return run()
    except RehearsalError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return EXIT_INTERRUPTED
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        sys.stderr.write(f"{problem.filename or 'the run'} can't be written: {problem.strerror}\n")
        return EXIT_IMPOSSIBLE


if __name__ == "__main__":
    sys.exit(main())
