"""The Django application: its guards are put up after every migration."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CaptureConfig(AppConfig):
    """The application that keeps the entries."""

    name = "carnet.capture"
    label = "capture"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take the guards of SQLite down before a migration rebuilds tables; put all up after any migration."""
        pre_migrate.connect(_lower, sender=self)
        post_migrate.connect(_raise, sender=self)


def _lower(using: str, **_: Any) -> None:
    from carnet.capture.guards import lower

    lower(using)


def _raise(using: str, **_: Any) -> None:
    from carnet.capture.guards import install

    install(using)
