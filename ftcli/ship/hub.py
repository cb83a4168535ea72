"""Uploading to a Hugging Face hub, as one commit: all files are there, or none.

The token is that of `HF_TOKEN` or of `hf auth login`, the hub that of `HF_ENDPOINT`; neither is an option, so that no
token is in the history of a shell.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi, constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import (  # type: ignore[attr-defined]
    disable_progress_bars,
    validate_repo_id,
)

from ftcli.errors import HubError, counted, listing
from ftcli.system.offline import is_offline, reach

# Seconds without a byte from the hub, after which it is given up. The client itself would wait for ever.
PATIENCE = 60.0
# What a new repository has already.
_OF_HUB = ".gitattributes"
_REASONS = {
    400: "the hub does not accept what was sent",
    401: "the hub does not know this token: make a new one at {endpoint}/settings/tokens, and `hf auth login` again",
    402: "the hub wants a payment for it",
    403: "this token may not write there: it needs the permission to write (see {endpoint}/settings/tokens), and its "
    "owner has to own {repository} or to be in its organisation",
    404: "the hub has no such repository, or shows it to others only",
    409: "the hub says that it conflicts with something that is there",
    412: "the repository has changed in this moment: push again",
    413: "the hub takes no files as large",
    429: "the hub was asked too often: wait some minutes",
    507: "the hub has no room for it",
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where the files are now, and what the user should know."""

    address: str
    commit: str
    notes: Sequence[str] = ()


def check_name(repository: str) -> None:
    """Raise `HubError` for what cannot be the name of a repository."""
    try:
        validate_repo_id(repository)
    except HFValidationError as error:
        raise HubError(
            f"{repository!r} cannot be the name of a repository: OWNER/NAME is wanted, or a NAME of your own, of "
            f"letters, digits, '-', '_' and '.', at most 96 ({first_sentence(error)})"
        ) from None


def push(
    folder: Path, files: Sequence[str], repository: str, *, private: bool = False, force: bool = False
) -> Pushed:
    """Upload `files` of a folder to a repository, which is made if it is not there; only `force` adds to its files.

    Raises `HubError`: without a token, where the hub cannot be reached, for a repository that has files, or that is
    public and not meant to be, and for all that the hub refuses.
    """
    check_name(repository)
    upload = _Upload(repository, token_for(repository))
    there = upload.prepared(private=private)
    name = str(there.id)
    others = sorted({file.rfilename for file in there.siblings or ()} - {_OF_HUB})
    if others and not force:
        raise HubError(
            f"{upload.page(name)} is there already, with {counted(len(others), 'file')}: {listing(others, 6)}. "
            "Choose another name, or replace files of the same names with --force"
        )
    if private and there.private is False:
        raise HubError(f"{upload.page(name)} is public, and --private does not change that: nothing was sent")
    commit, notes = upload.committed(name, folder, files)
    left = sorted(set(others) - set(files))
    if left:
        notes = (*notes, f"left in the repository, as the export has no such files: {listing(left, 6)}")
    return Pushed(upload.page(name), commit, notes)


def token_for(repository: str) -> str:
    """The user's token. Raises `HubError` where there is none, or where no connection may be opened."""
    if is_offline():
        raise HubError(
            f"{repository}: nothing is sent with --offline or HF_HUB_OFFLINE; --dry-run lists what would be"
        )
    token = get_token()
    if not token:
        raise HubError(
            f"{repository}: there is no token for {constants.ENDPOINT}. Make one that may write at "
            f"{constants.ENDPOINT}/settings/tokens, then `hf auth login`, or put it into the variable HF_TOKEN"
        )
    if not (token.isascii() and token.isprintable()):
        raise HubError(
            f"{repository}: what HF_TOKEN or `hf auth login` holds cannot be a token: it has characters other than "
            "those of ASCII. Copy it again"
        )
    return token


class _Upload:
    """What is asked of the hub, one method for each request that may be refused."""

    def __init__(self, repository: str, token: str) -> None:
        self._repository, self._token = repository, token
        self._endpoint: str = constants.ENDPOINT
        try:
            reach(self._endpoint)
        except OSError as error:
            raise HubError(
                f"{self._endpoint} cannot be reached ({error.strerror or error}): nothing was sent. "
                "HF_ENDPOINT names another hub"
            ) from error
        if not sys.stderr.isatty():
            disable_progress_bars()
        self._api = HfApi(endpoint=self._endpoint, token=token, library_name="ftcli")

    def page(self, name: str) -> str:
        """The address of the repository for people."""
        return f"{self._endpoint}/{name}"

    def prepared(self, *, private: bool) -> Any:
        """What the hub says of the repository, which is made if it is not there."""
        with self._answered("nothing was sent"):
            made = self._api.create_repo(self._repository, private=private or None, exist_ok=True)
            return self._api.model_info(made.repo_id)

    def committed(self, name: str, folder: Path, files: Sequence[str]) -> tuple[str, Sequence[str]]:
        """The commit of the files, and what the hub notes on them."""
        operations = [CommitOperationAdd(path_in_repo=file, path_or_fileobj=folder / file) for file in files]
        kept = (
            f"it has all of the files or none, as they come in one commit: look at {self.page(name)}, and push again. "
            "Large files that have arrived are not sent twice"
        )
        with self._answered(kept), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made = self._api.create_commit(
                name, operations, commit_message="Upload a model exported by ftcli"
            )
        # Others are of the client's own libraries.
        of_hub = [one for one in caught if one.category is UserWarning]
        return str(made.oid), [" ".join(str(one.message).split()) for one in of_hub]

    @contextmanager
    def _answered(self, kept: str) -> Iterator[None]:
        """Turn what goes wrong within into a `HubError` that ends with what is `kept`."""
        get_session().timeout = PATIENCE
        try:
            yield
        except Exception as error:
            # Of the clients for HTTP and for large files, each with errors of its own, some of which hold others.
            chain = list(_causes(error))
            refusal = next((one for one in chain if isinstance(one, HfHubHTTPError)), None)
            what = self._lost(chain[-1]) if refusal is None else self._refused(refusal)
            words = f"{self.page(self._repository)}: {what}. {kept[0].upper()}{kept[1:]}"
            raise HubError(words.replace(self._token, "TOKEN")) from None

    def _refused(self, error: HfHubHTTPError) -> str:
        status = error.response.status_code
        reason = _REASONS.get(status, "the hub answers with an error")
        reason = reason.format(endpoint=self._endpoint, repository=self._repository)
        said = error.server_message or error.response.headers.get("X-Error-Message") or ""
        return f"status {status}: {reason}" + (f" ({' '.join(said.split())[:300]})" if said else "")

    def _lost(self, error: BaseException) -> str:
        if "timeout" in type(error).__name__.lower() or "timed out" in str(error).lower():
            return f"the hub did not answer within {PATIENCE:.0f} s"
        return f"the upload has failed ({first_sentence(error)})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it was raised from, such as that of one file among many."""
    while error is not None:
        yield error
        error = error.__cause__


def first_sentence(error: BaseException) -> str:
    """The beginning of another library's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
