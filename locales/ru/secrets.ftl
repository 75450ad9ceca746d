# Просмотр кодов, выгрузка файлов и кто что делал

hears-reveal = показать код
hears-export = выгрузка|выгрузить
hears-audit = журнал

choose-show-here = Показать здесь
choose-show-once = Одноразовая страница
choose-agree-export = Согласиться
choose-stop-export = Остановить
choose-passphrase = Показать пароль
choose-audit-older = Раньше

reveal-why =
    { $what }: кодов к просмотру: { $n }. Ещё можно за 24 часа: { $left }.
    Зачем? Напишите одной фразой: причина сохранится, и её увидят остальные. Сам код не пишите.
reveal-where = Где? Показанное здесь может остаться в чате; одноразовая страница открывается один раз.
reveal-link = Ссылка откроется один раз, до { $time }: { $way }
revealed =
    Можно прочесть до { $time }, потом будет скрыто:
    { $codes }
nothing-to-reveal = Такого кода нет или он ещё не выдан.
several-codes = В этой партии так оканчиваются несколько кодов. Напишите ещё пару знаков.
enough-revealed = За 24 часа можно посмотреть кодов: { $most }, осталось: { $left }. Чтобы увидеть один, укажите его место после номера заказа, или выгрузите файлом.
reason-needed = Напишите причину: от 3 до { $most } знаков.
link-used = Ссылка уже использована или устарела. Если нужно, запросите снова.

export-what = Что выгрузить?
export-how = { $file }: в каком виде?
export-how-month = { $file } за { $what }: в каком виде?
format-xlsx = Excel
format-csv = CSV
file-orders = Заказы
file-receipts = Поступления
file-refunds = Возвраты
file-stock = Остатки
file-customers = Покупатели
file-books = Учёт за месяц
file-accounts = Остатки по счетам
file-codes = Коды
export-ready = { $file }: готово. Ссылка скачает файл один раз, до { $time }; никому не передавайте: { $way }
export-codes-of-what = Какие коды? Напишите «export codes» и номер заказа или короткое имя товара.
export-codes-why =
    { $what }: в зашифрованный файл войдёт кодов: { $n }. Что продаётся, остаётся в продаже.
    Зачем? Напишите одной фразой: причина сохранится, и её увидят остальные.
export-codes-asked = Запрошено. Когда согласится другой сотрудник с таким правом, ссылка придёт сюда.
export-codes-wait = Согласиться больше некому, поэтому ждём до { $time }; владельцы могут остановить. Потом ссылка придёт сюда.
export-codes-ready =
    Зашифрованный файл готов, кодов: { $n }. Скачать можно один раз, до { $time }: { $way }
    Открывается паролем. Он тоже показывается один раз.
export-agreed = Вы согласились: кодов { $n }. Ссылка ушла тому, кто запросил.
export-ended = Остановлено. Файл выдан не будет.
export-is-asked = ждёт согласия или не дождалась его вовремя
export-is-ready = уже согласована
export-is-stopped = остановлена
export-is-taken = уже скачана
export-decided = Эта выгрузка { $state }. Изменить уже нельзя.
second-person-needed = Согласиться должен другой сотрудник, у которого это право было ещё до запроса.
no-such-month = Такого месяца нет, или он ещё не начался. Напишите так: 2026-03.
passphrase =
    Пароль, показывается один раз, запишите:
    { $phrase }
passphrase-shown-before = Пароль уже показан. Если его нет, запросите файл снова.

told-reveal = { $staff } смотрит коды: { $n }. Причина: { $why }
told-export = { $staff } выгружает файл: { $file }
told-codes-asked = { $staff } просит выгрузить коды: { $what }, { $n }. Причина: { $why }
told-codes-wait = { $staff } просит выгрузить коды: { $what }, { $n }. Скачать можно с { $time }, до этого можно остановить. Причина: { $why }
told-codes-taken = { $staff } скачивает коды: { $what }, { $n }.
told-export-stopped = { $staff } останавливает выгрузку: { $file }
told-roles = { $staff } меняет роль. { $name }: { $roles }
told-left = { $name } здесь больше не работает.
told-entered = { $name } теперь работает здесь: { $roles }
told-audit-head = В журнале действий записей: { $n }, отметка { $value }. По ней видно, если журнал изменят.

audit-latest = Последние действия:
audit-none = Раньше ничего нет.
audit-row = { $time } { $staff }: { $what } { $name }
actor-shop = магазин
actor-clock = по времени
actor-command-line = командная строка
actor-chat = чат
actor-supplier = поставщик
act-agree-export = согласие
act-approve = одобрение
act-ask-export = запрос выгрузки
act-backup = копия
act-bought = закупка
act-enter = приход
act-export = скачивание
act-exported = выгрузка готова
act-fulfil = выполнение
act-give-roles = смена роли
act-goodwill = компенсация
act-import = пополнение
act-invite = приглашение
act-leave = уход
act-match = платёж найден
act-open-room = группа открыта
act-payment-by-hand = платёж вручную
act-recover = восстановление
act-refund = возврат
act-refund-by-hand = возврат вручную
act-reject = отказ
act-release-export = выгрузка разрешена
act-replace = замена
act-reply = ответ
act-restore = восстановление из копии
act-reveal = просмотр кодов
act-rotate = смена ключа
act-show-passphrase = показ пароля
act-stop-export = остановка выгрузки

web-once-welcome = Нажмите кнопку, чтобы открыть. Откроется один раз: убедитесь, что рядом никого нет.
web-once-press = Открыть
web-once-used = Ссылка уже использована или устарела.
web-once-shown = Через две минуты страница закроется сама, и открыть её снова нельзя.

column-number = Заказ
column-placed = Оформлен
column-paid = Оплачен
column-buyer = Покупатель
column-chat = Канал
column-product = Товар
column-many = Количество
column-total = Сумма
column-currency = Валюта
column-state = Состояние
column-rail = Способ оплаты
column-received = Получено
column-transaction = Транзакция
column-payer = Плательщик
column-amount = Сумма
column-made = Создан
column-ended = Завершён
column-reference = Номер возврата
column-batch = Партия
column-slug = Короткое имя
column-source = Источник
column-available = Доступно
column-reserved = В резерве
column-granted = Продано
column-quarantined = В карантине
column-voided = Списано
column-unit-cost = Цена закупки
column-customer = Номер покупателя
column-since = Впервые
column-name = Имя
column-accounts = Аккаунты
column-orders = Заказов
column-orders-paid = Оплачено
column-last-order = Последний заказ
column-day = День
column-came-in = Поступило
column-went-back = Возвращено
column-net = Итого
column-fee = Комиссия (по настройкам)
column-earned = Выручка (без расчёта налога)
column-cost = Себестоимость
column-cost-unknown = Кодов без цены закупки
column-account = Счёт
column-before = На начало
column-added = Прибавилось
column-taken = Убавилось
column-after = На конец
refund-is-created = ожидает
refund-is-sent = в пути
refund-is-done = завершён
refund-is-failed = отклонён платёжной системой
refund-is-unknown = исход неизвестен
