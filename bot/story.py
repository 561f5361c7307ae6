"""The story of one set as plain text: the same engine, store, outbox and alarms, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.adapters.memory import MemoryPlatform, Message
from bot.adapters.plain import render
from bot.core.cards import Card, Form
from bot.core.session import Refusal
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted, Typed
from bot.core.walltime import instant, local
from bot.runtime.ports import Answer, Incoming, Look, Receiver, Stage

INSTALLATION = "demo:story"
PLACE = "#aurora"
CAST = ("Ana", "Ben", "Chidi", "Dana", "Eve", "Farid")

ISSUES = {
    "Ana": ("I promised to lead the spring campaign and I am already tired.", "3"),
    "Ben": ("How do I hand over the team I founded?", "2"),
    "Chidi": ("Our funder wants numbers and we do people.", "2"),
    "Dana": ("I cannot say no to the chair.", "2"),
}
QUESTIONS = {
    "clarify": (
        ("Eve", "How long have you done this?", "Answered"),
        ("Farid", "Who else knows?", "Answered"),
    ),
    "explore": (
        ("Chidi", "What would you need in order to let go?", "Answered"),
        ("Dana", "What have you not said out loud yet?", "Park"),
        ("Eve", "What is the smallest step you would be glad of?", "Answered"),
    ),
}
REFLECTIONS = (
    "What stayed with me is how carefully you spoke of the others.",
    "I noticed that your voice changed when you spoke of the summer.",
    "I found myself feeling lighter at the end.",
    "I am taking the word “enough” for my own work.",
    "I noticed how long you have carried this.",
)


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

    # --- printing ---

    def line(self, words: str) -> None:
        """One line, opening with the set's local date and time."""
        now = local(self.stage.now(), self.zone)
        self.say(f"{now:%Y-%m-%d %H:%M} {words}".rstrip())

    def show(self, who: str, card: Card) -> None:
        """A card as people read it, every line dated."""
        self.line(f"┌ {who}")
        for row in render(card, self.zone, {}).splitlines():
            self.line(f"│ {row}")

    def catch_up(self) -> None:
        """Print what the platform has been sent since the last time."""
        for what, message in self.platform.log[self.told :]:
            if what == "post":
                self.show(_where(message), message.card)
        self.told = len(self.platform.log)

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
        if answer.refusal is not None:
            self.line(f"(only {who} sees) {answer.refusal.sentence}")
        for told in answer.told:
            if isinstance(told, str):
                self.line(f"(only {who} sees) {told}")
            elif isinstance(told, Card):
                self.show(f"only {who} sees", told)
        await self.stage.settle()
        self.catch_up()
        return answer

    async def press(self, who: str, label: str, card: Card | None = None) -> Answer:
        """Press the newest button of that label that stands in the place, or one on a given card."""
        found = card or self.newest(lambda c: any(b.label == label for b in c.buttons()))
        button = next(b for b in found.buttons() if b.label == label)
        subject = found.subject if button.subject is None else button.subject
        self.line(f"{who} presses [{label}]")
        return await self.bring(who, Pressed(button.action, subject, found.step, button.value))

    async def fill(self, who: str, label: str, card: Card | None = None, **words: str) -> Answer:
        """Press a button that opens a form, and hand it in with these words."""
        found = card or self.newest(lambda c: any(b.label == label for b in c.buttons()))
        button = next(b for b in found.buttons() if b.label == label)
        subject = found.subject if button.subject is None else button.subject
        pressed = Pressed(button.action, subject, found.step, button.value)
        caller = Caller(who.casefold(), who, self.zone)
        opened = await self.receiver.form(Incoming("", INSTALLATION, PLACE, caller, pressed))
        if isinstance(opened, Form) and opened.counts:
            self.line(f"{who} presses [{label}]")
            await self.bring(who, pressed)
        return await self.hand_in(who, opened, **words)

    async def hand_in(self, who: str, form: Form | Refusal | None, **words: str) -> Answer:
        """Hand in an open form."""
        if not isinstance(form, Form):
            raise RuntimeError("no form was opened")
        given = {field.key: words.get(field.key, field.value) for field in form.fields}
        spoken = " · ".join(f"“{w}”" for w in words.values() if w)
        self.line(f"{who} writes under “{form.title}”: {spoken}")
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


def _where(message: Message) -> str:
    destination = message.destination
    if destination.person:
        return f"to {destination.person.capitalize()} alone"
    return "in the thread" if destination.parent else PLACE


async def tell(story: Story, start: datetime, format: str) -> None:
    """A set is founded, meets at `start` (local time), and meets again six weeks later."""
    await _found(story, start, format)
    await story.until(instant(start, story.zone))
    await _meet(story)
    await _six_weeks_on(story)


