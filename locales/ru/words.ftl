# Существительные, меры, регионы, состояния, способы оплаты, языки, слова фразы

noun-code = код
noun-card = карта
noun-membership = подписка
noun-topup = пополнение

measure-zhang = шт.
measure-ge = шт.
measure-fen = шт.

region-us = США
region-hk = Гонконг
region-tw = Тайвань
region-jp = Япония
region-kr = Корея
region-sg = Сингапур
region-uk = Великобритания
region-eu = Европа
region-tr = Турция
region-cn = Китай
region-ru = Россия
region-kz = Казахстан
region-br = Бразилия
region-ar = Аргентина
region-in = Индия
region-ca = Канада
region-au = Австралия
region-global = любой регион

state-awaiting-payment = ждёт оплаты
state-underpaid = оплачен не весь
state-paid = оплачен
state-paid-no-stock = оплачен, товара нет
state-in-review = проверяет сотрудник
state-fulfilling = выдаём
state-delivered = выдан
state-expired = не оплачен вовремя
state-cancelled = отменён
state-rejected = не прошёл проверку
state-refund-pending = возвращаем деньги
state-refunded = деньги возвращены

event-placed = оформлен
event-underpaid = оплачен не весь
event-paid = оплачен
event-paid-too-late = оплачен после срока
event-expired = не оплачен вовремя
event-cancelled = отменён покупателем
event-passed = прошёл без проверки
event-held = отдан на проверку
event-approved = одобрен
event-rejected = отказ
event-made-by-hand = сделана одна штука
event-bought = одна единица куплена
event-supplier-failed = поставщик не выдал код
event-sent = коды отправлены
event-unreachable = покупатель недоступен
event-delivered = выдан полностью
event-picked-up = открыт по фразе
event-refund = возврат начат
event-refunded = возврат сделан

rail-manual = Банковский перевод
rail-sandbox = Тестовая оплата
rail-and-price = { $rail } · { $price }
rail-stripe = Банковская карта
rail-telegram-stars = Telegram Stars

language-zh-cn = 中文
language-en = English
language-ru = Русский

pickup-words = апельсин арбуз бабочка банан барабан берег билет ботинок бубен ваза варенье верблюд весна ветер вишня волна ворона газета гитара глина гора горох гриб груша дельфин дерево диван дракон дыня енот жираф журнал зебра зеркало зонтик камень капуста картина каша кирпич клевер ключ колесо комета компас корабль костюм кошка кувшин кукла лампа ландыш ласточка лебедь лимон ложка луна магнит малина маяк медведь мельница молоко море мост облако огурец озеро океан олень орех остров павлин палатка парус перо персик песок печенье пингвин пирог платье подушка поезд попугай почта радуга ракета река роза ромашка рубашка рыба сахар свеча скрипка слон снег сова солнце спичка стол страус сумка тарелка театр тигр трамвай тыква тюльпан улитка утка флаг фонарь фонтан хлеб цветок цирк чайник чашка черника шапка шарф школа шляпа щука яблоко якорь
event-refunded-by-hand = возвращено вручную
state-disputed = платёж оспорен
state-dispute-won = спор решён в нашу пользу
state-dispute-lost = спор проигран
event-asked = покупателя спросили, что делать
event-waits = покупатель ждёт поступления
event-swapped = покупатель взял замену
event-wanted = покупатель всё же берёт
event-credited = оставлено на счёте
event-uncredited = счёт возвращён деньгами
event-restocked = новый товар отложен
event-credit-spent = оплачено со счёта
event-matched = платёж без заказа привязан
event-seen-by-staff = сотрудник увидел оплату
event-recovered = найден пропавший платёж
event-replacing = код заменяется
event-replaced = код заменён
event-disputed = платёж оспорен
event-dispute-won = спор решён в нашу пользу
event-dispute-lost = спор проигран
event-refunded-outside = возврат у провайдера
event-goodwill = компенсация
rail-credit = Счёт в магазине
