// 长列表: on a phone, a page that is longer than three screens shows the beginning of its lists, and more of each by a
// tap, each time as many as are there already. In a long list one finds what one knows the name of by typing a part of it.
// Of a scorecard it shows every indicator's name and points, and the rest of one by a tap on its name.
// Paper and desks show all of it, and so does a phone without this script.
(function () {
  var HIGHEST = 2450, SPARE = 50, BUTTON = 56, STEP = 10, LONG = 50, LIMITS = [1300, 900, 600, 400, 250, 150, 0];
  var says = document.currentScript.dataset, phone = window.matchMedia("(max-width: 720px)"), shown = {};
  var ENTRIES = "main li, main tbody > tr, main .card, main .choice, main .line-cards > section";

  // What the address's # names.
  function aimed() { return location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1))); }

  function height() { return document.documentElement.scrollHeight; }

  // As high as the page will be with the buttons and fields that are not there yet.
  function full(all) {
    return all.reduce(function (high, group) {
      if (group.parent.closest(".folded")) return high;
      var isCut = group.items.some(function (item) { return item.classList.contains("folded"); });
      return high + (isCut ? group.items.length > LONG ? 2 * BUTTON : BUTTON : 0);
    }, height());
  }

  function isWrong(item) { return item.querySelector("[aria-invalid], .wrong, .notice-wrong[role=alert]"); }

  function kindOf(item) { return item.tagName === "LI" || item.tagName === "TR" ? item.tagName : "card"; }

  // Entries that stand one right after the other: items of a list, rows of a table, cards. The innermost first.
  function groups() {
    var found = [];
    document.querySelectorAll(ENTRIES).forEach(function (item) {
      if (item.tagName === "FORM" || (item.tagName === "DETAILS" && item.querySelector("form"))) return;  // to work with
      if (item.classList.contains("short")) return;
      if (item.parentNode.closest("fieldset, nav, .photos, .matrix, .checklist, details:not([open])")) return;
      var before = item.previousElementSibling;
      var last = found.find(function (group) { return group.items[group.items.length - 1] === before; });
      if (last && last.kind === kindOf(item)) last.items.push(item);
      else found.push({ parent: item.parentNode, kind: kindOf(item), items: [item] });
    });
    return found.filter(function (group) { return group.items.length > 1; }).sort(function (one, other) {
      return one.parent.contains(other.parent) ? 1 : other.parent.contains(one.parent) ? -1 : 0;
    });
  }

  // Whether something says what the entries are when none of them is shown; what stands above is not theirs if it is a form.
  function isNamed(group) {
    var before = (group.kind === "card" ? group.items[0] : group.parent).previousElementSibling;
    return !before || !before.matches("form");
  }

  function key(group) {
    var named = group.parent.closest("[id]");
    return (named ? named.id : "") + group.kind;
  }

  function outside(group) { return group.kind === "TR" ? group.parent.closest("table") : group.kind === "LI" ? group.parent : group.items[0]; }

  // The field above a list that is longer than any page of a paged one: while something is typed, the entries that hold it are shown, and no others.
  function offerSearch(group) {
    var place = outside(group), before = place.previousElementSibling;
    if (before && before.matches(".find")) before.remove();
    var box = document.createElement("p"), field = document.createElement("input"), told = document.createElement("span");
    box.className = "find no-print";
    field.type = "search";
    field.placeholder = says.find.replace("{count}", group.items.length);
    field.setAttribute("aria-label", field.placeholder);
    told.className = "soft small";
    told.setAttribute("role", "status");
    box.append(field, told);
    place.parentNode.insertBefore(box, place);
    field.addEventListener("keydown", function (event) { if (event.key === "Enter") event.preventDefault(); });
    field.addEventListener("input", function () {
      var wanted = field.value.trim().toLowerCase(), count = 0;
      group.items.forEach(function (item) {
        var holds = wanted && item.textContent.toLowerCase().indexOf(wanted) >= 0;
        item.classList.toggle("sought", !!holds);
        item.classList.toggle("missed", !!wanted && !holds);
        count += holds ? 1 : 0;
      });
      if (group.button) group.button.hidden = !!wanted;
      told.textContent = wanted ? says.found.replace("{count}", count) : "";
    });
  }

  // The button that brings more of a group, below it.
  function offer(group) {
    var hidden = group.items.filter(function (item) { return item.classList.contains("folded"); });
    if (group.button) group.button.remove();
    if (!hidden.length) return;
    var step = Math.max(STEP, group.items.length - hidden.length);
    var button = group.button = document.createElement("button"), next = Math.min(step, hidden.length);
    button.type = "button";
    button.className = "weui-btn weui-btn_default weui-btn_mini more no-print";
    var isNone = hidden.length === group.items.length;
    var told = hidden.length > step ? isNone ? says.first : says.more : isNone ? says.all : says.rest;
    button.textContent = told.replace("{next}", next).replace("{left}", hidden.length);
    button.addEventListener("click", function () {
      hidden.slice(0, step).forEach(function (item) { item.classList.remove("folded"); });
      shown[key(group)] = group.items.length - hidden.length + next;
      offer(group);
      hidden[0].setAttribute("tabindex", "-1");
      hidden[0].focus({ preventScroll: true });
    });
    var after = group.kind === "card" ? group.items[group.items.length - 1] : outside(group);
    after.parentNode.insertBefore(button, after.nextSibling);
  }

  // A scorecard's lines: name and points, which a tap opens.
  function shorten(wanted) {
    document.querySelectorAll("main .line-cards > section").forEach(function (line) {
      var name = line.querySelector("h3"), button = document.createElement("button");
      if (name.firstElementChild || (wanted && line.contains(wanted))) return;
      button.type = "button";
      button.className = "link";
      button.textContent = name.textContent;
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", function () {
        button.setAttribute("aria-expanded", String(!line.classList.toggle("short")));
      });
      name.replaceChildren(button);
      line.classList.add("short");
    });
  }

  // As many entries as fit after all, one more of each group in turn; a button for one entry as high as itself helps nobody.
  // On a page that stays longer than three screens whatever is folded, the last hidden entry of a list is shown for as little.
  function fill(all) {
    var least = full(all), highest = least > HIGHEST + SPARE ? least : HIGHEST;
    for (var open = all.slice().reverse(); open.length;) {
      open = open.filter(function (group) {
        if (group.parent.closest(".folded")) return false;
        var hidden = group.items.filter(function (item) { return item.classList.contains("folded"); }), next = hidden[0];
        if (!next) return false;
        next.classList.remove("folded");
        if (full(all) <= (hidden.length === 1 ? highest + SPARE : HIGHEST)) return true;
        next.classList.add("folded");
        return false;
      });
    }
  }

  function fold() {
    if (!phone.matches || height() <= HIGHEST) return;
    var wanted = aimed();
    shorten(wanted);
    var all = groups();
    all.forEach(function (group) {
      var kept = shown[key(group)] || 1;
      group.top = group.items[0].getBoundingClientRect().top;
      group.mayClose = !shown[key(group)] && isNamed(group) && !group.parent.matches(".steps");  // what to do next is read at once
      group.items.forEach(function (item, place) {
        if (!isWrong(item) && !(wanted && item.contains(wanted))) return;
        kept = Math.max(kept, place + 1);
        group.mayClose = false;
      });
      group.least = kept;
    });
    for (var step = 0; step < LIMITS.length && full(all) > HIGHEST; step += 1) {
      all.forEach(function (group) {
        var high = 0;
        group.items.forEach(function (item, place) {
          if (item.classList.contains("folded")) return;
          high += item.offsetHeight;
          if (place >= group.least && high > LIMITS[step]) item.classList.add("folded");
        });
      });
    }
    // Many short lists: of the last ones even the first entry waits behind its button.
    var bottomUp = all.slice().sort(function (one, other) { return other.top - one.top; });
    for (var at = 0; at < bottomUp.length && full(all) > HIGHEST; at += 1) {
      if (bottomUp[at].mayClose) bottomUp[at].items.forEach(function (item) { item.classList.add("folded"); });
    }
    fill(all);
    all.forEach(offer);
    all.forEach(function (group) {
      if (group.button && group.items.length > LONG) offerSearch(group);
    });
    if (wanted) wanted.scrollIntoView();
  }

  // A link within the page leads to what is folded, too.
  function unfold() {
    var wanted = aimed(), line = wanted && wanted.closest(".short");
    if (line) line.querySelector("h3 button").click();
    if (!wanted || !wanted.closest(".folded")) return;
    document.querySelectorAll(".folded").forEach(function (item) { item.classList.remove("folded"); });
    document.querySelectorAll("button.more").forEach(function (button) { button.remove(); });
    wanted.scrollIntoView();
  }

  fold();
  window.addEventListener("hashchange", unfold);
  document.addEventListener("changed", fold);
})();
