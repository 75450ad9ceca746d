# Кто здесь работает и что кому можно

choose-people = Кто здесь работает
choose-member = { $name }
choose-invite = Пригласить
choose-role = Сделать: { $role }
choose-leaver = { $name }: уходит
choose-goes = Да, уходит
people = Кто здесь работает:
people-row = { $name }: { $roles }
member =
    { $name }: { $roles }
    Аккаунтов: { $n }
preset-owner = владелец
preset-helper = помощник
preset-manager = управляющий
preset-viewer = только просмотр
role-owner = владелец
role-manager = управляющий
role-support = поддержка
role-stock-keeper = склад
role-viewer = только просмотр
roles-and = { $one }, { $other }
role-unknown = Такой роли нет. Есть owner, manager, helper, support, stock-keeper и viewer.
right-look = смотреть заказы и остатки
right-answer = отвечать покупателям
right-decide = решать по заказам на проверке
right-stock = менять остатки
right-shelf = менять товары и цены
right-money = распоряжаться деньгами
right-sell = продавать вручную
right-reveal = смотреть коды
right-export = выгружать файлы
right-announce = писать всем покупателям
right-switch = останавливать и запускать
right-people = решать, кто здесь работает
right-own = распоряжаться магазином
not-allowed = Вам здесь нельзя { $right }. Попросите владельца: это меняется в разделе «{ choose-people }».
more-than-yours = Нельзя дать или отнять больше, чем есть у вас. Попросите владельца.
last-owner = { $name } — единственный владелец. Сначала сделайте владельцем кого-то ещё.
left-already = Этот человек здесь больше не работает.
invite-name = Кого? Напишите имя, которым магазин будет называть этого человека.
invite-name-again = Напишите имя, не длиннее { $most } знаков.
invite-as-what =
    Кем будет { $name }?
    Помощник отвечает покупателям, решает по заказам на проверке и пополняет остатки. Управляющему можно всё, кроме распоряжения магазином. Только просмотр — лишь смотреть.
invite-made = По этому приглашению войдёт один человек, один раз, в течение суток: { $name }, { $roles }. Больше никому не отправляйте.
door-made = Так вы войдёте с другого своего аккаунта: один раз, в течение часа. Никому не отправляйте.
way-in-telegram = Отправьте боту сотрудников в Telegram: { $way }
way-in-desk = Или откройте в браузере: { $way }
leaver-sure = { $name } уходит: с любого аккаунта его нажатия больше ничего не значат. Точно?
leaver-left = Хорошо, всё остаётся как было.
leaver-gone = { $name } здесь больше не работает: аккаунты, кнопки, разговоры и приглашения закрыты. Осталось сделать самим:
leaver-group = · убрать из группы
leaver-providers = · сменить пароли банка и платёжных систем, которые были известны
leaver-server = · если был доступ к серверу: новый ключ хранилища (mika vault rotate) и новые токены ботов
