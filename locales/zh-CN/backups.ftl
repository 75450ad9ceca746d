# 店铺的备份：店员会收到的消息

alarm-backup-failed =
    店铺没备份成，上一份可用的备份是 { $time } 的
    原因：{ $why }
    每小时会自动重试。运行 mika backup 可以马上再试，并看到进行到哪一步。
alarm-backup-never =
    店铺没备份成，目前一份备份都没有
    原因：{ $why }
    每小时会自动重试。运行 mika backup 可以马上再试，并看到进行到哪一步。
alarm-backup-back =
    店铺的备份恢复正常
    截至 { $time }，{ $n } MB，已试过恢复。
alarm-backup-unsound =
    { $time } 的备份能恢复，但店里有数据对不上
    { $why }
    运行 mika invariants 看现在是否还这样。
alarm-journal-not-copied =
    发货流水没有复制出去
    原因：{ $why }
    在复制成功之前，机器如果丢失，就查不到上次复制以后卖了哪些卡密。会自动重试。
backups-week = 上周备份：做好并试过恢复的 { $n } 份，共 { $left } MB。
backups-week-missed = 没有备份的天数：{ $n }。
backups-week-newest = 最新一份是 { $time } 的，{ $left } MB；目前保留 { $n } 份。
backups-drill = 上次恢复演练：{ $time }，全部通过，用时 { $n } 秒。
backups-drill-failed = 上次恢复演练：{ $time }，没有通过；运行 mika restore --drill 看原因。
backups-no-drill = 还没做过恢复演练：运行 mika restore --drill，不会动店铺的数据。
