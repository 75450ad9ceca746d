# Страница чата в браузере: кнопки, подсказки, состояния

browser-your-message = Ваше сообщение
browser-placeholder = Что вам нужно?
browser-desk-placeholder = Команда или коды
browser-send = Отправить
browser-log = Разговор
browser-from-us = Магазин:
browser-from-you = Вы:
browser-choices = Можно ответить так
browser-new-window = (в новом окне)
browser-shortcuts = Быстрые действия
browser-to-orders = Мои заказы
browser-to-help = Помощь
browser-to-reviews = К проверке
browser-to-all-orders = Заказы
browser-to-stock = Склад
browser-language = Язык
browser-in-zh-CN = 中文
browser-in-en = English
browser-in-ru = Русский
browser-start = Начать
browser-earlier = Более ранние сообщения
browser-now = К последним сообщениям
browser-desk = сотрудники

browser-typing = Пишем ответ…
browser-slow = Это занимает больше времени, чем обычно. Сообщение получено, повторять его не нужно.
browser-reconnecting = Связь прервалась, подключаемся снова…
browser-failed = Сообщение не ушло. Текст сохранён: отправьте его ещё раз.

browser-copy = Копировать
browser-copy-this = Копировать код { $n }
browser-copy-all = Копировать все ({ $n })
browser-copied = Скопировано
browser-not-copied = Выделите и скопируйте
browser-download = Скачать .{ $kind }
browser-codes = { $codes }

browser-lines = { $n ->
    [one] [{ $n } строка]
    [few] [{ $n } строки]
   *[other] [{ $n } строк]
}
browser-button = (кнопка)
browser-gone = Это сообщение больше нельзя показать.
browser-too-fast = { $seconds ->
    [one] Слишком быстро. Попробуйте через { $seconds } секунду.
    [few] Слишком быстро. Попробуйте через { $seconds } секунды.
   *[other] Слишком быстро. Попробуйте через { $seconds } секунд.
}
browser-too-long = Слишком длинно: не больше { $most } знаков. Отправьте по частям.
browser-reload = Страница открыта слишком давно. Обновите её и отправьте ещё раз.
browser-full = Открыто слишком много окон. Закройте несколько.
browser-not-found = Здесь ничего нет.
browser-back = Вернуться в чат

browser-desk-closed = Эта страница только для сотрудников.
browser-desk-how = Попросите владельца выполнить на сервере команду ниже. Она даст одноразовую ссылку: откройте её в этом браузере.
browser-desk-welcome = Вас пригласили как сотрудника. После нажатия «Войти» этот браузер сможет работать с заказами и складом. Ссылка действует один раз.
browser-desk-enter = Войти
browser-desk-used = Эта ссылка уже использована или устарела.
