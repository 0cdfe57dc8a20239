// 现场代登: what was found follows what is typed, under the box. Without this script the button 查找 brings the same.
(function () {
  var form = document.querySelector("#walk-in form[data-source]"), waiting;
  if (!form || !window.fetch) return;
  var box = form.elements.q, last = box.value.trim();

  function ask() {
    var typed = box.value.trim();
    if (typed === last || typed.length === 1) return;
    last = typed;
    fetch(form.dataset.source + "?q=" + encodeURIComponent(typed), { credentials: "same-origin" })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : null; })
      .then(function (piece) { if (piece && typed === last) document.getElementById("found").outerHTML = piece; })
      .catch(function () { /* the button brings the same */ });
  }

  box.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(ask, 250); });
})();
