# Официальный аккаунт WeChat

wechat-text-only = Здесь понятны только слова и меню. Что хотите купить? Напишите название или цифру из списка ниже.
wechat-codes-on-page = Всего { $n } на странице заказа, по одному в строке. Проверьте количество и сразу сообщите, если чего-то не хватает.
wechat-open-order = Открыть заказ
wechat-pay-page = Открыть страницу оплаты

wechat-menu-shelf = Товары
wechat-menu-choose = Выбор
wechat-menu-mine = Моё
wechat-menu-everything = Все товары
wechat-menu-number = Вариант
wechat-menu-redeem = Мои коды
wechat-menu-help = Помощь
wechat-menu-language = Язык

# Страницы

wechat-page-in-chat = Откройте наш аккаунт в WeChat и напишите «{ choose-orders }», чтобы увидеть заказы.
wechat-page-nothing =
    Здесь нет заказа, который вам можно показать. Ссылка могла устареть или быть не для вас.
    Напишите «{ choose-orders }» нашему аккаунту в WeChat и получите новую.
wechat-page-not-signed-in = Не удалось подтвердить, что это вы. Попробуйте ещё раз или напишите «{ choose-orders }» нашему аккаунту в WeChat.
wechat-page-human = Чтобы позвать сотрудника, напишите «человек» нашему аккаунту в WeChat.
wechat-page-number = Заказ
wechat-page-total = Сумма
wechat-page-placed = Оформлен
wechat-page-paid = Оплачен
wechat-page-set-aside = Отложено для вас. Оплатите до { $time }.
wechat-page-choose = Чтобы выбрать, напишите «{ choose-orders }» нашему аккаунту в WeChat и откройте этот заказ.
wechat-page-ready = Готово: { $noun }, всего { $n }. Нажмите, чтобы посмотреть.
wechat-page-show = Показать
wechat-page-trouble =
    Если не подходит, не пробуйте снова и снова: в течение { $days ->
        [one] { $days } дня
       *[other] { $days } дней
    } напишите «человек» нашему аккаунту в WeChat, и мы разберёмся.
wechat-page-to-pay = Оплатить
wechat-page-to-order = Открыть заказ
wechat-page-go-pay = Открыть WeChat Pay
wechat-page-pay-inside = Этот заказ можно оплатить только внутри WeChat. Откройте страницу в WeChat на телефоне.
wechat-page-pay-failed = Оплата в WeChat не завершилась. Если деньги списаны, нажмите «Уже оплачено» и не платите снова; если нет, нажмите ещё раз.
wechat-page-scan-inside = Отсканируйте через WeChat на другом телефоне: долгим нажатием на картинку не оплатить.
wechat-page-scan-phone = Отсканируйте через WeChat на другом телефоне.
wechat-page-scan-desk = Отсканируйте через WeChat на телефоне.
