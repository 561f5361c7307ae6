"""Answers to the one who asked: in the acknowledgement, by its address, privately, or on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import inbound, render
from bot.adapters.slack.connection.api import CannotKnow, call
from bot.adapters.slack.inbound import Source
from bot.core.cards import Button, Card, Form, Text
from bot.runtime.ports.incoming import Answer, Signer, Told
from bot.runtime.ports.outgoing import NotSent, Refused

SAVING: Final = "Saving… I tell you here as soon as it is done."
SAVED: Final = "Saved."
TOO_LATE: Final = "That took too long and the form could not open. Please press again."
PAGE: Final = "Your set"
MOST_ANSWERS: Final = 4
"""Of the five answers an address takes, one is kept for what comes late."""

log = structlog.get_logger()

Payload = dict[str, Any]


class Answers:
    """Draws what one person is told and brings it to where they stand. Never promised."""

    def __init__(self, signer: Signer, session: aiohttp.ClientSession) -> None:
        """`session` carries answers to the addresses Slack hands out."""
        self._signer = signer
        self._session = session

    def drawn(self, spot: Source, answer: Answer) -> list[Payload]:
        """Everything to be told, as messages; forms have their own way."""
        refusal = answer.refusal
        told = [self.message(spot, t) for t in answer.told if not isinstance(t, Form)]
        if refusal is not None and refusal.sentence:
            told.append(render.words(refusal.sentence))
        return told

    def message(self, spot: Source, told: Card | str) -> Payload:
        """A card or a sentence as a private message."""
        if isinstance(told, str):
            return render.words(told)
        drawn = render.message(told, self._seal(spot, told))
        return {k: v for k, v in drawn.items() if not k.startswith("unfurl")}

    def home(self, spot: Source, told: Sequence[Told], note: str = "") -> Payload:
        """The Home tab with everything told."""
        cards = [
            t if isinstance(t, Card) else Card(str(t)) for t in told if not isinstance(t, Form)
        ]
        cards += (
            [
                Card(
                    "Action Learning Sets",
                    (Text(note or "You are in no set yet. Type /als start in a private channel."),),
                )
            ]
            if note or not cards
            else []
        )
        pairs = [(card, self._seal(spot, card)) for card in cards]
        return render.home(pairs)

    def _seal(self, spot: Source, card: Card) -> render.Seal:
        def seal(button: Button) -> str:
            return self._signer.seal(spot.installation, card, button)

        return seal

    # --- bringing it there ------------------------------------------------------------------------

    async def bring(self, web: AsyncWebClient, spot: Source, payloads: Sequence[Payload]) -> None:
        """Show private messages where the person stands. What cannot be shown is only counted."""
        fresh = spot.fresh
        for payload in payloads[:MOST_ANSWERS]:
            try:
                await self._bring(web, spot, payload, replace=fresh)
            except (Refused, NotSent, CannotKnow, aiohttp.ClientError, TimeoutError) as error:
                log.info("answer_not_shown", error=type(error).__name__)
            fresh = False

    async def _bring(
        self, web: AsyncWebClient, spot: Source, payload: Payload, *, replace: bool
    ) -> None:
        if "thread_ts" in payload and spot.place:
            await call(web, "chat.postEphemeral", channel=spot.place, user=spot.person, **payload)
        elif spot.response_url:
            await self._respond(spot, payload, replace=replace)
        elif spot.place:
            thread = {"thread_ts": spot.thread} if spot.thread else {}
            arguments = {**payload, **thread}
            await call(web, "chat.postEphemeral", channel=spot.place, user=spot.person, **arguments)
        elif spot.view:
            page = render.page(PAGE, payload["blocks"])
            await call(web, "views.update", view_id=spot.view, view=page)
        else:
            page = render.page(PAGE, payload["blocks"])
            await call(web, "views.open", trigger_id=spot.trigger, view=page)

    async def _respond(self, spot: Source, payload: Payload, *, replace: bool) -> None:
        body = {**payload, "response_type": "ephemeral", "replace_original": replace}
        if spot.thread:
            body["thread_ts"] = spot.thread
        timeout = aiohttp.ClientTimeout(total=10)
        async with self._session.post(spot.response_url, json=body, timeout=timeout) as told:
            if told.status != 200:
                log.info("answer_not_shown", status=told.status)

    async def open_form(self, web: AsyncWebClient, spot: Source, form: Form) -> None:
        """Open a form. Raises `Refused` where its three seconds are over."""
        view = render.modal(form, inbound.keep(form, spot))
        await call(web, "views.open", trigger_id=spot.trigger, view=view)

    async def update(self, web: AsyncWebClient, spot: Source, view: Payload) -> None:
        """Change a form or page that is open; one that was closed meanwhile is fine."""
        try:
            await call(web, "views.update", view_id=spot.view, view=view)
        except (Refused, NotSent, CannotKnow) as error:
            log.info("view_not_updated", error=type(error).__name__)
