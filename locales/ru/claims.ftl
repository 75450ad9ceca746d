# Претензии: как сообщить о коде, который не работает, как его проверяют и чем это кончается

hears-claim = претензия|рекламация|подать претензию
hears-claims = мои претензии|претензии

claim-which-order = О каком заказе речь? Выберите заказ или напишите «претензия» и его номер.
claim-which = Заказ { $number }: какой код по счёту? Любое число от 1 до { $n }.
claim-what = Заказ { $number }, код { $position }: что происходит при активации?
claim-kind-invalid = Пишет: неверный
claim-kind-used = Пишет: использован
claim-kind-region = Другой регион
claim-kind-missing = Не пришёл
claim-opened =
    Пока больше не пробуйте, чтобы аккаунт не заблокировали.
    Заказ { $number }, код { $position } из { $n }.
    До { $until } напишите текст ошибки и регион аккаунта. Без паролей, кодов входа и самого кода.
    Ответим в пределах { $hours } ч рабочего времени: замена, возврат или причина отказа. Номер { $case }
claim-in-review =
    Обращение { $case } (заказ { $number }) смотрит сотрудник.
    Ответ будет до { $time }: замена, возврат или причина отказа.
    Он придёт сюда, больше ничего делать не нужно.
claim-replaced = Обращение { $case }: код { $position } заказа { $number } заменяем. Новый придёт отдельным сообщением, старый больше не нужен.
claim-replaced-given = Обращение { $case }: код { $position } заказа { $number } заменяем. Вы его подарили, поэтому новый придёт тому, кто получил подарок; старый больше не нужен.
claim-refunded = Обращение { $case }: за код { $position } заказа { $number } возвращаем деньги. Сумма и срок — в сообщении о возврате.
claim-refused = Обращение { $case } (заказ { $number }, код { $position }): заменить или вернуть деньги в этот раз не можем.
claim-resent =
    Обращение { $case }: код { $position } заказа { $number } отправлен ещё раз, сюда же.
    Снова нет? Нажмите «{ choose-problem }» ещё раз, и посмотрит сотрудник.
claim-withdrawn = Обращение { $case } (заказ { $number }, код { $position }) закрыто, ничего не изменилось. Если что-то не так, напишите снова.
claim-sold-for = Код подходит только для региона: { $region }. Это было указано в заказе, в других регионах он не активируется.
claim-too-late = Сообщить можно было в течение { $days } дн. после отправки, а это пришло позже.
claim-why-window = О нём сообщили позже оговорённого срока.
claim-why-region = Код подходит только для одного региона, это было указано в заказе.
claim-why-redeemed = Код активировали уже после отправки.
claim-why-evidence = По присланному не видно, что с кодом не так. Если узнаете больше, напишите.
claim-why-limit = За последнее время замен было слишком много.
claim-why-undecided = За отведённое время не удалось подтвердить, что код не работает.
claim-why-disputed = Деньги за заказ уже возвращены, или этим занимается платёжная система.
claim-why-silent = Описание вовремя не пришло.
claim-asked =
    По обращению { $case } хотим спросить:
    { $text }
    Ответьте, пожалуйста, до { $time }.
claim-in-words = Картинки здесь не видны. Напишите, пожалуйста, текст со страницы следующим сообщением.
claim-more-what = Напишите в следующем сообщении: прочтёт сотрудник. Без паролей и кодов входа.
claims-mine = Ваши обращения:
claims-none = Обращений нет. Если код не работает, откройте заказ и нажмите «{ choose-problem }».
claim-state-open = ждём покупателя
claim-state-in-review = смотрит сотрудник
claim-state-replaced = заменён
claim-state-refunded = деньги возвращены
claim-state-refused = отказано
claim-state-resent = отправлен ещё раз
claim-state-withdrawn = закрыто

choose-case = { $case } · { $state }
choose-my-claims = Мои обращения
choose-claims = Обращения
choose-no-evidence = Не могу сказать
choose-claim-more = Дополнить
choose-claim-withdraw = Уже всё хорошо
choose-claim-person = Пусть посмотрит человек
choose-claim-refund = Вернуть { $amount }
choose-claim-refuse = Отказать
choose-why-evidence = Ничего не видно
choose-why-redeemed = Активирован позже
choose-why-region = Другой регион
choose-why-window = Слишком поздно
choose-why-limit = Слишком много замен

unknown-claim = Такого обращения нет.
nothing-to-claim = В заказе { $number } нет кода, который можно проверить: он ещё не отправлен, или деньги уже возвращаются.
too-many-claims = Сейчас рассматриваем ваших обращений: { $most }. Новое можно открыть, когда по одному из них будет ответ.
claimed-too-often = Ваших обращений за последние дни ({ $days }): { $most }. С этим кодом поможет сотрудник: нажмите «{ choose-human }» и напишите ему.
claim-decided =
    Обращение { $case }: { $state } в { $time }, { $staff ->
        [shop] по правилам магазина
        [clock] вышло время
        [buyer] решил покупатель
       *[other] решение: { $staff }
    }. Ваше нажатие ничего не изменило.

staff-claim = Претензия { $amount }, осталось { $left } мин · { $case } · заказ { $number }
staff-claim-what = { $what }: { $product }, код { $position } из { $n }, отправлен { $time } ({ $reference })
staff-claim-buyer = Покупатель { $buyer }, недавно: претензий { $claimed }, замен { $replaced } из { $most }
staff-claim-late = Сообщить можно было до { $time }: пришло позже
staff-claim-redeemed = Активирован { $time }, после отправки
staff-claim-undated = Эмитент сообщил { $time }, что код активирован; когда именно, неизвестно
staff-claim-answered = По этому коду уже был ответ: отказ сотрудника или возврат денег
staff-claim-worked = Покупатель уже сообщал, что код активирован
staff-claim-before = Раньше: замен { $replaced }, отправлен снова { $sent }; жаловались другие: { $others }
staff-claim-none-left = Заменить нечем: нет в наличии
staff-claim-supplier =
    Поставщик: { $how ->
        [accepted] признал
        [refused] отказал
       *[other] пока не ответил
    }
staff-claim-no-evidence =
    { $waits ->
        [yes] Ждём описания от покупателя
       *[other] Покупателю нечего показать
    }
staff-claim-else = Если никто не решит: { $what } в { $deadline }
claim-else-replace = замена
claim-else-refund = возврат
claim-else-refuse = отказ с причиной
claim-else-resend = отправка ещё раз
claim-else-withdraw = закрытие без ответа
staff-claim-decided =
    Обращение { $case }, заказ { $number }: { $state } в { $time }, { $staff ->
        [shop] по правилам магазина
        [clock] вышло время
        [buyer] решил покупатель
       *[other] решение: { $staff }
    }
staff-claim-refuse = Обращение { $case }: почему отказ? Покупатель это прочтёт.
staff-claim-ask = Обращение { $case }: что спросить? Следующее сообщение уйдёт покупателю.
staff-claim-asked = Вопрос отправлен покупателю.
staff-claims = Открытые обращения, сначала с ближайшим сроком: { $n }
staff-claims-none = Открытых обращений нет.
staff-claim-at-supplier = Претензия поставщику { $supplier }: { $case }, закупка { $reference }. Когда ответят, напишите «supplier-claim { $case } accepted» или «refused»
staff-running-out-claim = Обращения, по которым пора ответить: { $n }. Иначе будет то, что указано на карточке:

event-claim-opened = покупатель сообщил о проблеме
event-claim-ended = обращение закрыто
event-claim-appealed = покупатель попросил посмотреть человека
