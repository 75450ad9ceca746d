# Витрина: товары, цены, каталог

hears-manage = управление товарами|изменить товары
hears-product-new = новый товар|добавить товар
hears-reprice = изменить цены
hears-price-changes = изменения цен
choose-products = Товары
choose-product-new = Новый товар
choose-reprice = Изменить много цен
choose-reprice-later = Изменить цену
choose-price-changes = Изменения цен
choose-catalogue-import = Загрузить каталог
choose-catalogue-export = Каталог файлом
choose-as-buyer = Как видит покупатель
choose-off-shelf = Снять с витрины
choose-on-shelf = Выставить на витрину
choose-none = Нет
choose-below-cost = Изменить и ниже затрат
choose-all-products = Все товары
choose-now = Сейчас
choose-change-prices = Да, изменить
choose-price-change = № { $n }
choose-price-cancel = Отменить изменение
choose-price-undo = Вернуть прежние цены
choose-catalogue-apply = Да, загрузить
product-hidden = { $product } (снят)
staff-products = Товаров: { $n }, не на витрине: { $hidden }. Нажмите на товар, чтобы изменить.
staff-product =
    { $product } ({ $slug })
    Бренд: { $brand } · { $state ->
        [on] на витрине
        [frozen] заморожен до проверки
       *[off] не на витрине
    }
staff-product-is = Номинал: { $face } · Регион: { $region } · { $kind }
staff-product-no-price = Цены пока нет
staff-product-price = { $currency }: { $text }
staff-product-limits = В заказе не больше { $order } · { $buyer ->
        [0] на покупателя без ограничений
       *[other] на покупателя не больше { $buyer }
    }
staff-product-after = { $goods }, { $resale } · после продажи: { $days } дн. · Если кончится: { $shortage }
staff-product-names = Название: { $text }
staff-product-guide = Как активировать: { $text } · { $picture ->
        [yes] с картинкой
       *[no] без картинки
    }
staff-product-delivery = Слова при выдаче: { $text } · Картинка товара: { $picture ->
        [yes] есть
       *[no] нет
    }
staff-product-redeem = Активируется здесь: { $url }
staff-product-edited = Изменения: { $who }, { $time }
staff-as-buyer = Что видит покупатель:
staff-button = [ { $label } ]
product-field-name = Название
product-field-price = Цена
product-field-brand = Бренд
product-field-face = Номинал
product-field-region = Регион
product-field-picture = Картинка
product-field-delivery = Слова при выдаче
product-field-redeem = Адрес активации
product-field-order = Лимит на заказ
product-field-buyer = Лимит на покупателя
product-field-days = Дней после продажи
product-field-kind = Откуда коды
product-field-goods = Вид товара
product-field-resale = Легко ли перепродать
product-field-shortage = Если кончится
pick-unique = один код — один покупатель
pick-shared = один код на многих
pick-on-demand = закупка после оплаты
pick-by-hand = вручную
pick-bundle = набор
pick-digital = цифровой товар
pick-physical = физический товар
pick-low = перепродать трудно
pick-normal = перепродать как обычно
pick-high = перепродать легко
pick-ask = ждать или замена
pick-wait = можно ждать
pick-substitute = можно заменить
pick-refund = сразу возврат
edit-which = На каком языке?
edit-which-again = Выберите язык ниже.
edit-name = Какое новое название? Не длиннее { $most } знаков.
edit-price =
    Какая новая цена? Например: 128
    Дешевле за большее: 128; 5: 125
    Другая валюта впереди: USDT 18.5. Больше без цены в ней: USDT -
edit-brand = Какой бренд?
edit-face = Какой номинал? Не длиннее { $most } знаков.
edit-region = Где работает? Например us или hk; везде — global.
edit-picture = Пришлите картинку (PNG, JPEG или WebP).
edit-delivery = Что сказать вместе с кодами? До { $most } знаков. Переменные: {"{product} {brand} {face} {number} {n} {noun} {region} {redeem_url} {days} {shop}"}
edit-redeem = По какому адресу активируется?
edit-order = Сколько штук в заказе самое большее? От { $least } до { $most }.
edit-buyer = Сколько всего может взять покупатель? От { $least } до { $most }.
edit-days = Сколько дней после продажи? От { $least } до { $most }.
edit-kind = Откуда берутся коды?
edit-goods = Что это за товар?
edit-resale = Легко ли это снова превратить в деньги?
edit-shortage = Что делать, если после оплаты его нет?
edit-now = Сейчас: { $text }
edit-done = Изменено: { $field }
edited-meanwhile = { $product } только что изменили: { $who } ({ $time }). Ваше изменение не принято. Посмотрите, как сейчас, и измените ещё раз.
kind-stays = Товар { $product } есть на складе, поэтому вид не меняется. Сделайте другой товар.
product-needs-price = Цены пока нет, выставить нельзя.
product-made = Готово: { $product }. Он не на витрине, пока вы не посмотрите.
not-taken = { $why }
wrong-empty = Ничего не написано. Напишите ещё раз.
wrong-long = Здесь { $n } знаков, а можно не больше { $most }.
wrong-hidden = Внутри есть невидимые знаки. Напишите без них.
wrong-tags = Здесь нельзя HTML: только слова.
wrong-number = Напишите целое число от { $least } до { $most }.
wrong-choice = Можно только: { $options }.
wrong-link = Напишите адрес целиком, начиная с https://
wrong-region = Напишите регион буквами: us, hk или global.
wrong-currency = Нет такой валюты: «{ $text }».
wrong-price = «{ $text }» — не цена. Пишите так: 128 или 128; 5: 125
wrong-picture-none = Пришлите картинку, а не слова.
wrong-picture = Эта не подходит: нужен целый PNG, JPEG или WebP до { $most } МБ, не слишком длинный и узкий.
wrong-file = Файл не дошёл. Пришлите ещё раз.
wrong-file-large = Файл слишком большой: можно до { $most } МБ.
wrong-brand = Такого бренда нет. Выберите ниже.
wrong-percent = Напишите процент: +5% или -3%.
wrong-slug = В столбце product — строчные латинские буквы, цифры и дефисы, не больше { $most } знаков.
below-cost = Так будет ниже затрат:
below-cost-row = { $product }: цена { $price }, придёт { $amount }, стоил { $cost }
below-cost-more = и ещё { $n }
new-name = Как называется новый товар?
new-brand = Какой бренд? Выберите или напишите название нового.
new-category = В каком разделе { $text }? Выберите или напишите название нового.
new-face = Какой номинал? Например $20.
new-region = Где работает?
new-kind = Откуда берутся коды?
new-price =
    Какая цена в { $currency }? Например: 128
    Дешевле за большее: 128; 5: 125
