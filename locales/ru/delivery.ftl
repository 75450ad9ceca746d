# Выдача: код стоит на отдельной строке

delivered =
    Заказ { $number } выдан: { $product } × { $n }

    { $codes }
delivered-by-hand =
    Заказ { $number } готов: { $product } × { $n }

    { $codes }
redeem-here =
    { $anywhere ->
        [yes] Активация: войдите в свой аккаунт, откройте { $url }
       *[no] Активация: войдите в аккаунт региона { $region }, откройте { $url }
    }
delivered-after =
    Не подходит? Не пробуйте много раз, нажмите «{ choose-problem }» в течение { $days ->
        [one] { $days } дня
       *[other] { $days } дней
    }.
delivered-later = Это всегда есть в разделе «{ choose-orders }».
delivered-elsewhere =
    Чат пропал? { $url }: «получить { $number }» и
    { $phrase }

code-field = { $label }: { $value }
code-expires = Активировать до: { $date }
field-code = Код
field-number = Номер карты
field-pin = PIN-код
field-extra = Доп. код
field-text = Текст

choose-copy = Скопировать
choose-redeem = Активировать
choose-problem = Есть проблема
replaced =
    Заказ { $number }: замена, { $product } × { $n }

    { $codes }
codes-wait =
    Заказ { $number } готов, но отправить его в другой ваш чат не получилось.
    Откройте «{ choose-orders }» здесь, чтобы увидеть его.
