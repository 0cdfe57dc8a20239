// The page of phones: asks once a second what is new, sends forms without leaving the page.
"use strict";
const digests = {};
let polling = false;

async function poll() {
  if (polling) return;
  polling = true;
  try {
    const answer = await fetch("/state?" + new URLSearchParams(digests));
    for (const [name, part] of Object.entries(await answer.json())) {
      digests[name] = part.digest;
      for (const place of document.querySelectorAll(`[data-part="${name}"]`)) show(place, part.html);
    }
  } catch (error) {
    // The simulator is gone or restarting; the next second asks again.
  }
  polling = false;
}

function show(place, html) {
  const typed = place.querySelector("input[name=text]");
  const kept = typed && { value: typed.value, focused: typed === document.activeElement };
  place.innerHTML = html;
  const input = place.querySelector("input[name=text]");
  if (kept && input) {
    input.value = kept.value;
    if (kept.focused) input.focus();
  }
  if (place.classList.contains("chat")) place.scrollTop = place.scrollHeight;
}

const phoneOf = (node) => node.closest(".phone");

function panel(phone, name, open) {
  phone.querySelector(name).hidden = !open;
}

async function post(url, body, phone) {
  const waiting = phone && phone.querySelector(".waiting");
  const timer = setTimeout(() => waiting && (waiting.hidden = false), 400);
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
    const { open } = await answer.json();
    if (open && phone) {
      phone.querySelector("iframe").src = open;
      panel(phone, ".web", true);
    }
  } finally {
    clearTimeout(timer);
    if (waiting) waiting.hidden = true;
  }
  poll();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-live]")) return;
  event.preventDefault();
  const phone = phoneOf(form);
  const body = new FormData(form, event.submitter);
  if (form.matches(".say") && form.elements.text) form.elements.text.value = "";
  if (phone) panel(phone, ".sheet", false);
  form.querySelectorAll("details[open]").forEach((group) => (group.open = false));
  post(form.action, body, phone);
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("[data-photo]") || !input.files.length) return;
  const phone = phoneOf(input);
  const body = new FormData();
  body.append("photo", input.files[0]);
  body.append("which", input.dataset.photo);
  input.value = "";
  post(`/phones/${phone.dataset.key}/photo`, body, phone);
});

document.addEventListener("click", (event) => {
  const node = event.target.closest("[data-scan], [data-close], [data-reload], a[target]");
  document.querySelectorAll(".menu details[open]").forEach((group) => {
    if (!group.contains(event.target)) group.open = false;
  });
  if (!node) return;
  const phone = phoneOf(node);
  if (!phone) return;
  if (node.matches("[data-scan]")) {
    phone.querySelectorAll(".sheet input[name=which]").forEach((input) => (input.value = node.dataset.scan));
    panel(phone, ".sheet", true);
    phone.querySelectorAll(".menu details[open]").forEach((group) => (group.open = false));
  } else if (node.matches("[data-close]")) {
    const shut = node.closest(".sheet, .web");
    shut.hidden = true;
    if (shut.matches(".web")) phone.querySelector("iframe").src = "about:blank";
  } else if (node.matches("[data-reload]")) {
    const frame = phone.querySelector("iframe");
    frame.src = frame.src;
  } else {
    panel(phone, ".web", true);
  }
});

poll();
setInterval(poll, 1000);
