"""The 104 bad inputs, by number: each is a named test somewhere; and so is each threat's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGES = TESTS.parent / "docs"

GROUPS = {
    "A": range(1, 17),
    "B": range(17, 33),
    "C": range(33, 53),
    "D": range(53, 71),
    "E": range(71, 81),
    "F": range(81, 89),
    "G": range(89, 99),
    "H": range(99, 105),
}
NUMBER = re.compile(r"(?<![a-z0-9])([a-h]?)(\d{2,3})(?![a-z0-9])")
SPAN = re.compile(r"(?<![a-z0-9])[a-h]?(\d{2,3})_to_[a-h]?(\d{2,3})(?![a-z0-9])")


def named() -> dict[str, list[str]]:
    """Every test with where it is, and the ids its parameters have."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if node.name.startswith("test_"):
                    found.setdefault(node.name, [])
            elif isinstance(node, ast.Constant) and re.match(r"[a-h]\d{2,3}\b", str(node.value)):
                found.setdefault(re.sub(r"\W+", "_", str(node.value)), [])
    return found


def numbers(name: str) -> set[int]:
    """The cases a name speaks of."""
    shown = name.removeprefix("test_").replace("_", " _ ").replace(" ", "")
    cases = {int(n) for group, n in NUMBER.findall(shown.replace("_", " ")) if _fits(group, int(n))}
    for first, last in SPAN.findall(shown):
        cases |= set(range(int(first), int(last) + 1))
    return cases


def _fits(group: str, number: int) -> bool:
    if group:
        return number in GROUPS[group.upper()]
    return 1 <= number <= 104


KNOWN = named()
COVERED = {case for name in KNOWN for case in numbers(name)}


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_bad_input_is_a_named_test(group: str):
    assert [case for case in GROUPS[group] if case not in COVERED] == []


def test_there_are_104():
    assert sum(len(cases) for cases in GROUPS.values()) == 104
    assert numbers("test_c46_to_c49_and_b17_twice") == {17, 46, 47, 48, 49}
    assert numbers("test_01_no_signature") == {1}
    assert numbers("test_five") == set()


def test_every_threat_names_tests_that_exist():
    page = (PAGES / "threats.md").read_text(encoding="utf-8")
    rows = [line for line in page.split("\n") if line.startswith("| ") and "---" not in line][1:]

    assert len(rows) > 20
    for row in rows:
        tests = re.findall(r"`(test_\w+)`", row)
        assert tests, row
        assert [test for test in tests if test not in KNOWN] == [], row
