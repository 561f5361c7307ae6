"""What happened in Slack, as signals: commands, presses, forms, reactions, and where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.adapters.slack import names, render
from bot.core.cards import Form
from bot.core.signals import Caller, Reacted, Submitted, Typed
from bot.core.verbs import BY_NAME, Verb
from bot.runtime.ports.incoming import Incoming, News

Body = Mapping[str, Any]

LONGEST_COMMAND: Final = 4000
LONGEST_ID: Final = 64
QUOTES: Final = "\"'“”"
_MENTION = re.compile(r"<([@#])([A-Z0-9]+)(?:\|([^>]*))?>")
_TOKEN = re.compile(r"""(?:='[^']*'|[^\s"“”]|"[^"]*"|[“”][^“”]*[“”]|["“”])+""")
_PAIR = re.compile(r"(?s)([A-Za-z_]+)=(.*)")
_FIRST_WORDS = frozenset(name.split()[0] for name in BY_NAME if " " in name)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a person stands in Slack, and the ways to answer them there.

    `thread` is the thread they acted in; `fresh`, whether they pressed a private message, which
    its answer may replace.
    """

    installation: str
    person: str
    place: str = ""
    thread: str = ""
    trigger: str = ""
    response_url: str = ""
    view: str = ""
    fresh: bool = False

    @property
    def direct(self) -> bool:
        """Whether this is a direct message, a Home tab or another page without a channel."""
        return not self.place or self.place.startswith("D")


# --- commands ------------------------------------------------------------------------------------


def typed(text: str) -> Typed:
    """What was typed after `/als`: any case, quotes, `key=value`, mentions. Nothing means home.

    A verb nobody knows stays as typed; the core answers with the nearest one.
    """
    tokens = _TOKEN.findall(text[:LONGEST_COMMAND].strip())
    if not tokens:
        return Typed("home")
    name, rest = _verb(tokens)
    verb = BY_NAME.get(name)
    return Typed(name) if verb is None else Typed(verb.name, _options(verb, rest))


def _verb(tokens: list[str]) -> tuple[str, list[str]]:
    words = [_plain(t).casefold() for t in tokens[:2]]
    two = " ".join(words)
    if len(words) == 2 and (two in BY_NAME or words[0] in _FIRST_WORDS):
        return two, tokens[2:]
    return words[0], tokens[1:]


def _options(verb: Verb, tokens: list[str]) -> tuple[tuple[str, str], ...]:
    """Options by name; what is left over is the first option's, as the person wrote it."""
    known = {option.name for option in verb.options}
    given: dict[str, str] = {}
    loose: list[str] = []
    for token in tokens:
        pair = _PAIR.fullmatch(token)
        if pair and pair[1].casefold() in known:
            given[pair[1].casefold()] = _plain(pair[2])
        else:
            loose.append(token)
    spare = next((o.name for o in verb.options if o.name not in given), None)
    if loose and spare is not None:
        # Nothing but people: their ids. People in a sentence: as it was said.
        only_people = all(_MENTION.fullmatch(token) for token in loose)
        given[spare] = " ".join(_plain(t) if only_people else _spoken(t) for t in loose)
    return tuple(given.items())


def _plain(token: str) -> str:
    """A token without its quotes, a mention as the person's id, escapes undone once."""
    whole = _MENTION.fullmatch(token)
    return whole[2] if whole else _spoken(token)


def _spoken(token: str) -> str:
    spoken = _MENTION.sub(lambda m: m[1] + (m[3] or m[2]), token)
    if len(spoken) > 1 and spoken[0] in QUOTES and spoken[-1] in QUOTES:
        spoken = spoken[1:-1]
    return spoken.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def command_spot(body: Body, installation: str) -> Source:
    """Where a slash command was typed."""
    return Source(
        installation,
        _text(body, "user_id"),
        place=_text(body, "channel_id"),
        trigger=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )


def shortcut(body: Body, installation: str) -> tuple[Source, Typed]:
    """A shortcut: its name is the verb's. The words of a message fill the verb's first option."""
    spot = Source(
        installation,
        _text(_part(body, "user"), "id"),
        place=_text(_part(body, "channel"), "id"),
        trigger=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )
    name = _text(body, "callback_id").replace("_", " ")
    verb, words = BY_NAME.get(name), _spoken(_text(_part(body, "message"), "text")).strip()
    given = ((verb.options[0].name, words),) if verb and verb.options and words else ()
    return spot, Typed(name, given)


# --- presses and forms ---------------------------------------------------------------------------


def press_spot(body: Body, installation: str) -> Source:
    """Where a button was pressed: the thread it stands in, or the thread that hangs on it."""
    container, message = _part(body, "container"), _part(body, "message")
    view = _part(body, "view")
    return Source(
        installation,
        _text(_part(body, "user"), "id"),
        place=_text(container, "channel_id") or _text(_part(body, "channel"), "id"),
        thread=_text(container, "thread_ts") or _text(message, "thread_ts"),
        trigger=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
        # A Home tab is no page that could turn into the answer.
        view="" if view.get("type") == "home" else _text(view, "id"),
        fresh=container.get("is_ephemeral") is True,
    )


