"""The words of dispatch (domain §1): how an order comes in, how it is served, what is counted and in which unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from concierge.basics.text import Text, _


class OrderChannel(StrEnum):
    """How a need comes in."""

    PHONE = "phone"
    PAGE = "page"
    REPORTER = "reporter"
    PLAN = "plan"

    @property
    def label(self) -> Text:
        """The channel's name for people."""
        return _CHANNELS[self]


_CHANNELS = {
    OrderChannel.PHONE: _("Hotline"),
    OrderChannel.PAGE: _("Own page"),
    OrderChannel.REPORTER: _("Village reporter"),
    OrderChannel.PLAN: _("Planned by the bureau"),
}


class ServiceMode(StrEnum):
    """How a need is answered (田间挂号问诊, 云端把脉会诊, 现场写方开药), or by a visiting team."""

    TEAM = "team"
    FIELD_CLINIC = "field_clinic"
    REMOTE_CONSULT = "remote_consult"
    ON_SITE_PRESCRIPTION = "on_site_prescription"

    @property
    def label(self) -> Text:
        """The mode's name for people."""
        return _MODES[self]


_MODES = {
    ServiceMode.TEAM: _("Visiting team"),
    ServiceMode.FIELD_CLINIC: _("Field clinic"),
    ServiceMode.REMOTE_CONSULT: _("Remote consultation"),
    ServiceMode.ON_SITE_PRESCRIPTION: _("Written advice on the spot"),
}


class ActivityKind(StrEnum):
    """What is done in the field. Each kind is counted in its own unit, and no two are ever added."""

    LESSON = "lesson"
    DEMONSTRATION = "demonstration"
    SEMINAR = "seminar"
    MENTORING = "mentoring"
    TRAINING = "training"
    CLINIC = "clinic"
    MATERIAL = "material"
    REMOTE = "remote"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KINDS[self][0]

    @property
    def unit(self) -> Text:
        """What its amount counts."""
        return _KINDS[self][1]


_KINDS = {
    ActivityKind.LESSON: (_("Lessons given"), _("periods")),
    ActivityKind.DEMONSTRATION: (_("Demonstration lessons"), _("sessions")),
    ActivityKind.SEMINAR: (_("Joint seminars"), _("sessions")),
    ActivityKind.MENTORING: (_("Clinical mentoring"), _("sessions")),
    ActivityKind.TRAINING: (_("Training given"), _("person-times")),
    ActivityKind.CLINIC: (_("Free clinic"), _("people served")),
    ActivityKind.MATERIAL: (_("Materials issued"), _("copies")),
    ActivityKind.REMOTE: (_("Remote assistance"), _("calls")),
}


class PlacementForm(StrEnum):
    """How somebody is sent away to learn."""

    VISIT = "visit"
    SHADOWING = "shadowing"

    @property
    def label(self) -> Text:
        """The form's name for people."""
        return _FORMS[self]


_FORMS = {PlacementForm.VISIT: _("Study visit"), PlacementForm.SHADOWING: _("Shadowing post")}


class CampaignPart(StrEnum):
    """The part a unit plays in a campaign (domain §1, element 14)."""

    LEAD = "lead"
    DOMAIN = "domain"
    SUPPORT = "support"
    PARTICIPANT = "participant"

    @property
    def label(self) -> Text:
        """The part's name for people."""
        return _PARTS[self]


_PARTS = {
    CampaignPart.LEAD: _("Leads the campaign"),
    CampaignPart.DOMAIN: _("Leads a field"),
    CampaignPart.SUPPORT: _("Supports"),
    CampaignPart.PARTICIPANT: _("Takes part"),
}


class MeetingKind(StrEnum):
    """The kinds of the campaign's meetings (动员会, 调度会, 推进会)."""

    MOBILISATION = "mobilisation"
    PROGRESS = "progress"
    PROMOTION = "promotion"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _MEETINGS[self]


_MEETINGS = {
    MeetingKind.MOBILISATION: _("Mobilisation meeting"),
    MeetingKind.PROGRESS: _("Progress meeting"),
    MeetingKind.PROMOTION: _("Promotion meeting"),
}


@dataclass(frozen=True)
class Done:
    """One thing done on an order: what, how much of it, and in which words."""

    kind: ActivityKind
    amount: int
    title: str = ""


DAYS_OF_A_MONTH = 22
"""So many days of service count as one month of grass-roots service: the working days of an ordinary month."""


def days_served(first: date, half_days: int) -> Iterator[tuple[date, int]]:
    """The days of a service that began on a day, each with its half days; days follow one another in the calendar."""
    for n in range((half_days + 1) // 2):
        yield first + timedelta(days=n), min(2, half_days - 2 * n)


@dataclass(frozen=True)
class Place:
    """Where a unit lies: in the country or in the seat of the district, its remoteness class, its township if known."""

    is_rural: bool
    remoteness: int
    township_id: int | None

    def is_away_from(self, home: "Place") -> bool:
        """Whether this place is surely outside the township somebody comes from."""
        if not home.is_rural:
            return self.is_rural
        return None not in (self.township_id, home.township_id) and self.township_id != home.township_id
