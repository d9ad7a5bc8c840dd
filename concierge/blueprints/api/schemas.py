"""The shapes of the API in JSON Schema, made from what things show, what filters read and what steps ask."""

from typing import Any

from concierge.basics.text import Text
from concierge.engine.asks import Field, FieldKind
from concierge.engine.declare import Step
from concierge.queries.statement import Standing
from concierge.queries.things.kinds import COMMON, CaseThing
from concierge.queries.things.rows import PlainThing
from concierge.queries.things.shown import LARGEST_NUMBER, LONGEST_WORD, Filter, Kind, Shown, columns_of
from concierge.rules.care import CATEGORIES, Channel
from concierge.rules.consultation import LONGEST_QUESTION
from concierge.rules.eligibility import Answer
from concierge.rules.lights import Light
from concierge.rules.packages import NEW_ARRIVAL, PACKAGES
from concierge.rules.talent import KINDS
from concierge.services.care import LONGEST_TEXT
from concierge.services.impact import Change
from concierge.services.manifests import MOST
from concierge.services.recognitions import LONGEST

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
IDENT: Schema = {"type": "string", "pattern": "^[0-7][0-9a-hjkmnp-tv-z]{12}$"}
NAME: Schema = {"type": "object", "properties": {"zh": TEXT, "en": TEXT}, "required": ["zh", "en"]}
OF_KIND: dict[Kind, Schema] = {
    Kind.ID: IDENT,
    Kind.TEXT: TEXT,
    Kind.NUMBER: {"type": "integer"},
    Kind.FEN: {"type": "integer", "description": "An amount in fen."},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.YES: {"type": "boolean"},
    Kind.NAME: NAME,
    Kind.LIST: {"type": "array", "items": TEXT},
    Kind.CHANGES: {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"field": TEXT, "old": {"description": "Null where there was nothing."}, "new": {}},
            "required": ["field", "old", "new"],
        },
    },
}


def shown_schema(shown: Shown) -> Schema:
    """The shape of one value."""
    plain = OF_KIND[shown.kind]
    return _or_null(plain) if shown.nullable else plain


