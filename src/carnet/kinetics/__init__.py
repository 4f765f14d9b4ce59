"""Cells in blood over time: what the laboratory reported, which infusion it follows, and what it comes to."""
