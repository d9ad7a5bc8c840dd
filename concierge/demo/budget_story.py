"""The budget year of the fictional district: lines opened in January, fitted to what is spent, closed at its end."""

from datetime import date, datetime, timedelta
from math import ceil
from random import Random

from sqlalchemy import func, select

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual
from concierge.db import transaction
from concierge.demo.scene import Scene, Story
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.services.budgets import (
    ADJUSTMENT,
    APPROPRIATION,
    add_line,
    confirm_movement,
    propose_movement,
)

WAN = 1_000_000  # fen
LINES = (
    ("01", Bilingual("人才安家补贴", "Settlement allowances"), ("HOUSING",), 30399, 1600),
    ("02", Bilingual("引进人才生活补贴", "Living allowances"), ("LIVING",), 30305, 420),
    ("03", Bilingual("基层岗位补贴", "Grass-roots post allowances"), ("POST",), 30305, 160),
    ("04", Bilingual("人才健康体检经费", "Health checks of talents"), ("HEALTH",), 30399, 60),
    ("05", Bilingual("人才服务保障经费", "Talent service funds"), (), 30399, 40),
)
LOW = "-02"
"""The line that is nearly used up: so much of its money is gone."""
GONE = 0.97
LEAST = 2 * WAN
FITTED_BEFORE = 1  # working days before the present
YEAR = 365


def begin_budgets(scene: Scene) -> None:
    """Put the lines of each year on the agenda, and the adjustment that fits the last year to its course."""
    scene.begin(scene.start + timedelta(days=5), _lines(scene))
    for year in range(local_date(scene.start, SHANGHAI).year, scene.today.year):
        scene.begin(datetime(year, 12, 17, 16, tzinfo=SHANGHAI), _fit(scene, Random(year)))
    scene.begin(scene.ago(FITTED_BEFORE), _fit(scene, scene.random))


def _lines(scene: Scene) -> Story:
    """The lines of each year; one person proposes their money, another confirms it."""
    with transaction(scene.db):
        groups = set(scene.db.execute(select(Policy.group)).scalars())
    for year in range(scene.day.year, scene.today.year + 1):
        if scene.day.year < year:
            yield scene.on(date(year, 1, 8))
        for number, name, wanted, economic, wan in LINES:
            document = f"望财预〔{year}〕{3 + int(number)}号"
            line_id = add_line(
                scene.db, actor=scene.cast["finance_maker"], now=scene.moment, year=year,
                number=f"{year}-2080116-{number}", name_zh=name.zh, name_en=name.en, unit_id=scene.units["finance"],
                document=document, function_class="2080116", economic_class=str(economic),
                policy_groups=[group for group in wanted if group in groups],
            )  # fmt: skip
            _move(scene, line_id, APPROPRIATION, wan * WAN, document)
        yield scene.later(1)


def _move(scene: Scene, line_id: int, kind: str, fen: int, basis: str) -> None:
    proposal = propose_movement(
        scene.db, actor=scene.cast["finance_maker"], now=scene.moment, line_id=line_id, kind=kind, amount_fen=fen,
        basis=basis,
    )  # fmt: skip
    confirm_movement(scene.db, actor=scene.cast["finance_checker"], now=scene.moment, proposal_id=proposal)


def _fit(scene: Scene, chance: Random) -> Story:
    """In the year's last adjustment each line keeps what its course asks for: execution then runs with the calendar."""
    passed = max(scene.day.timetuple().tm_yday / YEAR, 0.1)
    with transaction(scene.db):
        waiting = (
            select(func.coalesce(func.sum(PaymentItem.amount_fen), 0))
            .where(PaymentItem.budget_line_id == BudgetLine.id, PaymentItem.state == "pending")
            .scalar_subquery()
        )
        used = BudgetLine.reserved_fen + BudgetLine.spent_fen + waiting
        lines = scene.db.execute(
            select(BudgetLine.id, BudgetLine.number, BudgetLine.amount_fen, used.label("used"))
            .where(BudgetLine.year == scene.day.year)
            .order_by(BudgetLine.number)
        ).all()
    for line in lines:
        share = passed * chance.uniform(0.93, 1.02)
        if line.number.endswith(LOW) and scene.day.year == scene.today.year:
            share = GONE
        wanted = max(ceil(int(line.used) / share / WAN) * WAN, LEAST)
        if wanted < line.amount_fen:
            _move(
                scene, line.id, ADJUSTMENT, wanted - line.amount_fen, f"望财预调〔{scene.day.year}〕{line.number[-1]}号"
            )
    yield from ()
