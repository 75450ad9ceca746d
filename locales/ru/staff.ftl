# Что видят сотрудники: проверки, ручная работа, склад, тревоги

staff-welcome =
    { $shop } · сотрудники
    На проверке: { $reviews }. Вручную: { $hands }. Ждут ответа: { $asked }.
staff-not-understood = Не удалось понять. Выберите что-то из этого или напишите «заказ» и номер.

staff-review =
    На проверку: { $amount }, ещё { $left } мин. · заказ { $number }
    { $product } × { $n }, оплата в { $time }
staff-review-else = Без решения: { $deadline } отказ и возврат
staff-review-why = Почему: { $why }
staff-decided =
    Заказ { $number }, { $amount }: { $staff ->
        [clock] до { $time } никто не решил, отказ и возврат
        [buyer] в { $time } покупатель попросил вернуть деньги
       *[other] решение принято ({ $staff }, { $time })
    }. Сейчас: { $state }
staff-reviews =
    { $n ->
        [one] { $n } заказ на проверку, сначала самые старые:
        [few] { $n } заказа на проверку, сначала самые старые:
        [many] { $n } заказов на проверку, сначала самые старые:
       *[other] { $n } заказа на проверку, сначала самые старые:
    }
staff-reviews-none = На проверку ничего нет.

staff-by-hand =
    Сделать до { $time }: { $amount } · заказ { $number }
    { $product } × { $n }
    За то, что не будет готово, деньги вернутся покупателю.
staff-answer = { $label }: { $answer }
staff-hands =
    { $n ->
        [one] { $n } заказ вручную:
        [few] { $n } заказа вручную:
        [many] { $n } заказов вручную:
       *[other] { $n } заказа вручную:
    }
staff-hands-none = Вручную делать нечего.
fulfil-what =
    Заказ { $number }: { $product }
    Напишите результат или код следующим сообщением. Он будет зашифрован и уйдёт покупателю как есть. По одной штуке за раз.
fulfil-too-long = Нужно от 1 до { $most } символов. Ничего не сохранено, отправьте ещё раз.
fulfil-left = Хорошо, не сейчас. Ничего не отправлено.
fulfil-done =
    { $left ->
        [0] Заказ { $number }: принято, отправляем покупателю. Этот заказ готов.
       *[other] Заказ { $number }: принято, отправляем покупателю. Осталось сделать: { $left }.
    }

staff-orders = Последние заказы:
staff-orders-none = Заказов пока нет.
staff-order =
    Заказ { $number }: { $state }
    { $product } × { $n }, { $amount }
    Покупатель { $buyer } ({ $account }), оформлен в { $time }
staff-event =
    { $time } { $what }{ $actor ->
        [shop] {""}
        [clock] {" "}(вышло время)
        [payment] {""}
       *[other] {" "}({ $actor })
    }

staff-stock = Склад:
staff-stock-row = { $product }: в продаже { $available }, в резерве { $reserved }, выдано { $sold }
restock-paste =
    Пополнение: { $product }. Вставьте коды следующим сообщением, по одному в строке. Они сразу шифруются.
    Между номером и PIN поставьте ---- или запятую; в конце строки можно указать срок, например 2027-12-31.
restock-preview =
    { $product }: новых { $new }, повторов { $duplicate }, пустых { $blank }, непонятных { $malformed } (строки { $lines })
    Пока ничего не в продаже. Выставить { $new }?
restock-nothing-new =
    Выставлять нечего: новых { $new }, повторов { $duplicate }, пустых { $blank }, непонятных { $malformed } (строки { $lines })
    Можно вставить ещё раз.
restock-done =
    { $n ->
        [one] { $product }: выставлен { $n } код.
        [few] { $product }: выставлено { $n } кода.
        [many] { $product }: выставлено { $n } кодов.
       *[other] { $product }: выставлено { $n } кода.
    }
restock-discarded = Выброшено, ничего не выставлено.

alarm-unmatched =
    Пришло { $amount } без заказа: № { NUMBER($receipt, useGrouping: 0) }, номер платежа { $reference }
    Знаете, чьё это? Напишите «привязать { NUMBER($receipt, useGrouping: 0) }» и номер заказа. Это ваши деньги за другое? Оставьте их. Иначе в { $time } они вернутся.
