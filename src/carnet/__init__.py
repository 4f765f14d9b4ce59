"""carnet: a clinical trial from protocol to report, in one language."""

__version__ = "0.1.0"
