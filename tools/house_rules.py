"""The rules of the house: what keeps it so that a stranger finds their room. Prints what breaks one."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MOST_LINES = 400
"""A file longer than this holds two ideas, and nobody reads it to its end."""

MOST_METHODS = 20
"""A class with more public methods than this is several things under one name."""

MOST_MODULES = 15
"""A folder with more files than this has rooms in it that nobody has named."""

STILL: dict[str, int] = {}
"""What is still too large, with the size it may not outgrow. Only ever make this list shorter."""

PLATFORM_WORDS = re.compile(
    r"slack|discord|<@|<#|<!(?:channel|here|everyone|subteam|date)|channel_not_found|not_in_channel|is_archived|token_revoked|\b(?:10|50)0\d\d\b",
    re.IGNORECASE,
)
"""The core decides for every platform, so it must not know how one of them writes or fails."""


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file of these folders, in order."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    """A file as people call it."""
    return path.relative_to(ROOT).as_posix()


def too_long() -> Iterator[str]:
    """Files with too many lines."""
    for path in sources("bot", "tools", "bench"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > STILL.get(name(path), MOST_LINES):
            yield f"{name(path)} has {lines} lines; {MOST_LINES} at most, so split it by what it does"


def too_many_methods() -> Iterator[str]:
    """Classes that do too much."""
    for path in sources("bot"):
        for node in _classes(path):
            public = [
                part.name
                for part in node.body
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
                and not part.name.startswith("_")
            ]
            if len(public) > STILL.get(node.name, MOST_METHODS):
                yield (
                    f"{name(path)}: {node.name} has {len(public)} public methods; "
                    f"{MOST_METHODS} at most"
                )


def too_full() -> Iterator[str]:
    """Folders with too many files."""
    folders = Counter(path.parent for path in sources("bot") if path.name != "__init__.py")
    for folder, modules in sorted(folders.items()):
        if modules > MOST_MODULES:
            yield f"{name(folder)} has {modules} modules; {MOST_MODULES} at most"


def same_names() -> Iterator[str]:
    """Classes that are called alike: a reader who finds one has found the wrong one."""
    found = defaultdict[str, list[str]](list)
    for path in sources("bot"):
        for node in _classes(path):
            if not node.name.startswith("_"):
                found[node.name].append(name(path))
    for called, paths in sorted(found.items()):
        if len(paths) > 1:
            yield f"{called} is the name of {len(paths)} classes: {', '.join(paths)}"


def platforms_in_the_core() -> Iterator[str]:
    """Words of one platform in the core, docstrings and comments aside."""
    for path in sources("bot/core"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in docs:
                continue
            found = PLATFORM_WORDS.search(str(node.value))
            if isinstance(node.value, str) and found:
                yield f"{name(path)}:{node.lineno} knows a platform: {found[0]!r}"


def memories_outside_their_phase() -> Iterator[str]:
    """Code that looks into what a phase remembers would change with every new phase."""
    memories = _memories()
    for path in sources("bot"):
        if "phases" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.ImportFrom(module=str(module)) if "phases" in module.split("."):
                    for one in node.names:
                        if one.name in memories:
                            yield f"{name(path)}:{node.lineno} looks into {one.name}; ask its phase"
                case _:
                    pass


def _memories() -> set[str]:
    """The names of what phases remember: `memory: ClassVar[type] = Bids`."""
    found = set[str]()
    for path in sources("bot/core"):
        if "phases" in path.parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.AnnAssign(target=ast.Name("memory"), value=ast.Name(called)):
                        found.add(called)
                    case _:
                        pass
    return found


def _classes(path: Path) -> Iterator[ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in tree.body if isinstance(node, ast.ClassDef))


RULES = (
    too_long,
    too_many_methods,
    too_full,
    same_names,
    platforms_in_the_core,
    memories_outside_their_phase,
)


def main() -> int:
    """A line for each breach; 1 where there is one."""
    broken = [line for rule in RULES for line in rule()]
    for line in broken:
        print(line)
    print(f"{len(broken)} breaches of {len(RULES)} rules." if broken else "The house is in order.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
