"""The methods of the Slack stand-in's Web API: what each does and which scope it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tests.standins import slack_world as w
from tests.standins.slack_blocks import check_message, check_view, mentioned, texts
from tests.standins.slack_world import BOT, Message, SlackSays, World

MOST_REACTIONS = 23


class Api(Protocol):
    """What a method needs of the Web API it belongs to."""

    world: World

    @property
    def emit(self) -> Callable[[dict[str, Any]], None]:
        """Tells the bot of an event."""
        ...

    @property
    def socket_url(self) -> Callable[[], str]:
        """Makes the address of a new socket."""
        ...


def _flag(args: dict[str, Any], name: str) -> bool:
    return str(args.get(name, "")).lower() in ("1", "true")


# --- messages ------------------------------------------------------------------------------------


def store(api: Api, place: w.Channel, message: Message) -> None:
    """Put a message where it belongs and tell who is mentioned."""
    place.messages.append(message)
    for called in dict.fromkeys(
        mentioned(message.text) + [m for t in texts(message.blocks) for m in mentioned(t)]
    ):
        api.world.pings.append((called, message))


def _post(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    channel = args["channel"]
    if channel.startswith("U"):
        channel = _open(api, {"users": channel})["channel"]["id"]
    place = api.world.known(channel, member=True)
    _may_post(api, place)
    check_message(args)
    if args.get("thread_ts"):
        parent = next((m for m in place.messages if m.ts == args["thread_ts"]), None)
        if parent is None or parent.thread_ts:
            raise SlackSays("invalid_thread_ts" if parent is None else "cannot_reply_to_message")
    message = Message(
        ts=api.world.stamp(),
        channel=place.id,
        user=BOT,
        text=args.get("text", ""),
        blocks=args.get("blocks") or [],
        thread_ts=args.get("thread_ts") or "",
        bot=True,
        metadata=args.get("metadata"),
    )
    store(api, place, message)
    kind = "im" if place.im else "group" if place.private else "channel"
    told = message.as_payload()
    api.emit(told | {"channel": place.id, "channel_type": kind, "event_ts": message.ts})
    if message.metadata and message.metadata["event_type"] in api.world.metadata_types:
        api.emit(_metadata_posted(message, api.world.team))
    return {"channel": place.id, "ts": message.ts, "message": told}


def _may_post(api: Api, place: w.Channel) -> None:
    if place.archived:
        raise SlackSays("is_archived")
    if place.im and api.world.users[place.im].deleted:
        raise SlackSays("user_disabled")
    if place.im and api.world.users[place.im].dms_closed:
        raise SlackSays("messages_tab_disabled")
    limit = api.world.post_limit
    if limit is None:
        return
    now = api.world.clock()
    place.last_posts = [t for t in place.last_posts if now - t < 5]
    if len(place.last_posts) >= 5 * limit + 1:
        raise SlackSays("ratelimited")
    place.last_posts.append(now)


def _metadata_posted(message: Message, team: str) -> dict[str, Any]:
    return {
        "type": "message_metadata_posted",
        "app_id": w.APP,
        "bot_id": w.BOT_ID,
        "user_id": BOT,
        "team_id": team,
        "channel_id": message.channel,
        "metadata": message.metadata,
        "message_ts": message.ts,
        "event_ts": message.ts,
    }


def _own(api: Api, args: dict[str, Any], error: str) -> Message:
    message = api.world.message(args["channel"], args["ts"])
    if message.user != BOT:
        raise SlackSays(error)
    if api.world.channels[message.channel].archived:
        raise SlackSays("is_archived")
    return message


def _update(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    message = _own(api, args, "cant_update_message")
    check_message(args)
    message.text = args.get("text", "")
    message.blocks = args.get("blocks") or []
    message.edits += 1
    return {"channel": message.channel, "ts": message.ts, "text": message.text}


def _delete(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    message = _own(api, args, "cant_delete_message")
    api.world.channels[message.channel].messages.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _ephemeral(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    place = api.world.known(args["channel"], member=True)
    if place.archived:
        raise SlackSays("is_archived")
    if args["user"] not in place.members:
        raise SlackSays("user_not_in_channel")
    check_message(args)
    ts = api.world.stamp()
    hear(api.world, args["user"], place.id, args, args.get("thread_ts") or "", ts)
    return {"message_ts": ts}


def hear(
    world: World, user: str, channel: str, sent: dict[str, Any], thread: str, ts: str
) -> Message:
    """An ephemeral message: seen by one person if they are there, kept in no history.

    In a thread it is shown only where the thread has replies already.
    """
    message = Message(ts, channel, BOT, sent.get("text", ""), sent.get("blocks") or [], thread)
    message.to, message.bot = user, True
    place = world.channels.get(channel)
    hidden = bool(thread) and place is not None and not place.replies(thread)
    if world.users[user].active and not hidden:
        world.private.append(message)
    return message


# --- reactions -----------------------------------------------------------------------------------


def _reaction_event(api: Api, on: bool, who: str, message: Message, name: str) -> None:
    api.emit(
        {
            "type": "reaction_added" if on else "reaction_removed",
            "user": who,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "reaction": name,
            "item_user": message.user,
            "event_ts": api.world.stamp(),
        }
    )


def react(api: Api, who: str, message: Message, name: str) -> None:
    """Put a reaction on a message and tell the bot."""
    name = w.plain_name(name)
    users = message.reactions.setdefault(name, [])
    if who in users:
        raise SlackSays("already_reacted")
    if len([u for u in message.reactions.values() if who in u]) >= MOST_REACTIONS:
        raise SlackSays("too_many_reactions")
    users.append(who)
    _reaction_event(api, True, who, message, name)


def unreact(api: Api, who: str, message: Message, name: str) -> None:
    """Take a reaction off a message and tell the bot."""
    name = w.plain_name(name)
    if who not in message.reactions.get(name, []):
        raise SlackSays("no_reaction")
    message.reactions[name].remove(who)
    if not message.reactions[name]:
        del message.reactions[name]
    _reaction_event(api, False, who, message, name)


def _reactions_add(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    message = api.world.message(args["channel"], args["timestamp"])
    if api.world.channels[message.channel].archived:
        raise SlackSays("is_archived")
    if not args["name"].isascii() or ":" in args["name"].replace("::", ""):
        raise SlackSays("invalid_name")
    react(api, BOT, message, args["name"])
    return {}


def _reactions_remove(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    unreact(api, BOT, api.world.message(args["channel"], args["timestamp"]), args["name"])
    return {}


def _reactions_get(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    message = api.world.message(args["channel"], args["timestamp"])
    told = message.as_payload() | {"reactions": message.counted(full=_flag(args, "full"))}
    return {"type": "message", "channel": message.channel, "message": told}


# --- conversations and people --------------------------------------------------------------------


def _info(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    return {"channel": api.world.known(args["channel"]).as_payload()}


def _members(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    place = api.world.known(args["channel"])
    start, most = int(args.get("cursor") or 0), int(args.get("limit") or 100)
    page = place.members[start : start + most]
    more = str(start + most) if start + most < len(place.members) else ""
    return {"members": page, "response_metadata": {"next_cursor": more}}


def _open(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    user = api.world.users.get(args["users"])
    if user is None:
        raise SlackSays("user_not_found")
    if user.deleted:
        raise SlackSays("user_disabled")
    if user.stranger:
        raise SlackSays("user_not_visible")
    return {"channel": {"id": api.world.direct(user.id).id}}


def _page(api: Api, args: dict[str, Any], found: list[Message]) -> dict[str, Any]:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or 1e12)
    found = [m for m in found if oldest < float(m.ts) < latest]
    start, most = int(args.get("cursor") or 0), int(args.get("limit") or 100)
    metadata = _flag(args, "include_all_metadata")
    page = [m.as_payload(metadata=metadata) for m in found[start : start + most]]
    more = len(found) > start + most
    following = {"next_cursor": str(start + most) if more else ""}
    return {"messages": page, "has_more": more, "response_metadata": following}


def _history(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    place = api.world.known(args["channel"], member=True)
    return _page(api, args, [m for m in reversed(place.messages) if not m.thread_ts])


def _replies(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    place = api.world.known(args["channel"], member=True)
    parent = next((m for m in place.messages if m.ts == args["ts"]), None)
    if parent is None:
        raise SlackSays("thread_not_found")
    return _page(api, args, [parent, *place.replies(parent.ts)])


def _user(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    user = api.world.users.get(args["user"])
    if user is None:
        raise SlackSays("user_not_found")
    team = "T0OTHER" if user.stranger else api.world.team
    told = {
        "id": user.id,
        "team_id": team,
        "is_stranger": user.stranger,
        "name": user.name.casefold(),
        "is_bot": user.is_bot,
        "is_admin": user.is_admin,
    }
    told |= {"deleted": user.deleted, "tz": user.zone, "real_name": user.name}
    return {"user": told | {"profile": {"display_name": user.name, "real_name": user.name}}}


def _auth(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    told = {"url": "https://stand-in.slack.com/", "team": "Stand-in", "user": "als"}
    return told | {"team_id": api.world.team, "user_id": BOT, "bot_id": w.BOT_ID}


def _bot(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    if args["bot"] != w.BOT_ID:
        raise SlackSays("bot_not_found")
    return {"bot": {"id": w.BOT_ID, "app_id": w.APP, "user_id": BOT, "name": "als"}}


# --- views and files -----------------------------------------------------------------------------


def _views_open(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    check_view(args["view"])
    trigger = api.world.use_trigger(args.get("trigger_id", ""))
    view = w.View(f"V{api.world.number():08d}", trigger.user, args["view"], team=api.world.team)
    api.world.views[view.id] = view
    return {"view": view.as_payload()}


def _views_update(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    view = api.world.views.get(args.get("view_id", ""))
    if view is None or not view.open:
        raise SlackSays("not_found")
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackSays("hash_conflict")
    check_view(args["view"])
    view.view, view.hash = args["view"], str(api.world.number())
    return {"view": view.as_payload()}


def _views_publish(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    if args["user_id"] not in api.world.users:
        raise SlackSays("invalid_arguments")
    check_view(args["view"], home=True)
    view = w.View(f"V{api.world.number():08d}", args["user_id"], args["view"], team=api.world.team)
    api.world.homes[args["user_id"]] = view
    return {"view": view.as_payload()}


def _upload_url(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    length = int(args["length"])
    if length <= 0 or not args["filename"]:
        raise SlackSays("invalid_arguments")
    file = {"id": f"F{api.world.number():08d}", "name": args["filename"], "content": b""}
    api.world.files.append(file | {"length": length, "made_at": api.world.clock(), "channel": ""})
    door = api.socket_url().split("/socket")[0].replace("ws", "http", 1)
    return {"upload_url": f"{door}/upload/{file['id']}", "file_id": file["id"]}


def _upload_done(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    """Files appear in one message where they are to be seen; each id is good once."""
    place = api.world.known(args["channel_id"], member=True)
    _may_post(api, place)
    waiting = {f["id"]: f for f in api.world.files if f["content"] and not f["channel"]}
    if not args["files"] or any(named["id"] not in waiting for named in args["files"]):
        raise SlackSays("file_not_found")
    message = Message(api.world.stamp(), place.id, BOT, args.get("initial_comment", ""), bot=True)
    done = []
    for named in args["files"]:
        file = waiting[named["id"]]
        file |= {"channel": place.id, "title": named.get("title", file["name"])}
        done.append({"id": file["id"], "title": file["title"]})
        message.files.append(file)
    store(api, place, message)
    return {"files": done}


def oauth(api: Api, args: dict[str, Any]) -> dict[str, Any]:
    """A code for a token, or a refresh token (each good once) for the next one."""
    if args.get("grant_type") == "refresh_token":
        if args.get("refresh_token") not in api.world.refresh_tokens:
            raise SlackSays("invalid_refresh_token")
        api.world.refresh_tokens.discard(args["refresh_token"])
    elif args.get("code") != api.world.code:
        raise SlackSays("invalid_code")
    told: dict[str, Any] = {"access_token": api.world.token, "token_type": "bot", "app_id": w.APP}
    if api.world.token_life:
        told |= _that_ends(api.world)
    told |= {"scope": ",".join(sorted(api.world.scopes)), "bot_user_id": BOT}
    return told | {
        "team": {"id": api.world.team, "name": "Stand-in"},
        "enterprise": None,
        "authed_user": {"id": "U1"},
    }


def _that_ends(world: World) -> dict[str, Any]:
    """Token rotation: a token that ends, and what the next one is traded for."""
    number = world.number()
    token, refresh = f"xoxe.xoxb-{number}", f"xoxe-{number}"
    world.tokens.add(token)
    world.token_ends[token] = world.clock() + world.token_life
    world.refresh_tokens.add(refresh)
    return {"access_token": token, "refresh_token": refresh, "expires_in": world.token_life}


METHODS: dict[str, tuple[Callable[[Api, dict[str, Any]], dict[str, Any]], str]] = {
    "auth.test": (_auth, ""),
    "chat.postMessage": (_post, "chat:write"),
    "chat.update": (_update, "chat:write"),
    "chat.delete": (_delete, "chat:write"),
    "chat.postEphemeral": (_ephemeral, "chat:write"),
    "reactions.add": (_reactions_add, "reactions:write"),
    "reactions.remove": (_reactions_remove, "reactions:write"),
    "reactions.get": (_reactions_get, "reactions:read"),
    "conversations.info": (_info, "*:read"),
    "conversations.members": (_members, "*:read"),
    "conversations.open": (_open, "im:write"),
    "conversations.history": (_history, "*:history"),
    "conversations.replies": (_replies, "*:history"),
    "users.info": (_user, "users:read"),
    "bots.info": (_bot, "users:read"),
    "views.open": (_views_open, ""),
    "views.push": (_views_open, ""),
    "views.update": (_views_update, ""),
    "views.publish": (_views_publish, ""),
    "files.getUploadURLExternal": (_upload_url, "files:write"),
    "files.completeUploadExternal": (_upload_done, "files:write"),
}
"""Every method with the scope it needs; `*` is the kind of the channel it is asked about."""
