# Guides: how what was bought is redeemed

guide-line = { $text }
guide-errors = When something goes wrong
guide-errors-named = Common errors|Common problems|When something goes wrong|If it doesn't work

choose-guide-more = Go on reading
choose-guide-page = Guide as a page

web-guide-title = How to redeem { $product }
web-guide-none = There's no guide for it yet. If you have a question about redeeming it, ask us in the chat.
web-guide-languages = Languages
web-guide-steps = Steps

# What can't be in one

guide-wrong-line = Line { $line }: { $why }
guide-step-long = This step has { $n } characters, and { $most } are the most. Please make two of it.
guide-button-long = The button's words have { $n } characters, and { $most } are the most.
guide-no-picture = There's no picture "{ $text }". Please send it here first.
guide-many-pictures = { $most } pictures are the most.
guide-wrong-link = "{ $text }" can't be a link: an address begins with https://, an app's with one of steam, itms-apps, market, ms-windows-store, spotify, roblox.
guide-edited = { $who } saved another one meanwhile ({ $time }), so yours wasn't saved. It stands below: look at theirs first.

# Staff write them

choose-guide-write = Write guide
choose-guide-save = Save it
choose-guide-none = No guide any more
choose-guide-before = The one before
guide-of-what = What is the guide for?
guide-of-region = All { $brand }, { $region }
guide-of-brand = All { $brand }
guide-write-how =
    Send the text, or a .md file of it, { $most } characters at most. A numbered line is a step. Send a picture and it comes at the end.
    ## Common errors begins what often goes wrong. A line with nothing but [words](https://address) is the button.
guide-stands = This stands there now:
guide-preview = This is how buyers see it:
guide-button = [{ $label }] { $url }
guide-picture-kept = The picture is kept. To have it elsewhere, put this there: { $text }
guide-not-text = That's no text (UTF-8).
guide-saved = Guide saved, version { $version }.
guide-gone = There's no guide there any more. The earlier ones are kept.

# With the codes

remind-private = Whoever has the code can use it: don't pass it on, and show it in no picture.
remind-region = Before you redeem it, look whether your account's region is { $region }.
remind-paste = Copy and paste the code: after several wrong tries an account may get locked.
pick-private = Keep it private
pick-paste = Copy and paste
pick-region = Check the region
product-field-reminders = Reminders
product-field-logo = Brand's logo
edit-reminders = Which reminder? One that is there already goes.
edit-logo = Please send the brand's logo (PNG, JPEG or WebP). It goes with each delivery.
staff-product-reminders = Reminders: { $text } · Logo: { $picture ->
        [yes] yes
       *[no] no
    }
delivery-no-variable = There is no variable { $text }. There are: { $options }

# Typed

hears-guide-write = write guide|guides
