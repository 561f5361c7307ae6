"""Refuses JUnit reports that hold a skipped test: python tools/skipped_tests.py FILE..."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def cases(report: Path) -> list[ElementTree.Element]:
    """Every test of the report."""
    return list(ElementTree.parse(report).iter("testcase"))


def skipped(report: Path) -> list[str]:
    """Every skipped test, with its reason. A test expected to fail is not a skipped one."""
    return [
        f"{case.get('classname')}::{case.get('name')}: {reason.get('message')}"
        for case in cases(report)
        for reason in case.iter("skipped")
        if reason.get("type") != "pytest.xfail"
    ]


def main(*reports: Path) -> int:
    """Name each skipped test; 1 when there is one, or when a report has no test at all."""
    if not reports or not all(cases(report) for report in reports):
        print("No test ran.")
        return 1
    found = [line for report in reports for line in skipped(report)]
    for line in found:
        print(f"Skipped: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