def filter_schema(given: Filter) -> Schema:
    """What a filter may be given."""
    if given.words:
        return {"type": "string", "enum": list(given.words)}
    if given.kind is Kind.TEXT:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_WORD}
    if given.kind is Kind.NUMBER:
        return {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
    return OF_KIND[given.kind]


def an_object(**properties: Schema) -> Schema:
    """An object with all of these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def ref(name: str) -> Schema:
    """A shape that is described elsewhere."""
    return {"$ref": f"#/components/schemas/{name}"}


def shared() -> dict[str, Schema]:
    """The shapes that many answers share."""
    nullable = {"type": ["string", "null"]}
    code = {"type": "string", "description": "Stable; the text is for people and may change."}
    return {
        "Reason": an_object(code=code, text=TEXT, field=nullable),
        "Problem": an_object(
            type=TEXT,
            title=TEXT,
            status={"type": "integer"},
            detail=TEXT,
            instance=TEXT,
            reference={"type": "string", "description": "Quote it when you ask for help."},
            reasons={"type": "array", "items": ref("Reason")},
        ),
        "Step": an_object(
            name=TEXT, label=TEXT, allowed={"type": "boolean"}, reasons={"type": "array", "items": ref("Reason")}
        ),
        "Held": an_object(id=IDENT, reasons={"type": "array", "items": ref("Reason")}),
        "Moved": an_object(
            moved={"type": "array", "items": IDENT}, held={"type": "array", "items": ref("Held")}, manifest=IDENT
        ),
    }


def standings() -> dict[str, Schema]:
    """The shapes of an expert's statement and of what a draft would change."""
    name, fen, day = {"type": ["string", "null"]}, {"type": ["integer", "null"]}, _or_null(OF_KIND[Kind.DATE])
    condition = an_object(
        label=NAME,
        answer={"type": "string", "enum": [answer.value for answer in Answer]},
        decisive={"type": "boolean", "description": "Whether the outcome hangs on it."},
        fact=TEXT,
        value={"description": "What was known of the fact; null if nothing."},
        source=TEXT,
        as_of=day,
        next_on=day,
        article=NAME,
    )
    benefit = an_object(
        policy_id=IDENT,
        number=TEXT,
        name=NAME,
        standing={"type": "string", "enum": [standing.value for standing in Standing]},
        entitlement_id=_or_null(IDENT),
        state=name,
        **dict.fromkeys(("total_fen", "due_fen", "next_fen"), fen),
        **dict.fromkeys(("starts_on", "ends_on", "next_on", "opens_on", "lapsed_on"), day),
        excluded_by=_or_null(an_object(name=NAME, article=NAME)),
        less_for=_or_null(an_object(name=NAME, article=NAME, fen={"type": "integer"})),
        decided_at=_or_null(OF_KIND[Kind.INSTANT]),
        conditions={"type": "array", "items": condition},
    )
    whole = {"type": "integer"}
    touched = an_object(
        expert_id=IDENT,
        name=TEXT,
        change={"type": "string", "enum": [change.value for change in Change]},
        now_fen=fen,
        then_fen=fen,
    )
    year = an_object(year=whole, now_fen=whole, then_fen=whole, budget_lines={"type": "array", "items": NAME})
    impact = an_object(
        version_id=IDENT,
        seal={"type": "string", "description": "Over every row of the whole list; the publisher signs it."},
        counts=an_object(**{change.value: whole for change in Change}),
        difference_fen=whole,
        years={"type": "array", "items": year},
        items={"type": "array", "items": touched},
        next=_or_null(IDENT),
    )
    impact["properties"]["total"] = whole
    return {
        "Statement": an_object(expert_id=IDENT, items={"type": "array", "items": benefit}),
        "Impact": impact,
    }


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def case_schema(thing: CaseThing) -> Schema:
    """The shape of a case."""
    common = {shown.name: shown_schema(shown) for shown in columns_of(thing.model, COMMON)}
    common["state"] = {"type": "string", "enum": list(thing.flow.states)}
    detail = {shown.name: shown_schema(shown) for shown in thing.detail}
    return an_object(
        id=IDENT,
        **common,
        state_label=TEXT,
        light={"type": "string", "enum": [light.value for light in Light]},
        holder_name=TEXT,
        title=NAME,
        steps={"type": "array", "items": ref("Step")},
        **detail,
    )


def plain_schema(thing: PlainThing) -> Schema:
    """The shape of a row that is no case."""
    return an_object(id=IDENT, **{shown.name: shown_schema(shown) for shown in thing.fields})


def page_schema(one: str) -> Schema:
    """The shape of a list."""
    total = {"oneOf": [{"type": "integer"}, {"const": "1000+"}], "description": "With count=true only."}
    page = an_object(items={"type": "array", "items": ref(one)}, next=_or_null(IDENT))
    page["properties"]["total"] = total
    return page


def step_body(step: Step) -> Schema:
    """What a step with one case is sent."""
    version = {"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER}
    return _with_data(step, {"version": version}, ["version"])


def set_body(step: Step) -> Schema:
    """What a step with a set is sent: ids, or the manifest of an earlier set whose held rows are tried again."""
    ids = {"type": "array", "items": IDENT, "maxItems": MOST}
    one_of_two = [{"required": ["ids"], "not": {"required": ["manifest"]}}]
    one_of_two.append({"required": ["manifest"], "not": {"required": ["ids"]}})
    return _with_data(step, {"ids": ids, "manifest": IDENT}, []) | {"oneOf": one_of_two}


def _with_data(step: Step, properties: dict[str, Schema], required: list[str]) -> Schema:
    fields = step.ask.fields if step.ask is not None else ()
    needed = [field.name for field in fields if field.required]
    data: Schema = {"type": "object", "properties": {field.name: field_schema(field) for field in fields}}
    if needed:
        data["required"] = needed
        required = [*required, "data"]
    body: Schema = {"type": "object", "properties": properties | {"data": data}}
    return body | {"required": required} if required else body


def field_schema(field: Field) -> Schema:
    """What one field of a step may be given."""
    least = {"minimum": field.least or 0} | ({"maximum": field.most} if field.most is not None else {"maximum": 10**13})
    made: Schema
    match field.kind:
        case FieldKind.MONEY:
            made = {"type": "integer", **least}
        case FieldKind.NUMBER:
            made = {"type": "integer", **least}
        case FieldKind.CHOICE:
            made = {"type": "string", "enum": [value for value, _label in field.choices]}
        case FieldKind.YES:
            made = {"type": "boolean"}
        case FieldKind.DATE:
            made = {"type": "string", "format": "date"}
        case FieldKind.RECORD:
            made = dict(IDENT)
        case _:
            made = {"type": "string", "maxLength": field.longest} | ({"minLength": 1} if field.required else {})
    return made | {"description": english(field.label) + (f". {english(field.hint)}" if field.hint else "")}


def english(text: Text) -> str:
    """A text as the document says it, whoever reads."""
    return text.in_language("en")


CLAIM_BODY = an_object(entitlement_id=IDENT)
CARE_BODY: Schema = {
    "type": "object",
    "properties": {
        "expert_id": {**IDENT, "description": "Needed unless the expert himself asks."},
        "category": {"type": "string", "enum": list(CATEGORIES)},
        "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
        "channel": {"type": "string", "enum": [channel.value for channel in Channel], "default": "phone"},
        "urgent": {"type": "boolean"},
        "promised_days": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000},
        "private_note": {"type": "string", "maxLength": 2000, "description": "Sealed; for the specialist alone."},
        "authorisation": {"type": "string", "maxLength": 500},
        "guardian_consent": {"type": "boolean"},
        "care_consent": {"type": "boolean", "description": "The separate consent that a private note needs."},
    },
    "required": ["category", "text"],
}
RECOGNITION_BODY: Schema = {
    "type": "object",
    "properties": {
        "expert_id": {**IDENT, "description": "Needed unless the expert himself applies."},
        "category_id": {**IDENT, "description": "A category of a scheme in force."},
        "grounds": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "recruitment": {"type": "string", "enum": [kind.code for kind in KINDS], "default": KINDS[0].code},
        "authorisation": {"type": "string", "maxLength": 500, "description": "How the expert asked for it."},
    },
    "required": ["category_id", "grounds"],
}
PACKAGE_BODY: Schema = {
    "type": "object",
    "properties": {
        "expert_id": {**IDENT, "description": "Needed unless the expert himself asks."},
        "package": {"type": "string", "enum": list(PACKAGES), "default": NEW_ARRIVAL.code},
        "policies": {"type": "array", "items": {"type": "string", "enum": list(NEW_ARRIVAL.policies)}, "minItems": 1},
        "category_id": {**IDENT, "description": "To be recognised first, a category of a scheme in force."},
        "grounds": {"type": "string", "maxLength": LONGEST},
        "recruitment": {"type": "string", "enum": [kind.code for kind in KINDS], "default": KINDS[0].code},
        "authorisation": {"type": "string", "maxLength": 500, "description": "How the expert asked for it."},
    },
    "required": ["policies"],
}
QUESTION_BODY: Schema = {
    "type": "object",
    "properties": {
        "expert_id": {**IDENT, "description": "For a specialist: whose question it is."},
        "question": {"type": "string", "minLength": 1, "maxLength": LONGEST_QUESTION},
        "channel": {"type": "string", "enum": ["phone", "visit"], "default": "phone"},
        "pressing": {"type": "boolean", "description": "A decision hangs on it: one working day."},
        "promised_days": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
    },
    "required": ["question"],
}
