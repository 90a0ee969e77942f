"""The command line, `rehearse`: exit code 0 when all went well, 1 when a check failed, 2 when it could not be done."""

import sys

from harness.errors import RehearsalError

EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line; errors of ours end in their own words, never in a stack trace."""
    from harness.cli.app import application

    try:
        application()
    except RehearsalError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(0)
