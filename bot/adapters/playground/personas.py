"""Six invented people who run small charities, and what five of them say when they play along."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person. All their words are made up.

    `issue` is (the issue, why now, how urgent); the first of `actions` is shared with the set, the
    second kept private.
    """

    id: str
    name: str
    about: str
    zone: str = "Europe/London"
    mood: str = "Glad to be here."
    issue: tuple[str, str, str] | None = None
    story: tuple[str, ...] = ()
    key_question: str = ""
    facts: str = "When did it begin?"
    question: str = "What matters most to you in this?"
    reply: str = "I had not put it that way before. Let me stay with that."
    reflection: str = "I noticed how quiet we became."
    actions: tuple[str, ...] = ()
    learning: str = "A good question is worth waiting for."


PERSONAS: tuple[Persona, ...] = (
    Persona(
        "ana",
        "Ana",
        "facilitator, runs a community kitchen",
        mood="Well, and a little short of sleep.",
        issue=(
            "Our volunteers do the cooking, and I still do all the deciding.",
            "Two of them have offered to take on more.",
            "2",
        ),
        story=(
            "Every menu and every rota still comes past me. I built it that way.",
            "Last week two people offered to take a whole day, and I said I would think about it.",
        ),
        key_question="What am I holding on to?",
        facts="How many people know about it so far?",
        question="What would you lose if it went well?",
        reflection="I found myself feeling relieved when the easy answer was left alone.",
        actions=("Give Thursdays to Joan and Malik, menu and all", "Stay away on the first one"),
        learning="I ask to be helpful more often than I ask to understand.",
    ),
    Persona(
        "ben",
        "Ben",
        "leads a youth club",
        mood="Busy, and happy to sit down.",
        issue=(
            "I promised the team I would hand over, and I keep taking things back.",
            "My deputy has started to ask me before every decision.",
            "3",
        ),
        story=(
            "Two years ago I said that Mia would lead the evening sessions by summer.",
            "Each time it gets difficult I step in, and afterwards nobody says a word about it.",
            "She is good. I think I am the one who is not ready.",
        ),
        key_question="What stops me from letting it be hers?",
        facts="How many evenings a week are we talking about?",
        question="What would “handed over” look like on an ordinary Tuesday?",
        reply="That is a hard one. I think I would have to be bored for a while.",
        reflection="I noticed that I breathed out when nobody offered a plan.",
        actions=(
            "Talk to Mia about which evenings are hers alone",
            "Notice each time I step in, and write it down",
        ),
        learning="I rescue people who have not asked for it.",
    ),
    Persona(
        "chidi",
        "Chidi",
        "treasurer of a housing charity",
        mood="Calm today, and curious.",
        issue=(
            "Our reserves last four months, and the trustees would rather not talk about it.",
            "The budget meeting is in three weeks.",
            "3",
        ),
        story=(
            "I have sent the figures three times. Each time we run out of time before that item.",
            "I am new, I am the youngest, and I do not want to be the one who spoils the mood.",
        ),
        key_question="How do I make it possible for us to look at this?",
        facts="Who else has seen the figures?",
        question="What are you protecting by waiting?",
        reply="Their good opinion of me, if I am honest.",
        reflection="What stayed with me is how carefully you spoke about her.",
        actions=(
            "Ask the chair for the first half hour of the next meeting",
            "Say out loud that I find this frightening",
        ),
        learning="Silence tells me more than my next clever question.",
    ),
    Persona(
        "dana",
        "Dana",
        "looks after volunteers at a hospice",
        mood="Tired after a long week, but here.",
        issue=None,
        story=("I have nothing prepared, and that may be the point.",),
        key_question="What would rest look like for me?",
        facts="Since when has it been like this?",
        question="If nothing changed by spring, what would you do then?",
        reply="I would leave, I think. I have not said that to anybody.",
        reflection="I found myself thinking of my own team, and put that aside again.",
        actions=("Take the Friday off that I have postponed twice",),
        learning="I can be with somebody without solving anything.",
    ),
    Persona(
        "eve",
        "Eve",
        "runs a welcome project for refugees",
        mood="A bit nervous, it is my first time.",
        issue=(
            "One volunteer does wonderful work and hurts the others.",
            "Somebody else has told me they may stop coming.",
            "2",
        ),
        story=(
            "He stays late, he drives people to appointments, families ask for him by name.",
            "And he corrects the others in front of everyone. I keep waiting for a better moment.",
        ),
        key_question="What am I waiting for?",
        facts="Has anybody spoken with him about it?",
        question="Whose permission are you waiting for?",
        reply="My own, it seems.",
        reflection="I noticed a pause after the word “ready”, and nobody filled it.",
        actions=("Have a cup of tea with him before Thursday", "Ask the others what they need"),
        learning="I want to ask shorter questions.",
    ),
    Persona(
        "farid",
        "Farid",
        "started a repair café",
        mood="Good. I cycled here in the rain.",
        issue=None,
        story=("It is a small thing, and it does not leave me alone.",),
        key_question="Is this mine to carry?",
        facts="What happened the last time you tried?",
        question="Who are you when you are not needed?",
        reply="I do not know. I will keep that one.",
        reflection="I felt warm, and a little sad, and I am not sure why.",
        actions=("Write down what only I can do, and leave the rest",),
        learning="People find their own way when they are given room.",
    ),
)
"""Ana holds the process; the person at the page can be any of them."""
