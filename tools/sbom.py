"""The software bill of materials, as CycloneDX 1.5: every pinned package, from the lock alone."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.txt"
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[\w,-]+\])?==([\w.!+-]+)(?: ; (.+?))?(?: \\)?$", re.M)


def components(lock: str) -> list[dict[str, Any]]:
    """One component for each pinned version; one that a system needs alone says so."""
    found = []
    for name, version, marker in PIN.findall(lock):
        plain = re.sub(r"[-_.]+", "-", name).lower()
        one: dict[str, Any] = {
            "type": "library",
            "bom-ref": f"pkg:pypi/{plain}@{version}",
            "name": plain,
            "version": version,
            "purl": f"pkg:pypi/{plain}@{version}",
        }
        if marker:
            one["properties"] = [{"name": "als:only-where", "value": marker.strip()}]
        found.append(one)
    return found


def document(lock: str, version: str) -> dict[str, Any]:
    """The whole document; the same lock gives the same one."""
    parts = components(lock)
    named = "|".join(part["bom-ref"] for part in parts)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'als-bot {version} {named}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "als-bot",
                "name": "als-bot",
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": parts,
        "dependencies": [{"ref": "als-bot", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def main() -> int:
    """Print it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    print(json.dumps(document(LOCK.read_text(encoding="utf-8"), project["version"]), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
