"""Ways in which an invocation ends without the runtime's own report, in AWS's words.

| ending | errorType | errorMessage | source |
| --- | --- | --- | --- |
| deadline passed | `Sandbox.Timedout` | `RequestId: … Error: Task timed out after 3.00 seconds` | documented (Step Functions developer guide, "Error names", for the type); the text verified in public bug reports |
| exit status 1, signal | `Runtime.ExitError` | `RequestId: … Error: Runtime exited with error: exit status 1` (`signal: killed`) | documented (Lambda developer guide, "Understanding the execution environment lifecycle"); signal names are Go's |
| exit status 0 | `Runtime.ExitError` | `… Error: Runtime exited without providing a reason` | documented (same page) |
| memory above its size | `Runtime.OutOfMemory` | `… Error: Runtime exited with error: signal: killed` | verified in public error reports of 2025 and 2026 (Python 3.13 among them); older ones have `Runtime.ExitError` |
| answer above 6 MB | `Function.ResponseSizeTooLarge` | `Response payload size exceeded maximum allowed payload size (6291556 bytes).` | verified in public error reports |
"""  # noqa: E501

RESPONSE_BYTES_MAX = 6_291_556

Error = dict[str, object]

# Go's words for signals (package syscall), because AWS's supervisor is written in it.
_SIGNALS = {
    1: "hangup",
    2: "interrupt",
    3: "quit",
    4: "illegal instruction",
    5: "trace/breakpoint trap",
    6: "aborted",
    7: "bus error",
    8: "floating point exception",
    9: "killed",
    10: "user defined signal 1",
    11: "segmentation fault",
    12: "user defined signal 2",
    13: "broken pipe",
    14: "alarm clock",
    15: "terminated",
}


def timed_out(request_id: str, timeout_s: int) -> Error:
    """The handler was killed at its deadline."""
    return _error("Sandbox.Timedout", f"RequestId: {request_id} Error: {timeout_text(timeout_s)}")


def timeout_text(timeout_s: int) -> str:
    """Return what a timeout says in the log."""
    return f"Task timed out after {timeout_s}.00 seconds"


def exited(request_id: str, exit_code: int) -> Error:
    """The worker ended by itself or by a signal (a negative exit code)."""
    return _error("Runtime.ExitError", f"RequestId: {request_id} Error: {exit_text(exit_code)}")


def exit_text(exit_code: int) -> str:
    """Return how AWS words the end of a process."""
    if exit_code == 0:
        return "Runtime exited without providing a reason"
    if exit_code > 0:
        return f"Runtime exited with error: exit status {exit_code}"
    return f"Runtime exited with error: signal: {_SIGNALS.get(-exit_code, f'signal {-exit_code}')}"


def out_of_memory(request_id: str) -> Error:
    """The worker used more than the function's memory size and was killed."""
    return _error("Runtime.OutOfMemory", f"RequestId: {request_id} Error: {exit_text(-9)}")


def response_too_large() -> Error:
    """The handler's answer is above what Lambda carries."""
    text = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
    return _error("Function.ResponseSizeTooLarge", text)


def _error(error_type: str, message: str) -> Error:
    return {"errorType": error_type, "errorMessage": message}
