"""The vote as values: whose votes count for what, recounts, and how a tie is broken."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.meeting.phases.choosing.ballot import (
    Ballot,
    Bid,
    Bids,
    all_have_voted,
    bids_kept,
    bids_step,
    may_vote_for,
    tally,
    tie_break,
    votes_each,
)
from bot.core.meeting.phases.sample import meeting_at
from bot.core.meeting.session import Participant, Presence, Session

NOW = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
PEOPLE = ("ana", "ben", "chidi", "dana", "eve", "farid", "gwen")
OWNERS = PEOPLE[:6]


def bids(*owners: str, urgency: dict[str, int] | None = None) -> Bids:
    known = urgency or {}
    return Bids(tuple(Bid(who, f"Issue of {who}", urgency=known.get(who, 2)) for who in owners))


def meeting(waiting: dict[str, int] | None = None, seed: int = 7) -> Session:
    """Seven people; how many days each has waited, by name."""
    people = tuple(
        Participant(
            who,
            who.capitalize(),
            NOW - timedelta(days=(waiting or {}).get(who, 10)),
            Presence.HERE,
        )
        for who in PEOPLE
    )
    return replace(meeting_at("choose", full=True), people=people, presenters=(), seed=seed)


def reacted(*votes: tuple[str, int]) -> Ballot:
    ballot = Ballot()
    for vote in votes:
        ballot = ballot.react(vote, on=True)
    return ballot


FOUR = bids("ana", "ben", "chidi", "dana")
SIX = bids(*OWNERS)


def test_one_vote_each_and_two_from_six_issues():
    assert votes_each(bids(*OWNERS[:5])) == 1
    assert votes_each(SIX) == 2


def test_a_later_vote_replaces_the_oldest():
    assert reacted(("eve", 1), ("eve", 2)).of("eve", FOUR, 1) == (2,)
    assert reacted(("gwen", 1), ("gwen", 2), ("gwen", 3)).of("gwen", SIX, 2) == (2, 3)


def test_removing_a_vote_brings_the_one_before_back():
    ballot = reacted(("eve", 1), ("eve", 2)).react(("eve", 2), on=False)

    assert ballot.of("eve", FOUR, 1) == (1,)


def test_a_reaction_delivered_again_changes_nothing():
    ballot = reacted(("eve", 1), ("eve", 2))

    assert ballot.react(("eve", 1), on=True) is ballot
    assert ballot.react(("eve", 3), on=False) == ballot


def test_nobody_votes_for_their_own_or_for_what_is_not_there():
    withdrawn = FOUR.withdraw("ben")

    assert not may_vote_for("ana", 1, FOUR)
    assert not may_vote_for("eve", 2, withdrawn)
    assert not may_vote_for("eve", 0, FOUR)
    assert not may_vote_for("eve", 5, FOUR)
    assert reacted(("ana", 1), ("eve", 2)).of("ana", FOUR, 1) == ()
    assert reacted(("eve", 2)).of("eve", withdrawn, 1) == ()


def test_a_vote_by_button_outranks_reactions_until_it_is_withdrawn():
    ballot = reacted(("eve", 1)).press(("eve", 2), on=True, each=1)
    assert ballot.of("eve", FOUR, 1) == (2,)

    ballot = ballot.press(("eve", 2), on=False, each=1)
    assert ballot.of("eve", FOUR, 1) == (1,)


def test_pressing_again_what_was_replaced_counts_anew():
    ballot = Ballot()
    for number in (1, 2, 1):
        ballot = ballot.press(("eve", number), on=True, each=1)

    assert ballot.of("eve", FOUR, 1) == (1,)
    assert ballot.pressed == (("eve", 1),)


# --- recounts -------------------------------------------------------------------------------------


def test_a_recount_adds_what_was_missed_and_removes_what_is_gone():
    ballot = reacted(("eve", 1)).recount(frozenset({("farid", 2)}), complete=True)

    assert ballot.of("eve", FOUR, 1) == ()
    assert ballot.of("farid", FOUR, 1) == (2,)


def test_votes_known_before_stay_where_a_recount_finds_too_many():
    seen = frozenset({("eve", 1), ("eve", 2), ("eve", 3)})

    ballot = reacted(("eve", 2)).recount(seen, complete=True)

    assert ballot.of("eve", FOUR, 1) == (2,)
    assert ballot.uncounted("eve", FOUR, 1)


def test_where_none_is_known_and_there_are_too_many_none_counts():
    ballot = Ballot().recount(frozenset({("eve", 1), ("eve", 2)}), complete=True)

    assert ballot.of("eve", FOUR, 1) == ()
    assert ballot.uncounted("eve", FOUR, 1)
    assert ballot.of("gwen", SIX, 2) == ()


def test_a_recount_never_guesses_an_order():
    both = frozenset({("gwen", 1), ("gwen", 2)})

    assert set(Ballot().recount(both, complete=True).of("gwen", SIX, 2)) == {1, 2}


def test_one_of_two_known_leaves_room_for_one_found():
    seen = frozenset({("gwen", 1), ("gwen", 3)})

    ballot = reacted(("gwen", 1)).recount(seen, complete=True)

    assert ballot.of("gwen", SIX, 2) == (1, 3)
    assert not ballot.uncounted("gwen", SIX, 2)


def test_a_mark_on_ones_own_issue_is_no_uncounted_vote():
    ballot = Ballot().recount(frozenset({("ana", 1)}), complete=True)

    assert not ballot.uncounted("ana", FOUR, 1)


def test_where_the_platform_lists_too_few_nothing_is_taken_away():
    ballot = reacted(("eve", 1)).recount(frozenset({("farid", 2)}), complete=False)

    assert ballot.of("eve", FOUR, 1) == (1,)
    assert ballot.of("farid", FOUR, 1) == (2,)
    assert ballot.recount(frozenset(), complete=False).of("farid", FOUR, 1) == (2,)


def test_a_reaction_that_arrives_after_a_recount_showed_it_is_the_newest():
    ballot = reacted(("eve", 1)).recount(frozenset({("eve", 1), ("eve", 2)}), complete=True)

    assert ballot.react(("eve", 2), on=True).of("eve", FOUR, 1) == (2,)


votes = st.tuples(st.sampled_from(PEOPLE), st.integers(1, 6))
flips = st.lists(st.tuples(votes, st.booleans()), max_size=30)


@given(flips)
def test_reactions_are_a_set_whatever_the_flipping(flipped):
    ballot = Ballot()
    standing: set[tuple[str, int]] = set()
    for vote, on in flipped:
        ballot = ballot.react(vote, on=on).react(vote, on=on)
        (standing.add if on else standing.discard)(vote)

    assert set(ballot.reactions) == standing
    assert len(ballot.reactions) == len(standing)


@given(flips, st.frozensets(votes, max_size=20), st.frozensets(votes, max_size=20), st.booleans())
def test_counting_again_changes_nothing_and_nobody_counts_too_often(flipped, seen, more, complete):
    ballot = Ballot()
    for vote, on in flipped:
        ballot = ballot.react(vote, on=on)
    for vote in sorted(more):
        ballot = ballot.press(vote, on=True, each=2)
    counted = ballot.recount(seen, complete=complete)

    assert counted.recount(seen, complete=complete) == counted
    for who in PEOPLE:
        mine = counted.of(who, SIX, 2)
        assert len(mine) == len(set(mine)) <= 2
        assert all(may_vote_for(who, number, SIX) for number in mine)


# --- who has voted, and who is chosen -------------------------------------------------------------


def test_all_have_voted_once_everyone_here_who_can_vote_has():
    session = meeting()
    votes = [(who, 2 if who == "ana" else 1) for who in PEOPLE]

    assert not all_have_voted(session, reacted(*votes[:-1]), FOUR)
    assert all_have_voted(session, reacted(*votes), FOUR)


def test_somebody_whose_votes_do_not_count_has_not_voted():
    votes = [(who, 2 if who == "ana" else 1) for who in PEOPLE]
    without_eve = Ballot(
        tuple(v for v in votes if v[0] != "eve"), frozenset({("eve", 1), ("eve", 2)})
    )

    assert not all_have_voted(meeting(), without_eve, FOUR)


def test_who_can_only_vote_for_themselves_is_not_waited_for():
    only_ana = bids("ana")
    votes = [(who, 1) for who in PEOPLE if who != "ana"]

    assert all_have_voted(meeting(), reacted(*votes), only_ana)


def test_nobody_can_vote_where_nothing_is_on_offer():
    assert not all_have_voted(meeting(), Ballot(), Bids())


def chosen(session: Session, ballot: Ballot, on_offer: Bids, places: int = 1) -> list[str]:
    result = tally(session, ballot, on_offer, places)
    return [on_offer.offers[n - 1].owner for n in result.chosen]


def test_most_votes_win():
    ballot = reacted(("eve", 2), ("farid", 2), ("gwen", 1))

    assert chosen(meeting(), ballot, FOUR) == ["ben"]
    assert tally(meeting(), ballot, FOUR, 1).decided_by == ""


def test_a_tie_is_broken_by_the_longest_wait():
    session = meeting(waiting={"chidi": 50, "ben": 40})

    assert chosen(session, Ballot(), FOUR) == ["chidi"]
    assert tally(session, Ballot(), FOUR, 1).decided_by == "wait"


def test_then_by_urgency():
    on_offer = bids("ana", "ben", "chidi", urgency={"ben": 3, "chidi": 1})

    assert chosen(meeting(), Ballot(), on_offer) == ["ben"]
    assert tally(meeting(), Ballot(), on_offer, 1).decided_by == "urgency"


def test_then_by_a_draw_that_is_the_meetings_own_chance():
    result = tally(meeting(), Ballot(), FOUR, 1)

    assert result.decided_by == "draw"
    assert result.chosen == (min(range(1, 5), key=lambda n: tie_break(7, n)),)
    winners = {chosen(meeting(seed=seed), Ballot(), FOUR)[0] for seed in range(40)}
    assert winners == {"ana", "ben", "chidi", "dana"}


def test_who_joined_a_minute_earlier_has_not_waited_longer():
    session = meeting()
    people = tuple(
        replace(p, waiting_since=p.waiting_since - timedelta(minutes=n))
        for n, p in enumerate(session.people)
    )

    assert tally(replace(session, people=people), Ballot(), FOUR, 1).decided_by == "draw"


def test_several_places_go_in_the_order_of_support():
    ballot = reacted(("eve", 3), ("farid", 3), ("gwen", 1), ("ben", 3), ("dana", 1))

    assert chosen(meeting(), ballot, FOUR, places=2) == ["chidi", "ana"]


def test_fewer_issues_than_places_are_all_chosen():
    result = tally(meeting(), Ballot(), bids("ana", "ben"), 3)

    assert sorted(result.chosen) == [1, 2]
    assert result.decided_by == ""


def test_the_votes_of_somebody_who_had_to_go_still_count():
    session = meeting()
    gone = replace(session.people[6], presence=Presence.GONE)
    session = session.with_person(gone)

    result = tally(session, reacted(("gwen", 2)), FOUR, 1)

    assert FOUR.offers[result.chosen[0] - 1].owner == "ben"
    assert result.voters == 7
    assert tally(session, Ballot(), FOUR, 1).voters == 6


@pytest.mark.parametrize("places", [1, 2, 3])
@given(st.lists(votes, max_size=20), st.integers(0, 2**48))
def test_the_same_votes_and_the_same_chance_choose_the_same(places, given_votes, seed):
    session = meeting(seed=seed)
    forward, backward = reacted(*given_votes), reacted(*_last_of_each(given_votes))

    first = tally(session, forward, SIX, places)

    assert first == tally(session, backward, SIX, places)
    assert len(set(first.chosen)) == places


def _last_of_each(given_votes: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The same votes with their people in another order, each person's own order kept."""
    unique = list(dict.fromkeys(given_votes))
    return [vote for who in reversed(PEOPLE) for vote in unique if vote[0] == who]


def test_the_bids_may_lie_further_back_than_the_step_before():
    session = meeting_at("close", full=True)
    offers = bids("ana", "ben")

    known = session.remember(offers, bids_step(session, session.at))

    assert session.plan[bids_step(session, session.at)].phase == "bids"
    assert bids_kept(known, session.at) == offers