alarm-after-restore =
    Пришло { $amount } за заказ { $number }: он сделан после резервной копии и утрачен. № { NUMBER($receipt, useGrouping: 0) }, номер платежа { $reference }
    Код у покупателя? В журнале этого нет. Пока не выберете, ничего не вернётся.
alarm-after-restore-unchecked =
    Пришло { $amount } за заказ { $number }: он сделан после резервной копии и утрачен. № { NUMBER($receipt, useGrouping: 0) }, номер платежа { $reference }
    Код у покупателя? Решайте, когда закончится `mika reconcile`. До этого ничего не вернётся.
alarm-after-restore-again =
    Пришло { $amount } за заказ { $number }: он сделан после резервной копии и утрачен. № { NUMBER($receipt, useGrouping: 0) }, номер платежа { $reference }
    Один платёж за него уже оставлен. Это доплата или заплачено дважды? Пока не выберете, ничего не вернётся.
alarm-kept-for-lost =
    Пришло { $amount } за заказ { $number }
    Код ушёл до восстановления магазина: деньги оставлены магазину.
alarm-after-restore-known =
    Пришло { $amount } за заказ { $number }, платёж начат после резервной копии. № { NUMBER($receipt, useGrouping: 0) }, номер платежа { $reference }
    Это за этот заказ? Пока не выберете, ничего не вернётся.
alarm-seen-before =
    { $rail } сообщает: { $amount } по заказу { $number }, операция { $reference }
    Вы уже записали деньги по этому заказу вручную. Это те же деньги или покупатель заплатил дважды? Пока не выберете, ничего не вернётся.
alarm-refund-failed =
    Возврат не прошёл: { $amount }, № { $number }
    Деньги до плательщика не дошли. Верните их вручную и напишите «возвращено { $number }» и номер возврата.
alarm-refund-by-hand =
    Вернуть вручную: { $amount }, № { $number }
    { $rail }: автоматически вернуть нельзя. Операция { $reference }. { $payer ->
        [none] Плательщик неизвестен: спросите покупателя, куда отправить.
       *[other] Плательщик { $payer }.
    }
    Когда вернёте, напишите «возвращено { $number }» и номер возврата.
alarm-refund-whole-only =
    { $amount } по заказу { $number } вернуть нельзя: { $rail } возвращает только платёж целиком, операция { $reference }
    Спросите покупателя, подойдёт ли счёт в магазине.
alarm-rail-away =
    { $rail }: нет ответа с { $time }
    Ответ: { $why }. Пока связи нет, покупателям этот способ не предлагаем.
alarm-rail-back =
    { $rail }: снова отвечает
    Не отвечал с { $time }. Теперь покупатели снова видят этот способ.
alarm-dead-letter =
    Задача не удалась и отложена: { $work }, № { NUMBER($row, useGrouping: 0) }
    Почему: { $why }
alarm-notice-waits =
    Уведомление об оплате пока не удаётся обработать: № { NUMBER($row, useGrouping: 0) }
    Почему: { $why }
    Попытки продолжаются трое суток.
alarm-supplier =
    Поставщик не выдал код: { $supplier }, заказ { $number }
    Почему: { $why }

supply-refused = отказ: { $why }
supply-lost = дважды ответил, что такой закупки не знает
supply-wrong-count = вместо 1 кода прислал { $n }. Оплачено, коды отложены и не продаются
supply-wrong-sku = прислал другой товар. Оплачено, код отложен и не продаётся
supply-duplicate = прислал код, который в магазине уже был. Оплачено
supply-expired = прислал просроченный код. Оплачено, код отложен и не продаётся
supply-overdue = срок вышел, кода нет
supply-late = закупка, которую сочли неудачной, всё же пришла; код на складе. Проверьте, не оплачено ли дважды
supply-unknown = за тридцать дней ничего не выяснилось. Спросите у поставщика

risk-new-buyer-high-value = новый покупатель, сумма больше { $limit }
risk-rail-suspects = у платёжного провайдера сомнения: { $why }
risk-rule-broken = правило { $rule } не сработало, ответа нет

