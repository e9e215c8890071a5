"""PDF from a template in templates/ and data: by typst with the fonts it brings along, so that paper looks alike on every server."""

from __future__ import annotations

import json
from typing import Any

from survey.settings import PROJECT


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """`data` reaches the template as values, never as markup: no name in it can turn into a command."""
    import typst  # 80 MB that only printing needs

    source = (PROJECT / "templates" / template).read_bytes()
    pdf: bytes = typst.compile(source, format="pdf", ignore_system_fonts=True, sys_inputs={"data": json.dumps(data)})
    return pdf
