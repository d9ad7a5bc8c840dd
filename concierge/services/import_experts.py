"""Import of experts: a row is a person; empty cells leave what is known as it is (domain §6.4)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.rules.roles import Role
from concierge.rules.sheets import Column, FileRow
from concierge.services.import_journal import Journal
from concierge.services.import_known import Known, known_people
from concierge.services.import_people import OfPeople
from concierge.services.import_plans import Applied, Plan, RowClass, Setting
from concierge.services.import_updates import compare, write_changes
from concierge.services.intake import clean_person
from concierge.services.people import changed, renew_search_keys, surroundings
from concierge.services.person_rows import NewPerson, add_people
from concierge.services.privacy import person_index

COLUMNS = (
    Column("full_name", "姓名", _("Name"), needed=True, example="沈知远"),
    Column("id_kind", "证件类型", _("Kind of document"), example="居民身份证"),
    Column("id_number", "证件号码", _("ID number"), ("身份证号", "身份证号码"), True, True, "999901198503140216"),
    Column("phone", "手机", _("Phone"), ("手机号", "联系电话", "手机号码"), example="19900000001"),
    Column("email", "邮箱", _("Mail"), ("电子邮箱",), example="name@example.cn"),
    Column("category", "人才类别", _("Category"), ("类别",), example="D"),
    Column("kind", "引进方式", _("Kind of recruitment"), example="全职引进"),
    Column("certificate", "证书编号", _("Certificate"), ("人才证编号",), example="望人才证〔2026〕0001号"),
    Column("valid_from", "有效期起", _("Valid from"), ("认定日期",), example="2026-01-01"),
    Column("valid_to", "有效期止", _("Valid to"), ("有效期至",), example="2028-12-31"),
    Column("employer", "工作单位", _("Employer"), ("用人单位", "单位"), example="望川区人民医院"),
    Column("post_zh", "岗位", _("Post"), ("职务", "岗位名称"), example="主任医师"),
    Column("starts_on", "入职日期", _("In post since"), ("到岗日期", "入职时间"), example="2025-03-01"),
    Column("contract_months", "合同月数", _("Contract months"), ("合同期限月",), example="60"),
    Column("is_formal", "是否在编", _("Formal post"), ("在编",), example="是"),
    Column("degree", "学历", _("Degree"), ("学位", "最高学历"), example="博士"),
    Column("title", "职称", _("Professional title"), example="正高级"),
    Column("specialist", "服务专员", _("Talent service specialist"), ("专员",), example="周予安"),
    Column("bank_name", "开户行", _("Bank"), ("开户银行",), example="望川农村商业银行"),
    Column("branch_code", "联行号", _("Bank branch code"), is_number=True, example="999010000017"),
    Column("account", "账号", _("Bank account"), ("银行账号", "银行卡号", "卡号"), False, True, "9999990000000000014"),
    Column("preference", "联系偏好", _("How to reach"), example="工作日上午联系"),
)


class Experts(OfPeople):
    """The importer of experts."""

    kind = "experts"
    title = _("Experts")
    columns = COLUMNS
    roles = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every row; a person twice in one file is a conflict."""
        around = surroundings(setting.session, setting.actor, setting.now)
        plans = [_checked(row, around, setting) for row in rows]
        clean = [plan for plan in plans if plan.clean is not None]
        indexes = {id(plan): person_index(setting.keys, plan.clean.id_number) for plan in clean}
        known = known_people(setting, set(indexes.values()))
        seen: set[str] = set()
        for plan in clean:
            index = indexes[id(plan)]
            if index in seen:
                plan.clash("twice_in_file", _("This person stands in the file twice"), "id_number")
            elif index in known:
                _class_known(setting, plan, known[index])
            seen.add(index)
        return plans

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Register the new people in one go, then change the known ones one by one."""
        fresh = [plan for plan in plans if plan.status is RowClass.NEW]
        ids = add_people(
            setting.session, [p.clean for p in fresh], actor=setting.actor, now=setting.now, keys=setting.keys
        )
        done = [Applied(p.row.number, i, 1, 1, [], True) for p, i in zip(fresh, ids, strict=True)]
        moved = [plan for plan in plans if plan.status is RowClass.CHANGED]
        known = known_people(setting, {person_index(setting.keys, plan.clean.id_number) for plan in moved})
        by_id = {person.id: person for person in known.values()}
        for plan in moved:
            assert plan.subject_id is not None
            done.append(_change(setting, plan, by_id[plan.subject_id]))
        return done


def _checked(row: FileRow, around: Any, setting: Setting) -> Plan:
    """A row with a clean person, or with everything that is wrong in it."""
    try:
        person = clean_person({**row.given, "source": "import"}, around)
    except Invalid as wrong:
        told = {cell.reason.field for cell in row.wrong}
        for reason in wrong.reasons:
            if reason.field not in told:
                row.refuse(reason)
        return Plan(row, RowClass.INVALID)
    if row.wrong:
        return Plan(row, RowClass.INVALID)
    own = setting.actor.has(Role.SPECIALIST) and not setting.actor.has(Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
    if own and person.specialist_id is None:
        person = replace(person, specialist_id=setting.actor.duty)
    return Plan(row, RowClass.NEW, clean=person)


def _class_known(setting: Setting, plan: Plan, known: Known) -> None:
    person: NewPerson = plan.clean
    if not known.visible:
        text = _("This person is already known to the district; ask your lead")
        plan.clash("known_to_district", text, "id_number")
        return
    plan.subject_id = known.id
    if person.full_name != known.full_name:
        text = _("This ID number belongs to another name here: %(name)s", name=known.full_name)
        plan.clash("other_name", text, "full_name")
        return
    plan.changes = compare(setting, plan, known)
    if plan.status is RowClass.NEW:
        plan.status = RowClass.CHANGED if plan.changes else RowClass.SAME


def _change(setting: Setting, plan: Plan, known: Known) -> Applied:
    journal = Journal(setting.session, setting.actor.district_id)
    write_changes(setting, journal, plan.clean, plan.row.given, known)
    names = sorted(plan.changes)
    changed(setting.session, setting.actor, setting.now, known.id, "import-person", fields=names)
    renew_search_keys(setting.session, setting.actor, known.id)
    return Applied(plan.row.number, known.id, known.version + 1, known.revision + 1, journal.lines, False)
