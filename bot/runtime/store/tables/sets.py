"""Tables of sets and their meetings; wall times are ISO text in the set's zone."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from bot.runtime.store.tables.columns import ID, PERSON, Instant, SealedText, metadata

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

burn_wishes = Table(
    "burn_wishes",
    metadata,
    Column("set_id", ID, ForeignKey("learning_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("person", PERSON, primary_key=True),
    Column("at", Instant, nullable=False),
)
"""Who wants the set deleted: a request counts for a day."""
