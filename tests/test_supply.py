"""What the bot is made of: few packages, a bill of materials, and a question about weaknesses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.test_project import pinned
from tools import sbom, weaknesses

ROOT = Path(__file__).resolve().parent.parent
MOST_PACKAGES = 60


def test_at_most_sixty_packages_run():
    assert 20 < len({name for name, _ in pinned("requirements.txt")}) <= MOST_PACKAGES


def test_the_bill_of_materials_names_every_pinned_package():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    bill = sbom.document(lock, "1.0")

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert {(c["name"], c["version"]) for c in bill["components"]} == pinned("requirements.txt")
    refs = [c["bom-ref"] for c in bill["components"]]
    assert len(refs) == len(set(refs))
    assert bill["dependencies"][0]["dependsOn"] == refs
    assert bill == sbom.document(lock, "1.0")
    assert bill["serialNumber"] != sbom.document(lock, "1.1")["serialNumber"]


def test_the_bill_is_printed_by_one_command(capsys):
    assert sbom.main() == 0
    assert json.loads(capsys.readouterr().out)["metadata"]["component"]["name"] == "als-bot"


def answer(*weak: dict[str, object]) -> str:
    sound = {"name": "sound", "version": "1.0", "vulns": []}
    return json.dumps({"dependencies": [sound, *weak]})


WEAK = {
    "name": "weak",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2", "fix_versions": []}],
}


SKIPPED = {"name": "skipped", "skip_reason": "Dependency not found and could not be audited"}


def test_a_known_weakness_stops_the_build(capsys):
    assert weaknesses.main(lambda: answer(WEAK), packages=("sound", "weak")) == 1
    said = capsys.readouterr().out
    assert "weak 1.0: PYSEC-1, fixed in 1.1" in said
    assert "2 known weaknesses in 2 audited packages" in said


def test_no_known_weakness_passes(capsys):
    assert weaknesses.main(answer, strict=True, packages=("Sound",)) == 0
    assert "0 known weaknesses in 1 audited packages" in capsys.readouterr().out


def test_a_package_that_was_not_audited_is_named_and_fails_a_strict_audit(capsys):
    for given, names in (
        (lambda: answer(SKIPPED), ("sound", "skipped")),
        (answer, ("sound", "gone")),
    ):
        assert weaknesses.main(given, packages=names) == 0
        assert weaknesses.main(given, packages=names, strict=True) == 2
    said = capsys.readouterr().out
    assert "nothing is known about them: skipped." in said
    assert "nothing is known about them: gone." in said


def test_where_every_package_was_skipped_nobody_was_asked(capsys):
    skipped = json.dumps({"dependencies": [SKIPPED]})

    assert weaknesses.main(lambda: skipped) == 0
    assert weaknesses.main(lambda: skipped, strict=True) == 2

    said = capsys.readouterr().out
    assert said.count("could not ask") == 2
    assert "0 known" not in said


def test_every_package_of_the_lock_is_asked_about():
    assert set(weaknesses.pinned()) == {name for name, _ in pinned("requirements.txt")}

    lock = "colorama==0.4 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n"
    twice = "one==1 ; python_version < '3' \\\n    --hash=0\none==2 ; python_version >= '3' \\\n"
    assert weaknesses.for_every_system(lock) == "colorama==0.4 \\\n    --hash=sha256:0\n"
    assert weaknesses.for_every_system(twice) == twice


def test_without_a_network_it_says_so_and_lets_pass(capsys):
    assert weaknesses.main(lambda: "") == 0
    assert weaknesses.main(lambda: "{}") == 0
    assert weaknesses.main(lambda: "ERROR: no route", strict=True) == 2
    assert capsys.readouterr().out.count("could not ask") == 3


def test_the_container_runs_as_nobody_special_from_the_pinned_lock():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\n")
    last = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]

    assert any(line.startswith("USER 10001") for line in last)
    assert "--require-hashes" in "\n".join(lines)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert ignored[0] == "*"
    assert "!.env" not in ignored
