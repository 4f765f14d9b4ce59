"""Tables in and out of files, in the formats that sites, statisticians and regulators use."""

from carnet.exchange.tables import read, write

__all__ = ["read", "write"]
