"""What Slack checks in Block Kit payloads, and what a reader sees of them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from tests.standins.slack_world import SlackSays, World

MESSAGE_BLOCKS, VIEW_BLOCKS, TEXT, TOTAL = 50, 100, 40_000, 13_200
SECTION, HEADER, ELEMENTS, FIELDS, FIELD = 3000, 150, 25, 10, 2000
BUTTON, ACTION_ID, VALUE, VIEW_TITLE, METADATA = 75, 255, 2000, 24, 3000
CONTEXT_ELEMENTS, CHOICES, RADIOS, OPTION_TEXT, LABEL = 10, 100, 10, 75, 2000
KNOWN = {"section", "header", "divider", "context", "actions", "image", "input", "rich_text"}


def check_blocks(blocks: Any, *, view: bool = False) -> None:
    """Refuse what Slack would refuse, with its own word."""
    if not isinstance(blocks, list):
        raise SlackSays("invalid_blocks_format")
    wrong: list[str] = []
    if len(blocks) > (VIEW_BLOCKS if view else MESSAGE_BLOCKS):
        wrong.append("too many blocks")
    ids = [b["block_id"] for b in blocks if b.get("block_id")]
    if len(ids) != len(set(ids)):
        wrong.append("block_id not unique")
    for number, block in enumerate(blocks):
        wrong += [f"{w} [json-pointer:/blocks/{number}]" for w in _wrong(block, view=view)]
    if wrong:
        raise SlackSays("invalid_blocks", errors=wrong, response_metadata={"messages": wrong})
    if not view and sum(len(t) for t in texts(blocks)) > TOTAL:
        raise SlackSays("msg_blocks_too_long")


def _wrong(block: dict[str, Any], *, view: bool) -> list[str]:
    kind = block.get("type")
    if kind not in KNOWN or (kind == "input" and not view):
        return [f"unsupported block: {kind}"]
    try:
        parsed = Block.parse(block)
        if parsed is None:
            return ["cannot be read"]
        parsed.validate_json()
    except Exception as e:
        return [str(e)]
    return [*_counts(block), *_ids(block), *_texts_wrong(block)]


def _counts(block: dict[str, Any]) -> list[str]:
    elements, kind = block.get("elements", []), block["type"]
    limits = {"actions": ELEMENTS, "context": CONTEXT_ELEMENTS}
    wrong = []
    if kind in limits and not 1 <= len(elements) <= limits[kind]:
        wrong.append("wrong number of elements")
    if len(block.get("fields", ())) > FIELDS:
        wrong.append("too many fields")
    for element in [*elements, block.get("element") or {}]:
        most = RADIOS if element.get("type") in ("radio_buttons", "checkboxes") else CHOICES
        if "options" in element and not 1 <= len(element["options"]) <= most:
            wrong.append("wrong number of options")
        if any(len(o["text"]["text"]) > OPTION_TEXT for o in element.get("options", ())):
            wrong.append("option too long")
        first = element.get("initial_option")
        if first is not None and first not in element["options"]:
            wrong.append("initial_option is none of the options")
    return wrong


def _ids(block: dict[str, Any]) -> list[str]:
    elements = [
        *block.get("elements", ()),
        block.get("element") or {},
        block.get("accessory") or {},
    ]
    ids = [e["action_id"] for e in elements if e.get("action_id")]
    wrong = ["action_id too long" for i in ids if len(i) > ACTION_ID]
    if len(ids) != len(set(ids)):
        wrong.append("action_id not unique")
    if block["type"] == "actions" and len(ids) < len(block["elements"]):
        wrong.append("action_id missing")
    wrong += ["value too long" for e in elements if len(e.get("value") or "") > VALUE]
    wrong += [
        "button without words"
        for e in elements
        if e.get("type") == "button" and not e["text"]["text"].strip()
    ]
    return wrong


def _texts_wrong(block: dict[str, Any]) -> list[str]:
    wrong = ["empty text" for t in _text_objects(block) if not t["text"]]
    most = {"section": SECTION, "header": HEADER, "context": SECTION}.get(block["type"])
    text = block.get("text")
    if most and isinstance(text, dict) and len(text["text"]) > most:
        wrong.append("must be less than the limit")
    wrong += ["field too long" for f in block.get("fields", ()) if len(f["text"]) > FIELD]
    for element in block.get("elements", ()):
        if element.get("type") == "button" and len(element["text"]["text"]) > BUTTON:
            wrong.append("button too long")
    if any("\x00" in t or any(0xD800 <= ord(c) < 0xE000 for c in t) for t in texts([block])):
        wrong.append("not a text")
    return wrong


def check_view(view: Any, *, home: bool = False) -> None:
    """Refuse a view Slack would refuse."""
    if not isinstance(view, dict) or view.get("type") != ("home" if home else "modal"):
        raise SlackSays("invalid_arguments", response_metadata={"messages": ["view type"]})
    check_blocks(view.get("blocks"), view=True)
    wrong = []
    if len(view.get("private_metadata") or "") > METADATA:
        wrong.append("private_metadata too long")
    if len(view.get("callback_id") or "") > ACTION_ID:
        wrong.append("callback_id too long")
    wrong += [
        f"{part} length"
        for part in ("title", "submit", "close")
        if part in view and not 1 <= len(view[part]["text"]) <= VIEW_TITLE
    ]
    if not home and "title" not in view:
        wrong.append("title missing")
    if not home and any(b["type"] == "input" for b in view["blocks"]) and "submit" not in view:
        wrong.append("submit missing")
    if wrong:
        raise SlackSays("invalid_arguments", response_metadata={"messages": wrong})


def check_message(sent: dict[str, Any]) -> None:
    """Refuse a message Slack would refuse."""
    if not sent.get("text") and not sent.get("blocks"):
        raise SlackSays("no_text")
    if len(sent.get("text") or "") > TEXT:
        raise SlackSays("msg_too_long")
    if sent.get("blocks"):
        check_blocks(sent["blocks"])
    metadata = sent.get("metadata")
    if metadata is not None:
        if set(metadata) - {"event_type", "event_payload"} or not metadata.get("event_type"):
            raise SlackSays("invalid_metadata_format")
        if len(str(metadata)) > 8000:
            raise SlackSays("metadata_too_large")


# --- what a reader sees --------------------------------------------------------------------------


def _text_objects(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [t for p in part for t in _text_objects(p)]
    if not isinstance(part, dict):
        return []
    if part.get("type") in ("mrkdwn", "plain_text") and isinstance(part.get("text"), str):
        return [part]
    return [t for p in part.values() for t in _text_objects(p)]


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    """Every text in the blocks, as sent."""
    return [t["text"] for t in _text_objects(blocks)]


def read(world: World, text: str, zone: str) -> str:
    """A text as somebody in this zone reads it: people by name, moments in their own time."""

    def moment(found: re.Match[str]) -> str:
        at = datetime.fromtimestamp(int(found[1]), UTC).astimezone(ZoneInfo(zone))
        named = {"{time}": f"{at:%H:%M}", "{date_short_pretty}": f"{at:%d %b}"}
        return re.sub(r"\{\w+\}", lambda t: named.get(t[0], t[0]), found[2])

    def person(found: re.Match[str]) -> str:
        user = world.users.get(found[1])
        return f"@{user.name}" if user else found[0]

    text = re.sub(r"<!date\^(\d+)\^([^|^>]*)(?:\^[^|>]*)?\|[^>]*>", moment, text)
    text = re.sub(r"<@([A-Z0-9]+)(?:\|[^>]*)?>", person, text)
    return html.unescape(text)


def visible(world: World, blocks: list[dict[str, Any]], text: str, zone: str) -> str:
    """A message as its reader sees it: its blocks, or its text where it has none."""
    parts = texts(blocks) if blocks else [text]
    return "\n".join(read(world, p, zone) for p in parts)


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every button with its block."""
    return [
        (block, element)
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]


def mentioned(text: str) -> list[str]:
    """The people a text calls; `!channel` and the like where it calls everyone."""
    return re.findall(r"<@([A-Z0-9]+)(?:\|[^>]*)?>", text) + re.findall(
        r"<(![a-z^A-Z0-9]+)[|>]", text
    )
