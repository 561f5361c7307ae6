"""The faults we make: each a small, plausible slip, applied wherever it fits.

Not where nobody could call it one: in annotations, docstrings and lines for the log, and in a number
that stands by its name at the top of a module. How long a rest is, or how much is taken at once, is
decided there and nowhere else: tests go by the name, and 201 rows at once are no worse than 200. That
such a number is used, and on which side of it what happens, is asked where the name is used. Where
another number is no matter of choice, since it is stored or shared, a test spells it out.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
CLAUSES = {"where", "order_by", "limit", "with_for_update", "on_conflict_do_nothing", "join"}
"""Parts of a statement to the database that may be forgotten."""


@dataclass(frozen=True)
class Mutant:
    """One fault: in which line, what was changed, and the whole source with it."""

    line: int
    what: str
    source: str
    last: int = 0
    """The last line of what was changed: coverage counts an expression from its first to there."""

    @property
    def name(self) -> str:
        """How a list of survivors calls it; the same while its line says the same."""
        return f"{self.line}: {self.what}"


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    found = []
    for index, node in enumerate(ast.walk(tree)):
        if _kept_out(tree, node):
            continue
        for number, (what, _) in enumerate(_faults(node)):
            line = getattr(node, "lineno")  # noqa: B009
            last = line if isinstance(node, ast.stmt) else getattr(node, "end_lineno", line)
            found.append((line, index, number, what, last))
    for line, index, number, what, last in sorted(found):
        changed = copy.deepcopy(tree)
        node = list(ast.walk(changed))[index]
        replacement = list(_faults(node))[number][1]
        _put(changed, node, replacement)
        source_now = ast.unparse(ast.fix_missing_locations(changed))
        yield Mutant(line, what, source_now, last)


def _kept_out(tree: ast.Module, node: ast.AST) -> bool:
    """What is no slip: annotations, docstrings, lines for the log, numbers by their names."""
    if not hasattr(node, "lineno"):
        return True
    return id(node) in _silent(tree)


_KNOWN: dict[int, tuple[ast.Module, set[int]]] = {}


def _silent(tree: ast.Module) -> set[int]:
    known = _KNOWN.get(id(tree))
    if known is not None and known[0] is tree:
        return known[1]
    found = set[int]()
    for node in ast.walk(tree):
        for part in _parts_that_say_nothing(node):
            found |= {id(inner) for inner in ast.walk(part)}
    _KNOWN[id(tree)] = (tree, found)
    return found


def _parts_that_say_nothing(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.arg(annotation=ast.expr() as annotation):
            yield annotation
        case ast.AnnAssign(annotation=annotation):
            yield annotation
        case (
            ast.FunctionDef(returns=ast.expr() as returns)
            | ast.AsyncFunctionDef(returns=ast.expr() as returns)
        ):
            yield returns
        case ast.Expr(value=ast.Constant()):
            yield node
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            yield node
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            yield node
        case ast.Module(body=body):
            yield from (statement for statement in body if _names_a_number(statement))
        case ast.Call(func=ast.Name(id="TypeVar" | "NewType" | "cast" | "dataclass")):
            yield node
        case _:
            pass


def _names_a_number(statement: ast.stmt) -> bool:
    """Whether a name is given to a number here, or to some, or to a length of time."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
            return all(_is_of_numbers(part) for part in ast.walk(value))
        case _:
            return False


def _is_of_numbers(part: ast.AST) -> bool:
    match part:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=value):
            return isinstance(value, int | float)
        case ast.Name(id=name):
            return name == "timedelta" or name.isupper()
        case _:
            kinds = (ast.BinOp, ast.Tuple, ast.Call, ast.keyword, ast.operator, ast.expr_context)
            return isinstance(part, kinds)


def _faults(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """What can go wrong in this node: in words, and what replaces it (None: nothing)."""
    yield from _in_expressions(node)
    yield from _in_statements(node)


def _in_expressions(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            swapped = COMPARISONS[type(op)]
            yield f"{type(op).__name__} is {swapped.__name__}", _with(node, ops=[swapped()])
        case ast.BoolOp(op=op):
            joint = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{type(op).__name__} is {type(joint).__name__}", _with(node, op=joint)
            for n in range(len(node.values)):
                rest = [value for k, value in enumerate(node.values) if k != n]
                short = rest[0] if len(rest) == 1 else _with(node, values=rest)
                yield f"condition {n + 1} is not asked", short
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not is forgotten", operand
        case ast.IfExp(test=test):
            yield "the other choice", _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            sign = ARITHMETIC[type(op)]
            yield f"{type(op).__name__} is {sign.__name__}", _with(node, op=sign())
        case ast.Constant(value=bool() as value):
            yield f"{value} is {not value}", ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield f"{value} is {value + 1}", ast.Constant(value + 1)
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield f"{name} is {NAMES[name]}", ast.Name(NAMES[name], ast.Load())
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in CLAUSES:
            yield f"{attr} is forgotten", value
            if len(node.args) > 1:
                for n in range(len(node.args)):
                    args = [arg for k, arg in enumerate(node.args) if k != n]
                    yield f"{attr} forgets its condition {n + 1}", _with(node, args=args)
        case ast.Call(func=ast.Attribute(attr="values"), keywords=[_, *_] as keywords):
            for n, keyword in enumerate(keywords):
                others = [other for k, other in enumerate(keywords) if k != n]
                yield f"{keyword.arg} is not written", _with(node, keywords=others)
        case _:
            pass


def _in_statements(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "is not done", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign():
            yield "is not kept", ast.Pass()
        case ast.Delete() | ast.Raise() | ast.Continue() | ast.Break():
            yield f"no {type(node).__name__.lower()}", ast.Pass()
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "returns nothing", ast.Return(ast.Constant(None))
        case ast.If(test=test) | ast.While(test=test):
            yield "the other way round", _with(node, test=ast.UnaryOp(ast.Not(), test))
        case _:
            pass


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _with(node: ast.AST, **changes: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _put(tree: ast.AST, node: ast.AST, replacement: ast.AST | None) -> None:
    """The replacement in the place of the node."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, replacement)
                return
            if isinstance(value, list) and any(item is node for item in value):
                value[:] = [replacement if item is node else item for item in value]
                return
