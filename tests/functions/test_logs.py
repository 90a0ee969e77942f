"""A function's log is complete the moment its invocation ends, with the platform's lines around it."""

import re

from tests.functions.conftest import Functions

PRINTS_LAST = "def handler(event, context):\n    print('last line of', event)\n    return event"


def test_line_before_return_is_in_the_log_of_its_invocation_when_invoked_often(functions: Functions) -> None:
    spec = functions.make(PRINTS_LAST)

    logs = [functions.invoke(spec, str(number).encode()).log for number in range(300)]

    assert all(f"last line of {number}\n" in log for number, log in enumerate(logs))
    assert all(log.count("last line") == 1 for log in logs)


def test_platform_lines_surround_the_output_when_cold_and_warm(functions: Functions) -> None:
    spec = functions.make("print('importing')\n" + PRINTS_LAST, memory_mb=256)

    cold, warm = functions.invoke(spec, b"1", request_id="r-1"), functions.invoke(spec, b"2", request_id="r-2")

    report = (
        r"REPORT RequestId: {}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms"
        r"\tMemory Size: 256 MB\tMax Memory Used: [1-9]\d* MB{}\t\n"
    )
    assert re.fullmatch(
        r"importing\nSTART RequestId: r-1 Version: \$LATEST\nlast line of 1\nEND RequestId: r-1\n"
        + report.format("r-1", r"\tInit Duration: [\d.]+ ms"),
        cold.log,
    )
    assert re.fullmatch(
        r"START RequestId: r-2 Version: \$LATEST\nlast line of 2\nEND RequestId: r-2\n" + report.format("r-2", ""),
        warm.log,
    )
    assert cold.log_stream == warm.log_stream
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", cold.log_stream)


def test_everything_is_in_the_log_when_it_is_more_than_a_pipe_holds(functions: Functions) -> None:
    outcome = functions.run(
        "import sys\ndef handler(event, context):\n"
        "    for number in range(20_000): sys.stderr.write(f'{number:050}\\n')\n    print('done')"
    )

    assert outcome.log.count("\n") == 20_000 + 4
    assert "\ndone\nEND" in outcome.log


def test_stack_trace_is_one_event_when_the_handler_raises(functions: Functions) -> None:
    outcome = functions.run(
        "def handler(event, context):\n    print('one')\n    print('two')\n    raise ValueError('no')"
    )

    assert outcome.log_events[1:3] == ("one", "two")
    assert outcome.log_events[3].startswith("[ERROR] ValueError: no\nTraceback (most recent call last):\n")
    assert len(outcome.log_events) == 6


def test_trace_reaches_handler_and_report_when_the_invocation_has_one(functions: Functions) -> None:
    spec = functions.make("import os\ndef handler(event, context): return os.environ.get('_X_AMZN_TRACE_ID')")
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    traced, untraced = functions.invoke(spec, trace_header=header), functions.invoke(spec)

    assert traced.payload == header
    line = "\nXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t"
    assert traced.log_events[-1].endswith(line)
    assert untraced.payload is None
    assert "XRAY" not in untraced.log


def test_log_is_json_when_the_function_asks_for_it(functions: Functions) -> None:
    outcome = functions.run(
        "import logging\ndef handler(event, context): logging.getLogger().info('hello')",
        log_format="JSON",
        log_level="INFO",
    )

    assert '"message": "hello"' in outcome.log
