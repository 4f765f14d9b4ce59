"""The vocabulary: what a source, an item, a form, a rule, an instrument and a dataset are."""
