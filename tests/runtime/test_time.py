"""Instants have a zone, clocks do not go back, and dates are read as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from bot.core.signals import Submitted
from bot.core.verbs import Suggests
from bot.runtime import dates
from bot.runtime.clock import MovableClock, RunningClock, SystemClock
from bot.runtime.store.tables.sets import timers

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MONDAY = datetime.fromisoformat("2027-03-01T12:00")


def timer(at: datetime) -> dict[str, object]:
    return {"key": "k", "set_id": "s", "session_id": "", "what": "w", "subject": "", "due_at": at}


def test_an_instant_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match="naive"), database.write() as connection:
        connection.execute(timers.insert().values(timer(MONDAY)))


def test_an_instant_of_any_zone_is_the_same_instant_in_utc(database):
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with database.write() as connection:
        connection.execute(timers.insert().values(timer(elsewhere)))

    with database.read() as connection:
        found = connection.execute(select(timers.c.due_at)).scalar_one()

    assert found == NOON
    assert found.utcoffset() == timedelta(0)


def test_the_systems_clock_knows_its_zone_and_its_chance_never_repeats():
    clock = SystemClock()

    assert clock.now().utcoffset() == timedelta(0)
    assert len({clock.chance() for _ in range(100)}) == 100
    assert clock.steady() <= clock.steady()


def test_a_movable_clock_stands_still_and_never_goes_back():
    clock = MovableClock(NOON)
    clock.move_by(timedelta(minutes=1))
    clock.move_to(NOON)

    assert clock.now() == NOON + timedelta(minutes=1)


def test_a_running_clock_goes_on_from_where_it_was_put():
    clock = RunningClock(NOON)
    clock.move_to(NOON + timedelta(days=42))

    assert timedelta(days=42) <= clock.now() - NOON < timedelta(days=42, minutes=1)


def test_the_same_seed_gives_the_same_chance():
    def three(seed: int) -> list[str]:
        clock = MovableClock(NOON, seed)
        return [clock.chance() for _ in range(3)]

    assert three(1) == three(1) != three(2)
    assert all(len(bits) == 32 for bits in three(1))


# Dates as people type them; today is Monday 1 March 2027, noon.


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2027-04-12", "2027-04-12"),
        ("12 April", "2027-04-12"),
        ("12 april 2027", "2027-04-12"),
        ("April 12", "2027-04-12"),
        ("12.4.2027", "2027-04-12"),
        ("12/4/2027", "2027-04-12"),
        ("tomorrow", "2027-03-02"),
        ("in 3 weeks", "2027-03-22"),
        ("in 10 days", "2027-03-11"),
        ("next week", "2027-03-08"),
        ("next month", "2027-04-01"),
        ("friday", "2027-03-05"),
        ("next Friday", "2027-03-05"),
        ("by friday", "2027-03-05"),
        ("on Friday", "2027-03-05"),
        ("1 february", "2028-02-01"),
        ("29 February 2028", "2028-02-29"),
    ],
)
def test_a_date_is_read(typed, read):
    assert dates.read_date(typed, MONDAY) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2027-04-12T18:00", "2027-04-12T18:00"),
        ("2027-04-12 18:00", "2027-04-12T18:00"),
        ("12 April 18:00", "2027-04-12T18:00"),
        ("12 April 2027 6pm", "2027-04-12T18:00"),
        ("Tuesday 18:00", "2027-03-02T18:00"),
        ("tomorrow 9:30", "2027-03-02T09:30"),
    ],
)
def test_a_moment_is_read(typed, read):
    assert dates.read_moment(typed, MONDAY) == read


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("de", "nächsten Dienstag um 15 Uhr", "2027-03-02T15:00"),
        ("de", "am 14. Dezember um 15:30 Uhr", "2027-12-14T15:30"),
        ("fr", "mardi prochain à 15h30", "2027-03-02T15:30"),
        ("fr", "demain 9h", "2027-03-02T09:00"),
        ("es", "el próximo martes a las 15:00", "2027-03-02T15:00"),
        ("it", "martedì alle 15:00", "2027-03-02T15:00"),
        ("nl", "volgende dinsdag om 15:00", "2027-03-02T15:00"),
        ("pl", "14 grudnia 15:00", "2027-12-14T15:00"),
        ("pt", "amanhã às 15:00", "2027-03-02T15:00"),
        ("sv", "nästa tisdag kl 15:00", "2027-03-02T15:00"),
        ("uk", "завтра 15:00", "2027-03-02T15:00"),
        ("de", "tomorrow 9:30", "2027-03-02T09:30"),
        ("", "morgen um 15:00", None),
        ("xx", "tomorrow 9:30", "2027-03-02T09:30"),
    ],
)
def test_a_moment_is_read_in_ones_own_language_and_in_english(language, typed, read):
    assert dates.read_moment(typed, MONDAY, language) == read


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [("de", "in 3 Wochen", "2027-03-22"), ("it", "fra 3 settimane", "2027-03-22")],
)
def test_a_day_is_read_in_ones_own_language(language, typed, read):
    assert dates.read_date(typed, MONDAY, language) == read


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "when I can", "30 February", "2027-02-30", "99/99/9999", "-1", "0"]
    + ["x" * 10_000, "'; DROP TABLE", "\u202e12", "2027-04-12T18:00+02:00"],
)
def test_what_is_no_moment_is_not_guessed(typed):
    assert dates.read_moment(typed, MONDAY) is None


@pytest.mark.parametrize("typed", ["soon", "when I can", "2027-02-30", "99/99/9999", "x" * 100])
def test_what_is_no_date_is_not_guessed(typed):
    assert dates.read_date(typed, MONDAY) is None


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/London", "Europe/London"),
        ("europe/london", "Europe/London"),
        ("London", "Europe/London"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        ("Atlantis", None),
    ],
)
def test_a_zone_is_known_by_its_name_or_its_city(typed, zone):
    assert dates.read_zone(typed) == zone


def test_in_a_form_only_what_can_be_read_is_replaced():
    def due(typed: str) -> str:
        form = Submitted("action", (("what", "tomorrow"), ("due", typed)))
        read = dates.read_fields(form, NOON, "Europe/London")
        assert read.get("what") == "tomorrow"
        return read.get("due")

    assert due("in 3 weeks") == "2027-03-22"
    assert due("when I can") == "when I can"
    assert due("") == ""


def test_a_form_nobody_knows_is_left_alone():
    form = Submitted("unknown", (("due", "tomorrow"),))

    assert dates.read_fields(form, NOON, "UTC") == form


# --- while somebody types ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "label", "value"),
    [
        ("12 april 15:00", "Monday 12 April 2027, 15:00", "2027-04-12T15:00"),
        ("tomorrow at 9am", "Tuesday 2 March 2027, 09:00", "2027-03-02T09:00"),
        ("12 april", None, None),
        ("no day at all", None, None),
        ("", None, None),
    ],
)
def test_a_moment_half_typed_is_read_back_as_it_would_be_understood(
    typed: str, label: str | None, value: str | None
) -> None:
    found = dates.suggest(Suggests.MOMENT, typed, NOON, "UTC")

    assert [(c.label, c.value) for c in found] == ([(label, value)] if label else [])


def test_a_day_needs_no_time() -> None:
    found = dates.suggest(Suggests.DATE, "in 3 weeks", NOON, "UTC")

    assert [(c.label, c.value) for c in found] == [("Monday 22 March 2027", "2027-03-22")]


# --- what was read from somebody's own words ------------------------------------------------------


def scheduled(when: str) -> Submitted:
    """The form as the shell hands it on."""
    return dates.read_fields(Submitted("schedule", (("when", when),)), NOON, "Europe/London")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("next tue 3pm", "2027-03-02T15:00"),
        ("14:00 1 Dec", "2027-12-01T14:00"),
        ("in 6 weeks 18:00", "2027-04-12T18:00"),
        ("12 April 6:30pm", "2027-04-12T18:30"),
    ],
)
def test_a_moment_read_from_words_is_to_be_confirmed(typed, read):
    form = scheduled(typed)

    assert form.get("when") == read
    assert form.guessed == {"when"}


@pytest.mark.parametrize("typed", ["2027-04-12T18:00", "2027-04-12 18:00"])
def test_an_exact_moment_needs_no_confirmation(typed):
    form = scheduled(typed)

    assert form.get("when") == "2027-04-12T18:00"
    assert form.guessed == frozenset()


@pytest.mark.parametrize(
    "typed", ["31 June 18:00", "4/5 18:00", "5.4. 18:00", "soon", "25:00 1 dec"]
)
def test_a_moment_that_is_none_or_two_stays_as_typed(typed):
    form = scheduled(typed)

    assert form.get("when") == typed
    assert form.guessed == frozenset()


def test_the_same_number_twice_is_one_day():
    assert scheduled("4/4 18:00").get("when") == "2027-04-04T18:00"
