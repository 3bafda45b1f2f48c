"""The import page: check first, confirm after; only for administrators, nobody else's upload, no trap in a zip."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from deals.models import Subscription
from partners.models import Tier
from prm.interchange import archives
from prm.interchange.staged import EXPIRES_AFTER
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.folders import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

ADDRESS = "/manage/import/"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    """Give each test a folder of its own."""
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.signed_in("admin")


def zipped(files: Mapping[str, str | bytes], compresslevel: int = 1) -> bytes:
    """Return a zip of ``files``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=compresslevel) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send(client: Client, *uploads: tuple[str, bytes]) -> tuple[int, str, str]:
    """Upload and return (status, address that follows, page)."""
    files = [SimpleUploadedFile(name, content) for name, content in uploads]
    response = client.post(ADDRESS, {"upload": files})
    return response.status_code, response.headers.get("Location", ""), response.content.decode()


def test_a_zip_is_checked_and_loaded_on_confirmation(client: Client, var: Path) -> None:
    status, review, _page = send(client, ("program.zip", zipped({f"program/{k}": v for k, v in FOLDER.items()})))
    assert status == 302
    assert not Subscription.objects.exists()
    (kept,) = (var / "imports").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600

    page = client.get(review).content.decode()
    assert "All rows are right. Nothing is loaded yet." in page
    assert "Load all of it" in page
    assert "registrations.csv" in page
    assert not Subscription.objects.exists()

    response = client.post(review, follow=True)
    assert Subscription.objects.count() == 1
    # Three settings, and a tier of the cast, are there already.
    lines = sum(text.count("\n") - 1 for text in FOLDER.values())
    assert f"Loaded: {lines - 4} new, 4 changed, 0 the same." in response.content.decode()
    event = AuditEvent.objects.get(action="csv.load")
    assert (event.channel, event.user_id) == ("console", int(client.session["_auth_user_id"]))
    assert list((var / "imports").iterdir()) == []

    assert client.post(review, follow=True).redirect_chain == [(ADDRESS, 302)]


def test_several_files_are_a_folder_too(client: Client) -> None:
    _status, review, _page = send(client, *((name, text.encode()) for name, text in FOLDER.items()))
    client.post(review)
    assert Subscription.objects.count() == 1
    _status, review, _page = send(client, *((name, text.encode()) for name, text in FOLDER.items()))
    page = client.get(review).content.decode()
    assert "All rows are stored as they are: there is nothing to load." in page
    assert "Load all of it" not in page


def test_what_is_wrong_is_a_table_and_a_file_and_cannot_be_loaded(client: Client) -> None:
    bad = b"code,name,rank\nsilver,<b>Silver,x\ngold,,2\n"
    _status, review, _page = send(client, ("tiers.csv", bad), ("=1+1.csv", b"a\n1\n"))
    page = client.get(review).content.decode()
    assert "3 problems: nothing can be loaded until they are solved." in page
    assert "“x” is not a whole number" in page
    assert "Load all of it" not in page
    response = client.get(review + "problems.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert lines[:3] == [
        "file,line,column,problem",
        "tiers.csv,2,rank,“x” is not a whole number",
        "tiers.csv,3,name,a value is needed",
    ]
    assert lines[3].startswith("'=1+1.csv,,,\"unknown file; known are: ")
    assert client.post(review).status_code == 422
    assert not Tier.objects.filter(code="gold").exists()


def test_the_confirmation_checks_anew(client: Client) -> None:
    _status, review, _page = send(client, ("tiers.csv", b"code,name,rank\nnew,New,9\n"))
    assert "Load all of it" in client.get(review).content.decode()
    Tier.objects.create(code="other", name="Other", rank=9)
    response = client.post(review)
    assert response.status_code == 422
    assert "9 is the rank of stored tier “other”" in response.content.decode()
    assert not Tier.objects.filter(code="new").exists()


def test_an_upload_belongs_to_one_person_and_expires(cast: Cast, client: Client, var: Path) -> None:
    _status, review, _page = send(client, ("tiers.csv", b"code,name,rank\nnew,New,9\n"))
    other = cast.signed_in("second_manager")
    cast.second_manager.roles = ["admin"]
    cast.second_manager.save()
    assert other.post(review).headers["Location"] == ADDRESS
    assert other.get(review + "problems.csv").headers["Location"] == ADDRESS
    (kept,) = (var / "imports").iterdir()
    old = kept.stat().st_mtime - EXPIRES_AFTER - 1
    os.utime(kept, (old, old))
    page = client.post(review, follow=True).content.decode()
    assert "This upload is not here any more. Nothing was loaded; upload it again." in page
    assert not Tier.objects.filter(code="new").exists()
    assert not kept.exists()


