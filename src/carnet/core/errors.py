"""Errors that a user can put right: their text says where, what and the way out."""


class CarnetError(Exception):
    """Base of every error that carnet raises on purpose; faces print its text and exit with 2."""


class InputError(CarnetError):
    """A value, a column or a file that cannot be read as what it should be."""


class FontError(InputError):
    """A text for which no font is at hand."""


class DefinitionError(CarnetError):
    """A study, instrument, rule or parameter that is not defined as it must be."""
