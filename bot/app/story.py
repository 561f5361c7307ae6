"""How a set is played and printed as plain text: the same engine, store and outbox, no browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.memory import MemoryPlatform, Posted
from bot.adapters.plain import render
from bot.core.cards import Button, Card, Field, Form
from bot.core.decision import Refusal
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted, Typed
from bot.core.walltime import local
from bot.runtime.ports.incoming import Answer, Incoming, Receiver
from bot.runtime.ports.stage import Look, Stage

INSTALLATION = "demo:story"
PLACE = "#aurora"

FULL = 0.98
"""How much of a part's time people use: a meeting that ends a little early."""


@dataclass(slots=True)
class Story:
    """Plays a set through the service, by the labels people see, and prints what they read."""

    receiver: Receiver
    stage: Stage
    platform: MemoryPlatform
    zone: str
    say: Callable[[str], None]
    told: int = 0
    gestures: int = 0
    shown: dict[str, str] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)

    # --- printing ---

    def line(self, words: str) -> None:
        """One line, opening with the set's local date and time."""
        now = local(self.stage.now(), self.zone)
        self.say(f"{now:%Y-%m-%d %H:%M} {words}".rstrip())

    def show(self, where: str, card: Card, reader: str = "") -> None:
        """A card as people read it, every line dated; a private one that another had is only named."""
        drawn = render(card, self.zone, {})
        first = self.shown.setdefault(drawn, reader) if reader else reader
        if first != reader:
            self.line(f"({where}: “{card.title}”, the same as {first})")
            return
        self.line(f"┌ {where}")
        for row in drawn.splitlines():
            self.line(f"│ {row}")

    def whisper(self, who: str, words: str) -> None:
        """A sentence that only one person sees; one that another had is not printed again."""
        if self.shown.setdefault(words, who) == who or len(words) < 100:
            self.line(f"(only {who} sees) {words}")

    def catch_up(self) -> None:
        """Print what the platform has been sent since the last time."""
        gone = []
        for what, message in self.platform.log[self.told :]:
            if what == "post":
                reader = message.destination.person.capitalize()
                self.show(_where(message), message.card, reader)
            elif what == "delete":
                gone.append(f"“{message.card.title}”")
        self.told = len(self.platform.log)
        if gone:
            self.line(f"(the bot deletes {', '.join(gone)})")

    # --- acting ---

    async def bring(
        self, who: str, signal: Signal, message: str = "", *, direct: bool = False
    ) -> Answer:
        """One gesture of a person, answered, and everything that follows sent."""
        self.gestures += 1
        caller = Caller(who.casefold(), who, self.zone)
        place = "" if direct else PLACE
        incoming = Incoming(
            f"g{self.gestures}", INSTALLATION, place, caller, signal, message, direct
        )
        answer = await self.receiver.receive(incoming)
        if answer.refusal is not None and answer.refusal.sentence:
            self.whisper(who, answer.refusal.sentence)
        for told in answer.told:
            if isinstance(told, str):
                self.whisper(who, told)
            elif isinstance(told, Card):
                self.show(f"only {who} sees", told, who)
        await self.stage.settle()
        self.catch_up()
        return answer

    async def type(self, who: str, verb: str) -> Form:
        """A slash command that opens a form."""
        self.line(f"{who} types /als {verb}")
        caller = Caller(who.casefold(), who, self.zone)
        return _form(
            await self.receiver.form(Incoming("", INSTALLATION, PLACE, caller, Typed(verb)))
        )

    async def press(self, who: str, label: str, card: Card | None = None) -> Answer:
        """Press the newest button of that label that is in the place, or one on a given card."""
        pressed = self.button(label, card)
        self.line(f"{who} presses [{label}]")
        if label == "I'm here":
            self.here.add(who)
        return await self.bring(who, pressed)

    def button(self, label: str, card: Card | None = None) -> Pressed:
        """What pressing that button is."""
        found = card or self.newest(lambda c: any(b.label == label for b in c.buttons()))
        button: Button = next(b for b in found.buttons() if b.label == label)
        subject = found.subject if button.subject is None else button.subject
        return Pressed(button.action, subject, found.step, button.value)

    async def fill(self, who: str, label: str, card: Card | None = None, **words: str) -> Answer:
        """Press a button that opens a form, and hand it in with these words."""
        return await self.write(who, label, card, lambda field: words.get(field.key, ""))

    async def write(
        self, who: str, label: str, card: Card | None, words: Callable[[Field], str]
    ) -> Answer:
        """Press a button that opens a form, and hand it in with what `words` says for each field."""
        pressed = self.button(label, card)
        caller = Caller(who.casefold(), who, self.zone)
        self.line(f"{who} presses [{label}]")
        opened = _form(await self.receiver.form(Incoming("", INSTALLATION, PLACE, caller, pressed)))
        if opened.counts:
            await self.bring(who, pressed)
        written = {asked.key: words(asked) for asked in opened.fields}
        given = {key: said for key, said in written.items() if said}
        return await self.hand_in(who, opened, **given)

    async def hand_in(self, who: str, form: Form, **words: str) -> Answer:
        """Hand in an open form."""
        given = {field.key: words.get(field.key, field.value) for field in form.fields}
        self.line(f"{who} writes under “{form.title}”:")
        for asked in form.fields:
            if words.get(asked.key):
                self.line(f"    {asked.label} {_spoken(asked, words[asked.key])}")
        filled = Submitted(form.key, tuple(given.items()), form.subject, form.step, form.value)
        return await self.bring(who, filled)

    async def react(self, who: str, emoji: str) -> None:
        """A reaction on the newest ballot."""
        ref = next(
            m.ref for m in reversed(self.platform.messages.values()) if emoji in m.card.reactions
        )
        self.platform.put_reaction(ref, who.casefold(), emoji)
        self.line(f"{who} reacts {emoji}")
        await self.bring(who, Reacted("", emoji), ref)

    def newest(self, fits: Callable[[Card], bool]) -> Card:
        """The newest card that fits and stands."""
        return next(m.card for m in reversed(self.platform.messages.values()) if fits(m.card))

    def speak(self, who: str, words: str) -> None:
        """An ordinary message, which the bot does not read."""
        self.line(f"{who}: “{words}”")

    # --- time ---

    async def wait(self, length: timedelta) -> None:
        """Time passes, and what comes due in it happens at its own moment."""
        await self.until(self.stage.now() + length)

    async def until(self, at: datetime) -> None:
        """Time passes up to an instant; each thing is printed at the moment it happens."""
        stage = self.stage
        while (due := stage.next_due()) is not None and due <= at:
            await stage.move_to(max(due, stage.now()))
            self.catch_up()
        await stage.move_to(at)
        self.catch_up()

    def look(self) -> Look:
        """What goes on in the place."""
        return self.stage.look(INSTALLATION, PLACE)

    def share(self, parts: int) -> timedelta:
        """One of so many equal shares of the time this part still has, whole seconds."""
        ends_at = self.look().ends_at
        left = (ends_at - self.stage.now()) if ends_at is not None else timedelta(0)
        return timedelta(seconds=int(left.total_seconds() * FULL / parts))


def _where(message: Posted) -> str:
    destination = message.destination
    if destination.person:
        return f"to {destination.person.capitalize()} alone"
    return "in the thread" if destination.parent else PLACE


def _form(opened: Form | Refusal | None) -> Form:
    if not isinstance(opened, Form):
        raise RuntimeError("no form was opened")
    return opened


def _spoken(field: Field, words: str) -> str:
    chosen = next((c.label for c in field.choices if words in (c.value, c.label)), words)
    return f"“{chosen}”"
