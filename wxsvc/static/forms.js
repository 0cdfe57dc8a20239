// Every form. After a mistake its first field is in sight and has the focus. What is typed into a long form is kept in
// this browser under the form's name, until the form is taken: a lost connection and the back key lose nothing. Whoever
// works at two platforms finds it again in the role in which it was typed, and the other form empty.
(function () {
  var AGE = 12 * 3600 * 1000, PREFIX = "typed ", TAKEN = "wxsvc-taken";
  var person = document.documentElement.dataset.person, isKept = /[?&]typed=/.test(location.search);
  var isCopy = /[?&]copy=/.test(location.search);  // 复制上一场活动 was asked for, not what was typed before

  function showFirstMistake() {
    var first = document.querySelector("[aria-invalid='true']") || document.querySelector(".wrong, [role='alert']");
    if (!first) return;
    if (first.focus && first.matches("input, select, textarea")) first.focus({ preventScroll: true });
    (first.closest(".field") || first).scrollIntoView({ block: "center" });
  }
  if (isKept) window.addEventListener("load", showFirstMistake);

  var store;
  try { store = window.localStorage; } catch (error) { store = null; }
  if (!store) return;
  if (!person) {  // signed out: at a desk that others use nothing stays behind
    Object.keys(store).forEach(function (name) { if (name.indexOf(PREFIX) === 0) store.removeItem(name); });
    return;
  }

  function placeAt(address) {
    return PREFIX + person + " " + document.documentElement.dataset.role + " " + address + " #";
  }

  function placeOf(form) {
    var at = new URL(form.getAttribute("action") || location.href, location.href);
    at.searchParams.delete("typed");
    return placeAt(at.pathname + at.search);
  }

  // Of several forms that are sent to one address each has a number.
  function nameOf(form) {
    var place = placeOf(form);
    return place + Array.prototype.filter.call(document.forms, function (each) {
      return each.method === "post" && placeOf(each) === place;
    }).indexOf(form);
  }

  // Names, phones and identity numbers are typed anew; so is what only the server knows.
  function isTold(field) {
    if (!field.name || field.disabled || /^(hidden|file|password|submit|button|tel)$/.test(field.type)) return false;
    return !/^(name|tel)$/.test(field.autocomplete) && !/\d{17}[\dXx]/.test((field.value || "").replace(/[\s-]/g, ""));
  }

  function isBox(field) { return field.type === "checkbox" || field.type === "radio"; }

  function isLong(form) {
    var boxes = form.querySelectorAll("input[type=text], input[type=date], input[type=datetime-local], input[type=url]");
    return form.querySelector("textarea") !== null || boxes.length > 2;
  }

  function versionOf(form) { return form.elements.version ? form.elements.version.value : ""; }

  function keyOf(form) { return form.dataset.draft ? form.elements.key.value : ""; }

  function typed(form) {
    var found = { at: Date.now(), version: versionOf(form), key: keyOf(form), fields: [] };
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!isTold(field)) return;
      var label = isBox(field) && field.closest("label");
      var isTicked = isBox(field) ? field.checked : null;
      found.fields.push([field.name, field.value, isTicked, label ? label.textContent.trim() : ""]);
    });
    return found;
  }

  function keep(form) {
    try { store.setItem(nameOf(form), JSON.stringify(typed(form))); } catch (error) { /* no room: nothing is kept */ }
  }

  // An enterprise that was found by a search and ticked: its box is not on the fresh page.
  function addBox(form, name, value, text) {
    var place = form.querySelector(".picker .ticked"), label, box, span;
    if (!place || name !== "enterprise") return;
    label = document.createElement("label");
    label.className = "pick";
    box = document.createElement("input");
    box.type = place.closest(".picker").dataset.type;
    box.name = name;
    box.value = value;
    box.checked = true;
    span = document.createElement("span");
    span.textContent = text;
    label.appendChild(box);
    label.appendChild(span);
    place.appendChild(label);
  }

  function restore(form, kept) {
    var seen = {}, isChanged = false;
    kept.fields.forEach(function (each) {
      var name = each[0], isTicked = each[2], same, field;
      same = Array.prototype.filter.call(form.elements, function (field) {
        return field.name === name && isTold(field) && (isTicked === null ? !isBox(field) : field.value === each[1]);
      });
      seen[name] = (seen[name] || 0) + 1;
      field = isTicked === null ? same[seen[name] - 1] : same[0];
      if (isTicked && !field) { addBox(form, name, each[1], each[3]); isChanged = true; }
      if (!field) return;
      if (isTicked === null ? field.value === each[1] : field.checked === isTicked) return;
      if (isTicked === null) field.value = each[1]; else field.checked = isTicked;
      for (var fold = field.closest("details"); fold; fold = fold.parentNode.closest("details")) fold.open = true;
      isChanged = true;
    });
    return isChanged;
  }

  // What was typed into an empty form may be a draft already: it goes on under that draft's key and version.
  function give(form, key, version) {
    form.elements.key.value = key;
    form.elements.version.value = version;
  }

  function tell(form, key, version) {
    var words = document.documentElement.dataset, note = document.createElement("p");
    var clear = document.createElement("button");
    note.className = "notice";
    note.setAttribute("role", "status");
    note.textContent = words.restored;
    clear.className = "link";
    clear.type = "button";
    clear.textContent = words.clear;
    clear.addEventListener("click", function () {
      store.removeItem(nameOf(form));
      form.reset();
      if (form.dataset.draft) give(form, key, version);
      note.remove();
    });
    note.appendChild(clear);
    form.parentNode.insertBefore(note, form);
  }

  function tidy() {
    var taken = document.cookie.match(new RegExp("(?:^|; )" + TAKEN + "=([^;]*)"));
    var place = taken && placeAt(decodeURIComponent(taken[1]));
    if (taken) document.cookie = TAKEN + "=; path=/; max-age=0";
    Object.keys(store).forEach(function (name) {
      if (name.indexOf(PREFIX) !== 0) return;
      var at = 0;
      try { at = JSON.parse(store.getItem(name)).at; } catch (error) { /* not ours any more */ }
      var isOthers = name.indexOf(PREFIX + person + " ") !== 0, isTaken = place && name.indexOf(place) === 0;
      if (isOthers || isTaken || !(Date.now() - at < AGE)) store.removeItem(name);
    });
  }

  function begin() {
    tidy();
    Array.prototype.filter.call(document.querySelectorAll("form[method=post]"), isLong).forEach(function (form) {
      var kept = null, timer = null;
      try { kept = JSON.parse(store.getItem(nameOf(form))); } catch (error) { kept = null; }
      var key = keyOf(form), version = versionOf(form), isItsOwn = kept && kept.version === version;
      var fits = isItsOwn || form.dataset.draft && !version;
      if (kept && fits && !isKept && !isCopy && restore(form, kept)) {
        if (kept.key && !version) give(form, kept.key, kept.version);
        tell(form, key, version);
      }
      function soon() { clearTimeout(timer); timer = setTimeout(function () { timer = null; keep(form); }, 300); }
      function now() { if (timer !== null) { clearTimeout(timer); timer = null; keep(form); } }
      form.addEventListener("input", soon);
      form.addEventListener("change", soon);
      form.addEventListener("submit", function () { keep(form); });
      form.addEventListener("kept", function () { store.removeItem(nameOf(form)); });  // the server has the draft
      window.addEventListener("pagehide", now);
      document.addEventListener("visibilitychange", now);
    });
  }
  begin();
  window.addEventListener("pageshow", function (event) { if (event.persisted) tidy(); });
})();
