# Что выдаётся позже, что сотрудники видят о покупателе и похожих заказах, и заказы, когда товара мало

later =
    Получили { $amount }, заказ { $number }.
    До { $time } сюда придёт { $noun }. Товар отложен для вас, больше ничего платить и делать не нужно.
taken-for-now =
    { $most ->
        [0] Остаток «{ $product }» сейчас оплачивают. В { $time } станет ясно, осталось ли что-то: загляните тогда. Заказ не создан, деньги не списаны.
       *[other] «{ $product }» осталось мало, сейчас можно взять до { $most }. После оплаты можно купить ещё. Заказ не создан, деньги не списаны.
    }
cool-down =
    Мы откладывали для вас { $n ->
        [one] { $n } заказ, он не был оплачен.
        [few] { $n } заказа, они не были оплачены.
        [many] { $n } заказов, они не были оплачены.
       *[other] { $n } заказа, они не были оплачены.
    } Снова заказать можно с { $time }. Сейчас заказ не создан, деньги не списаны.

staff-later =
    Выдача позже: { $amount }, сама в { $time } · заказ { $number }
    { $product } × { $n }
staff-later-over = Заказ { $number }, { $amount }: больше не ждёт выдачи. Сейчас: { $state }
choose-release = Выдать сейчас
choose-doubt = Сначала проверить
staff-review-else-deliver = Без решения: { $deadline } одобрение и выдача
staff-decided-passed = Заказ { $number }, { $amount }: до { $time } никто не решил, одобрен и выдан ({ $staff }). Сейчас: { $state }

held-buyer = Покупатель { $buyer }: с { $time }, заказ № { $k }
held-orders =
    Раньше: { $n ->
        [one] { $n } заказ
        [few] { $n } заказа
        [many] { $n } заказов
       *[other] { $n } заказа
    }, оплачено { $paid } на { $amount }, без оплаты истекло { $lapsed }
held-back =
    Возвраты: { $refunds }, споры: { $disputes }
held-replaced = Замены кодов: { $replaced }
held-accounts =
    { $n ->
        [0] Других аккаунтов нет
       *[other] Другие аккаунты ({ $n }): { $accounts }
    }
held-similar = Похожие заказы:
held-like = { $number } · { $time } · { $amount } · { $state } · { $by }
alike-customer = тот же покупатель
alike-device = то же устройство
alike-ip = тот же сетевой адрес
alike-payer = тот же плательщик
alike-email = та же почта
alike-destination = тот же аккаунт для пополнения
alike-product = тот же товар

risk-staff-doubts = { $staff } просит проверить
risk-refunded-outside = { $amount } вернули через платёжную систему
event-delayed = выдача позже
event-released = выдан раньше срока
event-doubted = сначала проверка
owed-later = время выдачи
