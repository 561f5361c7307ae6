"""What happened on the platform without anybody asking the bot: to a place, or to who is in it."""

from __future__ import annotations

from functools import partial

from bot.core.signals import Caller, PersonGone, PlaceChanged
from bot.runtime.ports.incoming import NO_NEWS, News
from bot.runtime.road.decide import Deciding
from bot.runtime.road.resolve import rooms_of
from bot.runtime.store import newest
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Writer


class Outside:
    """Brings to the sets what the platforms tell of them; told twice, it has happened once."""

    def __init__(self, writer: Writer, deciding: Deciding) -> None:
        """Decides in the writer's transactions."""
        self._writer = writer
        self.deciding = deciding

    async def place_changed(
        self, installation: str, place: str, signal: PlaceChanged, news: News = NO_NEWS
    ) -> None:
        """Something happened to a place. Where no set lives nothing follows, nor a second time.

        What is older than something known that it takes back, or that takes it back, is no news.
        """
        about = newest.of_place(place, signal.change)

        def job(unit: Unit) -> None:
            room = unit.room_of_place(installation, place)
            if room.set is not None and newest.is_news(unit, installation, about, news.at):
                self.deciding.bring(unit, installation, room, Caller("clock"), signal)

        where = partial(Unit.set_or_place, installation=installation, place=place)
        await self._writer.once(installation, news, job, where)

    async def person_gone(
        self, installation: str, signal: PersonGone, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Somebody left a place, or (without one) the workspace with all its sets."""

        def job(unit: Unit) -> None:
            rooms = rooms_of(unit, installation, signal.person, place)
            about = newest.of_person(signal.person, place)
            if rooms and newest.is_news(unit, installation, about, news.at):
                for room in rooms:
                    self.deciding.bring(unit, installation, room, Caller("clock"), signal)

        where = partial(Unit.set_or_place, installation=installation, place=place)
        await self._writer.once(installation, news, job, where if place else None)

    async def person_back(
        self, installation: str, person: str, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Somebody of a set is (again) in its place, or in the workspace: what is older is over."""

        def job(unit: Unit) -> None:
            if rooms_of(unit, installation, person, place):
                newest.is_news(unit, installation, newest.of_person(person, place), news.at)

        await self._writer.once(installation, news, job)

    async def heard(self, installation: str, news: News) -> bool:
        """Whether something that changes no row here is told for the first time."""
        return bool(await self._writer.once(installation, news, lambda unit: True))
