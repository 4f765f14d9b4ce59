"""The first tables: entries and their text, redactions, and the heads of both chains."""

from typing import Any, ClassVar

from django.db import migrations, models

LINK = (
    ("number", models.BigIntegerField(primary_key=True, serialize=False)),
    ("by", models.TextField()),
    ("by_name", models.TextField()),
    ("role", models.TextField()),
    ("at", models.DateTimeField()),
    ("software", models.TextField()),
    ("layout", models.SmallIntegerField()),
    ("previous", models.CharField(max_length=64)),
    ("hash", models.CharField(max_length=64)),
)
"""What a row of either chain has."""


def begin(apps: Any, editor: Any) -> None:
    """Begin both chains, with the digest that stands before the first row."""
    heads = apps.get_model("capture", "Head").objects.using(editor.connection.alias)
    for chain in ("entry", "redaction"):
        heads.create(chain=chain, number=0, hash="0" * 64)


class Migration(migrations.Migration):
    """An empty store."""

    initial = True
    dependencies: ClassVar[list[Any]] = []
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            "Entry",
            [
                *LINK,
                ("saved_with", models.BigIntegerField()),
                ("subject", models.TextField()),
                ("visit", models.TextField()),
                ("form", models.TextField()),
                ("repeat", models.IntegerField()),
                ("item", models.TextField()),
                ("unit", models.TextField()),
                ("status", models.TextField()),
                ("language", models.TextField()),
                ("form_version", models.TextField()),
                ("protocol_version", models.TextField()),
                ("source", models.TextField()),
                ("source_digest", models.TextField()),
                ("content", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "visit", "form", "repeat"], name="capture_entry_form")
                ],
            },
        ),
        migrations.CreateModel(
            "Content",
            [
                (
                    "entry",
                    models.OneToOneField(
                        "capture.entry",
                        models.DO_NOTHING,
                        primary_key=True,
                        serialize=False,
                        db_column="number",
                        related_name="text",
                    ),
                ),
                ("salt", models.CharField(max_length=32)),
                ("value", models.TextField(null=True)),
                ("typed", models.TextField()),
                ("reason", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            "Redaction",
            [
                *((name, field.clone()) for name, field in LINK),
                ("entry", models.OneToOneField("capture.entry", models.DO_NOTHING, db_column="entry")),
                ("reason", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            "Head",
            [
                ("chain", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
