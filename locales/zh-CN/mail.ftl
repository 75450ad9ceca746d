# 邮件、买家留的邮箱、以及怎么联系到买家

mail-title-test = { $shop }：测试邮件
mail-test =
    这是{ $shop }的测试邮件。
    你能看到它，说明给买家的邮件发得出去。
