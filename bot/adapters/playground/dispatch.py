"""What people do on the page and what each of them sees: gestures in, replies and views out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from bot.adapters.cast import Persona
from bot.adapters.conversation import Recent, converse
from bot.adapters.playground import clock
from bot.adapters.playground.inbound import (
    Address,
    Dismiss,
    ForTheBot,
    Gesture,
    Inspect,
    MoveClock,
    Others,
    Press,
    React,
    Read,
    Reset,
    Submit,
    Watch,
    Write,
    incoming,
    is_command,
    reacted,
    submitted,
    typed,
)
from bot.adapters.playground.outbound import Message, World
from bot.adapters.playground.peers import Peers
from bot.adapters.playground.picture import LookOf, drawn, inspected
from bot.adapters.playground.render import Json, instant, reaction_in_words, render_form
from bot.core.cards import Button, Card, Form
from bot.core.signals import Caller, Submitted
from bot.runtime.ports.incoming import Answer, Incoming, Receiver, Signer
from bot.runtime.ports.stage import Look, Stage

MOST_FORMS = 200
"""Forms that wait for their answer; the oldest is forgotten first."""

OPEN_AGAIN = "This form was open for too long; your words stay here, please open it again."
STALE_BUTTON = "That button is not in use any more; look at the newest card, please."
NOT_MADE_BY_US = "I do not know that button; reload the page, please."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was opened for somebody and waits for its answer."""

    person: str
    form: Form
    direct: bool


