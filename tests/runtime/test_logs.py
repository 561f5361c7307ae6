"""The log names classes, places and ids; it never repeats what anybody said."""

import asyncio
import io
import json
import logging
import sys
import threading

import pytest
import structlog

from bot.adapters.memory import MemoryPlatform
from bot.core.signals import Typed
from bot.runtime.ports.outgoing import Outgoing
from bot.runtime.process import logs
from tests.runtime.people import action, begin, found, gesture

CANARY = "I have told nobody about the kitchen"


@pytest.fixture
def log():
    stream = io.StringIO()
    logs.configure("json", stream)
    return stream


def events(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_only_allowed_keys_and_only_codes_pass(log):
    structlog.get_logger().warning("odd", reference="ALS-1A2B", words=CANARY, error=CANARY, seq=7)

    (event,) = events(log)
    assert event["reference"] == "ALS-1A2B"
    assert event["seq"] == 7
    assert event["error"] == "[left out]"
    assert "words" not in event


@pytest.mark.parametrize(
    "value", [CANARY, "two words", "a\nb", "x" * 201, f"ValueError({CANARY!r})", " led"]
)
def test_what_can_be_words_is_left_out(value):
    assert logs.redact(None, "info", {"error": value}) == {"error": "[left out]"}


def test_what_libraries_say_is_named_but_not_repeated(log):
    library = logging.getLogger("slack_bolt.App")
    library.info("body: %s", CANARY)
    library.warning("body: %s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        library.exception("failed on %s", CANARY)

    assert [e["event"] for e in events(log)] == ["library", "library"]
    assert [e["error"] for e in events(log)] == [None, "ValueError"]
    assert {e["logger"] for e in events(log)} == {"slack_bolt.App"}
    assert CANARY not in log.getvalue()


async def test_a_failing_database_is_logged_without_words(log, bot, monkeypatch):
    await found(bot.service, "Ana", "Ben", "Chidi")

    def full(unit: object) -> None:
        raise OSError(f"could not write {CANARY}")

    monkeypatch.setattr("bot.runtime.store.unit.changes.Changes.flush", full)
    answer = await bot.service.receive(gesture("Ana", action(CANARY)))

    assert answer.refusal is not None
    assert CANARY not in answer.refusal.sentence
    assert CANARY not in log.getvalue()
    failed = next(e for e in events(log) if e["event"] == "receive_failed")
    assert failed["error"] == "OSError"
    assert failed["reference"] == answer.reference


async def test_a_statement_that_fails_is_logged_without_its_values(log, bot):
    await found(bot.service, "Ana", "Ben", "Chidi")
    with bot.store.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE actions")

    await bot.service.receive(gesture("Ana", action(CANARY)))

    assert "receive_failed" in log.getvalue()
    assert "INSERT" not in log.getvalue()
    assert CANARY not in log.getvalue()


async def test_a_failing_platform_is_logged_without_words(log, bot):
    class Broken(MemoryPlatform):
        async def post(self, out: Outgoing) -> str:
            raise RuntimeError(f"could not send {CANARY}: {out.card}")

    bot.platforms["demo"] = Broken()
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", action(CANARY)))
    await bot.settle()

    assert "RuntimeError" in log.getvalue()
    assert CANARY not in log.getvalue()


async def test_a_form_that_cannot_be_opened_says_a_reference(log, bot, monkeypatch):
    await begin(bot, "Ana", "Ben", "Chidi")
    monkeypatch.setattr("bot.core.engine.form", lambda *a: 1 / 0)

    opened = await bot.service.form(gesture("Ana", Typed("bid")))

    assert "ALS-" in opened.sentence
    assert "ZeroDivisionError" in log.getvalue()


def raised() -> ValueError:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        return error


def test_what_nobody_caught_is_named_with_its_place(log, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    logs.guard()
    error = raised()

    sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    thread = threading.Thread(target=lambda: (_ for _ in ()).throw(error))
    thread.start()
    thread.join()

    assert [e["error"] for e in events(log)] == ["ValueError", "ValueError"]
    assert str(events(log)[0]["where"]).startswith("runtime/test_logs.py:")
    assert CANARY not in log.getvalue()


async def test_what_nobody_caught_in_a_task_is_named_too(log):
    loop = asyncio.get_running_loop()
    logs.guard_loop(loop)

    loop.call_exception_handler({"message": CANARY, "exception": raised()})
    loop.call_exception_handler({"message": CANARY})

    loop.set_exception_handler(None)
    assert [e["error"] for e in events(log)] == ["ValueError", "event_loop"]
    assert CANARY not in log.getvalue()


def test_text_is_for_people_and_json_for_machines():
    stream = io.StringIO()
    logs.configure("text", stream)
    structlog.get_logger().info("database_upgraded", copy="als.bak")

    assert "database_upgraded" in stream.getvalue()
    assert "copy=als.bak" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
