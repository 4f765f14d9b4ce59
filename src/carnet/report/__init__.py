"""From results to a report that a person reads."""

from carnet.report.document import headlines, render, sections, titles
from carnet.report.listings import listings
from carnet.report.monitoring import alerts

__all__ = ["alerts", "headlines", "listings", "render", "sections", "titles"]
