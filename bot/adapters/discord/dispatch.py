"""The desk: takes what people do on Discord to the receiver, and tells each what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog

from bot.adapters.conversation import Recent, converse, received
from bot.adapters.discord import commands, forms, places
from bot.adapters.discord.connection import hearing
from bot.adapters.discord.connection.api import Api
from bot.adapters.discord.inbound import Doing, Interaction, answers, comes_in, filled, quoted
from bot.adapters.discord.places import NAME as PLATFORM
from bot.adapters.discord.places import Rooms, Spot, guild_of, installation_of
from bot.adapters.discord.replies import InteractionReply
from bot.core.cards import Button, Card, Choice, Form, Style, Text, buttons
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted, Typed
from bot.core.verbs import BY_NAME, option_of
from bot.core.wording import AWAY, COMING, DIGITS, LONGER, READY, plain_emoji
from bot.runtime.ports.incoming import Answer, File, Guide, Incoming, Signer
from bot.runtime.ports.outgoing import Refused

QUIET_WITHIN = 1.5
KEPT_FORMS = 500
FORM = "form_"
RETRY = "fill_in_again"
COUNTING = frozenset({*DIGITS, COMING, AWAY, READY, LONGER})
NOT_OURS = "I do not know that button any more; look at the newest card, please."
NOT_YOURS = "Only your own words can become your action; choose a message you wrote yourself."
FORM_GONE = "I have lost that form. Your words stand above; please open it again and paste them."
FILE_SENT = "I have sent you {name} by direct message."
FILE_REFUSED = "I cannot send you {name}: open direct messages from this server, then ask again."
FILE_LOST = "I cannot tell whether {name} reached you; look at our direct messages first."
FAILED = "Something went wrong on my side; please try again in a moment."

log = structlog.get_logger()


class DiscordDesk:
    """Every interaction and reaction, brought to the receiver."""

    def __init__(self, client: discord.Client, api: Api, rooms: Rooms) -> None:
        """`receiver` and `signer` are set before the connection opens."""
        self._client = client
        self._api = api
        self._rooms = rooms
        self.receiver: Guide | None = None
        self.signer: Signer | None = None
        self.bring: Callable[[str, str, File], Awaitable[None]] | None = None
        self._forms: Recent[Form] = Recent(KEPT_FORMS)
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    # --- reactions -----------------------------------------------------------------------------------

    async def reaction(self, event: discord.RawReactionActionEvent, *, on: bool) -> None:
        """A reaction that may count; others are nobody's business."""
        emoji = plain_emoji(event.emoji.name or "") if event.emoji.is_unicode_emoji() else ""
        own = self._client.user is not None and event.user_id == self._client.user.id
        robot = event.member is not None and event.member.bot
        if emoji not in COUNTING or own or robot or event.guild_id is None:
            return
        name = event.member.display_name if event.member is not None else ""
        incoming = Incoming(
            delivery=hearing.delivery(),
            installation=installation_of(event.guild_id),
            place=str(event.channel_id),
            who=Caller(str(event.user_id), name),
            signal=Reacted("", emoji, on),
            message=f"{event.channel_id}/{event.message_id}",
        )
        await self._receiver.receive(incoming)

    # --- interactions --------------------------------------------------------------------------------

    async def interaction(self, one: Interaction) -> None:
        """A command, a suggestion asked for, or a form handed in. Never raises."""
        match one.type:
            case discord.InteractionType.application_command:
                await self._safely(one, self._command)
            case discord.InteractionType.autocomplete:
                await self._safely(one, self._suggest)
            case discord.InteractionType.modal_submit:
                await self._safely(one, self._submit)
            case _:
                return  # buttons come through `press`

    async def press(self, one: Interaction, sealed: str) -> None:
        """A button, known by its id alone. Never raises."""
        await self._safely(one, lambda doing: self._press(doing, sealed))

    async def _safely(self, one: Interaction, work: Callable[[Doing], Any]) -> None:
        reply = InteractionReply(self._api, one)
        installation = installation_of(one.guild_id) if one.guild_id else ""
        doing = Doing(one, reply, self._rooms.spot(one.channel), installation)
        self._begun()
        try:
            await work(doing)
        except Refused as refused:
            log.warning("answer_refused", code=refused.code)
        except Exception as error:
            log.error("interaction_failed", error=type(error).__name__)
            if not reply.answered:
                await self._last_word(reply)
        finally:
            self._done()

    def _begun(self) -> None:
        self._under_way += 1
        self._quiet.clear()

    def _done(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._quiet.set()

    async def quiet(self) -> None:
        """Wait until everybody who did something has been answered; not for long, the process is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), QUIET_WITHIN)

    async def _last_word(self, reply: InteractionReply) -> None:
        try:
            await reply.say(FAILED)
        except Exception as error:
            log.warning("answer_failed", error=type(error).__name__)

    @property
    def _receiver(self) -> Guide:
        assert self.receiver is not None
        return self.receiver

    @property
    def _signer(self) -> Signer:
        assert self.signer is not None
        return self.signer

    # --- commands --------------------------------------------------------------------------------------

    async def _command(self, doing: Doing) -> None:
        data: Any = doing.interaction.data or {}
        if data["name"] == commands.SAVE:
            await self._save(doing, data)
        elif data["name"] == commands.MINE:
            await self._mine(doing)
        else:
            verb, args, _ = commands.verb_of(data)
            await self._typed(doing, Typed(verb, args))

    async def _typed(self, doing: Doing, typed: Typed) -> None:
        if not doing.spot.possible:
            await doing.reply.say(places.NOT_HERE)
            return
        known = BY_NAME.get(typed.verb)
        lacking = places.missing(doing.interaction.channel)
        if known is not None and known.opens == "start_set" and lacking:
            await doing.reply.say(self._lacking(lacking))
            return
        if doing.spot.direct:
            await self._in_each_server(doing, typed)
        else:
            await self._take(doing, typed)

    def _lacking(self, names: tuple[str, ...]) -> str:
        link = places.invite_link(self._client.application_id or 0)
        return (
            f"I lack a permission here: {', '.join(names)}. Somebody who manages this server can "
            f"give it to my role, or invite me again: {link}"
        )

    async def _save(self, doing: Doing, data: Any) -> None:
        """A message becomes an action: only one's own, and only when asked to."""
        message = data["resolved"]["messages"][data["target_id"]]
        if message["author"]["id"] != doing.caller.person:
            await doing.reply.say(NOT_YOURS)
            return
        await self._take(doing, Typed("action", (("what", message.get("content") or ""),)))

    async def _mine(self, doing: Doing) -> None:
        """One's own things, wherever one is: from this server, or from all."""
        mine = Typed("actions", (("whose", "me"),))
        guild = doing.interaction.guild_id
        if guild is not None and self._client.get_guild(guild) is not None:
            alone = replace(doing, spot=Spot("", doing.spot.channel, direct=True))
            await self._take(alone, mine)
        else:
            await self._in_each_server(doing, mine)

    async def _in_each_server(self, doing: Doing, typed: Typed) -> None:
        """No server is given here: ask in each one where the person is in a set."""
        told = False
        refusal = None
        for there in await self._at_home(doing):
            delivery = f"{doing.interaction.id}:{guild_of(there.installation)}"
            incoming = replace(there.bring(typed), delivery=delivery)
            talk = _Talk(self, there, typed)
            answer = await received(self._receiver, incoming, talk)
            refusal = refusal or answer.refusal
            if answer.refusal is None:
                told = True
                await talk.tell(answer)
        if not told:
            sentence = refusal.sentence if refusal else "You are in no set that I know."
            await doing.reply.say(sentence or "You are in no set that I know.")

    async def _at_home(self, doing: Doing) -> tuple[Doing, ...]:
        """The same, as if done directly in each server where this person is in a set."""
        alone = Spot("", doing.spot.channel, direct=True)
        homes = await self._receiver.homes(PLATFORM, doing.caller.person)
        return tuple(replace(doing, installation=home, spot=alone) for home in homes)

    async def _suggest(self, doing: Doing) -> None:
        data: Any = doing.interaction.data or {}
        verb, args, focused = commands.verb_of(data)
        typed, option = Typed(verb, args), option_of(verb, focused)
        if option is not None and option.choices:
            every = (Choice(c, c) for c in option.choices)
            offered = commands.suggestions(every, typed.get(focused))
        else:
            offered = commands.suggestions(await self._thought_of(doing, typed, focused))
        await doing.reply.suggest(offered)

    async def _thought_of(self, doing: Doing, typed: Typed, option: str) -> tuple[Choice, ...]:
        """What the bot offers for an option; in a direct message, of each server asked."""
        if doing.installation and not doing.spot.direct:
            return await self._receiver.suggest(doing.bring(typed), option)
        found: list[Choice] = []
        for there in await self._at_home(doing):
            found += await self._receiver.suggest(there.bring(typed), option)
        return tuple(found)

    # --- buttons ---------------------------------------------------------------------------------------

    async def _press(self, doing: Doing, sealed: str) -> None:
        doing, pressed = await self._opened(doing, sealed)
        if pressed is None:
            await doing.reply.say(NOT_OURS)
        elif pressed.action == RETRY:
            await self._again(doing, pressed.value)
        else:
            await self._take(doing, pressed)

    async def _opened(self, doing: Doing, sealed: str) -> tuple[Doing, Pressed | None]:
        """What the id stands for; in a direct message, which of our servers signed it."""
        if doing.installation:
            return doing, self._signer.open(doing.installation, sealed)
        homes = await self._receiver.homes(PLATFORM, doing.caller.person)
        for installation in (*homes, *await self._rooms.servers()):
            pressed = self._signer.open(installation, sealed)
            if pressed is not None:
                return replace(doing, installation=installation), pressed
        return doing, None

    async def _again(self, doing: Doing, token: str) -> None:
        """The form that was refused, filled in with the same words."""
        form = self._forms.get(token)
        if form is None:
            await doing.reply.say(FORM_GONE)
        else:
            await self.open(doing, form)

    # --- forms -----------------------------------------------------------------------------------------

    async def open(self, doing: Doing, form: Form) -> None:
        """Open a form, and remember it in case its words have to be given back."""
        card = Card("", subject=form.subject, step=form.step)
        button = Button("", f"{FORM}{form.key}", form.value)
        sealed = self._signer.seal(doing.installation, card, button)
        self._forms.keep(f"{doing.caller.person}:{sealed}", form)
        await doing.reply.form(forms.modal(form, sealed))

    async def _submit(self, doing: Doing) -> None:
        data: Any = doing.interaction.data or {}
        sealed = data["custom_id"]
        doing, pressed = await self._opened(doing, sealed)
        if pressed is None or not pressed.action.startswith(FORM):
            await doing.reply.say(NOT_OURS)
            return
        key = pressed.action.removeprefix(FORM)
        fields = tuple(answers(data["components"]))
        await self._take(
            doing, Submitted(key, fields, pressed.subject, pressed.step, pressed.value)
        )

    async def hand_back(self, doing: Doing, signal: Submitted, why: str, label: str) -> None:
        """A refused form gives its words back, and opens again with them in it."""
        token = str(doing.interaction.id)
        data: Any = doing.interaction.data
        form = self._forms.get(f"{doing.caller.person}:{data['custom_id']}")
        if form is not None:
            self._forms.keep(token, filled(form, dict(signal.fields)))
        back = buttons(Button(label, RETRY, token, Style.PRIMARY)) if form else ()
        card = Card("Not taken yet", (Text(why), *back, *quoted(signal.fields, form)))
        await doing.reply.card(card, self._seal(doing, card))

    # --- taking a signal and answering ---------------------------------------------------------------

    async def _take(self, doing: Doing, signal: Signal) -> None:
        await converse(self._receiver, doing.bring(signal), _Talk(self, doing, signal))

    async def tell(self, doing: Doing, signal: Signal, answer: Answer) -> None:
        """Everything that is told: the refusal, cards and sentences, the way in, files."""
        link = await self._let_in(doing, signal, answer)
        if answer.refusal is not None and answer.refusal.sentence:
            await doing.reply.say(answer.refusal.sentence)
        elif answer.refusal is not None:
            await doing.reply.nothing()
        for told in answer.told:
            match told:
                case str():
                    await doing.reply.say(f"{told} {link}".strip())
                    link = ""
                case Card():
                    await doing.reply.card(told, self._seal(doing, told))
                case Form() if doing.reply.can_open_form:
                    await self.open(doing, told)
                case Form():
                    await self._offer(doing, told)
        if link:
            await doing.reply.say(f"Come in: {link}")
        for file in answer.files:
            await self._hand(doing, file)
        if not (answer.told or answer.refusal or answer.files or link):
            await doing.reply.nothing()

    async def _hand(self, doing: Doing, file: File) -> None:
        """A file with the answer; or directly, where it asks for that."""
        if not file.direct or doing.spot.direct or self.bring is None:
            await doing.reply.file(file)
            return
        try:
            await self.bring(doing.installation, doing.caller.person, file)
        except Refused:
            await doing.reply.say(FILE_REFUSED.format(name=file.name))
        except Exception as error:
            log.info("file_not_brought", error=type(error).__name__)
            await doing.reply.say(FILE_LOST.format(name=file.name))
        else:
            await doing.reply.say(FILE_SENT.format(name=file.name))

    async def _offer(self, doing: Doing, form: Form) -> None:
        """A form that cannot open by itself just now waits behind a button."""
        token = str(doing.interaction.id)
        self._forms.keep(token, form)
        row = buttons(Button(form.title, RETRY, token, Style.PRIMARY))
        card = Card(form.title, (Text("Press to go on."), *row))
        await doing.reply.card(card, self._seal(doing, card))

    def _seal(self, doing: Doing, card: Card) -> Callable[[Button], str]:
        return lambda button: self._signer.seal(doing.installation, card, button)

    async def _let_in(self, doing: Doing, signal: Signal, answer: Answer) -> str:
        """Whoever has come in from a wider channel is added to the set's room and shown the way."""
        place = doing.spot.place
        if doing.spot.direct or not place or str(doing.spot.channel) != place:
            return ""
        if answer.refusal is not None or not comes_in(signal, answer):
            return ""
        guild = guild_of(doing.installation)
        wide = await self._rooms.wide(guild, place)
        return await self._rooms.let_in(guild, place, doing.caller.person) if wide else ""


@dataclass(frozen=True, slots=True)
class _Talk:
    """What one interaction is answered with: privately, by the address it came with."""

    desk: DiscordDesk
    doing: Doing
    signal: Signal

    async def open(self, form: Form) -> None:
        """As the first answer, which alone can be a form."""
        await self.desk.open(self.doing, form)

    async def wait(self) -> None:
        """Discord shows that it is under way."""
        await self.doing.reply.wait()

    async def tell(self, answer: Answer) -> None:
        """As Discord's answer, or after it; a refused form gives its words back."""
        refused = answer.refusal
        if isinstance(self.signal, Submitted) and refused is not None and refused.sentence:
            label = "Correct it" if refused.field else "Try again"
            await self.desk.hand_back(self.doing, self.signal, refused.sentence, label)
        else:
            await self.desk.tell(self.doing, self.signal, answer)