reprice-what = Чьи цены?
reprice-how = На сколько? Например +5% или -3%.
reprice-how-one = На сколько? Например +5%, или новая цена: 128.
reprice-when = Когда? Сейчас или напишите время: 18:00 или 12-01 09:00 (по часам магазина).
reprice-when-again = Это не будущее время. Пишите так: 18:00 или 12-01 09:00, в пределах года.
reprice-preview = { $later ->
        [yes] Новые цены с { $time }, товаров: { $n }
       *[no] Новые цены с этой минуты, товаров: { $n }
    }
reprice-row = { $product } { $currency }: { $old } → { $new }
nothing-to-reprice = Там ни одна цена не изменится.
no-such-change = Такого изменения цен нет.
change-ended = Уже решено: { $who } ({ $time }), { $state ->
        [going] идёт
        [undoing] возвращается
        [cancelled] отменено
        [undone] цены возвращены
        [done] сделано
       *[planned] ещё впереди
    }.
price-changes-none = Цены ещё не меняли.
price-changes = Последние изменения цен:
price-change-what = { $product } { $text }
price-change-row = { $number }. { $what }, { $time }, { $state ->
        [going] идёт
        [undoing] возвращается
        [planned] впереди
        [cancelled] отменено
        [undone] возвращено
       *[done] сделано
    }
price-change =
    Изменение цен { $number }: { $what }
    { $state ->
        [planned] Начнётся { $time }, решение: { $who }
        [going] Идёт: { $who }
        [undoing] Цены возвращает: { $who }
        [cancelled] Отменено: { $who }
        [undone] Цены вернули: { $who }
       *[done] Сделано ({ $time }): { $who }
    }
    У сделанных заказов цена прежняя.
price-change-over = Изменение цен { $number }: { $state ->
        [undone] цены возвращены
       *[done] сделано
    }, товаров: { $n }.
price-undo-left = У { $product } с тех пор другая цена, она остаётся.
catalogue-here = Каталог, товаров: { $n }. Измените и пришлите обратно.
catalogue-send = Пришлите каталог (xlsx или csv, до { $most } МБ) или вставьте текстом. Чего в нём нет, остаётся как есть.
catalogue-same = Строк: { $n }, всё так и есть. Менять нечего.
catalogue-preview = Новых: { $new }, изменится: { $changed }, без изменений: { $unchanged }
catalogue-row = Строка { $row }, { $slug }: { $what ->
        [new] новый
       *[changed] изменится
    } ({ $text })
catalogue-wrong = Строк с ошибками: { $n }. Ничего не изменено.
catalogue-wrong-row = Строка { $row }: { $why }
catalogue-sure = Загрузить?
catalogue-nothing = Ничего не изменено. Возьмите файл заново и правьте его.
catalogue-done-before = Этот файл уже загружен.
catalogue-done = Готово. Новых: { $new }, изменено: { $changed }, без изменений: { $unchanged }. Новые посмотрите и выставьте на витрину.
catalogue-going = Загружаем. Мы напишем, когда всё будет готово.
catalogue-left = Их только что изменили, мы их не тронули ({ $n }): { $text }
draft-gone = Этот файл уже отброшен. Пришлите ещё раз.
no-such-file = Такого файла нет.
no-sheet = { $why }
sheet-large = Файл слишком большой: можно до { $most } МБ.
sheet-empty = В нём нет товаров. Первая строка — названия столбцов, ниже по товару в строке.
sheet-rows = Таблица слишком большая: не больше { $n } строк.
sheet-encoding = Буквы не читаются. Сохраните как xlsx или csv в UTF-8.
sheet-kind = Это не таблица, которую можно прочитать. Пришлите xlsx или csv.
sheet-column = Столбца «{ $text }» нет. Оставьте названия, с которыми файл приходит.
sheet-column-twice = Два столбца называются одинаково. Уберите один.
sheet-no-product = Нет столбца product.
row-twice = { $slug } встречается дважды
row-column = { $column }: { $why }
row-missing = не хватает: { $text }
row-bundle = набор в таблице не изменить
