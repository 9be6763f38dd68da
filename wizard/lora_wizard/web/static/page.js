// What the page says when it shows no terminal. textual.js marks the body: `-first-byte` when the
// app has drawn something, `-closed` when the connection was closed.
"use strict";

function say(words, again) {
  document.getElementById("words").textContent = words;
  document.getElementById("again").hidden = !again;
}

async function sayWhyClosed() {
  const words = document.body.dataset;
  try {
    const answer = await fetch("state", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    say((await answer.json()).busy ? words.busy : words.ended, true);
  } catch {
    say(words.lost, true);
  }
}

addEventListener("DOMContentLoaded", () => {
  document.getElementById("again").addEventListener("click", () => location.reload());
  let closed = false;
  new MutationObserver(() => {
    if (!closed && document.body.classList.contains("-closed")) {
      closed = true;
      sayWhyClosed();
    }
  }).observe(document.body, { attributeFilter: ["class"] });
});

addEventListener("error", () => {
  if (document.body && !document.body.classList.contains("-loaded")) {
    document.body.classList.add("-cannot");
    say(document.body.dataset.cannot, true);
  }
});
