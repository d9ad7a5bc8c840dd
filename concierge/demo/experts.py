"""The experts of the fictional district: who they are, what they can prove, where they work and are paid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from concierge.demo.places import Place, employers
from concierge.demo.words import BANKS, FOREIGN, NATIONAL, RARE, Words
from concierge.services.person_rows import NewAccount, NewFact, NewPerson, NewPost, NewRelative, NewStatus

CATEGORIES = "ABCDEF"
CATEGORY_WEIGHTS = (4, 12, 60, 220, 350, 354)
DEGREE_OF = {"A": "phd", "B": "phd", "C": "phd", "D": "phd", "E": "master", "F": "bachelor"}
TITLE_OF = {"A": "senior", "B": "senior", "C": "senior", "D": "senior", "E": "associate", "F": "intermediate"}
FIELD_WEIGHTS = {"health": 36, "education": 34, "agriculture": 20, "industry": 10}
WORK = {
    "health": (
        ("主任医师", "Chief physician"),
        ("副主任医师", "Associate chief physician"),
        ("主治医师", "Attending physician"),
        ("主管护师", "Senior nurse"),
        ("影像诊断医师", "Radiologist"),
        ("儿科医师", "Paediatrician"),
    ),
    "education": (
        ("高级教师", "Senior teacher"),
        ("一级教师", "First-grade teacher"),
        ("数学教师", "Teacher of mathematics"),
        ("语文教师", "Teacher of Chinese"),
        ("物理教师", "Teacher of physics"),
        ("教研员", "Teaching researcher"),
    ),
    "agriculture": (
        ("推广研究员", "Extension researcher"),
        ("高级农艺师", "Senior agronomist"),
        ("农艺师", "Agronomist"),
        ("高级兽医师", "Senior veterinarian"),
        ("畜牧师", "Livestock specialist"),
        ("植保技术员", "Plant protection officer"),
    ),
    "industry": (
        ("首席工程师", "Chief engineer"),
        ("高级工程师", "Senior engineer"),
        ("工程师", "Engineer"),
        ("研发主管", "Head of development"),
        ("工艺工程师", "Process engineer"),
        ("质量工程师", "Quality engineer"),
    ),
}
PREFERENCES = ("", "", "", "工作日上午联系", "请先发短信再打电话", "希望用邮件收通知", "轮班，下午联系")


@dataclass(frozen=True)
class Expert:
    """One expert before he is registered. `known_from` is the day on which the district learns of him."""

    person: NewPerson
    place: Place
    known_from: date
    spouse_of: int | None = None


@dataclass
class ExpertMaker:
    """Draws experts one after another; the same seed draws the same ones."""

    random: Random
    today: date
    earliest: date
    units: Mapping[str, int]
    specialists: Sequence[int]
    words: Words = field(init=False)

    def __post_init__(self) -> None:
        self.words = Words(self.random)
        self._places = {name: [p for p in employers() if p.field == name] for name in FIELD_WEIGHTS}

    def draw(self, count: int) -> Iterator[Expert]:
        """This many experts; every twentieth pair of neighbours is a couple."""
        couple: int | None = None
        for n in range(count):
            expert = self._one(n)
            if n % 40 == 13:
                couple = n
            elif couple is not None:
                expert, couple = self._married(expert, couple), None
            yield expert

    def _one(self, n: int) -> Expert:
        random = self.random
        category = "D" if n == 0 else random.choices(CATEGORIES, CATEGORY_WEIGHTS)[0]
        work = "health" if n == 0 else random.choices(list(FIELD_WEIGHTS), list(FIELD_WEIGHTS.values()))[0]
        place = self._places["health"][0] if n == 0 else random.choice(self._places[work])
        is_male = random.random() < 0.5
        birth = self.words.birth(*self._born(category))
        hired = self._hired(n)
        name = self._name(n, is_male)
        foreign = name in FOREIGN
        person = NewPerson(
            full_name=name,
            id_number=self.words.passport() if foreign else self.words.id_number(birth, is_male=is_male),
            id_kind="passport" if foreign else "demo",
            birth_on=birth,
            is_male=is_male,
            phone=self.words.phone(),
            email=f"expert{n + 1}@wangchuan.example" if random.random() < 0.6 else "",
            preference=random.choice(PREFERENCES),
            specialist_id=self.specialists[n % len(self.specialists)],
            deputy_id=self.specialists[(n + 1) % len(self.specialists)],
            status=self._status(n, category, hired),
            posts=self._posts(category, place, work, hired),
            facts=self._facts(n, category, hired),
            relatives=self._relatives(n, birth),
            account=self._account(n, name),
        )
        return Expert(person, place, max(hired, self.earliest))

    def _born(self, category: str) -> tuple[int, int]:
        return {"A": (1960, 1968), "B": (1964, 1975), "C": (1968, 1980)}.get(category, (1975, 1998))

    def _hired(self, n: int) -> date:
        """Two thirds since 2025, because the present policies are for them."""
        first, last = (date(2025, 1, 6), self.today - timedelta(days=20))
        if n < 10:
            last = date(2025, 6, 20)  # those with log-ins have a whole year behind them
        elif n % 3 == 2:
            first, last = date(2019, 7, 1), date(2024, 12, 20)
        return first + timedelta(days=self.random.randrange((last - first).days))

    def _name(self, n: int, is_male: bool) -> str:
        if n == 0:
            return "沈知远"
        for every, first, names in ((17, 5, NATIONAL), (61, 20, RARE), (97, 31, FOREIGN)):
            if n % every == first and n // every < len(names):
                return names[n // every]
        return self.words.name(is_male=is_male)

    def _status(self, n: int, category: str, hired: date) -> NewStatus:
        recognised = max(hired, date(2024, 9, 1)) + timedelta(days=self.random.randrange(5, 40))
        recognised = min(recognised, self.today - timedelta(days=3))
        kinds = ("full_time", "home_grown", "flexible", "dispatched")
        kind = "full_time" if n == 0 else self.random.choices(kinds, (70, 16, 8, 6))[0]
        years = 5 if category in "ABC" else 3
        return NewStatus(
            category=category,
            kind=kind,
            certificate=f"望人才证〔{recognised.year}〕{n + 1:04d}号",
            valid_from=recognised,
            valid_to=date(recognised.year + years, recognised.month, min(recognised.day, 28)),
        )

    def _posts(self, category: str, place: Place, work: str, hired: date) -> tuple[NewPost, ...]:
        titles = WORK[work]
        zh, en = titles[min(CATEGORIES.index(category) // 2, 2) + 3 * (self.random.random() < 0.3)]
        months = self.random.choices((60, 36, 72, 24), (70, 15, 10, 5))[0]
        post = NewPost(
            employer_id=self.units[place.code],
            post_zh=zh,
            post_en=en,
            starts_on=hired,
            contract_months=months,
            is_formal=self.random.random() < 0.85,
        )
        if self.random.random() < 0.06:
            left = self.today - timedelta(days=self.random.randrange(10, 200))
            return (replace(post, ends_on=max(left, hired)),)
        return (post,)

    def _facts(self, n: int, category: str, hired: date) -> tuple[NewFact, ...]:
        random, found = self.random, []
        day = max(hired, date(2025, 1, 10))
        degree = DEGREE_OF[category] if random.random() < 0.8 else "master"
        if n == 0 or random.random() < 0.95:
            found.append(NewFact(name="degree", value=degree, source="expert", proof="学历学位证书", as_of=hired))
        found.append(NewFact(name="title", value=TITLE_OF[category], source="hr_bureau", proof="职称证书", as_of=hired))
        if n == 0 or random.random() < 0.9:
            insured = n == 0 or random.random() < 0.94
            found.append(NewFact(name="insured", value=insured, source="hr_bureau", proof="参保记录", as_of=day))
        if degree == "bachelor":
            shortage = random.random() < 0.6
            found.append(NewFact(name="shortage_major", value=shortage, source="hr_bureau", as_of=day))
        found.append(NewFact(name="assessment", value=self._assessed(), source="employer", as_of=date(2026, 1, 15)))
        if random.random() < 0.04:
            found.append(NewFact(name="away_over_30_days", value=True, source="employer", as_of=date(2026, 6, 1)))
        if random.random() < 0.02:
            found.append(NewFact(name="credit_flagged", value=True, source="import", as_of=date(2026, 5, 1)))
        return tuple(found)

    def _assessed(self) -> str:
        return self.random.choices(("excellent", "pass", "basic", "fail"), (18, 78, 3, 1))[0]

    def _relatives(self, n: int, birth: date) -> tuple[NewRelative, ...]:
        random, found = self.random, []
        if n != 0 and random.random() < 0.5:
            return ()
        found.append(NewRelative(relation="spouse", name=self.words.name(is_male=random.random() < 0.5)))
        if birth.year < 1992 and random.random() < 0.7:
            born = date(random.randint(max(birth.year + 24, 2006), 2022), random.randint(1, 12), random.randint(1, 28))
            consent = datetime.fromisoformat("2026-04-20T10:00:00+08:00") if random.random() < 0.5 else None
            name = self.words.name(is_male=random.random() < 0.5)
            found.append(NewRelative(relation="child", name=name, birth_on=born, guardian_consent_at=consent))
        return tuple(found)

    def _account(self, n: int, name: str) -> NewAccount | None:
        bank, branch = self.random.choice(BANKS)
        if n > 2 and self.random.random() < 0.1:
            return None
        return NewAccount(holder_name=name, bank_name=bank, branch_code=branch, number=self.words.card())

    def _married(self, expert: Expert, spouse_n: int) -> Expert:
        """The second of a couple: his household is joined with the first one's when both are registered."""
        own = tuple(r for r in expert.person.relatives if r.relation != "spouse")
        return replace(expert, person=replace(expert.person, relatives=own), spouse_of=spouse_n)
