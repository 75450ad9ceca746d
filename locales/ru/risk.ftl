# Правила риска: причины, решения и настройки, как их видят сотрудники

trail-customer = покупатель
trail-device = устройство
trail-ip = IP-адрес
trail-payer = плательщик
trail-email = почта
trail-destination = аккаунт для пополнения
listed-customer = покупатель
listed-ip = IP-адрес
listed-device = устройство
listed-payer = плательщик
listed-email = почта
listed-destination = пополняемый аккаунт
listed-domain = почтовый домен
listed-country = страна
risk-hours =
    { $n ->
        [one] { $n } час
        [few] { $n } часа
       *[other] { $n } часов
    }
risk-days =
    { $n ->
        [one] { $n } день
        [few] { $n } дня
       *[other] { $n } дней
    }

risk-unweighed = правила не сработали, решить должен человек
risk-listed = в списке блокировки ({ $what }): { $text }
risk-allowed = в списке доверенных ({ $what }): { $text }
risk-history-unknown = прежние заказы покупателя найти не удалось
risk-rejected-before =
    { $n ->
        [one] раньше отклонён { $n } заказ
        [few] раньше отклонено { $n } заказа
       *[other] раньше отклонено { $n } заказов
    }
risk-refund-abuse = возвраты и замены: { $n } из { $orders } заказов
risk-dropped-payment = деньги отозваны сразу после оплаты: { $n }, не оплачено в срок: { $lapsed }
risk-late-and-new = новый покупатель, оплата после окончания брони
risk-far-above-usual =
    за несколько дней сумма больше обычного заказа покупателя в { $n ->
        [few] { $n } раза
       *[other] { $n } раз
    }
risk-bad-neighbours = { $by }: чужих заказов со спором или отказом — { $n }
risk-reputation-good = прежние заказы прошли хорошо
risk-reputation-bad = с прежними заказами были трудности
risk-limit-orders = { $by }: заказ № { $n } за { $span }
risk-limit-amount = { $by }: { $amount } за { $span }
risk-limit-products = { $by }: разных товаров за { $span } — { $n }
risk-crowd = { $by }: покупателей за { $span } — { $n }
risk-exposure = за { $span } этим покупателем, с его устройства или карты: { $amount }, почти всё ещё не проверено временем
risk-unpaid-orders = неоплаченных заказов за { $span }: { $n }
risk-resale-young = аккаунт появился недавно, товар легко перепродать
risk-young-bulk = аккаунт появился недавно, штук сразу: { $n }
risk-young-account = новый покупатель, аккаунт только появился
risk-in-a-hurry = новый покупатель, заказ № { $n } сразу после предыдущего
risk-young-again = аккаунт появился недавно, за { $span } это заказ № { $n } по карте, всего { $amount }
risk-little-at-stake = потерять можно немного: { $amount } за { $span }
risk-known-address = с этого IP-адреса у других хороших заказов: { $n }
risk-many-accounts = связанных аккаунтов у покупателя: { $n }
risk-country-listed = страна { $country } есть в списке магазина
risk-country-unknown = страна неизвестна
risk-country-mismatch = плательщик из { $payer }, покупатель из { $country }
risk-rail-elevated = платёжный провайдер видит повышенный риск
risk-rail-highest = платёжный провайдер видит высший риск
risk-fraud-warning = банк предупреждает: владелец карты мог не знать об оплате
risk-rails-failed = за час оплата не прошла, испробовано способов: { $n }
risk-throw-away-email = одноразовый адрес почты
risk-destination-changes = разных аккаунтов для пополнения за день: { $n }
risk-too-fast =
    от просмотра до заказа { $n ->
        [one] прошла { $n } секунда
        [few] прошло { $n } секунды
       *[other] прошло { $n } секунд
    }
risk-night = крупный заказ ночью, в { $hour } ч

outcome-pass = пропустить
outcome-delay = выдать позже
outcome-review = проверка человеком
outcome-refuse = отказ и возврат
risk-why =
    Заказ { $number }: { $outcome }, баллов { $score }
    Решено { $time } по правилам версии { NUMBER($version, useGrouping: 0) }
risk-why-at = Позже — от { $delay }, проверка — от { $review }, отказ — от { $refuse }
risk-why-row = { $score }: { $why }
risk-why-hard = { $score }, не мягче «{ $outcome }»: { $why }
risk-why-shadow = проба, не в счёт ({ $score }): { $why }
risk-why-clean = У правил нет возражений.
risk-why-unweighed = Заказ { $number } по правилам ещё не оценивали.
choose-why = Почему
hears-risk-rules = правила проверки
hears-why = почему
no-such-version = Такой версии правил нет.
alarm-risk-file-unread = Файл risk.toml не читается. Правила остались прежними. Проверьте права на файл и кодировку (UTF-8).
alarm-risk-file = Строка { NUMBER($line, useGrouping: 0) } файла risk.toml непонятна. Правила остались прежними: { $text }
risk-bad-length = файл длиннее { $most } знаков
risk-bad-toml = это не TOML
risk-bad-table = «{ $name }» должно быть таблицей
risk-bad-choice = «{ $name }» — одно из: { $options }
risk-bad-rising = пороги должны расти: delay, review, refuse
risk-bad-number = «{ $name }» — целое число от { $least } до { $most }
risk-bad-flag = «{ $name }» — true или false
risk-bad-list = «{ $name }» — список, например ["US", "HK"]
risk-bad-amount = «{ $name }» — сумма в { $currency }: "200.00" в кавычках или "2.5 x", то есть во столько раз больше review_above
risk-bad-near = { $what ->
    [rule] нет правила
   *[setting] нет настройки
} «{ $name }»; может быть, { $near }?
risk-bad-unknown = { $what ->
    [rule] нет правила
   *[setting] нет настройки
} «{ $name }»

