"""The words of publicity and honours (domain §1, elements 50 and 51)."""

from enum import StrEnum

from concierge.basics.text import Text, _


class PressChannel(StrEnum):
    """Where an item is published."""

    NEWSPAPER = "newspaper"
    BROADCAST = "broadcast"
    NEW_MEDIA = "new_media"
    WEBSITE = "website"
    OUTDOORS = "outdoors"

    @property
    def label(self) -> Text:
        """The channel's name for people."""
        return _CHANNELS[self]


_CHANNELS = {
    PressChannel.NEWSPAPER: _("Newspaper"),
    PressChannel.BROADCAST: _("Radio and television"),
    PressChannel.NEW_MEDIA: _("New media"),
    PressChannel.WEBSITE: _("Website"),
    PressChannel.OUTDOORS: _("Posters and village loudspeakers"),
}


class HonourLevel(StrEnum):
    """Who gave an honour."""

    NATIONAL = "national"
    REGION = "region"
    CITY = "city"
    DISTRICT = "district"

    @property
    def label(self) -> Text:
        """The level's name for people."""
        return _LEVELS[self]


_LEVELS = {
    HonourLevel.NATIONAL: _("National honour"),
    HonourLevel.REGION: _("Honour of the province or region"),
    HonourLevel.CITY: _("Honour of the city"),
    HonourLevel.DISTRICT: _("Honour of the district"),
}
