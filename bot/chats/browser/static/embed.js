// The shop's chat on another site: a button in the corner that opens it in a frame.
//
//   <script src="https://shop.example/embed.js" async></script>
//
// The chat is the one of the site the script comes from; data-shop="https://shop.example" names another,
// data-label="Chat with us" is what the button is called. The shop must allow the site (embed origins, see the
// setting of that name) and be reached by https: a browser sends a cookie into a foreign frame no other way.
// Keyboard: Tab reaches the button, Enter opens, Escape closes and goes back to the button.
"use strict";
(() => {
  const script = document.currentScript;
  const shop = new URL(script.dataset.shop || script.src).origin;
  const label = script.dataset.label || "密卡 Mika";
  const make = (name, facts, css) => {
    const made = Object.assign(document.createElement(name), facts);
    Object.assign(made.style, css);
    return made;
  };

  const button = make("button", { type: "button", title: label }, {
    position: "fixed", right: "20px", bottom: "20px", zIndex: 2147483000, width: "56px", height: "56px", padding: 0,
    border: 0, borderRadius: "18px", background: `#1d6b58 url("${shop}/chat/mark.svg") center / 56px no-repeat`,
    boxShadow: "0 4px 16px rgb(0 0 0 / 25%)", cursor: "pointer",
  });
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-expanded", "false");

  const small = matchMedia("(max-width: 520px)");
  const place = () => Object.assign(frame.style, small.matches
    ? { right: 0, bottom: "92px", width: "100vw", height: "calc(100dvh - 108px)", borderRadius: "16px 16px 0 0" }
    : { right: "20px", bottom: "92px", width: "400px", height: "min(680px, calc(100dvh - 120px))", borderRadius: "16px" });
  const frame = make("iframe", { title: label, allow: "clipboard-write", hidden: true }, {
    position: "fixed", zIndex: 2147483000, border: "1px solid rgb(0 0 0 / 15%)", background: "#f6f4ef",
    boxShadow: "0 10px 40px rgb(0 0 0 / 25%)",
  });

  function toggle(open) {
    if (open && !frame.src) frame.src = `${shop}/`; // not before it is wanted
    frame.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    (open ? frame : button).focus();
  }
  button.addEventListener("click", () => toggle(frame.hidden));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !frame.hidden) toggle(false); });
  addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.origin === shop && event.data === "mika:close") toggle(false);
  });
  small.addEventListener("change", place);

  place();
  document.body.append(frame, button);
})();
