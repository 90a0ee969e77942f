"""docs/invariants.md, the checkers and the scenarios say the same; each scenario's docstring names what it checks."""

import ast
import re
from pathlib import Path

import pytest

from harness.checkers import CHECKERS as PAYMENTS_CHECKERS
from harness.checkers.booking import BOOKING_CHECKERS
from harness.isolation.proof import CHECKER as PROVEN
from harness.isolation.proof import INVARIANT as PROVEN_INVARIANT

CHECKERS = sorted((*PAYMENTS_CHECKERS, *BOOKING_CHECKERS), key=lambda one: int(one.invariant.removeprefix("INV-")))
ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("test_*.py"))
DOCUMENT = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
CHECKER_BY_NAME = {one.name: one for one in CHECKERS}
# One invariant is judged by a proof over the whole system, not by a checker of histories.
INVARIANT_BY_NAME = {**{one.name: one.invariant for one in CHECKERS}, PROVEN: PROVEN_INVARIANT}


def checked_in(path: Path) -> set[str]:
    """Return the names of the checkers that are given to `history.satisfies`, one by one or as a tuple with a name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    given = (argument for call in calls if ast.unparse(call.func).endswith(".satisfies") for argument in call.args)
    return {name for argument in given for name in named_by(argument, tree)} | proven_in(tree)


def proven_in(tree: ast.Module) -> set[str]:
    """Return the name of what the prover shows, when a story asks for it."""
    stories = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return {PROVEN for story in stories if "isolation" in {argument.arg for argument in story.args.args}}


def named_by(argument: ast.expr, tree: ast.Module) -> set[str]:
    """Return the names that an argument stands for: its own, or those in the tuple that is spread."""
    match argument:
        case ast.Name(id=name):
            return {name}
        case ast.Starred(value=ast.Name(id=name)):
            spread, where = tuple_named(name, tree)
            return {found for one in spread.elts for found in named_by(one, where)}
    return set()


def tuple_named(name: str, tree: ast.Module) -> tuple[ast.Tuple, ast.Module]:
    """Return a module's tuple of this name, and the module that it is in: this one, or that it is taken from."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Tuple() as spread) if found == name:
                return spread, tree
            case ast.ImportFrom(module=str(module), names=names) if name in {one.name for one in names}:
                path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
                return tuple_named(name, ast.parse(path.read_text(encoding="utf-8")))
    raise LookupError(f"no tuple is called {name}")


def sections() -> dict[str, str]:
    """Return the document's sections by their title, e.g. `INV-1 one_charge_per_payment`."""
    _, *several = re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)
    return {section.splitlines()[0].strip(): section for section in several}


def test_document_has_a_section_for_every_checker_and_no_other() -> None:
    titles = {
        int(invariant.removeprefix("INV-")): f"{invariant} {name}" for name, invariant in INVARIANT_BY_NAME.items()
    }
    assert list(sections()) == [titles[number] for number in sorted(titles)]


@pytest.mark.parametrize("name", INVARIANT_BY_NAME)
def test_document_lists_exactly_the_scenarios_that_exercise_the_invariant(name: str) -> None:
    listed = re.findall(r"`(test_\w+)`", sections()[f"{INVARIANT_BY_NAME[name]} {name}"])
    exercising = sorted(path.stem for path in SCENARIOS if name in checked_in(path))

    assert listed == exercising, f"docs/invariants.md should say: {', '.join(f'`{stem}`' for stem in exercising)}"


@pytest.mark.parametrize("name", CHECKER_BY_NAME)
def test_document_quotes_the_proposition_of_the_checker(name: str) -> None:
    one = CHECKER_BY_NAME[name]
    text = " ".join(sections()[f"{one.invariant} {name}"].split())

    assert one.proposition in text


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_docstring_names_the_invariants_that_the_scenario_checks(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    named = re.findall(r"INV-\d+ [a-z ]+(?=[,.])", " ".join(docstring.partition("Invariants:")[2].split()))

    checked = {f"{INVARIANT_BY_NAME[name]} {name.replace('_', ' ')}" for name in checked_in(path)}
    assert set(named) == checked


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_story_ends_with_its_history(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    stories = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and {"payments", "booking"} & {argument.arg for argument in node.args.args}
    ]

    unchecked = [story.name for story in stories if "history.satisfies(" not in ast.unparse(story.body[-1])]
    assert unchecked == []
