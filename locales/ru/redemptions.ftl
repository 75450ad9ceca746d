# Активация: что о ней известно и от кого

choose-worked = Сработало
choose-all-worked = Все сработали
choose-keep-where = Да, запомнить
choose-keep-nothing = Нет, не нужно
choose-forget-where = Стереть место и время
choose-redeem-another = Другой код

worked-which = Заказ { $number }: какие коды сработали?
worked-noted =
    Хорошо. Отметили, что код сработал.
    Можно запомнить, когда и где вы его использовали? Только с вашего согласия, и его можно отозвать в любой момент.
worked-where = Где вы активировали код: страна, приложение или сайт? Не больше { $most } символов, сам код не присылайте.
worked-kept = Отметили, что код сработал, когда и где. Место и время можно стереть в любой момент.
worked-thanks = Хорошо. Отмечено только, что код сработал.
worked-forgotten = Место и время стёрты. Осталось только, что код сработал.
nothing-redeemed = В заказе { $number } нет кода, о котором можно это сказать.
told-redeemed =
    Заказ { $number }, код { $position }: { $product } только что погашен у нас.
    Если это были не вы, нажмите «{ choose-problem }».

redeem-which = Введите или отсканируйте код. Засчитаем, только если магазин его принимает, и только один раз.
redeem-done =
    Погашено: { $product }, заказ { $number }, код { $position }. { $time }, { $staff }
    Владельцу сообщили.
redeem-before =
    Уже погашено { $time }, { $staff }: { $product }, заказ { $number }, код { $position }
    Больше не принимайте.
not-honoured = Это не код, который принимает магазин. Проверьте и пришлите ещё раз.
not-honoured-now = Это код из заказа { $number }, платёж по нему оспорен или возвращён. Не принимайте его.
issuer =
    { $product }: { $name ->
        [shop] магазин сам принимает эти коды
        [none] кроме покупателей, об активации никто не сообщает
       *[other] об активации сообщает { $name }
    }
    Чтобы изменить, напишите «issuer { $slug } shop».
issuer-unknown = { $name } здесь не известен. Есть: { $options }

staff-known-redeemed = Известно, что использованы: { $lines } · { $source }, { $time }
redeemed-by-seller = погашено у нас
redeemed-by-issuer = сообщил эмитент
redeemed-by-buyer = сообщил покупатель
event-redeemed = отмечена активация
event-place-forgotten = покупатель отозвал место и время
act-redeem = погашение кода
act-issuer = источник сведений об активации

hears-redemptions = активации|доля активаций
redemptions = Активировано, насколько это можно узнать, из выданного:
redemptions-none = Пока ничего не выдано.
redemptions-row =
    { $product }: { $known ->
        [no] неизвестно, узнать не у кого
       *[yes] { $rate } % ({ $found } из { $asked })
    } · охват { $coverage } % ({ $asked } из { $sent }) · по словам покупателей сработали: { $done }
