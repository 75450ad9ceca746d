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
