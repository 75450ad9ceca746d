# Выключатели, тихие часы, отчёт за день, новости магазина

choose-switches = Выключатели
choose-hold = Придержать выдачу
choose-go-on = Возобновить выдачу
choose-shut = Закрыть магазин
choose-reopen = Открыть магазин
choose-stop-rail = Отключить: { $rail }
choose-start-rail = Включить: { $rail }
choose-sure = Да
choose-no-time = Пока неизвестно
choose-enough-languages = Этих языков хватит
switch-deliveries = выдача приостановлена
switch-shop = магазин закрыт
switch-rail = отключено: { $rail }
switches = Выключатели:
switches-none = Всё как обычно, ничего не остановлено.
switch-row =
    { $what }, с { $time }{ $until ->
        [none] {""}
       *[other] , само закончится в { $until }
    }
switched-on = { $what }. Нажал(а): { $staff }.
switched-off =
    { $staff ->
        [clock] { $what }: время вышло, снова всё как обычно.
       *[other] { $what }: снято, снова всё как обычно. Нажал(а): { $staff }.
    }
already-switched =
    { $what }: { $staff ->
        [clock] время вышло, { $time }
       *[other] { $to ->
            [on] уже включено
           *[other] уже снято
        } ({ $staff }, { $time })
    }. Ваше нажатие ничего не изменило.
switch-unknown = Такого выключателя нет.
switch-sure-off = Вернуть как было, закончить «{ $what }»?
hold-sure =
    Приостановить всю выдачу?
    Деньги принимаем, но коды не выдаём; покупатели узнают, что ждать дольше. Потом всё уйдёт само, по очереди.
stop-rail-sure =
    Отключить: { $rail }?
    В новых заказах этого способа не будет. Открытые страницы оплаты работают, деньги учтём.
close-sure =
    Закрыть магазин?
    Смотреть можно, заказать нельзя; сделанные заказы оплачиваются и выдаются. Покупатель прочтёт:
closing-says = Что прочтут покупатели ({ $language })? Не больше { $most } знаков.
closing-until = Когда откроется? Например, 18:00 или 2027-02-18 09:00 (по часам магазина): откроется сам.
closing-until-again = Это не будущее время в пределах года. Пишите так: 18:00 или 2027-02-18 09:00.
shop-closed =
    { $says }
    Сейчас заказать нельзя, но посмотреть можно; купленное на месте.{ $until ->
        [none] {""}
       *[other] {" "}Откроемся { $until }.
    }
way-stopped = Этот способ оплаты сейчас отключён. Заказа нет, выберите другой.
kept-back =
    Получили { $amount } за заказ { $number }.
    Выдача сейчас приостановлена, ждать придётся дольше обычного. Отложено для вас: { $noun }, придёт сюда само. Платить ещё раз не нужно.
    Не хотите ждать? Нажмите «{ choose-human }», вернём деньги.

kind-paid = оплаты
kind-reviews = на проверку
kind-hands = вручную
kind-buyers = вопросы покупателей
kind-money = деньги
kind-risk = сомнения в оплате
kind-stock = склад
kind-supply = поставщики
kind-rails = способы оплаты
kind-overdue = просрочено
topic-orders = Заказы
topic-stock = Склад
topic-alerts = Важное
kind-switches = выключатели
kind-daily = отчёт за день
kind-faults = сбои
kind-security = коды и люди
mode-now = сразу
mode-lists = сводкой
mode-off = нет
choose-kind = { $kind }: { $mode }
choose-notices-to-us = Уведомления
choose-quiet-hours = Тихие часы
choose-never-quiet = Без тихих часов
choose-missed = По одному
notices-to-us = Как сообщать? Нажмите, чтобы сменить: сразу, сводкой (раз в десять минут), нет.
quiet-never = Тихих часов нет.
quiet-hours = Тихо с { $begin } до { $end }: слышны только деньги и склад, остальное потом одной сводкой.
quiet-when = С какого до какого часа тихо? Например, 23:00-8:00, по времени магазина.
quiet-when-again = Непонятно. Например, 23:00-8:00.
summary =
    { $n ->
        [one] { $n } уведомление
        [few] { $n } уведомления
       *[other] { $n } уведомлений
    } с { $time }:
