"""Where files that people send are kept: a folder outside everything that is served."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible
class PaperStorage(FileSystemStorage):
    """A folder of the settings that no web server serves: files have no address, and none but ours reads them."""

    def __init__(self) -> None:
        super().__init__(base_url=None, file_permissions_mode=0o600)

    @property
    def base_location(self) -> str:
        """Return the folder."""
        return str(settings.ATTACHMENTS_ROOT)

    @property
    def location(self) -> str:
        """Return the folder as an absolute path."""
        return str(Path(self.base_location).resolve())

    def url(self, name: str | None) -> str:
        """Refuse: a view gives the file to those who may have it."""
        message = f"{name} has no address"
        raise ValueError(message)
