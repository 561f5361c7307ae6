"""The map of every file in docs/map.md, written from each module's first line.

Run it with --write to bring the map up to date, with --check to learn whether it is.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "map.md"
FOLDERS = ("bot", "migrations", "tests", "bench", "tools")
HEAD = """# Every file

Written by `make map` from the first line of each file, not by hand.
"""


class NoFirstLine(Exception):
    """A module that does not say what it is for."""


def first_line(module: Path) -> str:
    """What a module says it is for, ready for Markdown."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    if not docstring:
        raise NoFirstLine(module.relative_to(ROOT).as_posix())
    return docstring.splitlines()[0].replace("*", r"\*").replace("<", "&lt;")


def packages(root: Path = ROOT) -> Iterator[tuple[Path, list[Path]]]:
    """Each folder that holds modules, with them, in the order one would read."""
    for name in FOLDERS:
        for folder in sorted({module.parent for module in (root / name).rglob("*.py")}):
            yield folder, sorted(folder.glob("*.py"))


def section(folder: Path, modules: list[Path]) -> str:
    """One folder of the map: what it is for, then its files."""
    lines = [f"**`{folder.relative_to(ROOT).as_posix()}/`**"]
    for module in modules:
        if module.name == "__init__.py":
            lines[0] += f" {first_line(module)}"
        else:
            lines.append(f"- `{module.name}` {first_line(module)}")
    return "\n".join([lines[0], "", *lines[1:]]).rstrip() + "\n"


def file_map() -> str:
    """The whole map."""
    return "\n".join(section(folder, modules) for folder, modules in packages())


def page() -> str:
    """The page as it should read."""
    return f"{HEAD}\n{file_map()}"


def is_current() -> bool:
    """Whether the page already holds the map of today."""
    return PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()


def main(arguments: list[str]) -> int:
    """Check the map or write it; 1 means that something is left to do."""
    try:
        if arguments == ["--write"]:
            PAGE.write_text(page(), encoding="utf-8")
        elif arguments != ["--check"]:
            print("usage: python tools/file_map.py --check|--write")
            return 2
        elif not is_current():
            print("docs/map.md is out of date: run `make map`.")
            return 1
    except NoFirstLine as module:
        print(f"{module} should open with one line that says what it is for.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
