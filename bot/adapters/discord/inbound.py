"""One interaction on its way: who did what where, read from what Discord vouches for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import discord

from bot.adapters.discord import forms
from bot.adapters.discord.places import Spot
from bot.adapters.discord.replies import InteractionReply
from bot.core.cards import Card, FieldKind, Form, Quote
from bot.core.signals import Caller, Pressed, Signal, Submitted, Typed
from bot.runtime.ports.incoming import Answer, Incoming

Interaction: TypeAlias = discord.Interaction[Any]

DOOR = frozenset({"here", "agree"})
"""The buttons one comes in by: a wider channel's reader is added to the set's own room."""


@dataclass(frozen=True, slots=True)
class Doing:
    """One interaction on its way: where, in which server, and how to answer."""

    interaction: Interaction
    reply: InteractionReply
    spot: Spot
    installation: str

    @property
    def caller(self) -> Caller:
        user, one = self.interaction.user, self.interaction
        admin = one.guild_id is not None and one.permissions.manage_guild
        return Caller(str(user.id), user.display_name, admin=admin)

    def bring(self, signal: Signal) -> Incoming:
        """The signal, with what Discord itself vouches for."""
        return Incoming(
            delivery=str(self.interaction.id),
            installation=self.installation,
            place=self.spot.place,
            who=self.caller,
            signal=signal,
            message=reference(self.interaction),
            direct=self.spot.direct,
        )


def comes_in(signal: Signal, answer: Answer) -> bool:
    """Whether this was a way in, and the agreement is not still to be accepted."""
    asked = any(
        b.action == "agree" for c in answer.told if isinstance(c, Card) for b in c.buttons()
    )
    if asked:
        return False
    if isinstance(signal, Pressed):
        return signal.action in DOOR
    return answer.changed and isinstance(signal, Typed | Submitted)


def reference(one: Interaction) -> str:
    """The message an interaction stands on, as the outbound port names it."""
    message = one.message
    return f"{message.channel.id}/{message.id}" if message is not None else ""


def answers(components: Iterable[Any]) -> Iterable[tuple[str, str]]:
    """What was filled in, by field; a choice of nothing is empty."""
    for label in components:
        field = label.get("component")
        if field is None:
            continue
        value = field.get("value")
        chosen = (field.get("values") or [""])[0] if value is None else value
        yield field["custom_id"], "" if chosen == forms.NO_CHOICE else chosen


def filled(form: Form, answers: dict[str, str]) -> Form:
    """The form with these answers in it."""
    fields = tuple(replace(f, value=answers.get(f.key, f.value)) for f in form.fields)
    return replace(form, fields=fields)


def quoted(answers: Iterable[tuple[str, str]], form: Form | None) -> tuple[Quote, ...]:
    """What was written, to give it back under its labels; choices are left out."""
    fields = form.fields if form else ()
    labels = {f.key: f.label for f in fields}
    chosen = {f.key for f in fields if f.kind is FieldKind.CHOICE}
    return tuple(Quote(v, labels.get(k, "")) for k, v in answers if v and k not in chosen)
