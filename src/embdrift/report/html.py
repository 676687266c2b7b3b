"""The report as one HTML file that needs nothing beside it: no network, no script, pictures inside."""

from base64 import b64encode
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from embdrift.report.content import Content
from embdrift.report.pictures import SavedPicture

# a longer SVG file takes browsers longer to draw than the PNG beside it is blurred in print
MOST_SVG_BYTES = 300_000


def html(content: Content) -> str:
    """Write the report as HTML; all that comes from the user's data is escaped."""
    environment = Environment(
        loader=PackageLoader("embdrift.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    environment.filters["data_address"] = data_address
    return environment.get_template("report.html.j2").render(report=content)


def data_address(picture: SavedPicture) -> str:
    """The picture itself as an address, SVG where it is small enough.

    SVG goes into an image, not into the page: element names of several figures would clash, and no image runs scripts.
    """
    svg = picture.svg.read_bytes()
    if len(svg) <= MOST_SVG_BYTES:
        return _address("image/svg+xml", svg)
    return _address("image/png", Path(picture.png).read_bytes())


def _address(kind: str, image: bytes) -> str:
    return f"data:{kind};base64,{b64encode(image).decode('ascii')}"
