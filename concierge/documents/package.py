"""The package of a closed case: plain files that open without this system, with their hashes beside them."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any

HASHES = "SHA256SUMS"


def case_package(files: Mapping[str, bytes], metadata: Mapping[str, Any], on: date) -> bytes:
    """A zip of the files by name, of `metadata.json` and of the hashes; the same content gives the same bytes."""
    told = json.dumps(metadata, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
    whole = {**files, "metadata.json": told}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(whole.items()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted({**whole, HASHES: sums.encode()}.items()):
            archive.writestr(zipfile.ZipInfo(name, (on.year, on.month, on.day, 0, 0, 0)), data)
    return out.getvalue()
