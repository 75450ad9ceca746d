# Стол сотрудников: поиск заказов, карточка, возвраты, ручные продажи, обращения покупателей, напоминания

day-today = сегодня
day-yesterday = вчера
hears-evidence = доказательства
hears-find = найти|поиск|искать
hears-sell = продать|продажа
hears-note = заметка
hears-ask = спросить
hears-resend = повторить отправку|отправить снова
hears-cant = не могу сделать
hears-threads = обращения|ждут ответа
hears-giveback = вернуть деньги покупателю|оформить возврат
hears-story = история

staff-find-what = Напишите, что искать: номер заказа, номер у платёжной системы, имя или @имя покупателя, товар, сегодня, вчера или дату, например 2026-11-26.
staff-found = Найдено по запросу «{ $what }», сначала новые:
staff-found-none = По запросу «{ $what }» ничего нет. Попробуйте номер заказа или платежа, покупателя, товар или дату.
staff-match-it =
    Заказ не найден. Знаете, чьё это? Напишите «привязать { NUMBER($receipt, useGrouping: 0) }» и номер заказа. Деньги магазина? «оставить { NUMBER($receipt, useGrouping: 0) }». Отправить обратно? «вернуть { NUMBER($receipt, useGrouping: 0) }».
staff-kept = Заказ не найден, деньги оставлены магазину.
choose-evidence = Доказательства
staff-evidence =
    Доказательства по заказу { $number } в файле: что купили, как оплатили, когда выдали и смотрели ли. Кодов там нет.
    Файл на английском, для платёжной системы.
staff-came = Пришло { $amount } · { $rail } · { $reference }
staff-went =
    { $how ->
        [done] Возвращено { $amount } · { $reference }
        [failed] Не вернулось { $amount }, нужен ручной возврат · { $reference }
       *[other] Возвращается { $amount } · { $reference }
    }
staff-owed = № { $lines }: { $what }, до { $time }
staff-note = { $time } заметка ({ $staff }): { $text }
staff-unsaid =
    { $n ->
        [one] { $n } сообщение ещё не дошло до покупателя.
        [few] { $n } сообщения ещё не дошли до покупателя.
       *[other] { $n } сообщений ещё не дошли до покупателя.
    }
staff-story = История заказа { $number }, страница { $page } из { $pages }, последнее на первой:
staff-asked = Вопрос покупателю ({ $staff }): { $text }
staff-replied = { $time } ответ покупателя: { $text }
staff-resent = Заказ { $number }: коды снова отправляются покупателю.
nothing-to-send = В заказе { $number } нет кодов, которые можно отправить снова. Ничего не изменено.
meanwhile-changed =
    Заказ { $number }: { $what }, { $time }{ $staff ->
        [shop] {""}
        [clock] {" "}(время вышло)
        [payment] {""}
        [buyer] {" "}(покупатель)
       *[other] {" "}({ $staff })
    }. Ваше нажатие ничего не изменило.

staff-giveback-how-much =
    По заказу { $number } можно вернуть не больше { $amount }. { $how ->
        [amount] Выберите или напишите сумму, например 12.50; за отдельные коды: #1 #3.
        [units] Выберите; за отдельные коды: #1 #3.
       *[other] Вернуть можно только всё целиком.
    }
staff-giveback-sure =
    Вернуть { $amount } по заказу { $number }{ $lines ->
        [none] {""}
       *[other] {" "}(№ { $lines })
    } туда, откуда пришла оплата? Пока ничего не отправлено.
staff-giveback-left = Хорошо, ничего не возвращено.
staff-giveback-done = Заказ { $number }: { $amount } возвращается. Покупатель узнает, когда деньги уйдут.
nothing-to-refund = По заказу { $number } сейчас можно вернуть не больше { $most }. Ничего не изменено.
staff-call-off-sure = Отменить заказ { $number } ({ $amount }, оплачен не полностью)? Коды вернутся в продажу, покупатель узнает.
staff-call-off-left = Хорошо, всё остаётся как есть.
staff-called-off = Заказ { $number } отменён, покупатель об этом знает.
staff-cant-sure =
    { $n ->
        [one] Не сделать { $n } позицию заказа { $number }?
        [few] Не сделать { $n } позиции заказа { $number }?
       *[other] Не сделать { $n } позиций заказа { $number }?
    } { $how ->
        [chooses] Покупатель выберет: ждать, взять другое или вернуть деньги.
       *[other] Деньги вернутся покупателю.
    }
staff-cant-done =
    Заказ { $number }: { $how ->
        [chooses] покупателя попросили выбрать.
       *[other] возврат начат, покупатель узнает.
    }
