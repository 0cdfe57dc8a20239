// 选企业: the list that follows what is typed. Without this script the button 查找 brings the same list.
(function () {
  document.querySelectorAll(".picker").forEach(function (picker) {
    var box = picker.querySelector("input[type=search]"), found = picker.querySelector(".found");
    var ticked = picker.querySelector(".ticked"), waiting, last = box.value.trim();
    if (!window.fetch) return;

    function label(each) {
      var made = document.createElement("label"), input = document.createElement("input");
      var text = document.createElement("span"), small = document.createElement("small");
      made.className = "pick";
      input.type = picker.dataset.type;
      input.name = "enterprise";
      input.value = each.id;
      small.textContent = each.alike ? picker.dataset.alike + each.code : each.code;
      text.append(each.name, small);
      made.append(input, text);
      return made;
    }

    function show(all) {
      var there = Array.from(ticked.querySelectorAll("input"), function (each) { return each.value; });
      found.replaceChildren.apply(found, all.filter(function (each) {
        return there.indexOf(String(each.id)) < 0;
      }).map(label));
    }

    function ask() {
      var typed = box.value.trim();
      if (typed === last) return;
      last = typed;
      if (typed.length < 2) { show([]); return; }
      fetch(picker.dataset.source + "?q=" + encodeURIComponent(typed), { credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (all) { if (all && typed === last) show(all); })
        .catch(function () { /* the button brings the same list */ });
    }

    box.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(ask, 250); });
    found.addEventListener("change", function (event) {
      if (!event.target.checked) return;
      if (picker.dataset.type === "radio") ticked.replaceChildren();
      ticked.append(event.target.closest("label"));
    });
  });
})();