async def _found(story: Story, start: datetime, format: str) -> None:
    opened = await story.receiver.form(
        Incoming("", INSTALLATION, PLACE, Caller("ana", "Ana"), Typed("set new"))
    )
    story.line("Ana types /als set new")
    await story.hand_in(
        "Ana", opened, name="Aurora", format=format, zone=story.zone, facilitation="bot-held"
    )
    for who in CAST:
        answer = await story.press(who, "Join")
        await story.press(who, "I agree", _card(answer))
    caller = Caller("ana", "Ana")
    opened = await story.receiver.form(Incoming("", INSTALLATION, PLACE, caller, Typed("schedule")))
    story.line("Ana types /als schedule")
    await story.hand_in("Ana", opened, when=start.isoformat(timespec="minutes"))


async def _meet(story: Story) -> None:
    for who in CAST:
        await story.press(who, "I'm here")
    await _check_in(story)
    await _bids(story)
    await _vote(story)
    while (look := _look(story)).presenter:
        await _round(story, look.presenter)
        ends_at = _look(story).ends_at
        if _look(story).phase == "break" and ends_at is not None:
            await story.until(ends_at)
    await _close(story)


async def _check_in(story: Story) -> None:
    for who in CAST:
        story.speak(who, "I am here and glad to be.")
        await story.press(who, "Done")
    await story.wait(timedelta(minutes=1))


async def _bids(story: Story) -> None:
    for who, (title, urgency) in ISSUES.items():
        await story.fill(who, "Offer an issue", title=title, urgency=urgency)
    for who in CAST[4:]:
        await story.press(who, "Nothing today")


async def _vote(story: Story) -> None:
    ballot = {"Ana": "2️⃣", "Ben": "1️⃣", "Chidi": "2️⃣", "Dana": "1️⃣", "Eve": "2️⃣", "Farid": "1️⃣"}
    for who, emoji in ballot.items():
        await story.react(who, emoji)
    await story.wait(timedelta(seconds=20))


async def _round(story: Story, presenter: str) -> None:
    others = [who for who in CAST if who != presenter]
    story.speak(presenter, "It began in the summer. I will tell it as it comes.")
    await story.wait(timedelta(minutes=4))
    await story.fill(
        presenter, "I've finished", question="What is mine to do here, and what is not?"
    )
    for phase in ("clarify", "explore"):
        await _ask(story, presenter, others, phase)
    for who, words in zip(others, REFLECTIONS, strict=True):
        await story.fill(who, "Reflect", reflection=words)
    await story.fill(
        presenter,
        "Add an action",
        what="I will talk to Mia about sharing the lead.",
        how="We have a date in both our diaries.",
    )
    await story.fill(
        presenter, "Add an action", what="I will write down what I do in a week.", visibility="me"
    )
    await story.press(presenter, "That's all")


async def _ask(story: Story, presenter: str, others: list[str], phase: str) -> None:
    for who, words, outcome in QUESTIONS[phase]:
        asker = who if who in others else others[0]
        await story.fill(asker, "Ask", question=words)
        if outcome == "Answered":
            story.speak(presenter, "Let me think. Longer than I have admitted.")
        await story.wait(timedelta(minutes=2))
        await story.press(presenter, outcome)
    await story.press(presenter, "Enough")


async def _close(story: Story) -> None:
    for who in CAST:
        await story.fill(who, "What I learned", learning="I can ask and wait.", pulse="4")
    await story.press("Ana", "Clear the words")
    for who in CAST[:4]:
        await story.press(who, "Close the meeting")


async def _six_weeks_on(story: Story) -> None:
    meeting = _look(story).next_meeting
    if meeting is None:
        raise RuntimeError("no meeting was planned")
    await story.until(meeting)
    for who in CAST:
        await story.press(who, "I'm here")
    for who in CAST:
        story.speak(who, "Good to see you again.")
        await story.press(who, "Done")
    await _report(story)


async def _report(story: Story) -> None:
    for who in dict.fromkeys(_look(story).owing):
        answer = await story.press(who, "Done")
        choices = _card(answer)
        happened = "We spoke, and it was easier than I feared."
        await story.fill(who, _first(choices) or "Done", choices, happened=happened)
        while who in _look(story).owing:
            await story.fill(who, "Dropped", learned="It mattered less than I thought.")


def _first(card: Card | None) -> str:
    return card.buttons()[0].label if card is not None else ""


def _look(story: Story) -> Look:
    return story.stage.look(INSTALLATION, PLACE)


def _card(answer: Answer) -> Card | None:
    return next((told for told in answer.told if isinstance(told, Card)), None)
