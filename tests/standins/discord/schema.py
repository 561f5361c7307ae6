"""Every recorded request against Discord's published OpenAPI file, keys included."""

from __future__ import annotations

import copy
import functools
import json
import os
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.standins.discord.server import Asked, Server

UNLISTED = {"nsfw", "tts"}
"""Keys that the library sends although the file does not list them."""


class Schema:
    """The file, with unknown keys refused."""

    def __init__(self, file: Path) -> None:
        spec = json.loads(file.read_text())
        self.paths: dict[str, Any] = spec["paths"]
        strict = _closed(copy.deepcopy(spec))
        resource = Resource.from_contents(strict, default_specification=DRAFT202012)
        self.registry: Registry[Any] = Registry().with_resource("urn:discord", resource)

    @functools.cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        ordered = sorted(self.paths, key=lambda p: p.count("{"))
        return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", p)), p) for p in ordered]

    def _template(self, path: str, method: str) -> str | None:
        for pattern, template in self._patterns:
            if pattern.fullmatch(path) and method.lower() in self.paths[template]:
                return template
        return None

    @functools.lru_cache(maxsize=64)  # noqa: B019 - one schema per test run
    def _validator(self, template: str, method: str) -> Draft202012Validator:
        where = template.replace("~", "~0").replace("/", "~1").replace("{", "%7B")
        where = where.replace("}", "%7D")
        pointer = f"/paths/{where}/{method}/requestBody/content/application~1json/schema"
        ref = {"$ref": f"urn:discord#{pointer}"}
        return Draft202012Validator(ref, registry=self.registry)

    def faults(self, asked: Asked) -> list[str]:
        """What the file has against this request."""
        template = self._template(asked.path, asked.method)
        if template is None:
            return [f"{asked.method} {asked.path}: no such route"]
        operation = self.paths[template][asked.method.lower()]
        if "requestBody" not in operation or asked.body is None:
            return []
        validator = self._validator(template, asked.method.lower())
        found = validator.iter_errors(asked.body)
        return [f"{asked.method} {template}: {e.json_path}: {e.message[:300]}" for e in found]


def _closed(node: Any) -> Any:
    """The same schemas, but an object takes only the keys that are listed."""
    if isinstance(node, dict):
        if "properties" in node and node.get("type") == "object":
            node.setdefault("unevaluatedProperties", False)
            for key in UNLISTED:
                node["properties"].setdefault(key, {})
        for value in node.values():
            _closed(value)
    if isinstance(node, list):
        for value in node:
            _closed(value)
    return node


@functools.cache
def _published(file: Path) -> Schema:
    return Schema(file)


def faults(server: Server) -> list[str]:
    """What the published file has against what a server was asked; nothing where it is not there."""
    folder = os.environ.get("ALS_FIXTURES")
    if folder is None:
        return []
    schema = _published(Path(folder) / "discord" / "openapi.json")
    return sorted({fault for asked in server.asked for fault in schema.faults(asked)})
