"""What Discord refuses in a payload: the limits bots meet, beyond what its schema says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from tests.standins.discord.world import COMPONENTS_V2, Json, No

CONTENT, ROWS, ROW, OPTIONS, COMPONENTS, DISPLAYED = 2000, 5, 5, 25, 40, 4000
LABEL, CUSTOM_ID, TITLE, MODAL_LABEL, FIELDS, PLACEHOLDER, TYPED = 80, 100, 45, 45, 5, 100, 4000
NONCE, REACTIONS, DESCRIPTION, NAME, COMMAND = 25, 20, 100, 32, 8000
EVENTS, EVENT_NAME, EVENT_WORDS = 100, 100, 1000
ACTION_ROW, BUTTON, SELECT, INPUT, SECTION, DISPLAY = 1, 2, 3, 4, 9, 10
THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, FORM_LABEL = 11, 12, 13, 14, 17, 18
TOP_V2 = {ACTION_ROW, SECTION, DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER}


def bad(words: str) -> No:
    """Invalid Form Body, with what is wrong."""
    return No(400, 50035, f"Invalid Form Body: {words}")


def check_event(event: Json) -> None:
    """Refuses what Discord refuses in a scheduled event that is made or changed."""
    for key in ("name", "privacy_level", "scheduled_start_time", "entity_type"):
        if not event.get(key):
            raise bad(f"{key}: This field is required")
    if len(event["name"]) > EVENT_NAME or len(event.get("description") or "") > EVENT_WORDS:
        raise bad("name or description: too long")
    if event["privacy_level"] != 2 or event["entity_type"] not in (1, 2, 3):
        raise bad("privacy_level or entity_type: not one of the choices")
    external = event["entity_type"] == 3
    if external and not (event.get("entity_metadata") or {}).get("location"):
        raise bad("entity_metadata.location: This field is required")
    if external is bool(event.get("channel_id")):
        raise bad("channel_id: for stage and voice events, and for those alone")
    starts = datetime.fromisoformat(event["scheduled_start_time"])
    ends = event.get("scheduled_end_time")
    if external and not ends:
        raise bad("scheduled_end_time: This field is required")
    if ends and datetime.fromisoformat(ends) <= starts:
        raise bad("scheduled_end_time: must be after the start")
    if starts <= datetime.now(UTC):
        raise bad("scheduled_start_time: Cannot schedule event in the past")


def inside(components: list[Json]) -> Iterator[Json]:
    """Every component, at any depth."""
    for one in components:
        yield one
        yield from inside(one.get("components", []))
        for key in ("accessory", "component"):
            if isinstance(one.get(key), dict):
                yield from inside([one[key]])


def check_message(body: Json, *, v2_before: bool = False, edit: bool = False) -> None:
    """Refuses what Discord refuses in a message that is made or edited."""
    content = body.get("content") or ""
    v2 = bool(body.get("flags", 0) & COMPONENTS_V2) or v2_before
    components = body.get("components") or []
    if len(content) > CONTENT:
        raise bad(f"content: Must be {CONTENT} or fewer in length")
    if v2 and (content or body.get("embeds") or body.get("poll") or body.get("sticker_ids")):
        raise bad("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
    empty = not content.strip() and not components and not body.get("attachments")
    if not edit and empty and not body.get("embeds"):
        raise No(400, 50006, "Cannot send an empty message")
    if len(str(body.get("nonce") or "")) > NONCE:
        raise bad("nonce: too long")
    _check_components(components, v2=v2)


def _check_components(components: list[Json], *, v2: bool) -> None:
    every = list(inside(components))
    if not v2 and (len(components) > ROWS or any(c["type"] != ACTION_ROW for c in components)):
        raise bad("components: at most 5 action rows without Components V2")
    if v2 and (len(every) > COMPONENTS or any(c["type"] not in TOP_V2 for c in components)):
        raise bad(f"components: at most {COMPONENTS}, of the kinds a message takes")
    if sum(len(c.get("content", "")) for c in every if c["type"] == DISPLAY) > DISPLAYED:
        raise bad(f"components: at most {DISPLAYED} displayed characters")
    _unique([c["custom_id"] for c in every if "custom_id" in c], "custom_id")
    _unique([c["id"] for c in every if c.get("id")], "id")
    for one in every:
        _check_component(one)


def _unique(ids: list[object], what: str) -> None:
    if len(set(ids)) != len(ids):
        raise bad(f"components: {what} is duplicated")


def _check_component(one: Json) -> None:
    kind = one["type"]
    if "custom_id" in one and not 1 <= len(one["custom_id"]) <= CUSTOM_ID:
        raise bad("custom_id: 1 to 100 characters")
    if kind == ACTION_ROW and not 1 <= len(one.get("components", [])) <= ROW:
        raise bad("action row: 1 to 5 components")
    if kind == BUTTON and not (one.get("label") or one.get("emoji")):
        raise bad("button: needs a label or an emoji")
    if kind == BUTTON and len(one.get("label") or "") > LABEL:
        raise bad(f"button label: at most {LABEL}")
    if kind == BUTTON and ("url" in one) == ("custom_id" in one):
        raise bad("button: exactly one of url and custom_id")
    if kind == SELECT:
        _check_select(one)
    if kind == DISPLAY and not one.get("content"):
        raise bad("text display: content is required")


def _check_select(one: Json) -> None:
    options = one.get("options", [])
    if not 1 <= len(options) <= OPTIONS:
        raise bad(f"select: 1 to {OPTIONS} options")
    _unique([o["value"] for o in options], "option value")
    if sum(bool(o.get("default")) for o in options) > one.get("max_values", 1):
        raise bad("select: too many defaults")
    if any(not 1 <= len(o[k]) <= 100 for o in options for k in ("label", "value")):
        raise bad("select option: 1 to 100 characters")


def check_attachments(payload: Json, files: dict[str, str]) -> None:
    """Refuses files that no attachment names, attachments without a file, and unknown references."""
    data = payload.get("data") or payload
    named = {str(a["id"]) for a in data.get("attachments") or []}
    if not set(files) <= named:
        raise bad("attachments: a file that is not listed")
    shown = [c["file"]["url"] for c in inside(data.get("components") or []) if c["type"] == FILE]
    known = {f"attachment://{name}" for name in files.values()}
    if any(url.startswith("attachment://") and url not in known for url in shown):
        raise bad("components: the attachment it refers to was not sent")
    v2 = bool(data.get("flags", 0) & COMPONENTS_V2)
    if v2 and known - set(shown):
        raise bad("attachments: with Components V2 a file has to be shown by a component")


def check_modal(data: Json) -> None:
    """Refuses what Discord refuses in a form."""
    if not 1 <= len(data["title"]) <= TITLE:
        raise bad(f"title: 1 to {TITLE}")
    if not 1 <= len(data["components"]) <= FIELDS:
        raise bad(f"components: a form has 1 to {FIELDS} fields")
    every = list(inside(data["components"]))
    _unique([c["custom_id"] for c in every if "custom_id" in c], "custom_id")
    for one in every:
        _check_component(one)
        if one["type"] == FORM_LABEL:
            _check_label(one)
        if one["type"] == INPUT:
            _check_input(one)


def _check_label(one: Json) -> None:
    if not 1 <= len(one["label"]) <= MODAL_LABEL:
        raise bad(f"label: 1 to {MODAL_LABEL}")
    if len(one.get("description") or "") > 100:
        raise bad("description: at most 100")


def _check_input(one: Json) -> None:
    longest = one.get("max_length", TYPED)
    if not 1 <= longest <= TYPED or one.get("min_length", 0) > longest:
        raise bad("text input: lengths")
    if len(one.get("placeholder") or "") > PLACEHOLDER:
        raise bad("placeholder: at most 100")
    if len(one.get("value") or "") > longest:
        raise bad("value: longer than max_length")


def check_commands(commands: list[Json]) -> None:
    """Refuses what Discord refuses in a bulk overwrite of commands."""
    _unique([(c["name"], c.get("type", 1)) for c in commands], "command name")
    for one in commands:
        if _weight(one) > COMMAND:
            raise No(400, 30034, "Command exceeds maximum size (8000)")
        _check_options(one, chat=one.get("type", 1) == 1)


def _weight(one: Json) -> int:
    own = len(one["name"]) + len(one.get("description") or "")
    own += sum(len(str(c["name"])) + len(str(c["value"])) for c in one.get("choices") or [])
    return own + sum(_weight(o) for o in one.get("options") or [])


def _check_options(one: Json, *, chat: bool) -> None:
    if not 1 <= len(one["name"]) <= NAME or (chat and one["name"] != one["name"].lower()):
        raise bad("name: 1 to 32, lower case")
    if chat and not 1 <= len(one.get("description") or "") <= DESCRIPTION:
        raise bad("description: 1 to 100")
    if len(one.get("choices") or []) > OPTIONS or len(one.get("options") or []) > OPTIONS:
        raise bad("options, choices: at most 25")
    if one.get("choices") and one.get("autocomplete"):
        raise bad("autocomplete: not together with choices")
    required = [bool(o.get("required")) for o in one.get("options") or [] if o["type"] > 2]
    if required != sorted(required, reverse=True):
        raise bad("required options come first")
    for option in one.get("options") or []:
        _check_options(option, chat=True)
