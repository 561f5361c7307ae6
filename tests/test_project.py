"""The project's own habits: what the repository holds, and what it never holds."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import file_map, skipped_tests

ROOT = Path(__file__).resolve().parent.parent
BOT = ROOT / "bot"
CORE = BOT / "core"
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """What a command prints; its whole output is in the failure when it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def in_repository() -> list[Path]:
    """Every file that git holds or would take."""
    listing = run("git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard")
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def lines_with(pattern: str, *, but_not: frozenset[str] = frozenset()) -> list[str]:
    """Where a pattern occurs in the repository, as `file:line: text`."""
    found = []
    for path in in_repository():
        name = path.relative_to(ROOT).as_posix()
        text = path.read_bytes().decode("utf-8", errors="replace")
        if name not in but_not and re.search(pattern, text):
            found += [
                f"{name}:{number}: {line.strip()[:120]}"
                for number, line in enumerate(text.splitlines(), 1)
                if re.search(pattern, line)
            ]
    return found


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def named(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


# What the repository never holds. The patterns are split so that they do not find themselves.


def test_no_file_names_a_package_index_or_a_mirror():
    hosts = (
        "py" + "pi.org",
        "python" + "hosted",
        "npm" + "js.",
        "deb.debian" + ".org",
        "/simp" + "le/",
    )
    options = (
        "--index" + "-url",
        "--extra-index" + "-url",
        "--find" + "-links",
        "--trusted" + "-host",
    )
    pattern = "|".join([*map(re.escape, hosts), *(rf"(?<!\w){option}" for option in options)])

    assert lines_with(pattern) == []


def test_no_file_names_a_path_of_somebodys_machine():
    folders = ("ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk", "mnt", "opt/py")
    pattern = rf"(?<![\w.}}>*~/-])/(?:{'|'.join(folders)})/\w|[A-Z]:\\Us" + "ers"

    assert lines_with(pattern) == []


def test_only_ci_knows_where_the_public_fixtures_lie():
    assert lines_with(re.escape("../" + "shared"), but_not=frozenset({".ci/run"})) == []


# How modules open, and the map made of it.


def test_every_module_opens_with_one_line_that_says_what_it_is_for():
    def problem(module: Path) -> str | None:
        docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
        if not docstring:
            return "says nothing"
        first, *rest = docstring.splitlines()
        if rest and rest[0].strip():
            return "takes more than one line"
        return None if first.endswith((".", "?", "!")) else "is not a sentence"

    problems = {named(module): problem(module) for module in modules(BOT)}

    assert {name: what for name, what in problems.items() if what} == {}


def test_the_map_of_every_file_is_current():
    assert file_map.is_current(), "run `make map`"


def test_every_link_of_the_documentation_leads_somewhere():
    def dangling(page: Path) -> Iterator[str]:
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            target, _, part = link.partition("#")
            to = (page.parent / target).resolve() if target else page
            if re.match(r"[a-z]+:", link):
                continue
            if not to.exists():
                yield f"{page.relative_to(ROOT)}: {link}"
            elif part and part not in headings(to):
                yield f"{page.relative_to(ROOT)}: {link} (no such heading)"

    pages = [path for path in in_repository() if path.suffix == ".md"]

    assert [link for page in pages for link in dangling(page)] == []


def headings(page: Path) -> set[str]:
    """What a link may say after `#` to lead to a heading of that page."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in found}


# The core is pure.


def imports(module: Path) -> Iterator[str]:
    """The full name of everything a module imports, deferred imports included."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_core_imports_nothing_but_itself_and_the_standard_library():
    allowed = {"bot", *sys.stdlib_module_names}
    exceptions = {("bot/core/recurrence.py", "dateutil")}

    foreign = {
        (named(module), name.partition(".")[0])
        for module in modules(CORE)
        for name in imports(module)
        if name.partition(".")[0] not in allowed
    }

    assert foreign <= exceptions


def test_inside_the_core_nobody_comes_in_by_the_front_door():
    inside = {path.stem for path in CORE.iterdir()}

    def by_the_door(name: str) -> bool:
        package, _, rest = f"{name}.".partition("bot.core.")
        return package == "" and rest.partition(".")[0] not in inside

    found = [(named(path), name) for path in modules(CORE) for name in imports(path)]
    assert [one for one in found if by_the_door(one[1])] == []


def test_importing_the_core_loads_no_library():
    code = "import sys, bot.core; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    loaded = set(run(sys.executable, "-c", code).split())

    libraries = {"dateutil", "sqlalchemy", "aiohttp", "apscheduler", "msgspec", "pydantic", "typer"}
    assert loaded & libraries == set()


# The lock.


def entries(lock: str) -> list[str]:
    """The entries of a requirements file, each with its continuation lines."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def pinned(lock: str) -> set[tuple[str, str]]:
    """Names and versions; a name has two where systems differ."""
    pins = (re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.!+-]+)", entry) for entry in entries(lock))
    return {(normal(pin[1]), pin[2]) for pin in pins if pin}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_is_one_version_with_hashes(lock):
    shape = re.compile(
        r"[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( ; [^@]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*"
    )

    assert entries(lock) != []
    assert [entry[:80] for entry in entries(lock) if not shape.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_no_path_and_not_the_project_itself(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert re.findall(r"://|^-|^\s*/|@ ", text, re.MULTILINE) == []
    assert "als-bot" not in {name for name, _ in pinned(lock)}


def test_the_locks_agree_with_each_other():
    run_time, development, build = (pinned(lock) for lock in LOCKS)

    assert run_time | build <= development


def test_the_lock_holds_what_the_project_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = pinned("requirements.txt")

    def is_locked(declared: Requirement) -> bool:
        versions = [version for name, version in pins if name == normal(declared.name)]
        return versions != [] and all(version in declared.specifier for version in versions)

    assert [text for text in project["dependencies"] if not is_locked(Requirement(text))] == []


# What people install.


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist")
    (wheel,) = (folder / "dist").glob("*.whl")
    options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "install", *options, "--target", folder / "site", wheel)
    return folder / "site"


def test_the_wheel_holds_the_bot_and_its_migrations_and_nothing_else(installed):
    tops = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}

    assert tops == {"bot", "bin"}
    assert list((installed / "bot" / "_migrations" / "versions").glob("*.py")) != []


def test_the_installed_command_runs_in_an_empty_folder(installed, tmp_path):
    als = installed / "bin" / "als"

    where = run(
        sys.executable,
        "-c",
        "import bot; print(bot.__file__)",
        cwd=tmp_path,
        PYTHONPATH=str(installed),
    )
    said = run(sys.executable, als, "--help", cwd=tmp_path, PYTHONPATH=str(installed))

    assert Path(where.strip()).is_relative_to(installed)
    assert "demo" in said
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_said_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert importlib.metadata.version("als-bot") == project["version"]


# Making .venv where Python is not what we need.


def make_venv_with(python: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Runs the script where the only Python is this small shell script."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (folder / "python3").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", ROOT / "tools" / "make_venv.sh", tmp_path / "venv"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_old_python_is_named_and_the_way_out_too(tmp_path):
    old = 'case "$2" in *print*) echo 3.9;; *) exit 1;; esac'

    done = make_venv_with(old, tmp_path)

    assert done.returncode == 1
    assert "needs Python 3.11 or newer. Found: python3 is 3.9." in done.stderr
    assert "PYTHON=" in done.stderr


def test_a_python_without_venv_leads_to_the_package_to_install(tmp_path):
    bare = 'case "$2" in *print*) echo 3.12;; *ensurepip*) exit 1;; esac'

    done = make_venv_with(bare, tmp_path)

    assert done.returncode == 1
    assert "python3.12-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


# The script that keeps CI honest.


def report(tmp_path: Path, *cases: str) -> Path:
    path = tmp_path / "junit.xml"
    path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return path


PASSED = '<testcase classname="tests.a" name="test_ok"/>'
SKIPPED = (
    '<testcase classname="tests.a" name="test_b">'
    '<skipped type="pytest.skip" message="no database"/></testcase>'
)


def test_a_skipped_test_is_named_with_its_reason_and_refused(tmp_path, capsys):
    assert skipped_tests.main(report(tmp_path, PASSED, SKIPPED)) == 1
    assert "tests.a::test_b: no database" in capsys.readouterr().out


def test_a_report_without_skips_is_accepted(tmp_path):
    assert skipped_tests.main(report(tmp_path, PASSED)) == 0


def test_a_report_without_any_test_is_refused(tmp_path):
    assert skipped_tests.main(report(tmp_path)) == 1
