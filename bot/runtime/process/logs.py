"""The log: events with ids and codes, never what anybody said; also when everything fails."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

ALLOWED = frozenset(
    {
        # What it is, how bad, and when.
        "event",
        "level",
        "timestamp",
        # Whose fault and where: a class or a code, never an exception's own words.
        "error",
        "reference",
        "why",
        "where",
        "logger",
        # Opaque ids and states.
        "installation",
        "kind",
        "op",
        "platform",
        "row",
        "seq",
        "set",
        "slot",
        "state",
        # Figures and names of ours.
        "actions",
        "audit",
        "erasures",
        "installations",
        "refs",
        "sets",
        "snapshots",
        "copy",
        "deeds",
        "count",
        "deliveries",
        "format",
        "outbox",
        "pid",
        "sessions",
        "timers",
        "version",
    }
)
"""The only keys that reach the log. Add one for a code, an id or a figure; never for words."""

LONGEST = 200

LEFT_OUT = "[left out]"

Event = MutableMapping[str, Any]


def configure(form: str = "text", stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Write our events and the libraries' warnings to `stream` (standard error), as json or text.

    Of what a library says only its name, the place and the class of an exception are kept: request
    bodies, bound values and exception texts may hold people's words.
    """
    out = stream or sys.stderr
    drawn: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            drawn,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    root.setLevel(logging.WARNING)


def redact(logger: Any, method: str, event: Event) -> Event:
    """Only allowed keys pass, and of those only what can be a code, an id or a figure."""
    return {key: _plain(value) for key, value in event.items() if key in ALLOWED}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    words = str(value)
    # A code, an id, a path or a time has no spaces and no line breaks; what people say has.
    return words if len(words) <= LONGEST and words.split() == [words] else LEFT_OUT


class _Libraries(logging.Handler):
    """What libraries say through `logging`, without their words."""

    def emit(self, record: logging.LogRecord) -> None:
        """The logger's name, where in its code, and the class of what was raised."""
        raised = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno,
            "library",
            logger=record.name,
            where=f"{record.module}:{record.lineno}",
            error=raised.__name__ if raised else None,
        )


# --- what nobody caught ---


def guard() -> None:
    """From now on an exception that nobody caught, in any thread, is logged without its words."""
    sys.excepthook = _uncaught
    threading.excepthook = _in_thread


def guard_loop(loop: asyncio.AbstractEventLoop) -> None:
    """The same for this event loop."""
    loop.set_exception_handler(_in_loop)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _say(error)


def _in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _say(args.exc_value)


def _in_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        _say(error)
    else:
        structlog.get_logger().error("uncaught", error="event_loop")


def _say(error: BaseException) -> None:
    structlog.get_logger().error("uncaught", error=type(error).__name__, where=place(error))


def place(error: BaseException) -> str:
    """Where an exception was raised: file and line, nothing of what it says."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    path = trace.tb_frame.f_code.co_filename.replace("\\", "/")
    return f"{'/'.join(path.split('/')[-2:])}:{trace.tb_lineno}"