choose-reviews = На проверку
choose-hands = Вручную
choose-latest = Последние заказы
choose-stock = Склад
choose-held = { $number } · { $amount }
choose-staff-order = { $number } · { $amount } · { $state }
choose-approve = Одобрить и выдать
choose-reject = Отказать и вернуть { $amount }
choose-details = Подробнее
choose-fulfil = Выполнить
choose-leave = Не сейчас
choose-restock = Пополнить: { $product }
choose-import = Выставить
choose-discard = Выбросить
reply-what = Напишите ответ следующим сообщением. Покупатель получит его как есть.
reply-done = Отправлено покупателю.
refunded-by-hand = Заказ { $number }: записали ручной возврат { $amount }, покупателю сообщили.
refunded-as-credit = Заказ { $number }: { $amount } зачислено на счёт в магазине. Покупатель знает.
refunded-nothing = По заказу { $number } вручную возвращать нечего. Ничего не изменилось.
restock-not-here = { $product }: здесь пополняются только одноразовые коды. Общие коды загружаются из командной строки.
reply-sure = Эти строки похожи на коды, поэтому они не отправлены. Если они для покупателя, пришлите их ещё раз; для пополнения сначала нажмите «{ choose-leave }».
staff-says-paid =
    Покупатель сообщает о переводе: { $amount }, заказ { $number }
    Покупатель: { $buyer }. Проверьте счёт и, когда деньги придут, нажмите кнопку.
choose-received = Пришло
choose-whole = Всё: { $amount }
choose-counts = Да, засчитать
received-how-much = Сколько пришло по заказу { $number }? Напишите, например, 12.50.
received-before =
    По заказу { $number } уже пришло { $amount }: больше ничего не причитается. Всё сверх этого вернём покупателю.
    Сколько пришло теперь? Напишите, например, 12.50.
received-untold =
    { $rail }: запрос сделан, оплаты по заказу { $number } там нет. Если о ней сообщат позже, спросим, те же ли это деньги.
    Сколько пришло? Напишите, например, 12.50.
received-amount-again = Сумма непонятна. Напишите, например, 12.50.
received-reference = { $amount }. Какой номер операции? По нему один перевод не засчитается дважды.
received-reference-again = Пришлите только номер операции, не длиннее { $most } знаков.
received-sure = { $amount } по заказу { $number }, операция { $reference }. Засчитать? Пока ничего не сделано.
received-left = Хорошо, ничего не записано.
received = { $amount } записано по заказу { $number }. Сейчас он: { $state }.
alarm-dispute =
    Банк плательщика требует вернуть { $amount }, заказ { $number }
    По нему больше ничего не выдаём. Отправьте провайдеру доказательства до { $time }.
alarm-refunded-outside =
    { $amount } вернули у провайдера, а не мы, заказ { $number }
    Что не было выдано, на этом закончено. Проверьте, кто это сделал.
alarm-suspected =
    У платёжного провайдера сомнения насчёт { $amount }, заказ { $number }
    Он сообщает: { $why }. Ничего ещё не выдано, заказ ждёт вашего решения.
alarm-suspected-late =
    У платёжного провайдера сомнения насчёт { $amount }, заказ { $number }
    Он сообщает: { $why }. Ничего не остановлено. Если сомневаетесь и вы, верните деньги у провайдера: невыданное отменится.
alarm-overdue =
    Срок вышел { $time }: { $what }, заказ { $number }
    Посмотрите, пожалуйста; что можно, магазин пробует дальше.
alarm-frozen =
    { $product } больше не продаётся: что-то не сходится ({ $why })
    Когда разберётесь, напишите «разморозить { $slug }».
alarm-unknown-money =
    { $rail } сообщает: { $what }. Такого платежа в магазине нет: { $reference }
    Здесь ничего не изменено. Проверьте у провайдера, наш ли он; с другими платежами на этот счёт делать ничего не нужно.
unknown-refund = возврат { $amount }
unknown-dispute = спор на { $amount }
unknown-suspicion = сомнения в платеже: { $why }
alarm-missing-payment =
    { $amount } за заказ { $number } есть у нас в учёте, но { $rail } о платеже не знает: { $reference }
    Сверьтесь с провайдером, прежде чем что-то ещё выдавать.
