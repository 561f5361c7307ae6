"""Every threat that the docs name has tests, and they exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "threats.md"


def named() -> set[str]:
    """Every test by its name."""
    return {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_threat_names_tests_that_exist():
    page, known = PAGE.read_text(encoding="utf-8"), named()
    rows = [line for line in page.split("\n") if line.startswith("| ") and "---" not in line][1:]

    assert len(rows) > 20
    for row in rows:
        tests = re.findall(r"`(test_\w+)`", row)
        assert tests, row
        assert [test for test in tests if test not in known] == [], row
