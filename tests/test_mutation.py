"""The maker of mutants: it makes the faults it names, sees one that is planted, and lets one through."""

from __future__ import annotations

from textwrap import dedent

from tests.mutation.__main__ import Baseline, control, judged
from tests.mutation.operators import mutants
from tests.mutation.targets import ROOT, TARGETS, Target

SMALL = dedent(
    '''
    """Words about it."""

    MOST = 3
    REST = timedelta(minutes=16 * MOST)
    QUERY = select(MOST).limit(3)

    def first(rows: list[int], least: int = 0) -> int | None:
        """The first that is large enough."""
        for row in rows:
            if row > least and row < MOST:
                return row
        return None

    def mine(table, row):
        log.info("asked", row=1)
        return table.where(table.c.seq == row.seq, table.c.claim == row.claim)
    '''
)


def test_every_fault_that_fits_is_made_once():
    made = sorted(mutant.name for mutant in mutants(SMALL))

    assert made == sorted(
        [
            "6: 3 is 4",
            "6: limit is forgotten",
            "8: 0 is 1",
            "11: And is Or",
            "11: Gt is GtE",
            "11: Lt is LtE",
            "11: condition 1 is not asked",
            "11: condition 2 is not asked",
            "11: the other way round",
            "12: returns nothing",
            "17: Eq is NotEq",
            "17: Eq is NotEq",
            "17: returns nothing",
            "17: where forgets its condition 1",
            "17: where forgets its condition 2",
            "17: where is forgotten",
        ]
    )


def test_each_mutant_holds_its_own_fault_and_no_other():
    sources = {mutant.name: mutant.source for mutant in mutants(SMALL)}

    assert "if row >= least and row < MOST" in sources["11: Gt is GtE"]
    assert "if row < MOST:" in sources["11: condition 1 is not asked"]
    forgets = sources["17: where forgets its condition 2"]
    assert "table.where(table.c.seq == row.seq)" in forgets
    assert all(".limit(3)" in source for name, source in sources.items() if name[:2] != "6:")


def test_a_number_that_has_a_name_is_left_as_it_was_decided():
    assert all("MOST = 3" in mutant.source for mutant in mutants(SMALL))
    assert all("timedelta(minutes=16 * MOST)" in mutant.source for mutant in mutants(SMALL))


def test_a_planted_fault_is_seen_and_one_that_no_test_asks_about_survives():
    test = "tests/core/test_rights.py::test_the_clock_sees_nothing"
    target = Target("bot.core.permissions", (test,))
    made = list(mutants(target.path.read_text(encoding="utf-8")))
    lines_of = target.path.read_text(encoding="utf-8").splitlines()
    seen_by_it = next(m for m in made if "role is not Role.CLOCK" in lines_of[m.line - 1])
    unseen = next(m for m in made if "any(cell(" in lines_of[m.line - 1])
    lines = {line: {test} for m in (seen_by_it, unseen) for line in range(m.line, m.last + 1)}
    known = {target.module: Baseline(lines, {test: 0.1})}

    control([target], known)
    found = [killed for _, _, killed in judged([(target, seen_by_it), (target, unseen)], known)]

    assert found == [True, False]


def test_a_line_that_no_test_reaches_is_not_seen():
    target = Target("bot.core.refusals", ())
    first = next(mutants(target.path.read_text(encoding="utf-8")))

    assert [seen for *_, seen in judged([(target, first)], {target.module: Baseline()})] == [False]


def test_every_target_and_its_tests_are_there():
    for target in TARGETS:
        assert target.path.exists()
        assert all(
            (ROOT / test.partition("::")[0]).exists() for test in (*target.tests, *target.quick)
        )
