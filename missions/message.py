"""A MAVLink message as a value."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A MAVLink message as data: comparable in tests, encodable by a link."""

    name: str
    fields: dict[str, object] = field(default_factory=dict)
    sysid: int = 0
    """Sender; 0 for messages of our own."""
    compid: int = 0

    def number(self, name: str) -> float:
        """Return a numeric field."""
        value = self.fields[name]
        if not isinstance(value, int | float):
            raise TypeError(f"{self.name}.{name} is {type(value).__name__}, not a number")
        return value

    def integer(self, name: str) -> int:
        """Return a numeric field that holds a whole number."""
        return int(self.number(name))

    def text(self, name: str) -> str:
        """Return a text field without its padding."""
        return str(self.fields[name]).rstrip("\x00")
