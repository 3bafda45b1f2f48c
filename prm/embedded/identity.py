"""As whom a server runs. PostgreSQL refuses root, so root needs another face for it.

Tried in order, and the first that works is taken:

* an ordinary user: as oneself;
* root, in a folder of another user: as that user;
* a user without an entry in the passwd file (containers): inside a user namespace that maps it to
  ``nobody``, whose files still belong to the real user;
* where user namespaces are forbidden: really as ``nobody``, with the one capability that lets it
  pass through folders of others (a checkout in root's home), the server's folder handed to it.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from prm.embedded.errors import EmbeddedError

PROBE = 'id -un && "$0" --version && : > "$1/.probe" && rm "$1/.probe"'


@dataclass(frozen=True)
class Identity:
    """A command prefix that changes who runs, and the user who then owns the files."""

    prefix: tuple[str, ...]
    uid: int
    gid: int


def choose(program: Path, folder: Path, owner: tuple[int, int]) -> Identity:
    """Return the first identity that can run ``program`` and write ``folder``, and hand it that folder.

    Raises ``EmbeddedError`` when there is none.
    """
    reasons = []
    for identity in _candidates(owner):
        _hand_over(folder, identity)
        command = (*identity.prefix, "sh", "-c", PROBE, str(program), str(folder))
        try:
            probe = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                timeout=60,
            )
        except (OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{command[0]}: {error}")
            continue
        if probe.returncode == 0:
            return identity
        reasons.append(f"{' '.join(identity.prefix) or 'as this user'}: {probe.stderr.strip()}")
    message = (
        "PostgreSQL does not run as root, and no other identity works here:\n  "
        + "\n  ".join(reasons)
        + "\nRun this as an ordinary user, or set DATABASE_URL to a PostgreSQL (15 or newer) of yours."
    )
    raise EmbeddedError(message)


def _candidates(owner: tuple[int, int]) -> list[Identity]:
    nobody = _nobody()
    namespace = (
        (
            "unshare",
            "--user",
            f"--map-user={nobody.pw_uid}",
            f"--map-group={nobody.pw_gid}",
        )
        if shutil.which("unshare")
        else None
    )
    if os.geteuid() != 0:
        oneself = Identity((), os.geteuid(), os.getegid())
        return [oneself, *([Identity(namespace, *owner)] if namespace else [])]
    found = []
    if owner[0] != 0:
        become = _become(*owner)
        found += [
            Identity(become, *owner),
            *([Identity((*become, *namespace), *owner)] if namespace else []),
        ]
    elif namespace:
        found.append(Identity(namespace, *owner))
    passing = (
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )
    found.append(
        Identity(
            (*_become(nobody.pw_uid, nobody.pw_gid), *passing),
            nobody.pw_uid,
            nobody.pw_gid,
        )
    )
    found.append(Identity(_become(nobody.pw_uid, nobody.pw_gid), nobody.pw_uid, nobody.pw_gid))
    return found


def _become(uid: int, gid: int) -> tuple[str, ...]:
    return ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")


def _nobody() -> pwd.struct_passwd:
    entries = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    named = [entry for entry in entries if entry.pw_name == "nobody"]
    if not entries:
        message = "PostgreSQL needs an ordinary user, and this machine's passwd file has none."
        raise EmbeddedError(message)
    return (named or entries)[0]


def _hand_over(folder: Path, identity: Identity) -> None:
    """Give the server's own folder to the identity; only root can and need do this."""
    if os.geteuid() != 0 or folder.stat().st_uid == identity.uid:
        return
    for root, folders, files in os.walk(folder):
        for path in (root, *(os.path.join(root, name) for name in (*folders, *files))):  # noqa: PTH118
            os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
