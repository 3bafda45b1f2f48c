"""``manage.py payment_files``: the files of a batch, for the bank."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from commissions.models import PaymentFile, PayoutBatch
from commissions.providers.files import media_type
from commissions.services.payment_files import hand_out_file
from prm.actors import OPERATOR
from prm.errors import DomainError

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Writes the payment files of a submitted batch; they are the same each time."""

    help = "Write the payment files (pain.001, CSV) of a submitted batch; they hold whole account numbers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("batch", type=int, metavar="BATCH", help="number of the batch")
        parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder to write into")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write each file so that its owner alone can read it, and print its name."""
        batch = PayoutBatch.objects.filter(number=options["batch"]).first()
        if batch is None:
            raise CommandError(f"There is no batch {options['batch']}.")
        folder = Path(options["output"])
        folder.mkdir(parents=True, exist_ok=True)
        files = PaymentFile.objects.filter(batch=batch).order_by("pk")
        if not files:
            raise CommandError(f"Batch {batch} has no files: submit it first.")
        for file in files:
            try:
                with translation.override("en"):
                    content = hand_out_file(file=file, actor=OPERATOR, now=timezone.now())
            except DomainError as refusal:
                raise CommandError(str(refusal.sentence)) from refusal
            name = f"{file.message_id}.{media_type(file)[1]}"
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as output:
                output.write(content)
            self.stdout.write(name)
