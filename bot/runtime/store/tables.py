"""Every table and its final columns; times are UTC instants, wall times ISO text in a set's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

from bot.runtime.vault import Sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A UTC instant. Naive datetimes are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC; without a zone where the database keeps none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SealedText(TypeDecorator[str]):
    """Words of people: takes only what the vault has sealed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """A ciphertext, or nothing; plain text is a mistake of ours and refused."""
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("plain text was about to be stored in a sealed column")
        return None if value is None else str(value)


ID = String(64)
PERSON = String(64)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

installations = Table(
    "installations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("status", String(16), nullable=False, server_default="active"),
    Column("tokens", SealedText),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("paused_until", Instant),
    Column("state_at", Instant),
    Column("doubted_at", Instant),
)
"""`state_at` is since when we are in it, `doubted_at` when a removal is said to have happened that has
not been confirmed yet."""

newest = Table(
    "newest",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("about", String(64), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)
"""Of which moment the newest was that a platform told of a place or a person; `about` is a keyed hash."""

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("installation_id", ID, nullable=False, unique=True),
    Column("wrapped", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Backups leave this table out; forgetting a row erases an installation, backups included."""

people = Table(
    "people",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("zone", String(64), nullable=False, server_default=""),
    Column("language", String(16), nullable=False, server_default=""),
    Column("quiet_from", String(5), nullable=False, server_default="20:00"),
    Column("quiet_to", String(5), nullable=False, server_default="08:00"),
    Column("direct", String(16), nullable=False, server_default="unknown"),
    Column("direct_off", Boolean, nullable=False, server_default=text("false")),
    Column("snoozed_until", Instant),
    Column("paused_until", Instant),
)

learning_sets = Table(
    "learning_sets",
    metadata,
    Column("id", ID, primary_key=True),
    Column("installation_id", ID, nullable=False),
    Column("place_key", String(128), nullable=False),
    Column("place", SealedText, nullable=False),
    Column("name", SealedText, nullable=False),
    Column("purpose", SealedText),
    Column("link", SealedText),
    Column("agreement", SealedText, nullable=False),
    Column("agreement_version", Integer, nullable=False, server_default="1"),
    Column("zone", String(64), nullable=False),
    Column("format", String(32), nullable=False),
    Column("facilitation", String(16), nullable=False),
    Column("facilitator", PERSON, nullable=False),
    Column("rhythm_weeks", Integer, nullable=False),
    Column("rhythm", Text),
    Column("size", Integer, nullable=False),
    Column("quorum", Integer, nullable=False),
    Column("carded", Boolean, nullable=False),
    Column("session_id", ID, nullable=False, server_default=""),
    Column("status", String(16), nullable=False, server_default="active"),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("archived_at", Instant),
    Column("frozen_at", Instant),
    Column("listed", Boolean, nullable=False, server_default=text("false")),
    Column("proposal", SealedText),
    Index("ix_learning_sets_place", "installation_id", "place_key"),
)

members = Table(
    "members",
    metadata,
    Column("set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", SealedText, nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("agreed_at", Instant),
    Column("agreed_version", Integer, nullable=False, server_default="1"),
    Column("last_presented_at", Instant),
    Column("last_held_at", Instant),
    Column("left_at", Instant),
    Column("zone", String(64), nullable=False),
    Column("direct", String(16), nullable=False),
    Column("turn_at", Instant),
    Column("waits_since", Instant),
    Column("feed", Integer, nullable=False, server_default="0"),
    Index("ix_members_person", "person"),
)

meetings = Table(
    "meetings",
    metadata,
    Column("id", ID, primary_key=True),
    Column(
        "set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("position", Integer, nullable=False),
    Column("wall", String(32), nullable=False),
    Column("format", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("planned_at", Instant),
    Column("session_id", ID, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("link", SealedText),
    Column("attended", Integer, nullable=False),
    Column("pulse_sum", Integer, nullable=False),
    Column("pulse_count", Integer, nullable=False),
    Column("reason", SealedText),
    Column("entry", String(64), nullable=False, server_default=""),
)

rsvps = Table(
    "rsvps",
    metadata,
    Column("meeting_id", ID, ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("answer", String(16), nullable=False),
    Column("answered_at", Instant, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("id", ID, primary_key=True),
    Column(
        "set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("position", Integer, nullable=False),
    Column("owner", PERSON, nullable=False),
    Column("session_id", ID, nullable=False),
    Column("what", SealedText, nullable=False),
    Column("how", SealedText),
    Column("helper", SealedText),
    Column("happened", SealedText),
    Column("learned", SealedText),
    Column("due", String(32), nullable=False),
    Column("meeting_wall", String(32), nullable=False),
    Column("visibility", String(8), nullable=False),
    Column("learning_visibility", String(8), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reminders", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("reported_at", Instant),
    Column("closed_at", Instant),
    Column("snoozed_until", Instant),
    Column("reminded", Integer, nullable=False, server_default="0"),
    Index("ix_actions_owner", "owner"),
)

deeds = Table(
    "deeds",
    metadata,
    Column("set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("before", SealedText, nullable=False),
)
"""What each person did last, as it was before, so that it can be undone for ten minutes."""

drafts = Table(
    "drafts",
    metadata,
    Column("set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", PERSON, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", SealedText, nullable=False),
    Column("why", SealedText),
    Column("urgency", Integer, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column(
        "set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("version", Integer, nullable=False),
    Column("phase", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("format_number", Integer, nullable=False),
    Column("snapshot", SealedText, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("purged_at", Instant),
)

timers = Table(
    "timers",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("set_id", ID, nullable=False, index=True),
    Column("session_id", ID, nullable=False),
    Column("what", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("step", Integer),
    Column("due_at", Instant, nullable=False),
    Column("done_at", Instant),
    Index(
        "ix_timers_due",
        "due_at",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("installation_id", ID, nullable=False),
    Column("outcome", SealedText),
    Column("received_at", Instant, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("installation_id", ID, nullable=False),
    Column("set_id", ID, nullable=False, index=True),
    Column("session_id", ID, nullable=False),
    Column("destination", String(160), nullable=False),
    Column("person", PERSON, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("op", String(8), nullable=False),
    Column("slot", String(160), nullable=False),
    Column("card", String(32), nullable=False),
    Column("subject_id", String(160), nullable=False),
    Column("parent_slot", String(160), nullable=False),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("key", String(32), nullable=False),
    Column("wanted_rev", Integer, nullable=False, server_default="1"),
    Column("sent_rev", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("state", String(8), nullable=False),
    Column("claim_id", String(32)),
    Column("claimed_at", Instant),
    Column("platform_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("message_ref", SealedText),
    Column("again", Boolean, nullable=False, server_default=text("false")),
    Column("merged_into", BigInteger().with_variant(Integer, "sqlite")),
    Column("paused_reason", String(32)),
    Column("last_error_class", String(64)),
    Column("made_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Index("ix_outbox_slot", "slot"),
    Index(
        "ix_outbox_parent_slot",
        "parent_slot",
        sqlite_where=text("parent_slot <> ''"),
        postgresql_where=text("parent_slot <> ''"),
    ),
    Index(
        "ix_outbox_merged",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    Index(
        "ix_outbox_waiting",
        "not_before",
        "seq",
        sqlite_where=text("state IN ('due', 'sending', 'unsure')"),
        postgresql_where=text("state IN ('due', 'sending', 'unsure')"),
    ),
)

message_refs = Table(
    "message_refs",
    metadata,
    Column("slot", String(160), primary_key=True),
    Column("installation_id", ID, nullable=False),
    Column("set_id", ID, nullable=False, index=True),
    Column("ref", SealedText, nullable=False),
    Column("ref_key", String(64), nullable=False),
    Column("destination", String(160), nullable=False),
    Column("reactions", String(200), nullable=False, server_default=""),
    Column("posted_at", Instant, nullable=False),
    UniqueConstraint("installation_id", "ref_key"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("destination", String(160), primary_key=True),
    Column("next_at", Instant),
    Column("paused_until", Instant),
    Column("reason", String(64)),
)

signposts = Table(
    "signposts",
    metadata,
    Column("installation_id", ID, primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("words", SealedText, nullable=False),
    Column("lead", SealedText, nullable=False),
)
"""Where people find help, as their organiser says; the lead stands in the row without a country."""

burn_wishes = Table(
    "burn_wishes",
    metadata,
    Column("set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("at", Instant, nullable=False),
)
"""Who wants the set deleted: a wish counts for a day."""

audit = Table(
    "audit",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("at", Instant, nullable=False),
    Column("day", String(10), nullable=False),
    Column("installation_id", ID, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("chain", String(64), nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("person_hash", String(64), primary_key=True),
    Column("erased_at", Instant, nullable=False),
)
