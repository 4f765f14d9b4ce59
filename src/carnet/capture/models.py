"""The tables of a store: entries, their text, what was redacted, and how far each chain has grown."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """A row of a hash chain: numbered without gaps, each holding the digest of the row before it.

    `layout` says which fields the digest covers and in which order, so that a column added by a later carnet
    leaves the digests of earlier rows as they are.
    """

    number = models.BigIntegerField(primary_key=True)
    by = models.TextField()
    by_name = models.TextField()
    role = models.TextField()
    at = models.DateTimeField()
    software = models.TextField()
    layout = models.SmallIntegerField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        abstract = True


class Entry(Link):
    """One value entered once, without its text: that stands in `Content`, and `content` is its digest.

    `by_name` is the name as printed at that time, `saved_with` the number of the first entry of the form
    saved in the same transaction, `software` the carnet that wrote it. `source` is "form" for what was typed
    here; what came from elsewhere names its kind, and `source_digest` the file.
    """

    saved_with = models.BigIntegerField()
    subject = models.TextField()
    visit = models.TextField()
    form = models.TextField()
    repeat = models.IntegerField()
    item = models.TextField()
    unit = models.TextField()
    status = models.TextField()
    language = models.TextField()
    form_version = models.TextField()
    protocol_version = models.TextField()
    source = models.TextField()
    source_digest = models.TextField()
    content = models.CharField(max_length=64)

    class Meta:
        indexes = (models.Index(fields=("subject", "visit", "form", "repeat"), name="capture_entry_form"),)


class Content(models.Model):
    """The text of an entry, and the salt that keeps the text from being guessed from its digest."""

    entry = models.OneToOneField(
        Entry, models.DO_NOTHING, primary_key=True, db_column="number", related_name="text"
    )
    salt = models.CharField(max_length=32)
    value = models.TextField(null=True)
    typed = models.TextField()
    reason = models.TextField()


class Redaction(Link):
    """The marker that the text of an entry was removed: by whom, when and why. A chain of its own."""

    entry = models.OneToOneField(Entry, models.DO_NOTHING, db_column="entry")
    reason = models.TextField()


class Head(models.Model):
    """The last number and digest of a chain: shows when rows are missing at its end; writers queue at it."""

    chain = models.CharField(max_length=20, primary_key=True)
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)
