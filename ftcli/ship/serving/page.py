"""The page of a server: one file that asks nobody but the server for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from ftcli.contracts import Modality
from ftcli.contracts.modalities import FILE_ROLES
from ftcli.media.formats import media_of
from ftcli.report.look import STYLE, source
from ftcli.report.markup import Html, element, name
from ftcli.ship.serving.inputs import Takes

_FILES = resources.files("ftcli.ship.serving")
_STYLE = STYLE + _FILES.joinpath("page.css").read_text(encoding="utf-8")
_SCRIPT = _FILES.joinpath("page.js").read_text(encoding="utf-8")
# Nothing is loaded from elsewhere and nothing runs but what is in the page, whatever a name from data would do.
POLICY = (
    f"default-src 'none'; style-src {source(_STYLE)}; script-src {source(_SCRIPT)}; connect-src 'self'; "
    "img-src data: blob:; media-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML, and the policy that its header has to have."""

    html: str
    policy: str = POLICY


def page(run: str, task: str, model: str, takes: Takes, speakers: Sequence[str] = ()) -> Page:
    """The page for a model: a place to drop a file, or fields for texts."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Html('<link rel="icon" href="data:,">'),
        element("title", f"{run} · ftcli"),
        element("style", Html(_STYLE)),
    )
    fields = [element("div", _field(role, takes, speakers), class_="fields") for role in takes.roles]
    main = element(
        "main",
        element(
            "header",
            element("h1", name(run)),
            element("p", name(task), " · ", name(model, 120), class_="about"),
        ),
        element("form", fields, None if takes.file_role in FILE_ROLES else _button(), action="#"),
        element("p", id="status", role="status"),
        element(
            "noscript", element("p", "This page needs its script. Without it, send files as shown below.")
        ),
        element("div", id="answers", aria_live="polite"),
        _for_programs(takes),
    )
    body = element("body", main, element("script", Html(_SCRIPT)))
    return Page(f"<!doctype html>\n{element('html', head, body, lang='en')}\n")


def _button() -> Html:
    """What sends texts; files are sent when they are chosen."""
    return element("button", "Predict", type="submit")


def _field(role: str, takes: Takes, speakers: Sequence[str]) -> Html:
    modality = next((one for one in takes.inputs if one.name == role and one.in_files), None)
    if modality is not None:
        return _drop(modality)
    if role in takes.kind.more_roles:
        options = [element("option", one, value=one) for one in speakers]
        return element("label", role.capitalize(), element("select", options, name=role))
    words = {"text": "Text", "text_pair": "Second text"}.get(role, role)
    return element("label", words, element("textarea", name=role, required=role in takes.needed))


def _drop(modality: Modality) -> Html:
    media = media_of(modality)
    accepted = ",".join((f"{modality.name}/*", *media.endings))
    chooser = element(
        "input", type="file", multiple=True, accept=accepted, aria_label=f"Choose {media.noun}s"
    )
    # An element without content would be closed in the way of SVG.
    chooser = Html(chooser.replace("></input>", ">"))
    words = element("strong", f"Drop {media.noun}s here, or choose them")
    where = element("span", "They are sent to this server, and nowhere else.", class_="about")
    return element("label", words, where, chooser, class_="drop")


def _for_programs(takes: Takes) -> Html:
    """How a program asks."""
    url = element("span", "/predict", id="origin")
    role = takes.file_role
    if role is None or role not in FILE_ROLES:
        fields = " ".join(f"-F {one}='...'" for one in takes.needed)
    else:
        fields = "-F file=@" + {"image": "photo.jpg", "audio": "sound.wav"}.get(role, "file")
    also = [
        "Also: ",
        element("code", "/v2"),
        ", the Open Inference Protocol, and ",
        element("code", "/metrics"),
        ".",
    ]
    return element(
        "details",
        element("summary", "From a program"),
        element("pre", element("code", f"curl {fields} ", url)),
        element("p", also, class_="note"),
    )
