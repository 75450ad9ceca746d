# Backups of the shop: what staff hear of them

alarm-backup-failed =
    The shop was not backed up; the last good backup is of { $time }
    Why: { $why }
    It is tried again every hour. "mika backup" tries it at once and shows how far it comes.
alarm-backup-never =
    The shop was not backed up, and there is no backup yet
    Why: { $why }
    It is tried again every hour. "mika backup" tries it at once and shows how far it comes.
alarm-backup-back =
    The shop is backed up again
    As of { $time }, { $n } MB, tried by restoring it.
alarm-backup-unsound =
    The backup of { $time } can be restored, but something doesn't add up in the shop
    { $why }
    "mika invariants" shows whether that is still so.
alarm-journal-not-copied =
    The journal of codes handed over isn't being copied
    Why: { $why }
    Until it is, a lost machine would mean not knowing what was sold since the last copy. It is tried again by itself.
backups-week = Backups last week: { $n } made and tried, { $left } MB in all.
backups-week-missed = Days without one: { $n }.
backups-week-newest = The newest is of { $time }, { $left } MB; kept there: { $n }.
backups-drill = Last restore drill: { $time }, everything held, { $n } s.
backups-drill-failed = Last restore drill: { $time }. It did not hold; "mika restore --drill" shows why.
backups-no-drill = Restoring was never practised: "mika restore --drill" does it without touching the shop.
