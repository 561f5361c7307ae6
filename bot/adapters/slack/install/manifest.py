"""The app manifest: what Slack is told about the bot, made from the same tables the code uses."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from bot.adapters.slack.connect import COMMAND, EVENTS_PATH
from bot.adapters.slack.connection import lifecycle
from bot.adapters.slack.install.installed import SCOPES
from bot.adapters.slack.install.oauth import REDIRECT
from bot.adapters.slack.outbound import METADATA_TYPE
from bot.core.verbs import BY_NAME, VERBS

NEW_APP: Final = "https://api.slack.com/apps?new_app=1&manifest_json="
SUMMARY: Final = "Runs Action Learning Sets: phases, clock, issues, votes and follow-ups."
ABOUT: Final = (
    "A facilitator types /als start in a private channel and the bot holds the process: arriving, "
    "issues, the choice of one, open questions, actions, learning. Six weeks later it asks how the "
    "actions went. It reads only what people hand it by button, form or command; it cannot read "
    "what they write in channels."
)
USAGE_LIMIT: Final = 1000
SHORTCUTS: Final = (
    {
        "name": "Offer an issue",
        "type": "global",
        "callback_id": "bid",
        "description": "Keep your issue for your set's next meeting.",
    },
    {
        "name": "Save as action point",
        "type": "message",
        "callback_id": "action",
        "description": "Make an action of your own of these words.",
    },
)
"""Each named by the verb it stands for; a message's words fill the verb's first option."""

EVENTS: Final = (
    "app_home_opened",
    "reaction_added",
    "reaction_removed",
    "message_metadata_posted",
    *lifecycle.EVENTS,
)


def manifest(*, public_url: str = "", oauth: bool = False) -> dict[str, Any]:
    """The manifest: for Socket Mode, or with a public address for signed HTTP."""
    told: dict[str, Any] = {
        "display_information": {
            "name": "als",
            "description": SUMMARY,
            "long_description": ABOUT,
            "background_color": "#2c4a52",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "als", "always_online": True},
            "shortcuts": [shortcut for shortcut in SHORTCUTS if shortcut["callback_id"] in BY_NAME],
            "slash_commands": [_command(public_url)],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": _settings(public_url, rotates=oauth and bool(public_url)),
    }
    if oauth and public_url:
        told["oauth_config"]["redirect_urls"] = [public_url.rstrip("/") + REDIRECT]
    return told


def _command(public_url: str) -> dict[str, Any]:
    words = " | ".join(verb.name for verb in VERBS)
    told: dict[str, Any] = {
        "command": COMMAND,
        "description": "Your Action Learning Set",
        "usage_hint": words[:USAGE_LIMIT],
        "should_escape": True,
    }
    return told | ({"url": _address(public_url)} if public_url else {})


def _settings(public_url: str, *, rotates: bool) -> dict[str, Any]:
    address = {"request_url": _address(public_url)} if public_url else {}
    events = {
        "bot_events": sorted(EVENTS),
        "metadata_subscriptions": [{"app_id": "*", "event_type": METADATA_TYPE}],
    }
    return {
        "event_subscriptions": address | events,
        "interactivity": {"is_enabled": True} | address,
        "org_deploy_enabled": False,
        "socket_mode_enabled": not public_url,
        "token_rotation_enabled": rotates,
    }


def _address(public_url: str) -> str:
    return public_url.rstrip("/") + EVENTS_PATH


def as_text(*, public_url: str = "", oauth: bool = False) -> str:
    """The manifest as it is pasted into Slack."""
    return json.dumps(manifest(public_url=public_url, oauth=oauth), indent=2)


def link(*, public_url: str = "") -> str:
    """The page that makes the app with this manifest filled in."""
    return NEW_APP + quote(json.dumps(manifest(public_url=public_url), separators=(",", ":")))
