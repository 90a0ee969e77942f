"""The command line, `rehearse`: exit code 0 when all went well, 1 when a check failed, 2 when it could not be done."""

import errno
import os
import sys

from harness.errors import RehearsalError

EXIT_IMPOSSIBLE, EXIT_INTERRUPTED = 2, 130
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def main() -> None:
    """Run the command line; errors of ours end in their own words, never in a stack trace."""
    from harness.cli.app import application

    try:
        try:
            application()
        finally:
            sys.stdout.flush()  # here, where a full disk can still be told
    except RehearsalError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        _forget_output()
        sys.exit(0)
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        _forget_output()
        sys.stderr.write(f"{problem.filename or 'the output'} can't be written: {problem.strerror}\n")
        sys.exit(EXIT_IMPOSSIBLE)
    except SystemExit as ending:
        # typer and rich make exit code 1, a failed check, of a reader that has gone (`rehearse calls | head`).
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        _forget_output()
        sys.exit(0)


def _forget_output() -> None:
    """Let what is left to be printed go nowhere, because Python would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
