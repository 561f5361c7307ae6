"""What the bot does in Slack: post, edit, delete, react, look up, count reactions. One try each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.conversation import Recent
from bot.adapters.slack import names, render
from bot.adapters.slack.connection.api import CannotKnow, ask, call, outcome, upload
from bot.adapters.slack.markup import escape
from bot.core.cards import Button, Card
from bot.runtime.delivery.platform_time import PlatformClock
from bot.runtime.ports.incoming import File, Signer
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    LookedUp,
    NotSent,
    Outgoing,
    Reactions,
    Refused,
    Trouble,
    Unknown,
)

T = TypeVar("T")

METADATA_TYPE: Final = "als_message"
"""The kind of the metadata of each post. It carries one random key and nothing else."""

BEFORE: Final = timedelta(seconds=300)
"""How much earlier than can be a lost post is looked for."""

PAGE: Final = 100
MOST_PAGES: Final = 20
MOST_PROOFS: Final = 10_000
MOST_NAMED: Final = 12
"""Readers that are named one by one; of more, how many there are is enough to choose by."""

Clients = Callable[[str], Awaitable[AsyncWebClient | None]]
"""The Web API client of an installation; None where we hold no token for it."""


class Proofs:
    """Posts that Slack itself told us of, by their key: the look-up that needs no history scope.

    Silence proves something too, but only on a line on which a proof was heard before the post.
    """

    def __init__(self, most: int = MOST_PROOFS) -> None:
        """Keeps the newest `most`."""
        self._refs = Recent[str](most)
        self._hearing_since: dict[str, float] = {}

    def note(self, key: str, ref: str, installation: str, at: float) -> None:
        """Slack has told of a post of ours, `at` this instant."""
        self._refs.keep(key, ref)
        self._hearing_since.setdefault(installation, at)

    def get(self, key: str) -> str | None:
        """The message that carries a key, where Slack told of it."""
        return self._refs.get(key)

    def new_line(self) -> None:
        """A new connection: what was said meanwhile is not told, so silence proves nothing yet."""
        self._hearing_since.clear()

    def would_have_told(self, installation: str, since: datetime) -> bool:
        """Whether Slack was telling us of posts when one was made then, and ever after.

        `since` is never later than Slack's own clock at the claim, so that nothing is proved too soon.
        """
        hearing = self._hearing_since.get(installation)
        return hearing is not None and hearing < since.timestamp()


def _with_the_newest_token(
    send: Callable[[SlackOutbound, Outgoing], Awaitable[T]],
) -> Callable[[SlackOutbound, Outgoing], Coroutine[Any, Any, T]]:
    """Where another process has got a new token, a refusal of the old one is no refusal."""

    @wraps(send)
    async def sent(self: SlackOutbound, out: Outgoing) -> T:
        try:
            return await send(self, out)
        except Refused as no:
            if no.trouble is Trouble.INSTALLATION and await self.has_newer(out.installation):
                raise NotSent("another token") from None
            raise

    return sent


class SlackOutbound:
    """The outbox's way into every workspace the bot is installed in."""

    def __init__(
        self,
        clients: Clients,
        signer: Signer,
        proofs: Proofs | None = None,
        newer: Callable[[str], Awaitable[bool]] | None = None,
        clock: PlatformClock | None = None,
    ) -> None:
        """`clients` finds the Web API client of an installation; `clock` hears their answers.

        `newer` says whether another token is kept than the one that was just refused.
        """
        self._slack = clock or PlatformClock()
        self._clients = clients
        self._newer = newer
        self._signer = signer
        self.proofs = proofs or Proofs()
        self._direct: dict[tuple[str, str], str] = {}

    # --- doing -----------------------------------------------------------------------------------

    @_with_the_newest_token
    async def post(self, out: Outgoing) -> str:
        """Send once; the message's reference."""
        web = await self._web(out.installation)
        channel = await self._channel(web, out)
        arguments = self._message(out)
        if out.destination.parent:
            arguments["thread_ts"] = names.split(out.destination.parent)[1]
        metadata = {"event_type": METADATA_TYPE, "event_payload": {"key": out.key}}
        out.check_lease()
        told = await call(web, "chat.postMessage", channel=channel, metadata=metadata, **arguments)
        return names.reference(str(told.get("channel", channel)), str(told["ts"]))

    @_with_the_newest_token
    async def edit(self, out: Outgoing) -> None:
        """Change a known message."""
        web = await self._web(out.installation)
        channel, ts = _where(out)
        arguments = self._message(out)
        for unfurl in ("unfurl_links", "unfurl_media"):
            arguments.pop(unfurl)
        await call(web, "chat.update", channel=channel, ts=ts, **arguments)

    @_with_the_newest_token
    async def delete(self, out: Outgoing) -> None:
        """Delete a known message; one that is gone already is fine."""
        web = await self._web(out.installation)
        channel, ts = _where(out)
        await _unless("message_not_found", call(web, "chat.delete", channel=channel, ts=ts))

    @_with_the_newest_token
    async def react(self, out: Outgoing) -> None:
        """Put the bot's own reactions on a message, in their order; those there are fine."""
        web = await self._web(out.installation)
        channel, ts = _where(out)
        for emoji in out.reactions:
            name = names.NAMES.get(emoji)
            if name is not None:
                adding = call(web, "reactions.add", channel=channel, timestamp=ts, name=name)
                await _unless("already_reacted", adding)

    def _message(self, out: Outgoing) -> dict[str, Any]:
        card = out.card or Card("")

        def seal(button: Button) -> str:
            return self._signer.seal(out.installation, card, button)

        if out.plain:
            return render.plainly(card)
        return render.message(card, seal, again=out.again, late_since=out.late_since)

    async def _channel(self, web: AsyncWebClient, out: Outgoing) -> str:
        """Where a post goes; a direct message is opened first, which sends nothing yet."""
        person = out.destination.person
        if not person:
            return out.destination.place
        return await self._direct_with(web, out.installation, person)

    async def _direct_with(self, web: AsyncWebClient, installation: str, person: str) -> str:
        known = self._direct.get((installation, person))
        if known is None:
            try:
                await self._not_of_another_company(web, person)
                told = await call(web, "conversations.open", users=person)
                known = str(told["channel"]["id"])
            except (CannotKnow, KeyError):
                raise NotSent("conversations.open") from None
            except Refused as no:
                raise _about_a_person(no) from None
            self._direct[installation, person] = known
        return known

    async def _not_of_another_company(self, web: AsyncWebClient, person: str) -> None:
        """Guests of a shared channel take part by buttons; they get no direct messages."""
        try:
            told = await ask(web, "users.info", user=person)
        except (Refused, NotSent, CannotKnow):
            # Slack itself lets nobody write to guests it does not show us.
            return
        if (told.get("user") or {}).get("is_stranger") is True:
            raise Refused(Trouble.PERSON, "of_another_company")

    async def has_newer(self, installation: str) -> bool:
        """Whether what was refused was sent with a token that is not the newest."""
        return self._newer is not None and await self._newer(installation)

    async def _web(self, installation: str) -> AsyncWebClient:
        web = await self._clients(installation)
        if web is None:
            raise Refused(Trouble.INSTALLATION, "no_token")
        return web

    async def bring(self, installation: str, person: str, file: File) -> None:
        """A file by direct message, once: asked for, uploaded, and only then shown."""
        web = await self._web(installation)
        channel = await self._direct_with(web, installation, person)
        content = file.text.encode()
        given = await outcome(
            web.files_getUploadURLExternal(filename=file.name, length=len(content))
        )
        await upload(web, str(given["upload_url"]), content)
        shown = web.files_completeUploadExternal(
            files=[{"id": str(given["file_id"]), "title": file.name}],
            channel_id=channel,
            initial_comment=escape(file.words),
        )
        await outcome(shown)

    # --- asking ----------------------------------------------------------------------------------

    def time(self) -> datetime | None:
        """What time it is at Slack, as far as its answers have told."""
        return self._slack.now()

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """Whether a post of unsure fate got through, by its key."""
        proof = self.proofs.get(out.key)
        if proof is not None:
            return Found(proof)
        try:
            web = await self._web(out.installation)
            channel = await self._channel(web, out)
            async for message in _history(web, channel, out.destination.parent, since):
                if _key(message) == out.key:
                    return Found(names.reference(channel, str(message["ts"])))
        except (Refused, NotSent, CannotKnow, KeyError):
            # Among them missing_scope: without `groups:history` only Slack's own word is left.
            told = self.proofs.would_have_told(out.installation, since)
            return Absent() if told else Unknown()
        # Slack's history may show a message up to a minute after it landed.
        return Absent(sure=False)

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted to a message; the bot's own seeds do not count."""
        web = await self._web(installation)
        channel, ts = names.split(ref)
        told = await ask(web, "reactions.get", channel=channel, timestamp=ts, full="true")
        listed = told.get("message", {}).get("reactions") or []
        own = str(told.get("message", {}).get("user", ""))
        votes = {
            (str(user), emoji)
            for reaction in listed
            if (emoji := names.emoji(str(reaction.get("name", "")))) is not None
            for user in reaction.get("users") or ()
            if user != own
        }
        complete = all(len(r.get("users") or ()) >= r.get("count", 0) for r in listed)
        return Reactions(frozenset(votes), complete)

    async def readers(
        self, installation: str, place: str, known: Collection[str]
    ) -> tuple[tuple[str, str], ...]:
        """Who can read a channel besides those known: people by name, bots left out."""
        web = await self._web(installation)
        found: list[tuple[str, str]] = []
        others = [m async for m in _members(web, place) if m not in known]
        for person in others[: 2 * MOST_NAMED]:
            user = (await ask(web, "users.info", user=person)).get("user") or {}
            if not (user.get("is_bot") or user.get("deleted")):
                profile = user.get("profile") or {}
                name = profile.get("display_name") or user.get("real_name") or "Someone"
                found.append((person, str(name)))
        named, rest = found[:MOST_NAMED], len(others) - len(found[:MOST_NAMED])
        if len(others) > 2 * MOST_NAMED or len(found) > MOST_NAMED:
            named.append(("", f"about {rest} more"))
        return tuple(named)

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """Whether a private channel has nobody in it but these people, and bots.

        Everyone in the workspace can read a public one. People of other companies count as any
        others; a member whom Slack does not tell us of is taken for a person.
        """
        web = await self._web(installation)
        channel = (await ask(web, "conversations.info", channel=place)).get("channel") or {}
        if channel.get("is_private") is not True:
            return False
        others = [m async for m in _members(web, place, whole=True) if m not in members]
        if len(others) > MOST_NAMED:
            return False
        for person in others:
            user = (await ask(web, "users.info", user=person)).get("user") or {}
            if user.get("is_bot") is not True and user.get("deleted") is not True:
                return False
        return True

    def forget(self, installation: str) -> None:
        """Drop what is remembered of a workspace that has gone."""
        self._direct = {k: v for k, v in self._direct.items() if k[0] != installation}


