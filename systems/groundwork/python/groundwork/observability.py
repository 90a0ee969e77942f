"""Logs, metrics and traces of every function, by Powertools; one structured line tells how each operation went."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Tracer, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from groundwork.failures import Failed
from groundwork.money import EXPONENT_BY_CURRENCY, format_amount

logger = Logger(location=None, use_rfc3339=True, log_uncaught_exceptions=False)
# Patching every library would time each AWS call a second time; the SDK passes the trace on by itself.
tracer = Tracer(auto_patch=False)
_MINOR = "_minor"


class OperationLine:
    """What the line of one operation will say; fields that nobody set are left out."""

    def __init__(self, operation: str, correlation_id: str, values: dict[str, Any]) -> None:
        self.operation = operation
        self.correlation_id = correlation_id
        self.values = values

    def add(self, **values: Any) -> None:
        """Add what is known only later, such as the balance."""
        self.values |= values

    def fields(self) -> dict[str, Any]:
        """Return the line's fields, money as decimal strings."""
        currency = str(self.values.get("currency", ""))
        told: dict[str, Any] = {}
        for name, value in self.values.items():
            if name.endswith(_MINOR):
                if isinstance(value, int) and currency in EXPONENT_BY_CURRENCY:
                    told[_camel(name.removesuffix(_MINOR))] = format_amount(value, currency)
            elif value is not None:
                told[_camel(name)] = value
        return {"operation": self.operation, "correlationId": self.correlation_id, **told}


@contextmanager
def operation_line(operation: str, correlation_id: str, **values: Any) -> Iterator[OperationLine]:
    """Log one line when the operation ends: info, warning with our error's name, or error with what is unexpected."""
    line = OperationLine(operation, correlation_id, values)
    began_s = time.perf_counter()
    try:
        yield line
    except Failed as error:
        line.add(error=type(error).__name__, error_code=error.code)
        logger.warning(error.message, extra=_ended(line, began_s))
        raise
    except Exception as error:
        line.add(error=type(error).__name__)
        logger.exception("%s failed", operation, extra=_ended(line, began_s))
        raise
    else:
        logger.info(operation, extra=_ended(line, began_s))


def count(name: str, value: float = 1, unit: MetricUnit = MetricUnit.Count, **dimensions: str) -> None:
    """Emit one metric at once, as an EMF line with the service and the dimensions given."""
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Unnamed")
    with single_metric(name=name, unit=unit, value=value, namespace=namespace) as metric:
        metric.add_dimension("service", os.environ.get("POWERTOOLS_SERVICE_NAME", "unnamed"))
        for key, text in dimensions.items():
            metric.add_dimension(key, text)


def _ended(line: OperationLine, began_s: float) -> dict[str, Any]:
    return {**line.fields(), "duration": round((time.perf_counter() - began_s) * 1000, 2)}


def _camel(name: str) -> str:
    first, *more = name.split("_")
    return first + "".join(part.capitalize() for part in more)
