# Склад для сотрудников: файлы, партии, списание, напоминания

hears-alert = порог

restock-paste-or-file =
    Пополняем { $product }: вставьте коды, по одному в строке, или пришлите файл (txt, csv, xlsx). Они шифруются сразу.
    Между номером и PIN — ---- или запятая; в конце строки может стоять срок, например 2027-12-31.
restock-reading = { $product }: файл читается и шифруется. Мы напишем, что в нём; без вашего слова ничего не продаётся.
restock-bought = Сколько стоил один код и по какому чеку? Например, «12.50 INV-2041»; если цена неизвестна, поставьте «-». Можно не отвечать.
restock-bought-again = Сначала сумма, потом чек: «12.50 INV-2041». Не длиннее { $most } знаков.
restock-kept = Хорошо. Коды подождут сутки, потом будут удалены.
restock-going = { $product }: принято { $done } из { $n }. В продажу поступят все вместе; ждать не нужно.
batch =
    { $product }, партия { NUMBER($row, useGrouping: 0) }, источник: { $source }, { $time }
    Кодов: { $n }. В продаже { $available }, в резерве { $reserved }, выдано { $sold }, снято { $out }
batch-bought = Цена одного: { $cost }. Чек: { $proof }
choose-again = Прислать другие
choose-bad-lines = Непонятные строки
choose-withdraw-quarantine = Снять с продажи
choose-withdraw-void = Списать
choose-withdraw-move = Перенести в другой товар
choose-bought = Цена и чек
choose-stock-of = { $product }
choose-batch = Партия { NUMBER($row, useGrouping: 0) } · { $n } · { $time }
choose-back-to-batch = К партии
bad-lines =
    { $n ->
        [one] { $n } строка — не код:
        [few] { $n } строки — не коды:
       *[other] { $n } строк — не коды:
    }
bad-line = Строка { NUMBER($row, useGrouping: 0) }: { $why }
bad-lines-more = … и ещё { $n }
stock-line-binary = двоичные данные
stock-line-encoding = не UTF-8
stock-line-endless = длиннее любого кода
stock-line-hidden = невидимые знаки
stock-line-long = слишком длинное поле
stock-line-gap = пустое поле
stock-line-date = дата вместо кода
stock-line-no-date = такой даты нет
stock-line-fields = больше трёх полей
stock-line-truth = в ячейке TRUE или FALSE
stock-line-rounded = таблица округлила число: сделайте столбец текстовым

stock-file-empty = Файл пустой.
stock-file-kind = Подходят файлы txt, csv и xlsx. Пришлите такой или вставьте коды.
stock-file-lines = В файле больше миллиона строк.
stock-file-codes = В файле больше { $most } кодов. Пришлите его частями.
stock-file-too-big = Файл больше { $most } МБ. Пришлите его частями.
stock-file-unpacked = Таблица распаковывается в слишком большой объём. Сохраните только коды, в csv.
stock-file-parts = В таблице слишком много частей. Сохраните только коды, в csv.
stock-file-corner = В таблице есть очень далёкая ячейка. Сохраните только коды, в csv.
stock-file-zip = Это архив или таблица, а не текст, как говорит имя.
stock-file-csv = Как csv файл не читается: возможно, не закрыта кавычка.
stock-file-workbook = Таблица не открывается. Сохраните её заново или в csv.
stock-file-damaged = Это не таблица Excel, или она повреждена или закрыта паролем.
stock-file-gone = Файл больше не получить. Пришлите его ещё раз.
stock-file-nothing = Ничего из него не принято.
file-not-here = Непонятно, для чего этот файл. Чтобы пополнить остатки, сначала выберите товар.
not-read = Файл ещё читается. Мы напишем, когда закончим.

product-in-full = { $product }{ $face ->
        [none] {""}
       *[other] {" "}· { $face }
    } · { $region }{ $which ->
        [none] {""}
       *[other] {" "}· { $which }
    }
staff-stock-low = { $product } ({ $available ->
        [0] продано
       *[other] мало
    }): в продаже { $available }, в резерве { $reserved }, выдано { $sold }
stock-alert-at =
    { $threshold ->
        [0] Мы напишем, когда товар закончится. Чтобы узнать раньше, напишите «порог { $slug } 10».
       *[other] Мы напишем, когда останется { $threshold } или меньше. Изменить: «порог { $slug }» и число.
    }
stock-alert-how = Напишите, например, «порог steam-us-20 10». При 0 мы напишем, только когда товар закончится.
alarm-low-stock =
    { $product } заканчивается: осталось { $left }{ $unpaid ->
        [0] {""}
       *[other] , из них ждут оплаты: { $unpaid }
    }
    Вы просили сообщить при { $threshold } или меньше. Снова напишем только после пополнения.