risk-rules =
    Правила проверки заказов: { $preset }, версия { NUMBER($version, useGrouping: 0) }
    От { $delay } баллов — позже на { $minutes } мин, от { $review } — проверка, от { $refuse } — отказ и возврат.
risk-rules-unread = Правила версии { NUMBER($version, useGrouping: 0) } не читаются (строка { $line }: { $text }), все заказы проверяет человек. Выберите набор, и всё наладится.
risk-rules-changed = Изменено: { $rule } ({ $mode }, вес { $weight })
risk-rules-never = Их ещё не меняли: действует стандартный набор.
risk-rules-set = Установлено: { $staff }, { $time }.
risk-preset-lax = Мягко
risk-preset-standard = Стандарт
risk-preset-strict = Строго
risk-preset-sure = Перейти на «{ $preset }»? Собственные изменения магазина будут сброшены.
risk-which-figure = Что изменить?
risk-figure-delay = Баллы: выдать позже
risk-figure-review = Баллы: проверка
risk-figure-refuse = Баллы: отказ
risk-figure-delay-minutes = Минуты задержки
risk-figure-now = Сейчас { $n }. Сколько поставить?
risk-figure-again = Нужно число от { $least } до { $most }; баллы растут от задержки к проверке и отказу. Ничего не изменено.
risk-which-rule = Какое правило?
risk-rule-now =
    { $rule }: { $mode }, вес { $weight }
    Веса складываются в баллы. «Не мягче» действует при любых баллах.
risk-rule-hard = Не мягче: { $outcome }
risk-rule-weight = { $rule }: вес { $n }. Сколько поставить? Число от { $least } до { $most }.
risk-mode-on = включено
risk-mode-shadow = проба
risk-mode-off = выключено
risk-versions = Прежние правила. Выберите, и они снова начнут действовать:
risk-versions-none = Прежних версий пока нет.
risk-version-sure = Версия { NUMBER($version, useGrouping: 0) }, { $preset }, установлено: { $staff }, { $time }. Вернуться к ней?
choose-rules = Правила
choose-thresholds = Изменить баллы
choose-one-rule = Изменить правило
choose-versions = Прежние версии
choose-weight = Изменить вес
choose-version = Версия { NUMBER($version, useGrouping: 0) } · { $preset } · { $time }

risk-rule-listed = список блокировки
risk-rule-allowed = список доверенных
risk-rule-history-unknown = история неизвестна
risk-rule-disputed-before = споры раньше
risk-rule-fraud-warning = предупреждение банка
risk-rule-rail-highest = провайдер: высший риск
risk-rule-country-review = страны на проверку
risk-rule-country-delay = страны с задержкой
risk-rule-new-buyer-high-value = новый покупатель, сумма
risk-rule-far-above-usual = намного больше обычного
risk-rule-young-bulk = новый аккаунт, много штук
risk-rule-resale-young = новый аккаунт, перепродажа
risk-rule-young-account = новый аккаунт
risk-rule-many-accounts = много связанных аккаунтов
risk-rule-limit-customer = лимит на покупателя
risk-rule-limit-device = лимит на устройство
risk-rule-limit-payer = лимит на плательщика
risk-rule-limit-email = лимит на почту
risk-rule-limit-destination = лимит на пополняемый аккаунт
risk-rule-limit-ip = лимит на IP
risk-rule-crowd-device = много на устройстве
risk-rule-crowd-payer = много у плательщика
risk-rule-crowd-email = много на одной почте
risk-rule-crowd-destination = много на один аккаунт
risk-rule-crowd-ip = много на одном IP
risk-rule-new-in-company = новичок не один
risk-rule-new-in-a-hurry = новичок спешит
risk-rule-young-again = новый аккаунт, снова по карте
risk-rule-young-exposure = новый аккаунт, большие суммы
risk-rule-exposure = много непроверенного
risk-rule-revocable = много по карте
risk-rule-revocable-weeks = много по карте за недели
risk-rule-country-mismatch = страны не совпадают
risk-rule-rail-elevated = провайдер: риск выше
risk-rule-rails-failed = неудачные оплаты
risk-rule-throw-away-email = одноразовая почта
risk-rule-destination-changes = смена аккаунтов
risk-rule-unpaid-orders = неоплаченные заказы
risk-rule-too-fast = быстрее человека
risk-rule-night = ночь и сумма
risk-rule-refund-abuse = много возвратов
risk-rule-rejected-before = отказы раньше
risk-rule-dropped-payment = поздние оплаты и возвраты
risk-rule-bad-neighbours = плохие заказы рядом
risk-rule-reputation = репутация
risk-rule-known-address = знакомый IP-адрес
risk-rule-little-at-stake = потерять можно немного
