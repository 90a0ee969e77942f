"""Which errors of a system can come out of a step: its domain's call graph, read from the source.

A called name may be any function or method of that name. Ports are known by the names of their calls.
"""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path


class Calls(ast.NodeVisitor):
    """The names that a function calls and the errors that it raises, less those that it handles itself."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.raised: set[str] = set()

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                self.called.add(name)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        # `(breaker.succeeded if … else breaker.failed)(…)` calls what it names.
        if node.attr in ("succeeded", "failed") and isinstance(node.value, ast.Attribute):
            self.called.add(node.attr)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        match node.exc:
            case ast.Call(func=ast.Name(id=name)):
                self.raised.add(name)
        self.generic_visit(node)


@dataclass
class CallGraph:
    """The functions of a domain; `ports` says what a call of such a name may raise, `known` which errors there are.

    A call may be a method of one of `classes`, unless its name is one of `others`: names that a port has, too.
    """

    domain: Path
    ports: Mapping[str, Collection[str]]
    classes: Collection[str]
    known: Collection[str]
    others: Collection[str] = ()
    functions: dict[str, dict[str, Calls]] = field(init=False)

    def __post_init__(self) -> None:
        self.functions = _functions_of(self.domain)

    def errors_of(self, beginning: str) -> set[str]:
        """Return the names of the errors that can come out of an operation, e.g. `debit` or `Cashier.charge`."""
        left, seen, found = [("", beginning)], set[tuple[str, str]](), set[str]()
        while left:
            module, name = left.pop()
            if (module, name) in seen:
                continue
            seen.add((module, name))
            found |= set(self.ports.get(name, ()))
            places = self.functions.get(name, {})
            # A module's own function of that name is the one that is meant.
            for place in [module] if module in places else places:
                calls = places[place]
                found |= calls.raised
                for called in calls.called:
                    left.append((place, called))
                    left.extend((place, f"{one}.{called}") for one in self.classes if called not in self.others)
        return found & set(self.known)


def _functions_of(domain: Path) -> dict[str, dict[str, Calls]]:
    """Return every function of a domain by its name, methods as Class.method, and by its module."""
    found: dict[str, dict[str, Calls]] = {}
    for module in domain.glob("*.py"):
        for node in ast.parse(module.read_text()).body:
            for prefix, one in _functions(node):
                calls = Calls()
                for statement in one.body:
                    calls.visit(statement)
                found.setdefault(f"{prefix}{one.name}", {})[module.stem] = calls
    return found


def _functions(node: ast.stmt) -> list[tuple[str, ast.FunctionDef]]:
    if isinstance(node, ast.FunctionDef):
        return [("", node)]
    if isinstance(node, ast.ClassDef) and not any("Protocol" in ast.dump(base) for base in node.bases):
        return [(f"{node.name}.", one) for one in node.body if isinstance(one, ast.FunctionDef)]
    return []
