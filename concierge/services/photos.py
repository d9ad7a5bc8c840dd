"""Photos of what was found: upright, of a handy size, without the place and device that a phone notes in them."""

import io

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.services.documents import Upload

LONGEST_SIDE = 2000  # pixels
QUALITY = 85


def plain_photo(upload: Upload) -> Upload:
    """The photo anew as JPEG, without what the camera noted beside it. Raises Invalid (field `photos`)."""
    # Loaded on first use: most processes never see a photo.
    from PIL import Image, ImageOps

    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(upload.data), formats=("JPEG", "PNG", "WEBP")) as given:
            photo = ImageOps.exif_transpose(given).convert("RGB")
        photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        photo.save(out, "JPEG", quality=QUALITY)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid.because("no_photo", _("This is no photo that can be read."), "photos") from None
    name = upload.file_name.rpartition(".")[0] or "photo"
    return Upload(f"{name}.jpg", out.getvalue())
