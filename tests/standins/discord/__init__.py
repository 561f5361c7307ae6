"""A small honest Discord: REST and gateway on loopback, and people who act by visible labels."""

from tests.standins.discord.interactions import Interaction
from tests.standins.discord.people import Form, Person, person, plain, shown, until
from tests.standins.discord.server import Asked, Server
from tests.standins.discord.world import (
    DIRECT,
    FORUM,
    PERMISSIONS,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    STAGE,
    VOICE,
    Channel,
    Guild,
    Message,
    No,
    Reaction,
    User,
)

__all__ = [
    "DIRECT",
    "FORUM",
    "PERMISSIONS",
    "PRIVATE_THREAD",
    "PUBLIC_THREAD",
    "STAGE",
    "VOICE",
    "Asked",
    "Channel",
    "Form",
    "Guild",
    "Interaction",
    "Message",
    "No",
    "Person",
    "Reaction",
    "Server",
    "User",
    "person",
    "plain",
    "shown",
    "until",
]
