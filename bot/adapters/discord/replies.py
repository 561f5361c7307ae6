"""Answers to one person: the first within three seconds, the others after it, all private."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import discord

from bot.adapters.discord import render
from bot.adapters.discord.connection.api import Api
from bot.core.cards import Button, Card
from bot.runtime.ports.incoming import File

Json: TypeAlias = dict[str, Any]

SAY, LATER, LATER_UPDATE, UPDATE, SUGGEST, MODAL = 4, 5, 6, 7, 8, 9
COMPONENT, SUBMIT = discord.InteractionType.component, discord.InteractionType.modal_submit

CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"
FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = FOLLOW_UP + "/messages/@original"
"""The ids are named so that each interaction has a rate limit of its own."""


class InteractionReply:
    """One interaction's conversation. Nothing is said twice, and nothing in public."""

    def __init__(self, api: Api, interaction: discord.Interaction[Any]) -> None:
        """Not answered yet."""
        self._api = api
        self._interaction = interaction
        self._first = asyncio.Lock()
        self.answered = False
        self._fills = False

    @property
    def can_open_form(self) -> bool:
        """A form can only be the first answer, and never answers a form."""
        return not self.answered and self._interaction.type is not SUBMIT

    @property
    def _on_private_card(self) -> bool:
        message = self._interaction.message
        pressed = self._interaction.type is COMPONENT
        return pressed and message is not None and message.flags.ephemeral

    async def say(self, words: str) -> None:
        """One sentence."""
        await self._show(render.said(words))

    async def card(self, card: Card, seal: Callable[[Button], str]) -> None:
        """A card, in several messages where it is long."""
        for page in render.pages(card):
            await self._show(render.board(page, seal))

    async def file(self, file: File) -> None:
        """A file, for this person alone."""
        await self._show(render.handed(file), file)

    async def form(self, modal: Json) -> None:
        """Open a form."""
        await self._callback(MODAL, modal)

    async def suggest(self, choices: list[Json]) -> None:
        """What an option could be."""
        await self._callback(SUGGEST, {"choices": choices})

    async def wait(self) -> None:
        """Say that it takes longer: the answer follows."""
        async with self._first:
            if self.answered:
                return
            if self._interaction.type is COMPONENT:
                await self._send_callback(LATER_UPDATE, None)
            else:
                await self._send_callback(LATER, {"flags": render.EPHEMERAL})
                self._fills = True

    async def nothing(self) -> None:
        """There is nothing to add to what changes on screen."""
        if self._fills:
            await self._api.call("DELETE", ORIGINAL, **self._webhook())
            self._fills = False
        elif not self.answered and self._interaction.message is not None:
            await self._callback(LATER_UPDATE, None)
        elif not self.answered:
            await self.say("Done.")

    async def _show(self, message: Json, file: File | None = None) -> None:
        message = message | {"flags": message["flags"] & render.COMPONENTS_V2}
        if self._on_private_card and not self.answered and file is None:
            await self._callback(UPDATE, message)
            return
        message["flags"] |= render.EPHEMERAL
        if not self.answered:
            await self._callback(SAY, message, file)
            return
        self._fills = False
        await self._api.call("POST", FOLLOW_UP, json=message, file=file, **self._webhook())

    async def _callback(self, kind: int, data: Json | None, file: File | None = None) -> None:
        async with self._first:
            await self._send_callback(kind, data, file)

    async def _send_callback(self, kind: int, data: Json | None, file: File | None = None) -> None:
        """Marked as answered first: a lost reply must not lead to a second answer."""
        self.answered = True
        body: Json = {"type": kind} if data is None else {"type": kind, "data": data}
        one = self._interaction
        await self._api.call(
            "POST",
            CALLBACK,
            json=body,
            file=file,
            params={"with_response": "true"},
            webhook_id=one.id,
            webhook_token=one.token,
        )

    def _webhook(self) -> dict[str, Any]:
        return {
            "webhook_id": self._interaction.application_id,
            "webhook_token": self._interaction.token,
        }
