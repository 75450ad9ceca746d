# Что делает каждая команда меню

command-buyers-shelf = Посмотреть витрину
command-buyers-orders = Мои заказы и коды
command-buyers-help = Как купить и получить код
command-buyers-language = Сменить язык
command-buyers-terms = Условия: возврат и замена
command-buyers-paysupport = Вопрос по оплате

command-staff-reviews = Заказы на проверку
command-staff-hands = Заказы для ручного выполнения
command-staff-orders = Последние заказы
command-staff-stock = Остатки и пополнение
command-staff-help = Что можно сделать и что ждёт
