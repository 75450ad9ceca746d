# What is mailed, addresses that buyers give, and how they were reached

mail-title-test = { $shop }: a test
mail-test =
    This is a test mail from { $shop }.
    If you can read it, mail to buyers goes out.
