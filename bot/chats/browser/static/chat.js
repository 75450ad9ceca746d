// The chat page, livelier than its forms alone: lines come as they are said (server-sent events), an intent is sent
// under one key however often it is tried, codes are copied. Without this script the page still works by its forms.
"use strict";
(() => {
  const here = document.body.dataset;
  const byId = (id) => document.getElementById(id);
  const [log, say, field, typing, notice, offline] = ["log", "say", "text", "typing", "notice", "offline"].map(byId);
  const main = document.querySelector("main");
  const csrf = say.elements.csrf.value;
  const past = log.dataset.past === "yes"; // an older page of the history: nothing new comes here
  let last = Number(log.dataset.last);

  // --- Saying something

  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  const arrived = new Set(); // keys the stream has shown us: the shop has those, whatever became of our request

  // One intent, one key: a try whose answer was lost is repeated under it, and the shop counts both as one.
  async function send(words, key, url = say.action) {
    const body = new URLSearchParams({ ...words, key, csrf, zone: zone() });
    for (const wait of [800, 2500, 0]) {
      try {
        const answer = await fetch(url, { method: "POST", body, credentials: "same-origin" });
        if (answer.ok) return (warn(""), waiting(true), true);
        if (answer.status < 500) return (warn(await answer.text()), false);
      } catch { /* the network is away: once more, then say so */ }
      if (wait) await pause(wait);
      if (arrived.has(key)) return (warn(""), true);
    }
    warn(here.failed);
    return false;
  }

  function warn(sentence) {
    notice.textContent = sentence;
    notice.hidden = !sentence;
  }

  let kept = { text: "", key: "" }; // what could not be sent keeps its key while it stays the same
  async function sayTyped() {
    const text = field.value;
    if (!text.trim()) return;
    const key = kept.text === text ? kept.key : newKey();
    kept = { text, key };
    field.value = "";
    grow();
    const copy = past || arrived.has(key) ? null : pending(text, key);
    const sent = await send({ text }, key);
    if (sent && past) return location.assign(say.action.replace(/\/say$/, "") || "/");
    if (sent) kept = { text: "", key: "" };
    else {
      copy?.remove();
      if (!field.value) field.value = text;
      grow();
    }
  }

  function pending(text, key) {
    const line = document.createElement("li");
    line.className = "line theirs pending";
    line.dataset.key = key;
    line.append(Object.assign(document.createElement("div"), { className: "bubble" }));
    line.firstChild.append(Object.assign(document.createElement("div"), { className: "said", textContent: text.slice(0, 600), dir: "auto" }));
    line.setAttribute("aria-hidden", "true"); // read out when the shop has it
    log.append(line);
    toEnd();
    return line;
  }

  say.addEventListener("submit", (event) => { event.preventDefault(); sayTyped(); });
  field.addEventListener("keydown", (event) => {
    const page = { PageUp: -0.85, PageDown: 0.85 }[event.key];
    if (page) { event.preventDefault(); main.scrollBy(0, page * main.clientHeight); } // reading back while writing
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: an input method is at work
    event.preventDefault();
    sayTyped();
  });

  // --- Pressing something

  async function press(button) {
    if (button.dataset.key) return; // under way: a double click is one intent
    button.dataset.key = newKey();
    button.setAttribute("aria-disabled", "true");
    const sent = await send({ press: button.value }, button.dataset.key, button.hasAttribute("formaction") ? button.formAction : say.action);
    if (sent && past) return location.assign(say.action.replace(/\/say$/, "") || "/");
    if (sent) await pause(1500);
    delete button.dataset.key;
    button.removeAttribute("aria-disabled");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.name === "press") { event.preventDefault(); press(button); }
    if (button.matches(".copy")) copy(button, [button.previousElementSibling]);
    if (button.matches(".copy-all")) copy(button, button.closest(".line").querySelectorAll(".code code"));
  });

  async function copy(button, codes) {
    const text = Array.from(codes, (code) => code.dataset.bare).join("\n");
    const copied = await toClipboard(text);
    const label = (button.dataset.label ??= button.textContent);
    button.textContent = copied ? here.copied : here.notCopied;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => { button.textContent = label; }, 2000);
  }

  async function toClipboard(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // no https, or a frame without leave
      const area = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
      const focused = document.activeElement;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      focused?.focus();
      return done;
    }
  }

  // --- Hearing

  function add(html) {
    const made = document.createElement("template");
    made.innerHTML = html;
    const line = made.content.querySelector("li");
    if (!line || byId(line.id)) return;
    const near = main.scrollHeight - main.scrollTop - main.clientHeight < 160;
    const inside = document.activeElement?.closest(".choices") && document.activeElement;
    if (line.dataset.key) {
      arrived.add(line.dataset.key);
      log.querySelector(`.pending[data-key="${CSS.escape(line.dataset.key)}"]`)?.remove();
    }
    if (line.matches(".ours")) settle(line);
    localTimes(line);
    line.classList.add("new");
    const first = log.querySelector(".pending");
    first ? first.before(line) : log.append(line);
    if (inside && !inside.isConnected) field.focus({ preventScroll: true }); // its choices are gone: keep the keyboard somewhere
    waiting(line.matches(".theirs"));
    if (near || line.matches(".theirs")) main.scrollTop = line.offsetHeight > main.clientHeight ? line.offsetTop - 12 : main.scrollHeight;
    if (document.hidden && !document.title.startsWith("● ")) document.title = "● " + document.title;
  }

  // A new line of ours: its choices are the ones to press, and what it says again is past.
  function settle(line) {
    for (const old of log.querySelectorAll(".newest")) old.classList.remove("newest");
    if (!line.dataset.card) return;
    for (const old of log.querySelectorAll(".ours[data-card]")) {
      if (old.dataset.card !== line.dataset.card) continue;
      old.classList.add("superseded");
      old.querySelector(".choices")?.remove();
    }
  }

  let slow = 0;
  function waiting(yes) {
    clearTimeout(slow);
    typing.hidden = !yes;
    typing.querySelector(".words").textContent = "";
    if (!yes) return;
    typing.querySelector(".words").textContent = here.typing;
    slow = setTimeout(() => { typing.querySelector(".words").textContent = here.slow; }, 15000);
    toEnd();
  }

  let tries = 0;
  let later = 0;
  function listen() {
    later = 0;
    const source = new EventSource(`${here.stream}?after=${last}&locale=${encodeURIComponent(here.locale)}`);
    let lost = 0;
    source.onopen = () => { tries = 0; clearTimeout(lost); lost = 0; offline.hidden = true; };
    source.onerror = () => {
      lost ||= setTimeout(() => { // a blink is no loss; however often it tries meanwhile, the first failure counts
        lost = 0;
        offline.hidden = source.readyState === EventSource.OPEN;
      }, 1200);
      if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
      source.close();
      later = setTimeout(listen, Math.min(30000, 2000 * 2 ** tries++)); // refused: too many windows, or a restart
    };
    source.addEventListener("line", (event) => { last = Number(event.lastEventId); add(event.data); });
    source.addEventListener("again", () => { source.close(); keepDraft(); location.reload(); });
  }

  // --- Small things

  const toEnd = () => { main.scrollTop = main.scrollHeight; };
  function grow() { // browsers that know field-sizing need no help
    if (CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }
  function localTimes(part) {
    for (const time of part.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const today = at.toDateString() === new Date().toDateString();
      const day = today ? {} : { month: "short", day: "numeric" };
      time.textContent = at.toLocaleString(here.locale, { ...day, hour: "2-digit", minute: "2-digit" });
    }
  }
  function keepDraft() { try { sessionStorage.setItem("draft", field.value); } catch { /* then without */ } }
  function takeDraft() {
    try { field.value ||= sessionStorage.getItem("draft") || ""; sessionStorage.removeItem("draft"); } catch { /* then without */ }
  }
  field.addEventListener("input", grow);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.title = document.title.replace(/^● /, "");
    if (later) { clearTimeout(later); listen(); }
  });

  takeDraft();
  grow();
  localTimes(document);
  if (past) return;
  toEnd();
  if (matchMedia("(pointer: fine)").matches && window === window.top) field.focus({ preventScroll: true });
  waiting(log.dataset.waits === "yes");
  listen();
  if (!log.children.length) send({ press: "start" }, "start"); // the same key in every window: one welcome
})();
