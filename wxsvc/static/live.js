// The live count at the door: asked for every few seconds while somebody looks. Without this script, reload the page.
(function () {
  var count = document.getElementById("live"), present = document.getElementById("present");
  if (!count || !window.fetch) return;
  function ask() {
    if (document.hidden) return;
    fetch(count.dataset.source, { credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (found) {
        if (!found) return;
        count.textContent = found.enterprises;
        if (present) present.textContent = found.present;
      })
      .catch(function () { /* the network is weak at events: the next one will do */ });
  }
  setInterval(ask, 3000);
  document.addEventListener("visibilitychange", ask);
})();
