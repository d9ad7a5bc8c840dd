"""What programs may do in a day's care beside steps: contacts, words, sheets, appeals, an absence that ends early."""

from datetime import date

from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT
from concierge.blueprints.api.standing_in import AWAY, GIVERS
from concierge.queries.things.plain import PLAIN
from concierge.rules.cadence import Contact
from concierge.rules.roles import Role
from concierge.rules.supervision import Colour
from concierge.services import comments, contacts, ratings
from concierge.services.absences import end_absence
from concierge.services.supervision_sheets import LONGEST as LONGEST_ASKED
from concierge.services.supervision_sheets import issue_sheet
from concierge.web.doors import door
from concierge.workflows.supervision_sheet import SUPERVISING

AUDIENCES = (comments.INTERNAL, comments.FOR_EXPERT)
RATED = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.HR, Role.SECTOR, Role.UNIT_LIAISON)
LONGEST = 1000
_WRITERS = tuple(sorted(next(thing.roles for thing in PLAIN if thing.name == "comments")))


def _contact(_new: int, body: Body) -> int:
    expert_id, way = body.ident("expert_id", required=True) or 0, body.one_of("way", tuple(Contact))
    on = body.day("on", required=True) or date.min
    said = {name: body.text(name, longest=contacts.LONGEST) for name in ("words", "wish")}
    body.check()
    touch = contacts.Touch(person_id=expert_id, way=way, on=on, **said)
    return contacts.record_contact(door.session, actor=door.actor, now=door.now, touch=touch, key=sent_key())


def _comment(_new: int, body: Body) -> int:
    case_id, said = body.ident("case_id", required=True) or 0, body.text("text", required=True)
    audience = body.one_of("audience", AUDIENCES, default=comments.INTERNAL)
    body.check()
    return comments.comment(
        door.session, actor=door.actor, now=door.now, case_id=case_id, text=said, audience=audience, key=sent_key()
    )  # fmt: skip


def _sheet(_new: int, body: Body) -> int:
    case_id, colour = body.ident("case_id", required=True) or 0, body.one_of("colour", tuple(Colour))
    asked = body.text("asked", required=True, longest=LONGEST_ASKED)
    body.check()
    return issue_sheet(
        door.session, actor=door.actor, now=door.now, case_id=case_id, colour=colour, asked=asked, key=sent_key()
    )  # fmt: skip


def _appeal(rating_id: int, body: Body) -> int:
    reason = body.text("reason", required=True, longest=LONGEST)
    body.check()
    ratings.appeal_rating(door.session, actor=door.actor, now=door.now, rating_id=rating_id, reason=reason)
    return rating_id


def _decide(rating_id: int, body: Body) -> int:
    accepted, said = body.yes("is_accepted", required=True), body.text("decision", required=True, longest=LONGEST)
    body.check()
    ratings.decide_appeal(
        door.session, actor=door.actor, now=door.now, rating_id=rating_id, accepted=accepted, decision=said
    )  # fmt: skip
    return rating_id


def _end_absence(absence_id: int, _body: Body) -> int:
    end_absence(door.session, actor=door.actor, now=door.now, absence_id=absence_id)
    return absence_id


DAILY = (
    ApiAct(
        "contacts", "", GIVERS, "Write down a call, a visit or a message", _contact,
        a_body(
            "expert_id way on",
            expert_id=IDENT,
            way={"type": "string", "enum": [way.value for way in Contact]},
            on=DAY,
            words=words(contacts.LONGEST, "No health or family details.", least=0),
            wish=words(contacts.LONGEST, "What the expert asked for.", least=0),
        ),
        keyed=True,
    ),
    ApiAct(
        "comments", "", _WRITERS, "Write on a case, for colleagues or for the expert", _comment,
        a_body(
            "case_id text",
            case_id=IDENT,
            text=words(comments.LONGEST),
            audience={"type": "string", "enum": list(AUDIENCES), "default": comments.INTERNAL},
        ),
        keyed=True,
    ),
    ApiAct(
        "supervision-sheets", "", SUPERVISING, "Issue a sheet about a case to the unit that has it", _sheet,
        a_body(
            "case_id colour asked",
            case_id=IDENT,
            colour={"type": "string", "enum": [colour.value for colour in Colour]},
            asked=words(LONGEST_ASKED),
        ),
        keyed=True,
    ),
    ApiAct(
        "ratings", "appeal", RATED, "Say why a rating of oneself is mistaken", _appeal,
        a_body("reason", reason=words(LONGEST)),
    ),
    ApiAct(
        "ratings", "decision", ratings.DECIDERS, "Decide an appeal of somebody else", _decide,
        a_body("is_accepted decision", is_accepted={"type": "boolean"}, decision=words(LONGEST)),
    ),
    ApiAct("absences", "end", AWAY, "End an absence before its last day", _end_absence),
)  # fmt: skip
