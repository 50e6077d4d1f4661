"""XML from strangers: no entities, no network, no endless trees; the line of every element is known."""

from pathlib import Path
from typing import Any

from missions.errors import InputError


def parse_xml(content: bytes, *, file: Path | str, remedy: str) -> Any:  # noqa: ANN401 - lxml's elements are untyped
    """Return the root element; its and every element's `sourceline` is the line in the file.

    Raises:
        InputError: it is not whole XML, or it declares entities, which no map file needs.

    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        line = exc.lineno if isinstance(exc, etree.XMLSyntaxError) else None
        what = " ".join(str(exc).split()).partition(", line ")[0]
        raise InputError(f"is not whole XML: {what}", file=file, line=line or None, remedy=remedy) from exc
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError("declares a document type of its own", file=file, remedy="the same file without <!DOCTYPE>")
    return root


def local_name(element: Any) -> str:  # noqa: ANN401 - as above
    """Return an element's name without its namespace; files differ in the namespaces they state."""
    return str(element.tag).rpartition("}")[2]
