"""What a library or program for Linux needs of glibc."""

from __future__ import annotations

import io

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

MAGIC = b"\x7fELF"

Version = tuple[int, ...]


def newest_glibc(content: bytes) -> Version | None:
    """The newest glibc whose symbols it uses, or `None` if it uses none.

    Raises `elftools.common.exceptions.ELFError` if it is no library and no program.
    """
    return max(_glibc_versions(ELFFile(io.BytesIO(content))), default=None)


def _glibc_versions(file: ELFFile) -> list[Version]:
    section = file.get_section_by_name(".gnu.version_r")
    if not isinstance(section, GNUVerNeedSection):
        return []
    names = [symbol.name for _, symbols in section.iter_versions() for symbol in symbols]
    return [
        tuple(int(part) for part in name.removeprefix("GLIBC_").split("."))
        for name in names
        if name.startswith("GLIBC_") and name != "GLIBC_PRIVATE" and "ABI" not in name
    ]


def needed_libraries(content: bytes) -> list[str]:
    """The libraries that the system's loader must find."""
    dynamic = ELFFile(io.BytesIO(content)).get_section_by_name(".dynamic")
    if dynamic is None:
        return []
    return [tag.needed for tag in dynamic.iter_tags("DT_NEEDED")]


def needs_loader(content: bytes) -> bool:
    """Whether it is a program that the system's loader must start."""
    segments = ELFFile(io.BytesIO(content)).iter_segments()
    return any(segment.header.p_type == "PT_INTERP" for segment in segments)
