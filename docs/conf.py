"""Sphinx: Markdown pages; those under reference/ are made by generate.py from the definitions."""

project = "carnet"
author = "The carnet authors"
copyright = author
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "A clinical trial from protocol to report", "fixed_sidebar": True}
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]
