"""Where entries are kept: appended, chained, never changed. Importing it loads no Django."""