summary-row = · { $kind }: { $n }
missed = { $number } из { $n } · { $kind } · { $time }
missed-none = В сводках ничего не было.
paid-list =
    { $n ->
        [one] Оплачен { $n } заказ:
        [few] Оплачено { $n } заказа:
       *[other] Оплачено { $n } заказов:
    }
paid-total = Всего { $amount }
paid-row = · { $number } { $product } × { $n }, { $amount }

choose-today = Сегодня
choose-yesterday = Вчера
daily =
    { $date }{ $over ->
        [yes] {""}
       *[no] , пока
    }
daily-sold = Оплачено заказов: { $orders }, штук: { $n }
daily-week-before = Неделей раньше: { $orders } / { $n }, пришло { $amount }
daily-came = Пришло: { $amount }, { $rail }
daily-back = Возвраты: { $amount }, { $rail }
daily-disputed = Списано по спорам: { $amount }, { $rail }
daily-no-money = Денег не приходило и не уходило
daily-margin = Прибыль { $amount } (цена закупки известна у { $found } из { $n }, без комиссий)
daily-margin-unknown = Прибыль неизвестна: цены закупки не указаны
daily-new-buyers = Новых покупателей: { $n }
daily-waits = Сейчас: на проверку { $reviews }, вручную { $hands }
daily-kept-back = Придержано: { $n }
daily-overdue = Просрочено: { $n }
daily-money-waits = Ждут вашего решения платежи: { $n }, № { $which }
daily-low = { $left ->
        [0] Всё продано: { $product }
       *[other] Заканчивается: { $product }, осталось { $left }
    }

choose-about-news = Новости магазина
choose-news = Присылать новости
choose-no-news = Больше не надо
news-why = Вы согласились получать новости магазина. Чтобы отказаться, напишите «отписаться».
news-on = Хорошо, новости о товарах и акциях будут приходить сюда. Отказаться можно словом «отписаться».
news-off = Новости магазина вам не приходят. Хотите узнавать о новых товарах и акциях?
news-left = Хорошо, новостей больше не будет. О заказах сообщаем как раньше.
news-too-long = Нужно от 1 до { $most } знаков.
no-such-news = Такой рассылки нет.
news-text = Что разослать? Напишите следующим сообщением ({ $language }), не больше { $most } знаков. Получат только те, кто согласился.
news-text-again = Нужно от 1 до { $most } знаков, напишите ещё раз ({ $language }).
news-others = А те, кто говорит на другом языке?
news-all-languages = Написано на всех трёх языках.
choose-news-to-all = Им то же самое
choose-news-only = Им не отправлять
choose-news-in = Написать: { $language }
choose-preview = Посмотреть
choose-send-news = Отправить
news-preview =
    { $n ->
        [one] Получит { $n } покупатель:
        [few] Получат { $n } покупателя:
       *[other] Получат { $n } покупателей:
    }
news-count = · { $chat }: { $n }
news-nobody = Никто из покупателей не согласился получать новости. Ничего не отправлено.
chat-telegram = Telegram
chat-wechat = WeChat
chat-browser = сайт
news-card =
    Рассылка { $number }: { $stands ->
        [going] идёт
        [stopped] остановлена
       *[done] закончена
    }
    Отправлено { $sent }, пропущено { $skipped } (отписались или недоступны){ $doubtful ->
        [0] {""}
       *[other] . Неизвестно, дошло ли: { $doubtful }; повторно не отправляли
    }
choose-news-progress = Как идёт
choose-stop-news = Остановить
choose-news-again = Отправить этим { $n } ещё раз

hears-switches = выключатели|приостановить|закрыть магазин|отпуск
hears-today = сегодня
hears-yesterday = вчера|отчёт|отчет
hears-tellus = настройки уведомлений
hears-quiethours = тихие часы|тишина
hears-missed = по одному
hears-announce = рассылка|разослать
hears-news = новости
hears-wantnews = подписаться
hears-nonews = отписаться|отписка|без новостей