def pressed(body: Body) -> str:
    """The id of the button that was pressed."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    return _text(first, "action_id")


def keep(form: Form, spot: Source) -> str:
    """What a form carries to know, when it comes back, where and about what it was opened."""
    kept = {
        "form": form.key,
        "subject": form.subject,
        "step": form.step,
        "value": form.value,
        "place": spot.place,
        "thread": spot.thread,
    }
    return json.dumps({k: v for k, v in kept.items() if v not in ("", None)}, ensure_ascii=True)


def submitted(body: Body, installation: str) -> tuple[Source, Submitted]:
    """A form that was sent, and where it was opened."""
    view = _part(body, "view")
    kept = _kept(_text(view, "private_metadata"))
    step = kept.get("step")
    signal = Submitted(
        _text(kept, "form"),
        tuple(_answers(view)),
        subject=_text(kept, "subject"),
        step=step if isinstance(step, int) else None,
        value=_text(kept, "value"),
    )
    spot = Source(
        installation,
        _text(_part(body, "user"), "id"),
        place=_text(kept, "place"),
        thread=_text(kept, "thread"),
        trigger=_text(body, "trigger_id"),
        view=_text(view, "id"),
    )
    return spot, signal


def _kept(metadata: str) -> Body:
    try:
        kept = json.loads(metadata or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _answers(view: Body) -> list[tuple[str, str]]:
    found = []
    for question, elements in _part(_part(view, "state"), "values").items():
        for state in elements.values() if isinstance(elements, dict) else ():
            option = _part(state, "selected_option")
            answer = _text(option, "value") if option else _text(state, "value")
            found.append((str(question), answer))
    return found


def questions(view: Body) -> list[str]:
    """The ids of a view's input blocks, in order."""
    blocks = view.get("blocks")
    listed = blocks if isinstance(blocks, list) else []
    return [_text(b, "block_id") for b in listed if b.get("type") == "input"]


# --- events --------------------------------------------------------------------------------------


def reaction(body: Body, installation: str, own: str) -> Incoming | None:
    """A reaction put on or taken off; None where it means nothing here or is our own mark."""
    event = _part(body, "event")
    item, person = _part(event, "item"), _text(event, "user")
    emoji = names.emoji(_text(event, "reaction"))
    if emoji is None or not person or person == own or _text(item, "type") != "message":
        return None
    return Incoming(
        # Set operations, and "removed" may come before "added"; one told again late must not undo.
        delivery=_text(body, "event_id"),
        installation=installation,
        place=_text(item, "channel"),
        who=Caller(person),
        signal=Reacted("", emoji, on=_text(event, "type") == "reaction_added"),
        message=names.reference(_text(item, "channel"), _text(item, "ts")),
    )


def news(body: Body) -> News:
    """Which event this is, and when it happened by Slack's clock, as exactly as it says."""
    event = _part(body, "event")
    seconds = _seconds(event.get("event_ts")) or _seconds(body.get("event_time"))
    at = datetime.fromtimestamp(seconds, UTC) if seconds else None
    return News(_text(body, "event_id")[:LONGEST_ID], at)


def _seconds(told: object) -> float:
    """A Unix time of this century; 0 where it is none."""
    try:
        seconds = float(told) if isinstance(told, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return seconds if 1e9 < seconds < 5e9 else 0.0


def proof(body: Body) -> tuple[str, str, float] | None:
    """Key, reference and instant of a post of ours that Slack tells us of."""
    event = _part(body, "event")
    key = _text(_part(_part(event, "metadata"), "event_payload"), "key")
    channel, ts = _text(event, "channel_id"), _text(event, "message_ts")
    if not (key and channel and re.fullmatch(r"\d+(\.\d+)?", ts)):
        return None
    return key, names.reference(channel, ts), float(ts)


def revoked_bots(event: Body) -> bool:
    """Whether a revocation is of the bot's own token, and not only of a person's."""
    return bool(_part(event, "tokens").get("bot"))


def event_channel(body: Body) -> str:
    """The channel an event is about, however the event spells it."""
    event = _part(body, "event")
    channel = event.get("channel")
    return _text(channel, "id") if isinstance(channel, dict) else _text(event, "channel")


def _part(body: Any, key: str) -> Mapping[str, Any]:
    found = body.get(key) if isinstance(body, dict | Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(body: Any, key: str) -> str:
    found = body.get(key) if isinstance(body, Mapping) else None
    return found if isinstance(found, str) else ""


def again(view: Body, note: str) -> dict[str, Any]:
    """A form as it was sent, with the person's words in it, and why it could not be taken."""
    answers = dict(_answers(view))
    blocks = [_filled(b, answers) for b in view.get("blocks") or ()]
    kept = ("type", "callback_id", "private_metadata", "title", "submit", "close")
    return {k: view[k] for k in kept if view.get(k)} | {
        "blocks": [*render.words(note)["blocks"], *blocks]
    }


def _filled(block: Body, answers: Mapping[str, str]) -> dict[str, Any]:
    element = dict(_part(block, "element"))
    answer = answers.get(_text(block, "block_id"), "")
    if not element or not answer:
        return dict(block)
    chosen = next((o for o in element.get("options") or () if o.get("value") == answer), None)
    filled = {"initial_option": chosen} if chosen else {"initial_value": answer[: render.INITIAL]}
    return {**block, "element": element | filled}
