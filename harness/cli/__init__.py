"""The command line, `rehearse`: exit code 0 when all went well, 1 when a check failed, 2 when it could not be done."""

import os
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
    except SystemExit as ending:
        # typer and rich make exit code 1, a failed check, of a reader that has gone (`rehearse calls | head`).
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left has nowhere to go
        sys.exit(0)
