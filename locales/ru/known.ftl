# Аккаунты одного человека; списки, кому магазин не продаёт и кого пропускает

choose-link = Связать аккаунты
choose-link-code = Получить код
choose-link-sure = Это я, связать
choose-link-no = Не нужно
choose-let-in = Да, это я
choose-keep-out = Нет, не я
choose-not-me = Это не я, отвязать
choose-part = Отвязать
choose-unlink = Отвязать: { $name }
link-how =
    Свяжите этот аккаунт со своим в другом чате: заказы и счёт в магазине будут общими.
    В одном чате нажмите «{ choose-link-code }», в другом напишите «связать», а потом код.
link-row = Связан: { $name } ({ $chat })
link-code =
    Ваш код, действует до { $time }:
    { $value }
    В другом чате напишите «связать», потом этот код, а затем вернитесь и подтвердите.
    Никому его не давайте. Мы о нём не спрашиваем.
link-wrong = Код неверный, или его время вышло. Получите другой в том чате и пришлите сюда.
link-sure =
    Связать с «{ $name }» ({ $chat })?
    Тот аккаунт увидит ваши заказы и коды и сможет тратить ваш счёт, а этот — его.
    Нажмите «{ choose-link-sure }», только если он ваш.
link-waits =
    Остался один шаг: вернитесь в «{ $name }» ({ $chat }) и до { $time } нажмите «{ choose-let-in }».
    До этого ничего не связано.
link-asked =
    Аккаунт «{ $name }» ({ $chat }) хочет присоединиться к вашему. Это вы?
    Тогда он увидит ваши заказы и коды и сможет тратить ваш счёт, а вы — его.
    Если это не вы, нажмите «{ choose-keep-out }». Без ответа до { $time } ничего не свяжется.
link-refused =
    Ничего не связано, и тот код больше не действует.
    Если кто-то просит у вас код, не давайте. Что-то беспокоит? Нажмите «{ choose-human }».
told-link-refused = «{ $name }» ({ $chat }) ответил, что это не он. Ничего не связано.
told-link-lapsed = Связь с «{ $name }» ({ $chat }) не подтвердили вовремя, поэтому ничего не связано. Чтобы попробовать снова, нажмите «{ choose-link }».
linked =
    Связано с «{ $name }» ({ $chat }).
    Заказы обоих — в «{ choose-orders }», счёт в магазине общий.
told-linked =
    Ваш аккаунт связан с «{ $name }» ({ $chat }). Оба видят все заказы.
    Если это не вы, нажмите «{ choose-not-me }».
unlink-sure =
    Отвязать «{ $name }»?
    Заказы и деньги на счёте вернутся к своим аккаунтам, другой аккаунт об этом узнает.
unlinked = Отвязано. Заказы и деньги на счёте вернулись к своим аккаунтам.
unlinked-already = Эти аккаунты не связаны. Ничего не изменилось.
told-unlinked =
    Связанные с вашим аккаунты отвязаны. Заказы и деньги на счёте вернулись к своим аккаунтам.
    Если вы не знаете почему, нажмите «{ choose-human }».
too-many-codes = Слишком много попыток. Попробуйте через { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
   *[other] { $hours } часов
}.
link-code-over = Код уже использован, или его время вышло. Получите другой в том чате.
said-in-the-same-chat = Этот код получен здесь. Отправьте его в другом чате.
linked-already = Эти аккаунты уже связаны.
too-many-accounts = Можно связать не больше { $most ->
    [one] { $most } аккаунта
   *[other] { $most } аккаунтов
}.
too-many-orders = Аккаунты, в каждом из которых заказов больше { $most }, связать нельзя.
not-to-be-linked = Аккаунт сотрудника связать нельзя.
account-not-served = С этого аккаунта сейчас нельзя заказать. Нажмите «{ choose-human }», мы разберёмся.

# Персонал

right-block = вести списки
choose-buyer = Покупатель
choose-block = Больше не продавать
choose-block-order = Заблокировать источник
choose-allow = Пропускать
choose-lists = Списки
choose-unlist = Снять { $label }
choose-for-days = { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}
choose-for-always = Бессрочно
staff-buyer =
    Покупатель { $name } · { $account }
    { $orders ->
        [one] { $orders } заказ
        [few] { $orders } заказа
       *[other] { $orders } заказов
    }, выдано { $n }
staff-buyer-account = Связанный аккаунт: { $account }
listing-kind-customer = Покупатель
listing-kind-ip = IP
listing-kind-device = Устройство
listing-kind-payer = Плательщик
listing-kind-email = Почта
listing-kind-domain = Домен почты
listing-kind-country = Страна
listing-kind-destination = Пополняемый аккаунт
listing-of = { $what } { $label }
stands-block = Не продаём: { $what } { $label }, { $until ->
    [none] бессрочно
   *[other] до { $until }
}. { $why } ({ $staff })
stands-allow = Пропускаем: { $what } { $label }, { $until ->
    [none] бессрочно
   *[other] до { $until }
}. { $why } ({ $staff })
lists = Списки, новые сверху:
lists-none = Списки пусты.
listing-what =
    Напишите, что именно, например:
    block ip 203.0.113.7
    block email lin@example.com
    allow customer K7M2-94QF (номер заказа)
    block order K7M2-94QF (устройство, плательщик или почта заказа)
    Можно и domain, и country.
listing-which = Заказ { $number }: что внести в список?
listing-why = { $what }: почему? Одна фраза, не длиннее { $most } знаков, её видят только сотрудники.
block-sure = До тех пор новые заказы не принимаются, а оплаченное возвращается. На какой срок?
allow-sure = До тех пор заказы не задерживаются из-за баллов. На какой срок?
unlisted = Снято. С этого момента не действует.
unlisted-already = Это уже было снято.
not-to-be-listed = Не понимаю. IP, почта или её домен — целиком, страна — двумя буквами, например US.
part-sure = Отвязать { $name } от других аккаунтов ({ $n })? Заказы и деньги на счёте вернутся к своим аккаунтам, покупатель об этом узнает.
act-block = блокировка
act-allow = пропуск
act-unlist = снято из списка
act-link-accounts = связь аккаунтов
act-unlink-accounts = отвязка аккаунтов

hears-link = связать|связать аккаунты
hears-buyer = покупатель
hears-block = чёрный список
hears-allow = белый список
hears-lists = списки