def _where(out: Outgoing) -> tuple[str, str]:
    """Where a known message stands: in the set's channel as it is called now, or a direct talk."""
    channel, ts = names.split(out.ref)
    return out.destination.place or channel, ts


async def _members(web: AsyncWebClient, place: str, *, whole: bool = False) -> AsyncIterator[str]:
    """Who is in a channel, page by page; raises `CannotKnow` where all are wanted and too many."""
    asked: dict[str, Any] = {"channel": place, "limit": PAGE}
    for _ in range(MOST_PAGES):
        told = await ask(web, "conversations.members", **asked)
        for member in told.get("members") or ():
            yield str(member)
        cursor = (told.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        asked["cursor"] = cursor
    if whole:
        raise CannotKnow("too_many_members")


async def _history(
    web: AsyncWebClient, channel: str, parent: str, since: datetime
) -> AsyncIterator[Mapping[str, Any]]:
    """Every message from then until now, in the channel or in the thread it was meant for."""
    asked: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{(since - BEFORE).timestamp():.6f}",
        "include_all_metadata": "true",
        "limit": PAGE,
    }
    method = "conversations.history"
    if parent:
        method, asked["ts"] = "conversations.replies", names.split(parent)[1]
    for _ in range(MOST_PAGES):
        told = await ask(web, method, **asked)
        for message in told.get("messages") or ():
            yield message
        cursor = (told.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        asked["cursor"] = cursor
    raise CannotKnow("too_many_pages")


def _key(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != METADATA_TYPE:
        return ""
    return str((metadata.get("event_payload") or {}).get("key", ""))


def _about_a_person(no: Refused) -> Refused:
    """What refuses to open a direct message is about its reader, unless it is about all of us."""
    general = no.trouble in (Trouble.WAIT, Trouble.INSTALLATION) or no.code == "missing_scope"
    return no if general else Refused(Trouble.PERSON, no.code)


async def _unless(fine: str, work: Awaitable[object]) -> None:
    try:
        await work
    except Refused as no:
        if no.code != fine:
            raise
