"""A meeting as people play it on Discord, by visible labels only."""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.discord.hall import NAMES, Hall
from tests.standins.discord import Channel, Interaction, Message, Person, rules, until

ISSUES = {
    "Ana": "I promised to lead the spring campaign and I am already tired.",
    "Ben": "How do I hand over the team I founded?",
    "Chidi": "Our funder wants numbers and we do people.",
}


async def found(hall: Hall, place: Channel, *, holds: str = "The bot") -> None:
    """Ana founds a set, and everybody comes in by the door."""
    ana = hall["Ana"]
    await ana.types("/als start", place)
    form = await ana.sees_form("Start a set")
    answers = {"Name": "Aurora", "Who facilitates?": holds}
    await form.fill(answers).submit()
    await ana.sees("[I'm here]")
    for name in NAMES:
        await come_in(hall[name])


async def come_in(person: Person) -> None:
    """Through the door: the agreement first, then one is here."""
    await person.sees("[I'm here]")
    await person.presses("I'm here")
    agreed = await person.presses("I agree")
    assert agreed.answer is not None


async def meet_up_to_the_vote(hall: Hall) -> Message:
    """Check-in and issues; the ballot everybody sees."""
    for name in NAMES:
        await hall[name].sees("[Pass]")
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Ana"].sees("[Offer an issue]")
    for name, issue in ISSUES.items():
        await offer(hall[name], issue)
    for name in NAMES[3:]:
        await hall[name].presses("Nothing today")
    ballot = await hall["Eve"].sees("[My vote]")
    await until(lambda: len(ballot.reactions) >= 3 or None, "the numbers to vote with")
    return ballot


async def offer(person: Person, issue: str) -> None:
    await person.presses("Offer an issue")
    form = await person.sees_form("Your issue")
    await form.fill({"Issue": issue}).submit()


async def ask_questions(hall: Hall, ballot: Message) -> None:
    """Ben's issue is chosen and told; now he is asked."""
    for name in NAMES:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("Closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await finish(
        hall["Ben"],
        "I've finished",
        "What would you like from us?",
        "Key question",
        "What is mine?",
    )
    await hall["Ana"].sees("[Ask]")


async def forged(who: Person, message: Message, custom_id: str) -> Interaction:
    """A press with an id that is not on the button."""
    data = {"custom_id": custom_id, "component_type": 2, "id": 3}
    button = next(c for c in rules.inside(message.components) if c["type"] == rules.BUTTON)
    kept, button["custom_id"] = button["custom_id"], custom_id
    one = Interaction(who.user, message.channel, 3, data, message.channel.guild, message)
    try:
        return await who.begin(one)
    finally:
        button["custom_id"] = kept


async def play_to_the_end(hall: Hall, presenter: str) -> None:
    """From the last call of the vote to the end of the meeting."""
    await hall["Ana"].sees("Closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees(f"{presenter} presents.")
    await one_round(hall, presenter)
    await learn_and_close(hall)


async def one_round(hall: Hall, presenter: str) -> None:
    """Presenting, questions, reflections, actions."""
    star, others = hall[presenter], [n for n in NAMES if n != presenter]
    await finish(
        star, "I've finished", "What would you like from us?", "Key question", "What is mine?"
    )
    asked = {"[Enough]": "Who else knows?", "couldn't guess": "What would you need to let go?"}
    for phase, words in asked.items():
        await star.sees(phase)
        await finish(hall[others[0]], "Ask", "Your question", "Question", words)
        await star.sees(words)
        await star.presses("Answered")
        await star.presses("Enough")
    for name in others:
        await hall[name].sees("[Reflect]")
        words = f"What stayed with {name} is how carefully you spoke."
        await finish(hall[name], "Reflect", "What stayed with you?", "Reflection", words)
    await star.sees("[Add an action]")
    await star.presses("Add an action")
    form = await star.sees_form("Your action")
    await form.fill(
        {"What will you do?": "I will talk to Mia.", "Who may see it?": "My set"}
    ).submit()
    await star.presses("That's all")


async def finish(person: Person, button: str, title: str, label: str, words: str) -> None:
    await person.presses(button)
    form = await person.sees_form(title)
    await form.fill({label: words}).submit()


async def learn_and_close(hall: Hall) -> None:
    """What everybody learned, and the end."""
    for name in NAMES:
        await hall[name].sees("[What I learned]")
        await finish(hall[name], "What I learned", "What I learned", "Learning", "I can wait.")
    for name in NAMES[:4]:
        await hall[name].sees("[Close the meeting]")
        await hall[name].presses("Close the meeting")
