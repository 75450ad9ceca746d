# Инструкции: как активировать купленное

guide-line = { $text }
guide-errors = Если что-то не так
guide-errors-named = Частые ошибки|Частые проблемы|Если что-то не так|Если не работает

choose-guide-more = Читать дальше
choose-guide-page = Инструкция на сайте

web-guide-title = { $product }: как активировать
web-guide-none = Инструкции пока нет. Если есть вопрос по активации, спросите в чате.
web-guide-languages = Языки
web-guide-steps = Шаги

# Чего в них не может быть

guide-wrong-line = Строка { $line }: { $why }
guide-step-long = В этом шаге { $n } знаков, а можно { $most }. Разделите его на два.
guide-button-long = На кнопке { $n } знаков, а можно { $most }.
guide-no-picture = Картинки «{ $text }» нет. Сначала пришлите её сюда.
guide-many-pictures = Картинок может быть не больше { $most }.
guide-wrong-link = «{ $text }» не может быть ссылкой: адрес начинается с https://, ссылка приложения с одного из steam, itms-apps, market, ms-windows-store, spotify, roblox.
guide-edited = { $who } только что сохранил другую версию ({ $time }), ваша не сохранена. Она ниже: сначала посмотрите ту.

# Пишут сотрудники

choose-guide-write = Написать инструкцию
choose-guide-save = Сохранить инструкцию
choose-guide-none = Убрать инструкцию
choose-guide-before = Прошлая версия
guide-of-what = Для чего инструкция?
guide-of-region = Все { $brand }, { $region }
guide-of-brand = Все { $brand }
guide-write-how =
    Пришлите текст или файл .md, до { $most } знаков. Строка с номером — шаг, присланная картинка встанет в конец.
    «## Частые ошибки» начинает то, что часто не выходит. Строка из одной ссылки [слова](https://адрес) — кнопка.
guide-stands = Сейчас там:
guide-preview = Так её видят покупатели:
guide-button = [{ $label }] { $url }
guide-picture-kept = Картинка сохранена. Чтобы поставить её в другое место, впишите туда: { $text }
guide-not-text = Это не текст (UTF-8).
guide-saved = Инструкция сохранена, версия { $version }.
guide-gone = Инструкции там больше нет, прежние версии сохранены.

# Вместе с кодами

remind-private = Кодом может воспользоваться любой, кто его увидит: не пересылайте его и не показывайте на фото.
remind-region = Перед активацией проверьте, что регион аккаунта — { $region }.
remind-paste = Скопируйте и вставьте код: после нескольких неверных попыток аккаунт могут заблокировать.
pick-private = Никому не показывать
pick-paste = Копировать код
pick-region = Проверить регион
product-field-reminders = Напоминания
product-field-logo = Логотип бренда
edit-reminders = Какое напоминание? То, что уже есть, уберётся.
edit-logo = Пришлите логотип бренда (PNG, JPEG или WebP). Он будет при каждой выдаче.
staff-product-reminders = Напоминания: { $text } · Логотип: { $picture ->
        [yes] есть
       *[no] нет
    }
delivery-no-variable = Переменной { $text } нет. Есть: { $options }

# Typed

hears-guide-write = написать инструкцию|инструкции
