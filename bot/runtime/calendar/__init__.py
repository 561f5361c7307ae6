"""A set's meetings for people's own calendars."""
