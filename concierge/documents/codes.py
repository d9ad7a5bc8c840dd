"""Square codes for phones."""

import io

import segno


def code_svg(text: str) -> str:
    """The code of a text as an SVG drawing, on white of its own: phones read it on a dark page too."""
    drawn = io.BytesIO()
    segno.make(text).save(drawn, kind="svg", scale=5, light="white", xmldecl=False, svgns=True, nl=False)
    return drawn.getvalue().decode()
