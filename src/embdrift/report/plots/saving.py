"""Figures as files: PNG for pages and chats, SVG for print."""

from io import BytesIO
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from embdrift.files import whole_file

DOTS_PER_INCH = 150


def save_figure(figure: Figure, path_without_suffix: Path) -> tuple[Path, Path]:
    """Write a figure as PNG and as SVG, the same bytes at every rendering; give both paths.

    Call it inside `house_style`, which the names of SVG elements and the ticks come from.

    Raises:
        StorageError: when a file cannot be written
    """
    figure.dpi = DOTS_PER_INCH
    FigureCanvasAgg(figure)
    # the layout is the slow part: found once, and kept for both files
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    png, svg = (path_without_suffix.with_name(f"{path_without_suffix.name}.{kind}") for kind in ("png", "svg"))
    for path, image in ((png, _png(figure)), (svg, _svg(figure))):
        with whole_file(path) as temporary:
            temporary.write_bytes(image)
    return png, svg


# Figure.savefig would draw every figure once more beforehand, to see whether its parts fit.


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def _svg(figure: Figure) -> bytes:
    buffer = BytesIO()
    # it sets the resolution to that of SVG and leaves it there
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    figure.dpi = DOTS_PER_INCH
    return buffer.getvalue()
