"""What a patrol leaves behind: one folder with its mission, plan, footage and flight log, and one journal.

`Archive` is the only door; the schema behind it belongs to this package alone. Readers tail the journal by `seq`.
"""

from archive.archive import Archive, ArchiveState, list_archives
from archive.footage import FootagePart, join_footage
from archive.layout import Layout

__all__ = ["Archive", "ArchiveState", "FootagePart", "Layout", "join_footage", "list_archives"]
