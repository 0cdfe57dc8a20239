// 待审事项 at a desk: the record beside its list, and keys (j k a r u /). Without this script every entry opens its own page.
(function () {
  var panel = document.querySelector(".beside-queue");
  var isDesk = Boolean(panel) && window.fetch && window.matchMedia("(min-width: 1000px) and (pointer: fine)").matches;
  var entries = Array.prototype.slice.call(document.querySelectorAll(".queue > li")), at = -1, asked = 0;

  function mark(part) {  // whoever sends these forms came from the list at a desk, and goes back to it
    part.querySelectorAll("form").forEach(function (form) {
      var box = document.createElement("input");
      box.type = "hidden"; box.name = "desk"; box.value = "1";
      form.append(box);
    });
  }

  function fill(address, text) {
    var shown = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    if (!shown) { location.href = address; return; }
    panel.replaceChildren.apply(panel, Array.prototype.slice.call(shown.childNodes));
    panel.querySelectorAll("script, .undo, p:first-of-type:has(> .link:only-child)").forEach(function (each) { each.remove(); });
    panel.querySelectorAll("form").forEach(function (form) {
      if (!form.getAttribute("action")) form.action = address;
    });
    mark(panel);
    panel.scrollTop = 0;
    panel.inert = false;
  }

  function open(number) {
    var entry = entries[number], address = entry && entry.querySelector(".what").href, mine = ++asked;
    if (!entry) return;
    at = number;
    entries.forEach(function (each) { each.removeAttribute("aria-current"); });
    entry.setAttribute("aria-current", "true");
    entry.scrollIntoView({ block: "nearest" });
    if (!isDesk) { entry.querySelector(".what").focus(); return; }
    panel.inert = true;  // what stands there is the former record until the next one has come
    fetch(address, { credentials: "same-origin" })
      .then(function (answer) {
        if (answer.redirected) throw new Error(answer.url);  // the sign-in has ended
        return answer.text();
      })
      .then(function (text) { if (mine === asked) fill(address, text); })
      .catch(function () { location.href = address; });
  }

  function press(selector) {
    var found = document.querySelector(selector);
    if (found) found.click();
    return Boolean(found);
  }

  var keys = {
    j: function () { open(Math.min(at + 1, entries.length - 1)); },
    k: function () { open(Math.max(at - 1, 0)); },
    a: function () { return press("[data-key=a]"); },
    r: function () {
      var details = document.querySelector("[data-key=r]"), box = details && details.querySelector("input:not([type=hidden]), textarea");
      if (details) { details.open = true; details.scrollIntoView({ block: "nearest" }); box.focus(); }
    },
    u: function () { return press("[data-key=u]"); },
    "/": function () {
      var box = document.querySelector("[data-key='/']"), folded = box && box.closest("details");
      if (folded) folded.open = true;
      if (box) { box.focus(); box.select(); }
    },
  };

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!keys[event.key]) return;
    event.preventDefault();
    if (panel && panel.inert && "ar".includes(event.key)) return;
    keys[event.key]();
  });

  var mistaken = document.querySelector("h1[data-desk]");
  if (mistaken) mark(mistaken.closest("main"));

  if (!isDesk) return;
  panel.hidden = document.getElementById("keys").hidden = false;
  var more = document.querySelector(".queue-filter details");
  if (more) more.open = true;
  entries.forEach(function (entry, number) {
    entry.querySelector(".what").addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(number);
    });
  });
  var current = entries.findIndex(function (each) { return each.hasAttribute("aria-current"); });
  open(current < 0 ? 0 : current);
})();