staff-note-what = Напишите заметку к заказу { $number } следующим сообщением. Её видят только сотрудники.
staff-noted = Заказ { $number }: заметка сохранена.
staff-ask-what = Что спросить у покупателя по заказу { $number }? Напишите следующим сообщением, оно уйдёт как есть. Срок заказа не остановится.
staff-ask-nobody = Заказ { $number } продан вручную: покупателя здесь нет, спросить некого.
staff-questioned = Заказ { $number }: вопрос у покупателя. Ответ появится на карточке.

staff-sell-nothing = На складе нечего продавать.
staff-sell-what = Что продано?
staff-sell-how-many = Сколько? На складе хватит на { $most }.
staff-sell-to-whom = Кому? Имя, не длиннее { $most } знаков.
staff-sell-where = Где продано? Например, Xianyu или WeChat, не длиннее { $most } знаков.
staff-sell-how-much = Сколько всего пришло за { $n } шт.? Напишите, например, 500.00.
staff-sell-reference = Номер этого платежа? Один платёж считается один раз. Не длиннее { $most } знаков.
staff-sell-sure =
    { $product } × { $n }, покупатель { $buyer } ({ $channel })
    Пришло { $amount }, номер { $reference }
    Оформить? Склад пока не тронут.
staff-sell-left = Хорошо, ничего не продано, склад не изменился.
staff-sold =
    Заказ { $number } оформлен, покупатель { $buyer }.
    Кодов к выдаче: { $n }. Напишите в личном чате «reveal { $number }».
not-sold-by-hand = { $product } продаётся не со склада, вручную его не продать. Ничего не изменено.

staff-thread =
    { $state } · покупатель { $buyer }{ $number ->
        [none] {""}
       *[other] , заказ { $number }
    }{ $staff ->
        [none] {""}
       *[other] , отвечает { $staff }
    }
staff-thread-buyer = { $time } покупатель: { $text }
staff-thread-us = { $time } { $staff }: { $text }
staff-threads =
    { $n ->
        [one] { $n } покупатель ждёт ответа:
        [few] { $n } покупателя ждут ответа, сначала те, кто дольше:
       *[other] { $n } покупателей ждут ответа, сначала те, кто дольше:
    }
staff-threads-none = Никто из покупателей не ждёт ответа.
thread-open = Ждёт ответа
thread-answered = Отвечено
thread-closed = Закрыто
unknown-thread = Такого разговора нет. Возможно, он был слишком давно.
taken-already = { $staff } уже занимается этим с { $time }, ваше нажатие ничего не изменило.

staff-running-out-review =
    { $n ->
        [one] У { $n } проверки истекает время. Если никто не решит, будет отказ и возврат:
        [few] У { $n } проверок истекает время. Где никто не решит, будет отказ и возврат:
       *[other] У { $n } проверок истекает время. Где никто не решит, будет отказ и возврат:
    }
staff-running-out-hand =
    { $n ->
        [one] У { $n } ручного заказа истекает время. Что не сделано, вернётся деньгами:
        [few] У { $n } ручных заказов истекает время. Что не сделано, вернётся деньгами:
       *[other] У { $n } ручных заказов истекает время. Что не сделано, вернётся деньгами:
    }
staff-running-out-row = { $number }: осталось { $left } мин, до { $time }

event-staff-refund = решено вернуть деньги
event-resent = коды отправлены ещё раз
event-noted = добавлена заметка
event-questioned = задан вопрос покупателю
event-replied = покупатель ответил
event-called-off = отменён сотрудником
event-cannot = сделать вручную не получится
event-sold-by-hand = продан вручную
refund-why-staff = Мы оформили для вас возврат.
refund-why-unserved = Извините, сделать это мы не можем, поэтому возвращаем деньги.

human-asks =
    По заказу { $number } хотим спросить:
    { $text }
human-hours =
    Мы на месте каждый день с { $opens } до { $closes } ({ $zone }), сейчас нас нет.
    Ответим по очереди, начиная с { $time }.
zone-asia-shanghai = время Шанхая
zone-asia-hong-kong = время Гонконга
zone-asia-singapore = время Сингапура
zone-europe-moscow = время Москвы
zone-utc = UTC

choose-threads = Ждут ответа
choose-one-thread = { $buyer } · { $time }
choose-thread = Разговор
choose-take = Беру на себя
choose-close = Закрыть
choose-ask = Спросить
choose-cant = Не сделать
choose-really-cant = Точно не сделать
choose-story = Вся история
choose-running-out = { $number } · { $left } мин
choose-call-off = Отменить заказ
choose-fetch = Взять коды
choose-resend = Отправить снова
choose-replace-one = Заменить код
choose-refund = Вернуть деньги
choose-note = Заметка
choose-notices = Уведомления
choose-recover = Найти оплату
choose-one-unit = № { $position } · { $amount }
choose-give-back = Вернуть { $amount }
choose-sold = Оформить