@pytest.mark.parametrize("token", ["x", "..", "none", "A" * 43, "../" * 14 + "x"])
def test_a_token_that_is_none_leads_nowhere(client: Client, token: str) -> None:
    assert client.get(f"{ADDRESS}{token}/").status_code in {302, 404}


@pytest.mark.parametrize("name", ["manager", "finance_person", "viewer", "owner", "rival_owner", "stranger"])
def test_nobody_but_an_administrator_comes_in(cast: Cast, name: str) -> None:
    somebody = cast.signed_in(name)
    assert somebody.get(ADDRESS).status_code == 403
    assert send(somebody, ("tiers.csv", b"code,name,rank\nnew,New,9\n"))[0] == 403
    assert somebody.get(f"{ADDRESS}{'A' * 43}/").status_code == 403
    assert somebody.get(f"{ADDRESS}{'A' * 43}/problems.csv").status_code == 403


def test_the_navigation_shows_it_to_administrators(cast: Cast, client: Client) -> None:
    assert f'href="{ADDRESS}"' in client.get(ADDRESS).content.decode()
    assert f'href="{ADDRESS}"' not in cast.signed_in("viewer").get("/manage/partners/").content.decode()


UPLOADS = {
    "nothing": ([], "This field is required."),
    "another kind of file": ([("tiers.xlsx", b"PK")], "“tiers.xlsx” is neither a zip nor a CSV file."),
    "no zip": ([("a.zip", b"this is no zip")], "“a.zip” cannot be read as a zip file."),
    "a zip without CSV files": ([("a.zip", zipped({"a.txt": "x"}))], "There is no CSV file in this upload."),
    "a file twice": (
        [("a.zip", zipped({"a/tiers.csv": "x", "b/tiers.csv": "y"}))],
        "“tiers.csv” is there twice.",
    ),
    "more files than anybody needs": (
        [("a.zip", zipped({f"{n}.csv": "" for n in range(archives.FILE_LIMIT + 1)}))],
        "“a.zip” holds more than 200 files.",
    ),
    "a zip bomb": (
        [("a.zip", zipped({f"{n}.csv": bytes(40 * archives.MEGABYTE) for n in range(3)}, compresslevel=9))],
        "The upload is larger than 96 MB; load such a folder with “manage.py load_csv”.",
    ),
}


@pytest.mark.parametrize(("uploads", "sentence"), UPLOADS.values(), ids=UPLOADS.keys())
def test_an_upload_that_is_no_folder_is_refused_in_words(
    client: Client, var: Path, uploads: list[tuple[str, bytes]], sentence: str
) -> None:
    status, _review, page = send(client, *uploads)
    assert status == 422
    assert sentence in page
    assert not (var / "imports").exists()


def test_an_upload_that_is_too_large_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "UPLOAD_LIMIT", 10)
    status, _review, page = send(client, ("tiers.csv", b"code,name,rank\n"))
    assert status == 422
    assert "The upload is larger than" in page


def test_a_zip_that_lies_about_its_sizes_or_is_encrypted_is_refused(client: Client) -> None:
    honest = zipped({"tiers.csv": "code,name,rank\n" + "x" * 5000})
    encrypted = bytearray(honest)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + offset] |= 1
    assert "is encrypted" in send(client, ("a.zip", bytes(encrypted)))[2]
    cut = honest[:60] + bytes(20) + honest[80:]
    assert "cannot be read as a zip file" in send(client, ("a.zip", cut))[2]


def test_names_in_a_zip_lead_nowhere(client: Client, var: Path) -> None:
    names = {"../../tiers.csv": "code,name,rank\n", "/etc/plans.csv": "code,name\n", "__MACOSX/._tiers.csv": "x"}
    status, review, _page = send(client, ("a.zip", zipped(names)))
    assert status == 302
    assert [path.parent for path in var.rglob("*") if path.is_file()] == [var / "imports"]
    page = client.get(review).content.decode()
    assert "tiers.csv" in page
    assert "plans.csv" in page
    assert "problem" not in page
