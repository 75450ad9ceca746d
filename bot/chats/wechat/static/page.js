// Copies codes, calls WeChat's own programme to pay, and looks whether the payment has come. Without it all can be read.
"use strict";

const EVERY = 2000; // milliseconds between looks
const LOOKS = 300; // then it is enough: ten minutes

// Copying

function byHand(code) {
  const range = document.createRange();
  range.selectNodeContents(code);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    area.setSelectionRange(0, text.length);
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

for (const list of document.querySelectorAll(".codes")) {
  const codes = [...list.querySelectorAll("code")];
  const tell = (button, done) => {
    const label = button.textContent;
    button.textContent = done ? list.dataset.copied : list.dataset.notCopied;
    setTimeout(() => { button.textContent = label; }, 1500);
  };
  for (const button of list.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      const done = await copy(code.dataset.bare);
      if (!done) byHand(code);
      tell(button, done);
    });
  }
  for (const button of list.querySelectorAll(".copy-all")) {
    button.addEventListener("click", async () => tell(button, await copy(codes.map((code) => code.dataset.bare).join("\n"))));
  }
}

// Paying inside WeChat. What its programme answers is no proof: the shop is asked.

for (const place of document.querySelectorAll("[data-call]")) {
  const call = JSON.parse(place.dataset.call);
  const failed = place.querySelector("[data-failed]");
  const pay = () => {
    failed.hidden = true;
    WeixinJSBridge.invoke("getBrandWCPayRequest", call, (said) => {
      failed.hidden = !/:fail/.test(String(said.err_msg));
    });
  };
  place.querySelector(".call").addEventListener("click", () => {
    if (window.WeixinJSBridge) pay();
    else failed.hidden = false;
  });
  if (window.WeixinJSBridge) pay();
  else document.addEventListener("WeixinJSBridgeReady", pay, { once: true });
}

// Whether it is paid

const watched = document.querySelector("[data-watch]");
if (watched) {
  let looks = 0;
  let looking = false;
  const look = async () => {
    if (looking || document.hidden) return;
    looking = true;
    looks += 1;
    try {
      const answer = await fetch(watched.dataset.watch, { headers: { accept: "application/json" } });
      if (answer.ok && !(await answer.json()).waits) {
        clearInterval(timer);
        location.replace(watched.dataset.then);
      }
    } catch {
      // no net for a moment: the next look will tell
    }
    looking = false;
    if (looks >= LOOKS) clearInterval(timer);
  };
  const timer = setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}