risk-disputed-before = { $n ->
    [one] ранее оспорен { $n } платёж
    [few] ранее оспорено { $n } платежа
   *[other] ранее оспорено { $n } платежей
}
owed-risk = проверка
owed-review = решение сотрудника
owed-deliver = отправка кодов
owed-supplier = поставщик
owed-by-hand = работа вручную
owed-choice = выбор покупателя
owed-wait-stock = поступление товара
owed-dispute = спор о платеже
owed-pickup = покупатель не забрал
owed-refund = возврат
owed-admin = возврат вручную
recovered =
    { $found ->
        [0] Заказ { $number }: у платёжных провайдеров ничего нового.
        [one] Заказ { $number }: найден { $found } платёж без уведомления, он учтён.
        [few] Заказ { $number }: найдено { $found } платежа без уведомления, они учтены.
       *[other] Заказ { $number }: найдено { $found } платежей без уведомления, они учтены.
    }
choose-same-money = Те же деньги
choose-paid-twice = Дважды: вернуть
choose-keep-money = Оставить
choose-keep-delivered = Оставить: код получен
choose-return-money = Вернуть
choose-match-money = Это за { $number }
same-money = Заказ { $number }: это те же деньги, засчитаны один раз.
matched = Заказ { $number }: деньги привязаны, заказ идёт дальше.
kept-after-restore = Магазин восстановлен, учёт сверен. Оставлены деньги за утраченные заказы, коды которых уже ушли:
kept-after-restore-sum =
    { $n ->
        [one] · { $n } платёж, { $amount }
        [few] · { $n } платежа, { $amount }
       *[other] · { $n } платежей, { $amount }
    }
money-kept = { $amount } теперь доход магазина: № { NUMBER($receipt, useGrouping: 0) }.
money-returned = { $amount } возвращается плательщику: № { NUMBER($receipt, useGrouping: 0) }. Если тем же способом вернуть нельзя, попросим вернуть вручную.
given = Заказ { $number }: { $amount } отдано. Покупателю сообщили.
staff-replaced = Заказ { $number }: новый код отправляется покупателю. Старый больше не продаётся.
thawed = { $product } снова в продаже.
not-frozen = { $product } и так в продаже. Ничего не изменено.
amount-not-understood = Сумма непонятна. Напишите, например, 12.50.
goodwill-how = { $amount } по заказу { $number }: деньгами или на счёт в магазине? Пока ничего не отдано.
goodwill-left = Хорошо, ничего не отдано.
choose-as-money = Деньгами
choose-as-credit = На счёт
replace-sure = Заказ { $number }, код { $position } из { $n }: отправить покупателю другой? Старый больше не продаётся.
replace-left = Хорошо, ничего не заменено.
choose-replace = Заменить
room-opened = Теперь эта группа — комната сотрудников: здесь сообщается обо всём, что требует человека. Коды здесь не показываются.
room-code-wrong = Этот код уже использован, устарел или неверен. Новый даёт "mika telegram group".
room-in-group = Отправьте это в группе, которая станет комнатой сотрудников.
room-moves =
    У комнаты сотрудников новый номер: вместо { $old } теперь { $to }
    Пока владелец не подтвердит, что это та же группа, туда ничего не сообщается. Вы сделали её супергруппой?
choose-room-moved = Это наша, писать туда
room-moved = У комнаты сотрудников новый номер, и всё отложенное уже идёт туда.
in-private = в нашем личном чате
only-in-private = Сделаем это в личном чате: то, что вы там пишете, группа читать не должна.

notices = Уведомления по заказу { $number }, новые сверху:
notices-none = О заказе { $number } пока ничего не сообщали, и сегодня ничего не отклонено.
notice-taken = { $time } · { $rail }: учтено
notice-waits = { $time } · { $rail }: ещё не учтено ({ $why })
notice-set-aside = { $time } · { $rail }: отложено для человека ({ $why })
notice-refused = { $time } · { $rail }: не принято ({ $why })
margins = Сколько остаётся с одной штуки:
margins-none = Ничего не продаётся, или не настроен ни один способ оплаты.
margin = { $product } · { $rail } { $price }: остаётся { $amount }
margin-loss = { $product } · { $rail } { $price }: ниже закупки на { $amount }
margin-unknown =
    { $product } · { $rail } { $price }: неизвестно, { $what ->
        [cost] закупочная цена не указана
       *[other] курс этой валюты не задан
    }
