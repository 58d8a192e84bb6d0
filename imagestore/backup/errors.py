"""What can go wrong."""

from imagestore.common.errors import Conflict, Invalid, NotFound


class PlaceRefused(Invalid):
    code, title = "backup-place-refused", "No backup can lie there"


class OtherBackup(Conflict):
    code, title = "other-backup", "Another backup lies there"


class BackupIncomplete(NotFound):
    code, title = "backup-incomplete", "There is no finished backup"


class BackupDamaged(Conflict):
    code, title = "backup-damaged", "The backup is not as it was written"


class DrillRefused(Conflict):
    code, title = "drill-refused", "A drill needs a clean place"
