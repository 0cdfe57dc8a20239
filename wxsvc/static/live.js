// 现场签到: count and lists at the door, asked for every few seconds while somebody looks; while nothing changes the
// answer is empty. Without this script, reload the page.
(function () {
  var live = document.getElementById("live"), state = "";
  if (!live || !window.fetch) return;
  function show(found) {
    var pieces = document.createElement("div");
    pieces.innerHTML = found;
    Array.prototype.slice.call(pieces.children).forEach(function (piece) {
      var former = document.getElementById(piece.id);
      if (!former) return;
      if (former.contains(document.activeElement)) state = "";  // somebody is at it: ask again next time
      else former.parentNode.replaceChild(piece, former);
    });
    document.dispatchEvent(new Event("changed"));
  }
  function ask() {
    if (document.hidden) return;
    fetch(live.dataset.source, {
      credentials: "same-origin", cache: "no-store", headers: state ? { "If-None-Match": state } : {}
    })
      .then(function (answer) {
        if (answer.status !== 200 || answer.redirected) return null;
        state = answer.headers.get("ETag") || "";
        return answer.text();
      })
      .then(function (found) { if (found) show(found); })
      .catch(function () { /* the network is weak at events: the next one will do */ });
  }
  setInterval(ask, 3000);
  document.addEventListener("visibilitychange", ask);
})();
