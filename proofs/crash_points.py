"""All acts, and all the crash points there are in the doors: every one of them is passed by some act.

The points are read from the source: the names that stand in points.around, and the functions that are handed to the
database to be decided and committed.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FunctionType, ModuleType

from core.ground.rules import Rules
from core.ground.stores.calls import Decision
from proofs import (
    crash_acts,
    crash_after,
    crash_asked,
    crash_claims,
    crash_desk,
    crash_later,
    crash_mail,
    crash_moved,
    crash_risk,
    crash_staff,
    crash_wechat,
)
from proofs.crash_play import RULES, Play

ROOT = Path(__file__).resolve().parents[1]
DOORS = (
    "bot/*.py",
    "bot/handlers/*.py",
    "bot/conversations/*.py",
    "bot/chats/wechat/*.py",
    "jobs/*.py",
    "web/*.py",
)
WRITES = {
    "write": 0,
    "one_by_one": 2,
    "in_chunks": 1,
    "piece_by_piece": 2,
    "choose": 0,
}  # which argument is what is decided
ELSEWHERE: Mapping[str, str] = {  # points that no act passes, and why
    "waiting.lapse": "nobody would have to buy for a quarter of an hour: tests/core/test_waiting.py lets nobody",
    "issuing.answered": "an issuer by contract would have to be there: tests/jobs/test_redeemed.py has one",
    "issuer.redemption_of": "likewise",
    "linking.lapse": "nobody would have to answer for half an hour: tests/core/test_linking.py waits so long",
    "reconcile.act_on": "an invariant would have to be broken: tests/jobs/test_work.py does",
    "by_hand.claimed": "a rail that staff look after would have to be there: tests/stories/test_paying_manual.py does",
    "chargebacks.refunded_at_the_rail": "a rail that lists refunds: tests/stories/test_paying_telegram_stars.py does",
    "ending.put_off aftersales.refund_ended": "a rail would have to be at work for a day: tests/jobs/test_work.py does",
    "staff_money._same": "money would have to come twice: tests/stories/test_seen_by_staff.py does",
    "staff.open_room": "a chat with groups would have to be there: tests/bot/chats/telegram/test_staff.py does",
    "staff.confirm_move": "likewise",
    "restock.progress": "an import would have to last for seconds: proofs/restock.py lets one",
    "ending.put_off ending.nothing": "likewise",
    "restock.by_file": "a chat with files would have to be there: tests/stories/test_stock.py does",
    "fetch": "likewise",
    "ending.carried_out intake._read": "likewise",
    "ending.carried_out restock.refuse": "likewise",
    "catalogue_drafts.go_on": "more than is changed at once would have to be there: tests/core/test_shelving.py",
    "ending.carried_out catalogue_drafts.ended": "likewise",
    "repricing.go_on": "likewise",
    "ending.carried_out repricing.ended": "likewise",
    "withdrawals.follow": "what was taken out would have to come back: tests/stories/test_stock.py",
    "review.tell_queue": "more than a few would have to be held: tests/stories/test_desk.py has them",
    "evidence.ask": "a dispute would have to be answered: tests/stories/test_evidence.py does",
    "order_pages._shown": "a page inside WeChat would have to be opened: tests/bot/chats/wechat/test_pages.py does",
    "ending.carried_out reaching.missed": "an address would have to be lost in between: tests/stories/test_mail.py",
    "ending.put_off say._by_mail": "a chat would have to be silent: tests/stories/test_mail.py has one that is",
    "backups.claim": "a place for backups would have to be set: tests/mika/test_backups.py has one",
    "backups.back_up": "likewise",
    "backups.made": "likewise",
    "backups.failed": "likewise",
    "backups.copy_journal": "likewise",
    "backups.journal_failed": "likewise",
    "backups.tell_week": "likewise",
    "backups.hold": "likewise",
    "runner.give_back": "it would have to be told to end with rows in hand: tests/jobs/test_runner.py does so",
    "findings.take_round": "a doctor would have to be there: tests/jobs/test_doctor.py has one",
    "findings.looked": "likewise",
    "findings.give_up_round": "a whole process would have to end: tests/mika/test_running.py ends one",
    "findings.beat": "likewise; and /healthz would have to be asked: tests/web/test_health.py does",
    "doctor": "likewise",
    "heartbeat": "somebody who watches would have to be there: tests/mika/test_heartbeat.py has one",
    "rehearsals.ask staff_rehearsing.play": "a process beside would play it: tests/stories/test_rehearsing.py does",
    "rehearsal.play": "likewise",
    "ending.carried_out rehearsals.tell": "likewise",
    "customers.end_turn": "a handler would have to break: tests/bot/test_router.py does",
}

Act = Callable[[Play], Awaitable[None]]
ACTS: Mapping[str, Act] = {  # the first passes through most, and is all that the tiny size plays
    act.__name__: act
    for act in (
        crash_acts.rejected,
        crash_acts.bought,
        crash_acts.shared,
        crash_acts.made_by_hand,
        crash_acts.approved,
        crash_acts.answer_lost,
        crash_acts.late,
        crash_acts.too_late,
        crash_acts.short,
        crash_acts.short_for_good,
        crash_acts.too_much,
        crash_acts.cancelled,
        crash_acts.asked,
        crash_acts.restocked,
        crash_acts.discarded,
        crash_acts.never_told,
        crash_acts.recovered,
        crash_acts.transferred,
        crash_acts.forged,
        crash_acts.denied,
        crash_acts.matched,
        crash_acts.unmatched,
        crash_acts.kept,
        crash_acts.returned,
        crash_later.supplied,
        crash_later.supplied_too_late,
        crash_later.together,
        crash_later.waits,
        crash_later.swaps,
        crash_later.wanted,
        crash_later.kept_as_credit,
        crash_later.rather_money,
        crash_later.undecided,
        crash_later.unreviewed,
        crash_later.unmade,
        crash_later.refunded_by_hand,
        crash_later.refunded_as_credit,
        crash_later.replaced,
        crash_later.goodwill,
        crash_later.disputed,
        crash_later.somebody_elses,
        crash_later.unreachable,
        crash_later.unreachable_to_say,
        crash_staff.sold_by_hand,
        crash_staff.given_back,
        crash_staff.moved,
        crash_staff.repriced,
        crash_staff.taken_out,
        crash_staff.agreed,
        crash_staff.hired,
        crash_risk.delayed,
        crash_risk.rather_than_wait,
        crash_risk.released,
        crash_risk.doubted,
        crash_risk.disputed_meanwhile,
        crash_risk.back_meanwhile,
        crash_risk.rather_than_be_checked,
        crash_risk.let_through_by_the_clock,
        crash_risk.refused,
        crash_risk.ruled,
        crash_risk.linked,
        crash_risk.parted,
        crash_desk.spoken,
        crash_desk.noted,
        crash_desk.ended_by_staff,
        crash_desk.announced,
        crash_desk.switched,
        crash_desk.told_in_lists,
        crash_desk.edited,
        crash_desk.brought_in,
        crash_after.redeemed,
        crash_after.given_away,
        crash_after.waited_for,
        crash_asked.asked_and_taught,
        crash_asked.offered_and_picked,
        crash_asked.answers_written,
        crash_claims.claim_replaced,
        crash_claims.claim_refused_and_refunded,
        crash_claims.claim_forgotten,
        crash_wechat.called,
        crash_wechat.unheard,
        crash_mail.mailed,
        crash_mail.mail_returned,
        crash_moved.from_the_old_shop,
    )
}
OTHER_RULES: Mapping[str, Rules] = {
    crash_risk.let_through_by_the_clock.__name__: replace(RULES, review_default="deliver"),
    crash_mail.mailed.__name__: replace(RULES, reach=("chat", "email")),
    crash_mail.mail_returned.__name__: replace(RULES, reach=("chat", "email")),
}


def never_passed(passed: Iterable[str]) -> list[str]:
    """The points of the doors that are not among those `passed`, but for those in ELSEWHERE."""
    return sorted(there_are() - _named(passed) - set(ELSEWHERE))


def not_to_be_passed(passed: Iterable[str]) -> list[str]:
    """Those in ELSEWHERE that were passed all the same: an invariant did not hold for a while, or a handler broke."""
    return sorted(_named(passed) & set(ELSEWHERE))


def _named(passed: Iterable[str]) -> set[str]:
    return {point.removeprefix("before ").removeprefix("after ").removeprefix("commit ") for point in passed}


def there_are() -> set[str]:
    """The names of all the points of the doors, as a trace has them without "before", "after" and "commit"."""
    files = [file for pattern in DOORS for file in ROOT.glob(pattern)]
    return {name for file in files for name in _points_in(file)}


def _points_in(file: Path) -> Iterator[str]:
    module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "around":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))
        elif called in WRITES:
            at = WRITES[called]
            functions = [_function(arg, module) for arg in node.args[at:]]
            if functions and functions[0] is not None:
                more = [found for found in functions[1:] if found] if called == "write" else []
                yield str(Decision(functions[0], tuple(more), {}))


def _function(node: ast.expr, module: ModuleType) -> FunctionType | None:
    """The function of the shop that an argument names; None for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        found = getattr(vars(module).get(node.value.id), node.attr, None)
    else:
        found = vars(module).get(node.id) if isinstance(node, ast.Name) else None
    return found if isinstance(found, FunctionType) else None