alarm-sold-out =
    { $product }: всё продано
    Покупатели не могут его заказать. Снова напишем только после пополнения.

withdraw-what = Напишите «withdraw quarantine», «withdraw void» или «withdraw move».
withdraw-list = Вставьте нужные коды, по одному в строке, не больше { $most }. Мы их только найдём.
withdraw-none-of-these = Среди них нет непроданных и лежащих на складе. Можно вставить другие.
withdraw-nothing = Непроданных уже нет. Ничего не изменено.
withdraw-where = В какой товар? Напишите название или краткое имя.
withdraw-where-again = Туда нельзя. Напишите другой товар, где у каждого кода один покупатель.
withdraw-why = Почему? Пара слов: они сохранятся, и их увидят остальные.
withdraw-why-again = Напишите почему, не длиннее { $most } знаков.
withdraw-sure-quarantine =
    Снять с продажи непроданные коды товара { $product }: { $n }? Причина: { $why }
    Выданные не тронем; зарезервированные уйдут следом, если их не оплатят. В продажу они не вернутся, но их можно будет списать.
withdraw-sure-void =
    Списать непроданные коды товара { $product }: { $n }? Причина: { $why }
    Выданные не тронем; зарезервированные уйдут следом, если их не оплатят.
withdraw-sure-move =
    Перенести непроданные коды товара { $product } в { $to }: { $n }? Причина: { $why }
    Выданные не тронем; зарезервированные уйдут следом, если их не оплатят.
several-products = нескольких товаров
choose-sure-quarantine = Снять
choose-sure-void = Списать
choose-sure-move = Перенести
withdraw-begun = Начали. Мы напишем, когда закончим.
told-withdraw-quarantine = { $staff } снимает с продажи коды { $product }: { $n }. Причина: { $why }
told-withdraw-void = { $staff } списывает коды { $product }: { $n }. Причина: { $why }
told-withdraw-move = { $staff } переносит коды { $product } в { $to }: { $n }. Причина: { $why }
withdrawn-quarantine = Снято с продажи кодов: { $n }.
withdrawn-void = Списано кодов: { $n }.
withdrawn-move = Перенесено и выставлено на продажу кодов: { $n }.
cant-move-there = Туда нельзя. Выберите другой товар, где у каждого кода один покупатель.

browser-file = Коды файлом
browser-file-send = Отправить файл
browser-file-too-big = Файл больше { $most } МБ. Пришлите его частями.

choose-try = Пробная покупка
rehearsal-which = Что попробовать, товар: { $product }? Всё идёт на копии: настоящий склад, деньги и покупатели не затронуты.
rehearsal-first-simple = первый простой
rehearsal-begins =
    { $n ->
        [1] { $what }: идёт. Разговор придёт сюда в течение минуты.
       *[other] { $what }: идёт по очереди в нескольких чатах ({ $n }). Разговоры придут сюда один за другим, на каждый — не больше минуты.
    }
rehearsal-purchase = Обычная покупка
rehearsal-paid-after-sold-out = Оплата, когда всё продано
rehearsal-late-payment = Оплата после срока
rehearsal-held = Сначала смотрит человек
rehearsal-wrong-amount = Оплачена только половина
rehearsal-buyer-blocked-bot = Покупатель заблокировал бота
rehearsal-supplier-down = Поставщик не отвечает
rehearsed-in = { $what }, { $chat }
rehearsed-ok = { $what }: всё кончилось как надо. Копия удалена.
rehearsed-not-ok =
    { $what }: кончилось не так, как надо. { $why }
    Подробности: { $detail }
rehearsed-why-wrong = Вышло не то, что должно выйти.
rehearsed-why-too-long = Шло слишком долго и остановлено. «mika rehearse» играет без ограничения.
rehearsed-why-broken = Сыграть не удалось. «mika rehearse» на машине магазина покажет почему.
rehearsed-before = (до этого ещё строк: { $n })
rehearsed-said-buyer = Покупатель: { $text }
rehearsed-said-shop = Магазин: { $text }
rehearsed-said-staff = Сотрудники видят: { $text }
rehearsed-pays = (покупатель платит)
rehearsed-pays-open-page = (покупатель платит на странице, что ещё открыта)
rehearsed-blocks = (покупатель блокирует бота)
rehearsed-comes-back = (покупатель возвращается)
rehearsed-approves = (сотрудник одобряет)
rehearsed-releases = (сотрудник отправляет сразу)
rehearsed-by-hand = (сотрудник делает вручную)
rehearsed-other-buys = (кто-то другой покупает последний)
rehearsed-later = (прошло минут: { $n })
