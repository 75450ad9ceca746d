# Выдача: код стоит на отдельной строке

delivered =
    Заказ { $number } выдан: { $product } × { $n }

    { $codes }
delivered-by-hand =
    Заказ { $number } готов: { $product } × { $n }

    { $codes }
redeem-here =
    { $anywhere ->
        [yes] Чтобы активировать, войдите в свой аккаунт и откройте { $url }
       *[no] Чтобы активировать, войдите в аккаунт региона { $region } и откройте { $url }
    }
delivered-after =
    Если не получается, не пробуйте много раз: в течение { $days ->
        [one] { $days } дня
       *[other] { $days } дней
    } нажмите «{ choose-problem }», и мы разберёмся.
    Код всегда можно найти в разделе «{ choose-orders }».

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