class Play:
    """The game behind the page. Every tab plays in the same one."""

    def __init__(
        self,
        receiver: Receiver,
        stage: Stage,
        signer: Signer,
        world: World,
        personas: tuple[Persona, ...],
        installation: str,
        looks: Mapping[str, LookOf],
    ) -> None:
        """Gestures go to `receiver`; `world` is where the bot's messages arrive."""
        self.world = world
        self.personas = {persona.id: persona for persona in personas}
        self.looks = dict(looks)
        self.deeds: set[str] = set()
        self._receiver = receiver
        self._stage = stage
        self._signer = signer
        self._installation = installation
        self._forms: Recent[Waiting] = Recent(MOST_FORMS)
        self._moved: clock.Moved | None = None
        self._one_at_a_time = asyncio.Lock()
        self._peers = Peers(self.personas, self.view, self._take)

    async def do(self, gesture: Gesture) -> Json:
        """Take one gesture; what the page that sent it is told. `refused` is one kind sentence."""
        if gesture.who not in self.personas:
            return _refused("Nobody of that name plays here; reload the page, please.")
        reply = await self._take(gesture)
        deed = reply.pop("deed", "")
        if deed:
            self.deeds.add(deed)
            self.world.tell()
        return reply

    async def _take(self, gesture: Gesture) -> Json:
        match gesture:
            case Press():
                return await self._press(gesture)
            case Write():
                return await self._write(gesture)
            case Submit():
                return await self._submit(gesture)
            case React():
                return await self._react(gesture)
            case Dismiss():
                self.world.dismiss(gesture.who, gesture.message)
            case Read():
                self.world.has_read(gesture.who)
            case Others():
                return await self._others(gesture)
            case MoveClock():
                return await self._move(gesture)
            case Inspect():
                return self._inspect(gesture)
            case Reset():
                await self._reset()
            case Watch():
                pass
            case _:
                raise TypeError(f"a gesture nobody knows: {type(gesture).__name__}")
        return {}

    # --- gestures for the bot ---------------------------------------------------------------------

    async def _press(self, gesture: Press) -> Json:
        message = self.world.find(gesture.message)
        if message is None or message.card is None or not message.seen_by(gesture.who):
            return _refused(STALE_BUTTON)
        button = self._button(message.card, gesture.button)
        pressed = self._signer.open(self._installation, gesture.button)
        if pressed is None:
            return _refused(NOT_MADE_BY_US)
        if button is None:
            return _refused(STALE_BUTTON)
        going_in = self._incoming(gesture, pressed, direct=message.direct)
        talk = await self._talked(going_in)
        if talk.answered and message.private:
            # A private card that was acted on has done its work.
            self.world.drop(message.ref)
        return talk.reply if "refused" in talk.reply else {**talk.reply, "deed": button.label}

    def _button(self, card: Card, sealed: str) -> Button | None:
        return next((b for b in card.buttons() if self._seal(card, b) == sealed), None)

    async def _write(self, gesture: Write) -> Json:
        if not is_command(gesture.words):
            self.world.say(gesture.who, gesture.words, direct=gesture.direct)
            return {}
        going_in = self._incoming(gesture, typed(gesture.words), direct=gesture.direct)
        return (await self._talked(going_in)).reply

    async def _talked(self, going_in: Incoming) -> _Talk:
        talk = _Talk(self, going_in)
        await converse(self._receiver, going_in, talk)
        return talk

    async def _submit(self, gesture: Submit) -> Json:
        waiting = self._forms.get(gesture.token)
        if waiting is None or waiting.person != gesture.who:
            return _refused(OPEN_AGAIN)
        signal = submitted(waiting.form, gesture.fields)
        going_in = self._incoming(gesture, signal, direct=waiting.direct)
        talk = await self._talked(going_in)
        if not talk.answered:
            return talk.reply
        self._forms.drop(gesture.token)
        return {**talk.reply, "deed": waiting.form.title}

    async def _react(self, gesture: React) -> Json:
        if not self.world.react(gesture.message, gesture.who, gesture.emoji, on=gesture.on):
            return {}
        signal = reacted(gesture.emoji, on=gesture.on)
        message = self.world.find(gesture.message)
        direct = message is not None and message.direct
        going_in = self._incoming(gesture, signal, direct=direct, message=gesture.message)
        talk = await self._talked(going_in)
        deed = {"deed": reaction_in_words(gesture.emoji)} if talk.answered else {}
        return {**talk.reply, **deed}

    def _incoming(
        self, gesture: Gesture, signal: ForTheBot, *, direct: bool, message: str = ""
    ) -> Incoming:
        persona = self.personas[gesture.who]
        caller = Caller(persona.id, persona.name, persona.zone)
        address = Address(self._installation, self.world.place, caller, direct)
        return incoming(gesture, address, signal, message)

    async def tell(self, going_in: Incoming, answer: Answer) -> Json:
        """Tell the caller first, then send what the place is to see."""
        if answer.refusal is not None:
            return self._refuse(going_in, answer)
        reply: Json = {}
        for told in answer.told:
            match told:
                case Form():
                    reply["form"] = self.open(going_in, told)
                case Card() | str():
                    self.world.answer(going_in.who.person, told, direct=going_in.direct)
                case _:
                    assert_never(told)
        for file in answer.files:
            self.world.bring(going_in.who.person, file)
        await self._stage.settle()
        self.world.tell()
        return reply

    def _refuse(self, going_in: Incoming, answer: Answer) -> Json:
        """A refusal, told to its one person and nobody else. `told` is the message that says so."""
        sentence = _sentence(answer)
        if isinstance(going_in.signal, Submitted):
            # The form stays open and says it.
            return {"refused": sentence, "field": answer.refusal.field if answer.refusal else ""}
        if not sentence:
            return {}
        message = self.world.answer(going_in.who.person, sentence, direct=going_in.direct)
        return {**_refused(sentence), "told": message.ref}

    def open(self, going_in: Incoming, form: Form) -> Json:
        """A form, by the token that its answer will name."""
        waiting = Waiting(going_in.who.person, form, going_in.direct)
        self._forms.keep(going_in.delivery, waiting)
        return render_form(form, going_in.delivery)

    # --- gestures for the stage -------------------------------------------------------------------

    async def _others(self, gesture: Others) -> Json:
        async with self._one_at_a_time:
            said = await self._peers.act(gesture.part, but=gesture.who)
        return {"said": said, "deed": f"others:{gesture.part}"}

    async def _move(self, gesture: MoveClock) -> Json:
        async with self._one_at_a_time:
            zone = self.personas[gesture.who].zone
            moved = await clock.move(self._stage, self.world, self._installation, gesture.to, zone)
        if isinstance(moved, str):
            return _refused(moved)
        self._moved = moved
        return {"deed": f"clock:{gesture.to}"}

    async def _reset(self) -> None:
        async with self._one_at_a_time:
            await self._stage.reset()
            self._forms.clear()
            self.deeds.clear()
            self._moved = None
            self.world.clear()

    def _inspect(self, gesture: Inspect) -> Json:
        message = self.world.find(gesture.message)
        if message is None or message.card is None or not message.seen_by(gesture.who):
            return _refused("That message is gone.")
        shown = self._drawn(message, gesture.look)
        return {"payload": shown["payload"] or shown["card"]}

    # --- what one person sees ---------------------------------------------------------------------

    def look(self) -> Look:
        """What goes on behind the scenes."""
        return self._stage.look(self._installation, self.world.place)

    def view(self, person: str, look_of: str = "") -> Json:
        """Everything the page of that person shows, and nothing else.

        `look_of` is the platform whose look is chosen, if one is.
        """
        look, now = self.look(), self._stage.now()
        persona = self.personas[person]
        channel = [self._drawn(m, look_of) for m in self.world.seen_by(person)]
        return {
            "you": person,
            "shown": look_of,
            "now": instant(now),
            "zone": look.zone if look.set_name else persona.zone,
            "unread": {known: self.world.unread(known) for known in self.personas},
            "channel": channel,
            "direct": [self._drawn(m, look_of) for m in self.world.seen_by(person, direct=True)],
            "look": inspected(look, now, self.world.people),
            "clock": clock.why_not(look, now),
            "moved": self._how_moved(),
            "others": self._peers.offers(person, channel),
            "deeds": sorted(self.deeds),
        }

    def _how_moved(self) -> Json | None:
        moved = self._moved
        if moved is None:
            return None
        return {
            "from": instant(moved.before),
            "to": instant(moved.after),
            "said": list(moved.said),
        }

    def _drawn(self, message: Message, look: str) -> Json:
        return drawn(message, self.world.people, self._seal, self.looks.get(look))

    def _seal(self, card: Card, button: Button) -> str:
        return self._signer.seal(self._installation, card, button)


class _Talk:
    """What the page is told of one gesture, all in one reply: it waits as long as it takes."""

    def __init__(self, play: Play, going_in: Incoming) -> None:
        self._play, self._going_in = play, going_in
        self.reply: Json = {}
        self.answered = False

    async def open(self, form: Form) -> None:
        """Beside whatever else is told."""
        self.reply["form"] = self._play.open(self._going_in, form)

    async def wait(self) -> None:
        """The page shows that it waits."""

    async def tell(self, answer: Answer) -> None:
        """A form that opened before is taken back where the press was refused."""
        self.answered = answer.refusal is None
        told = await self._play.tell(self._going_in, answer)
        self.reply = {**self.reply, **told} if self.answered else told


def _sentence(answer: Answer) -> str:
    sentence = answer.refusal.sentence if answer.refusal else ""
    named = not answer.reference or answer.reference in sentence
    return sentence if named else f"{sentence} (ref {answer.reference})"


def _refused(sentence: str) -> Json:
    return {"refused": sentence}
