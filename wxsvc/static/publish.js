// 发布活动: the draft is kept while one types, and the title's words point at their category. Without this script both
// wait for a button.
(function () {
  var form = document.getElementById("activity"), kept = document.getElementById("kept");
  if (!form || !window.fetch || !window.FormData) return;
  var changed = false, sending = false, sent = false, pressed = null, timer = null, asked = "";

  function keep() {
    if (!changed || sending || sent || !form.elements.title.value.trim()) return;
    changed = false;
    sending = true;
    fetch(form.dataset.draft, { method: "POST", body: new FormData(form), credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (told) {
        kept.textContent = told.text;
        if (!told.version) return;
        form.elements.version.value = told.version;
        if (!changed) form.dispatchEvent(new Event("kept"));
      })
      .catch(function () {
        changed = true;
        form.elements.version.value = "";  // whether it was kept is unknown: the next word stands
        kept.textContent = kept.dataset.offline;
      })
      .then(function () {
        sending = false;
        if (sent) submit();
      });
  }

  // A button pressed while the draft is on its way waits for the answer, and its version.
  function submit() {
    if (pressed) {
      var deed = document.createElement("input");
      deed.type = "hidden";
      deed.name = pressed.name;
      deed.value = pressed.value;
      form.appendChild(deed);
    }
    form.submit();
  }

  function propose() {
    var title = form.elements.title.value.trim(), hint = document.getElementById("proposal");
    if (title === asked) return;
    asked = title;
    fetch(form.dataset.category + "?title=" + encodeURIComponent(title), { credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (found) {
        if (title !== asked) return;
        var picks = form.querySelectorAll("input[name=category]"), isChosen = false;
        picks.forEach(function (pick) {
          pick.parentNode.querySelector("em").hidden = found.categories.indexOf(pick.value) < 0;
          if (pick.checked && !pick.dataset.proposed) isChosen = true;
        });
        if (isChosen) return;
        hint.textContent = found.text || "";
        picks.forEach(function (pick) {
          pick.checked = found.categories.length === 1 && found.categories[0] === pick.value;
          pick.dataset.proposed = pick.checked ? "1" : "";
        });
      })
      .catch(function () { asked = ""; });
  }

  function lasts(from, to) { return new Date(to.value) - new Date(from.value); }

  form.addEventListener("input", function (event) {
    changed = true;
    var field = event.target, starts = form.elements.starts_at, ends = form.elements.ends_at;
    if (field.name === "category") field.dataset.proposed = "";
    if (field === starts && starts.value && !(lasts(starts, ends) > 0)) {
      // two hours, until somebody says otherwise: the end is never before the start
      var end = new Date(new Date(starts.value + "Z").getTime() + 2 * 3600 * 1000);
      if (!isNaN(end)) ends.value = end.toISOString().slice(0, 16);
    }
    clearTimeout(timer);
    timer = setTimeout(function () { if (field.name === "title") propose(); if (form.dataset.draft) keep(); }, 800);
  });
  form.addEventListener("click", function (event) { if (event.target.name === "deed") pressed = event.target; });
  form.addEventListener("submit", function (event) {
    if (sending || sent) event.preventDefault();  // the second of two quick taps does nothing
    sent = true;
  });
  window.addEventListener("pageshow", function () { sent = false; });
  if (!form.dataset.draft) return;
  setInterval(keep, 10000);
  document.addEventListener("visibilitychange", function () { if (document.hidden) keep(); });
})();
