"""What a mend takes hold of: a function of the engine, known by a fingerprint of its text.

A mend replaces or wraps functions from outside, so it holds only while they are what it was written against. The
fingerprint is a hash of the function's source, signature included: whatever changes there, the start fails and says so.
"""

import functools
import hashlib
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]

STEP_FUNCTIONS = "ministack.services.stepfunctions"
LAMBDA = "ministack.services.lambda_svc"
COGNITO = "ministack.services.cognito"
CLOUDFORMATION = "ministack.services.cloudformation.provisioners"
DYNAMODB = "ministack.services.dynamodb"
HTTP_APIS = "ministack.services.apigateway"
REST_APIS = "ministack.services.apigateway_v1"
APP = "ministack.app"


@dataclass(frozen=True)
class Symbol:
    """One function of the engine."""

    module_name: str
    name: str
    fingerprint: str  # of its source: the first 16 hexadecimal digits of its SHA-256

    def module(self) -> Any:
        """Import the module that holds it."""
        return importlib.import_module(self.module_name)

    def function(self) -> Function:
        """Return what its name stands for now."""
        function: Function = getattr(self.module(), self.name)
        return function

    def seen(self) -> str:
        """Return its fingerprint now, or in words why there is none."""
        try:
            source = inspect.getsource(self.function())
        except AttributeError:
            return "missing"
        except (OSError, TypeError) as error:
            return f"without source ({error})"
        return hashlib.sha256(source.encode()).hexdigest()[:16]

    def wrap(self, make: Callable[[Function], Function]) -> None:
        """Let its name stand for `make(what it stood for)`; callers look the name up at each call."""
        original = self.function()
        setattr(self.module(), self.name, functools.wraps(original)(make(original)))


@dataclass(frozen=True)
class Mend:
    """One defect of the engine, put right from outside."""

    name: str
    touches: tuple[Symbol, ...]  # replaced or wrapped
    relies_on: tuple[Symbol, ...]  # called, or read into what is replaced
    apply: Callable[[], None]

    def symbols(self) -> tuple[Symbol, ...]:
        return self.touches + self.relies_on
